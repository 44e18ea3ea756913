package bench

import (
	"fmt"
	"strings"
	"testing"

	"handover/engine"
	"handover/model"
	"handover/model/vensim"
	"handover/model/xmile"
)

// largeXMILE is a model of n variables: sectors of a stock, its two flows, a
// graphical function and six auxiliaries, each of which reads the sector before.
func largeXMILE(n int) []byte {
	var b strings.Builder
	b.WriteString(`<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"><header/><sim_specs method="Euler" time_units="Month"><start>0</start><stop>60</stop><dt>0.25</dt></sim_specs><model><variables>`)
	for i := range n / 10 {
		before := max(0, i-1)
		fmt.Fprintf(&b, `<stock name="Stock %[1]d"><doc>What sector %[1]d holds</doc><eqn>100 + %[1]d</eqn><inflow>in_%[1]d</inflow><outflow>out_%[1]d</outflow><units>thing</units></stock>
<flow name="in %[1]d"><eqn>Stock_%[2]d * rate_%[1]d * effect_%[1]d</eqn><units>thing/Month</units></flow>
<flow name="out %[1]d"><eqn>Stock_%[1]d / life_%[1]d</eqn><units>thing/Month</units></flow>
<aux name="rate %[1]d"><eqn>0.01</eqn><units>1/Month</units></aux>
<aux name="life %[1]d"><eqn>100</eqn><units>Month</units></aux>
<aux name="share %[1]d"><eqn>Stock_%[1]d / (Stock_%[1]d + Stock_%[2]d)</eqn></aux>
<aux name="effect %[1]d"><eqn>share_%[1]d</eqn><gf><xpts>0,0.25,0.5,0.75,1</xpts><ypts>1.5,1.2,1,0.8,0.7</ypts></gf></aux>
<aux name="peak %[1]d"><eqn>MAX(Stock_%[1]d, IF TIME &gt; 12 THEN Stock_%[2]d ELSE 0)</eqn></aux>
<aux name="smooth %[1]d"><eqn>SMTH1(peak_%[1]d, 3)</eqn></aux>
<aux name="growth %[1]d"><eqn>EXP(-TIME/life_%[1]d) * LN(1 + smooth_%[1]d)</eqn></aux>
`, i, before)
	}
	b.WriteString(`</variables></model></xmile>`)
	return []byte(b.String())
}

func largeVensim(n int) []byte {
	var b strings.Builder
	b.WriteString("{UTF-8}\n")
	for i := range n / 10 {
		before := max(0, i-1)
		fmt.Fprintf(&b, `Stock %[1]d = INTEG(in %[1]d - out %[1]d, 100 + %[1]d) ~ thing ~ What sector %[1]d holds |
in %[1]d = Stock %[2]d * rate %[1]d * effect %[1]d ~ thing/Month ~ |
out %[1]d = Stock %[1]d / life %[1]d ~ thing/Month ~ |
rate %[1]d = 0.01 ~ 1/Month ~ |
life %[1]d = 100 ~ Month ~ |
share %[1]d = Stock %[1]d / (Stock %[1]d + Stock %[2]d) ~ ~ |
effect %[1]d = WITH LOOKUP(share %[1]d, ((0,1.5),(0.25,1.2),(0.5,1),(0.75,0.8),(1,0.7))) ~ ~ |
peak %[1]d = MAX(Stock %[1]d, IF THEN ELSE(Time > 12, Stock %[2]d, 0)) ~ ~ |
smooth %[1]d = SMOOTH(peak %[1]d, 3) ~ ~ |
growth %[1]d = EXP(-Time/life %[1]d) * LN(1 + smooth %[1]d) ~ ~ |
`, i, before)
	}
	b.WriteString("INITIAL TIME = 0 ~ Month ~ |\nFINAL TIME = 60 ~ Month ~ |\nTIME STEP = 0.25 ~ Month ~ |\nSAVEPER = 1 ~ Month ~ |\n")
	return []byte(b.String())
}

// BenchmarkLarge reads, checks and compiles a model of 10,000 variables, each by
// itself and in both languages; the time and memory of each.
func BenchmarkLarge(b *testing.B) {
	const n = 10_000
	text, mdl := largeXMILE(n), largeVensim(n)
	read := func() *model.Model {
		m, found := xmile.Read("large.xmile", text)
		if err := found.Err(); err != nil {
			b.Fatal(err)
		}
		return m
	}
	b.Run("read-xmile", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			read()
		}
	})
	b.Run("read-vensim", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(mdl)))
		for b.Loop() {
			if _, found := vensim.Read("large.mdl", mdl, nil); found.Err() != nil {
				b.Fatal(found)
			}
		}
	})
	m := read()
	b.Run("check", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := model.Check(m).Err(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("compile", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := engine.Compile(m, engine.Options{Saved: []string{"growth 999"}}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("write-xmile", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, found := xmile.Write(m); found.Err() != nil {
				b.Fatal(found)
			}
		}
	})
}
