package xmile_test

import (
	"encoding/xml"
	"math"
	"strings"
	"testing"
	"time"

	"handover/engine"
	"handover/model"
	"handover/model/xmile"
)

const opening = `<?xml version="1.0" encoding="utf-8"?>
<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0" xmlns:simlin="https://simlin.com/XMILE/v1.0">
<sim_specs method="Euler"><start>0</start><stop>4</stop><dt>1</dt></sim_specs>
<dimensions><dim name="Place"><elem name="North"/><elem name="South"/><elem name="West"/></dim><dim name="Coast"><elem name="South"/><elem name="West"/></dim></dimensions>
`

// simulate reads, checks and runs a document and returns all columns.
func simulate(t *testing.T, text string) map[string][]float64 {
	t.Helper()
	m, found := xmile.Read("m.xmile", []byte(opening+text+"</xmile>"))
	if len(found) > 0 {
		t.Fatal(found)
	}
	if err := model.Check(m).Err(); err != nil {
		t.Fatal(err)
	}
	var saved []string
	for _, v := range m.Variables {
		if v.Kind != model.Lookup {
			saved = append(saved, v.Name)
		}
	}
	p, err := engine.Compile(m, engine.Options{Saved: saved})
	if err != nil {
		t.Fatal(err)
	}
	times := len(p.SaveTimes())
	b := &engine.Block{Seed: 1, Runs: 1, Series: make([]float64, len(p.Columns())*times), Bad: make([]int, 1), BadVariable: make([]string, 1)}
	if err := p.NewWorker(1).Run(b); err != nil {
		t.Fatal(err)
	}
	columns := map[string][]float64{}
	for i, name := range p.Columns() {
		columns[name] = b.Series[i*times : (i+1)*times]
	}
	return columns
}

// expect compares columns with their values over time; one value stands for a
// constant.
func expect(t *testing.T, got map[string][]float64, want map[string][]float64) {
	t.Helper()
	for name, values := range want {
		column, ok := got[name]
		if !ok {
			t.Errorf("there is no column %q", name)
			continue
		}
		for k := range column {
			w := values[min(k, len(values)-1)]
			if math.Abs(column[k]-w) > 1e-12 {
				t.Errorf("%s is %v, expected %v", name, column, values)
				break
			}
		}
	}
}

func TestModules(t *testing.T) {
	got := simulate(t, `
<model><variables>
<module name="town"><connect to="town.inflow" from=".water"/><connect2 to="town.inflow" from="water"/><connect to=".from_below" from="town.tank.spare"/></module>
<module name="village" simlin:model_name="town"><connect to="inflow" from="small"/></module>
<aux name="water" access="output"><eqn>TIME</eqn></aux>
<aux name="small"><eqn>1</eqn></aux>
<aux name="level"><eqn>100</eqn></aux>
<aux name="both"><eqn>town.level + village.level + "town".tank.spare</eqn></aux>
<aux name="from below" access="input"><eqn>{not connected}</eqn></aux>
</variables></model>
<model name="town"><variables>
<aux name="inflow" access="input"><eqn>{enter an equation}</eqn></aux>
<stock name="level" access="output"><eqn>start</eqn><inflow>rising</inflow><outflow>tank.drain</outflow></stock>
<flow name="rising"><eqn>inflow * 2</eqn></flow>
<aux name="start"><eqn>10</eqn></aux>
<module name="tank"><connect to="tank.source" from="town.level"/></module>
</variables></model>
<model name="tank"><variables>
<stock name="source" access="input"><eqn>{the level}</eqn><non_negative/></stock>
<flow name="drain"><eqn>0.5</eqn></flow>
<aux name="spare" access="output"><eqn>source / 10 + .small + town.start</eqn></aux>
</variables></model>`)
	expect(t, got, map[string][]float64{
		"town.inflow":        {0, 1, 2, 3, 4},
		"town.level":         {10, 9.5, 11, 14.5, 20},
		"village.level":      {10, 11.5, 13, 14.5, 16},
		"level":              {100},
		"town.tank.source":   {10, 9.5, 11, 14.5, 20},
		"village.tank.spare": {12, 12.15, 12.3, 12.45, 12.6},
		"from below":         {12, 11.95, 12.1, 12.45, 13},
		"both":               {32, 32.95, 36.1, 41.45, 49},
	})
	if _, ok := got["tank.spare"]; ok {
		t.Error("a module inside another has a column without the name of the outer one")
	}
}

func TestModuleArrays(t *testing.T) {
	expect(t, simulate(t, `
<model><variables>
<module name="m"><connect to="m.rate" from="rates"/><connect to="m.curve" from="shape"/><connect to="m.west" from="rates"/></module>
<aux name="rates"><dimensions><dim name="Place"/></dimensions><eqn>1, 2, 3</eqn></aux>
<gf name="shape"><xscale min="0" max="4"/><ypts>0,40</ypts></gf>
<aux name="north"><eqn>77</eqn></aux>
<aux name="from south"><eqn>m.total + m.rate[South]</eqn></aux>
</variables></model>
<model name="m"><variables>
<aux name="rate" access="input"/>
<gf name="curve" access="input"><xscale min="0" max="1"/><ypts>0,1</ypts></gf>
<aux name="west" access="input"><dimensions><dim name="Place"/></dimensions><eqn>0</eqn></aux>
<aux name="total"><eqn>SUM(rate) + SUM(rate[*:Coast])</eqn></aux>
<aux name="index of north"><eqn>north</eqn></aux>
<aux name="one"><eqn>rate[pick]</eqn></aux>
<aux name="pick"><eqn>2</eqn></aux>
<aux name="read"><dimensions><dim name="Place"/></dimensions><eqn>curve(rate)</eqn></aux>
</variables></model>`), map[string][]float64{
		"m.rate[West]": {3}, "m.total": {11}, "from south": {13}, "m.index of north": {1}, "m.one": {2}, "m.read[South]": {20},
	})
}

func TestMacros(t *testing.T) {
	expect(t, simulate(t, `
<macro name="smooth it"><parm>input</parm><parm>averaging time</parm><parm default="input">initial</parm>
<eqn>smooth of input</eqn>
<variables><stock name="Smooth of input"><eqn>initial</eqn><inflow>change</inflow></stock>
<flow name="change"><eqn>(input - Smooth_of_input)/averaging_time</eqn></flow></variables></macro>
<macro name="AREA"><parm>width</parm><parm default="width">height</parm><eqn>width * height</eqn></macro>
<macro name="ACCUMULATE"><parm>input</parm><parm>start</parm><eqn>ACCUMULATE</eqn>
<variables><flow name="input"/><stock name="ACCUMULATE"><eqn>start</eqn><inflow>input</inflow></stock></variables></macro>
<macro name="AGO"><eqn>TIME - 1</eqn></macro>
<macro name="LOG"><parm>x</parm><parm>base</parm><eqn>LN(x)/LN(base)</eqn></macro>
<model><variables>
<aux name="signal"><dimensions><dim name="Place"/></dimensions><eqn>10, 20, 30</eqn></aux>
<aux name="each"><dimensions><dim name="Place"/></dimensions><eqn>SMOOTH_IT(signal, 2, 0)</eqn></aux>
<aux name="twice"><eqn>"smooth it"(8, 2, 0) + smooth_it(signal[South], 4, 0)</eqn></aux>
<aux name="steady"><eqn>SMOOTH_IT(signal[West] + 1, 3)</eqn></aux>
<aux name="square"><eqn>AREA(TIME + 1) + AREA(2, 3)</eqn></aux>
<aux name="kept"><dimensions><dim name="Place"/></dimensions>
<element subscript="North"><eqn>ACCUMULATE(1, 5)</eqn></element>
<element subscript="Coast"><eqn>ACCUMULATE(signal[Coast] + 1, signal[Coast])</eqn></element></aux>
<aux name="before"><eqn>AGO * 2</eqn></aux>
<aux name="summed"><eqn>SUM(AREA(signal[*], 2))</eqn></aux>
<aux name="power"><eqn>LOG(256, 2)</eqn></aux>
</variables></model>`), map[string][]float64{
		"each[North]":                         {0, 5, 7.5, 8.75, 9.375},
		"each[West]":                          {0, 15, 22.5, 26.25, 28.125},
		"twice":                               {0, 9, 14.75, 18.5625, 7.5 + 20*(1-0.31640625)},
		"steady":                              {31},
		"square":                              {7, 10, 15, 22, 31},
		"kept[North]":                         {5, 6, 7, 8, 9},
		"kept[South]":                         {20, 41, 62, 83, 104},
		"kept[West]":                          {30, 61, 92, 123, 154},
		"before":                              {-2, 0, 2, 4, 6},
		"summed":                              {120},
		"power":                               {8},
		"#twice>smooth it 2>Smooth of input#": {0, 5, 8.75, 11.5625, 20 * (1 - 0.31640625)},
	})
}

func TestMacroArrays(t *testing.T) {
	expect(t, simulate(t, `
<macro name="SPREAD"><parm>A</parm><eqn>MAX(A) - MIN(A) + SIZE(A) * 100</eqn></macro>
<macro name="PICK"><parm>A</parm><parm>i</parm><eqn>A[i]</eqn></macro>
<macro name="READ"><parm>curve</parm><parm>x</parm><eqn>curve(x)</eqn></macro>
<macro name="NOISE"><parm>x</parm><eqn>x - x</eqn></macro>
<macro name="OUTER"><parm>x</parm><eqn>inner + INNER(x)</eqn><variables><aux name="inner"><eqn>INNER(x) * 2</eqn></aux></variables></macro>
<macro name="INNER"><parm>x</parm><eqn>held</eqn><variables><stock name="held"><eqn>x</eqn><inflow>growth</inflow></stock><flow name="growth"><eqn>1</eqn></flow></variables></macro>
<model><variables>
<aux name="flat"><dimensions><dim name="Place"/></dimensions><eqn>1, 5, 3</eqn></aux>
<aux name="grid"><dimensions><dim name="Place"/><dim name="Place"/></dimensions><eqn>1,2,3, 4,5,6, 7,8,9</eqn></aux>
<gf name="shape"><xscale min="0" max="1"/><ypts>0,10</ypts></gf>
<aux name="spread"><eqn>SPREAD(flat)</eqn></aux>
<aux name="row"><dimensions><dim name="Place"/></dimensions><eqn>SPREAD(grid[Place, *])</eqn></aux>
<aux name="picked"><eqn>PICK(flat, 2) + PICK(grid[West, *], 1)</eqn></aux>
<aux name="read"><eqn>READ(shape, 0.5)</eqn></aux>
<aux name="nothing"><eqn>NOISE(UNIFORM(0, 1))</eqn></aux>
<aux name="nested"><dimensions><dim name="Place"/></dimensions><eqn>OUTER(flat)</eqn></aux>
</variables></model>`), map[string][]float64{
		"spread": {304}, "row[South]": {302}, "picked": {12}, "read": {5}, "nothing": {0},
		"nested[North]": {3, 6, 9, 12, 15}, "nested[South]": {15, 18, 21, 24, 27},
	})
}

func TestNamespaces(t *testing.T) {
	expect(t, simulate(t, `
<header><options namespace="isee, std"/></header>
<macro name="SQRT" namespace="isee"><parm>x</parm><eqn>x + 1000</eqn></macro>
<model><variables>
<aux name="own"><eqn>SQRT(4)</eqn></aux>
<aux name="named"><eqn>isee.SQRT(4)</eqn></aux>
<aux name="standard"><eqn>std.SQRT(4) + std.ABS(-1)</eqn></aux>
<aux name="time now"><eqn>std.TIME</eqn></aux>
<aux name="size"><eqn>3</eqn></aux>
<aux name="uses size"><eqn>size + 1</eqn></aux>
</variables></model>`), map[string][]float64{"own": {1004}, "named": {1004}, "standard": {3}, "time now": {0, 1, 2, 3, 4}, "uses size": {4}})
}

func TestEquationsAsToolsWriteThem(t *testing.T) {
	expect(t, simulate(t, `
<behavior><non_negative/><stock><non_negative>false</non_negative></stock></behavior>
<model><variables>
<aux name="active"><eqn>TIME + 1</eqn><init_eqn>45 {before the start}</init_eqn></aux>
<stock name="begun"><eqn>active</eqn></stock>
<stock name="level"><eqn>1</eqn><outflow>out</outflow></stock>
<flow name="out"><eqn>-2</eqn></flow>
<flow name="free"><eqn>-2</eqn><non_negative>false</non_negative></flow>
<aux name="counter"><eqn>PREVIOUS(SELF, 0) + 1</eqn></aux>
<aux name="graph"><eqn>TIME</eqn><gf name="bend"><xpts>0,4</xpts><ypts>0,8</ypts></gf></aux>
<aux name="shared"><eqn>1</eqn><gf name="bend"/></aux>
<aux name="called"><eqn>bend(3)</eqn></aux>
<aux name="curves"><dimensions><dim name="Coast"/></dimensions><eqn>TIME</eqn>
<element subscript="South"><gf><xpts>0,4</xpts><ypts>0,4</ypts></gf></element>
<element subscript="West"><gf type="discrete"><xpts>0,2,4</xpts><ypts>5,6,6</ypts></gf></element></aux>
<aux name="größe &quot;x&quot;"><eqn>"two\nlines" * 2</eqn></aux>
<aux name="two\nlines"><eqn><![CDATA[IF 1 < 2 THEN 3 ELSE 4]]></eqn></aux>
<aux name="same"><eqn>GRÖSSE</eqn></aux><aux name="Grösse"><eqn>7</eqn></aux>
<aux name="wrapped"><eqn>MEAN(1, 2, 6) + MIN(4, 3)</eqn></aux>
</variables></model>`), map[string][]float64{
		"begun": {45}, "active": {1, 2, 3, 4, 5}, "level": {1}, "out": {0}, "free": {-2}, "counter": {1, 2, 3, 4, 5},
		"graph": {0, 2, 4, 6, 8}, "shared": {2}, "called": {6}, "curves[South]": {0, 1, 2, 3, 4}, "curves[West]": {5, 5, 6, 6, 6},
		`größe "x"`: {6}, "same": {7}, "wrapped": {6},
	})
}

// FuzzEquation puts a text where equations stand in the main model, a module and
// a macro: what is read and checked without an error must compile.
func FuzzEquation(f *testing.F) {
	for _, text := range []string{"1, 2, 3", "M(a[North], x) + m.y", "SUM(a[*:Coast]) * .b", "IF a[@1] > 2 THEN N(M(1)) ELSE SELF", "PREVIOUS(SELF, 0) + a'",
		`"two words" + std.SQRT(4)`, "g(3) + LOOKUP(g, x) + LOOKUP(COSH, 1)", "SUM(M(a[*], 2)) + N(UNIFORM(0, 1))", "M(N(x) + N(x)) {note}", "p[x] + SIZE(p) + p'"} {
		f.Add(text, text, text)
	}
	f.Fuzz(func(t *testing.T, main, module, inside string) {
		var b strings.Builder
		escape := func(text string) string {
			b.Reset()
			if err := xml.EscapeText(&b, []byte(text)); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
		text := opening + `<macro name="M"><parm>p</parm><parm default="p">x</parm><eqn>` + escape(inside) + `</eqn></macro>
<macro name="N"><parm>p</parm><eqn>x</eqn><variables><stock name="x"><eqn>` + escape(inside) + `</eqn><inflow>f</inflow></stock><flow name="f"><eqn>p</eqn></flow></variables></macro>
<model><variables><module name="m"><connect to="m.b" from="a"/></module>
<aux name="a"><dimensions><dim name="Place"/></dimensions><eqn>1, 2, 3</eqn></aux><aux name="b"><eqn>` + escape(module) + `</eqn></aux>
<aux name="x"><dimensions><dim name="Place"/></dimensions><eqn>` + escape(main) + `</eqn></aux><gf name="g"><xscale min="0" max="1"/><ypts>0,1</ypts></gf>
<aux name="c"><dimensions><dim name="Place"/></dimensions><element subscript="Coast"><eqn>` + escape(main) + `</eqn></element><element subscript="North"><eqn>3</eqn></element></aux>
</variables></model><model name="m"><variables><aux name="b" access="input"/><aux name="y"><eqn>` + escape(module) + `</eqn></aux></variables></model></xmile>`
		stuck := time.AfterFunc(5*time.Second, func() { panic("5 seconds and no end: " + text) })
		defer stuck.Stop()
		m, found := xmile.Read("m.xmile", []byte(text))
		if m == nil || found.Errors() > 0 || model.Check(m).Errors() > 0 {
			return
		}
		if _, err := engine.Compile(m, engine.Options{Saved: m.Names()[:1]}); err != nil && !expectedOfEngine(err) {
			t.Errorf("%v\n%s", err, text)
		}
	})
}

// expectedOfEngine reports whether the engine refuses what only it can know.
func expectedOfEngine(err error) bool {
	for _, part := range []string{"must be a fixed number", "not supported", "neither rises nor falls", "by accident", "not yet", "depend on each other"} {
		if strings.Contains(err.Error(), part) {
			return true
		}
	}
	return false
}
