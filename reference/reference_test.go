package reference

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"handover/cases"
	"handover/model"
	"handover/model/xmile"
)

const yeast = `<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0" xmlns:handover="urn:handover:xmile"><header><name>Yeast</name></header>
<sim_specs method="RK4" time_units="Hour"><start>0</start><stop>48</stop><dt>0.5</dt></sim_specs>
<model><doc>Cells that grow until they are poisoned.</doc><variables>
<stock name="Cells"><doc>Living cells</doc><eqn>10</eqn><inflow>births</inflow><outflow>deaths</outflow><units>cell</units></stock>
<flow name="births"><doc>New cells</doc><eqn>Cells * birth_rate * effect_of_alcohol</eqn><units>cell/Hour</units></flow>
<flow name="deaths"><eqn>Cells / (life_time + 1)</eqn></flow>
<stock name="Alcohol"><eqn>0</eqn><inflow>making</inflow></stock>
<flow name="making"><eqn>IF Cells &gt; 5 THEN 0.01*Cells ELSE 0</eqn></flow>
<aux name="birth rate"><eqn>0.3</eqn><units>1/Hour</units><handover:provenance label="sourced" source="a book" low="0.1" high="0.5"/></aux>
<aux name="life time"><eqn>20</eqn></aux>
<aux name="effect of alcohol"><eqn>Alcohol</eqn><gf><xpts>0,5,10</xpts><ypts>1,0.5,0</ypts></gf></aux>
<aux name="&lt;script&gt;alert(1)&lt;/script&gt;"><doc>&lt;img src=x&gt;</doc><eqn>1</eqn></aux>
<group name="Life"><entity name="Cells"/><entity name="births"/><entity name="deaths"/></group>
</variables></model></xmile>`

func read(t testing.TB, text string) *model.Model {
	t.Helper()
	m, found := xmile.Read("m.xmile", []byte(text))
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	if err := model.Check(m).Err(); err != nil {
		t.Fatal(err)
	}
	return m
}

func iraq(t testing.TB) *model.Model {
	folder, _ := cases.Open("iraq")
	f, err := folder.Open("model.xmile")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(f); err != nil {
		t.Fatal(err)
	}
	return read(t, text.String())
}

func TestLoops(t *testing.T) {
	r, err := New(read(t, yeast), "cells", "test")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range r.Loops {
		s := l.Name
		for _, k := range l.Links {
			s += " " + k.From.Name + k.Sign
		}
		got = append(got, s)
	}
	want := []string{"R1 Cells+ births+", "B1 Cells+ deaths-", "?1 Cells? making+ Alcohol- effect of alcohol+ births+"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("loops\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var unknown *UnknownError
	if _, err := New(read(t, yeast), "sells", "test"); !errors.As(err, &unknown) {
		t.Error(err)
	}
	if r, _ := New(read(t, yeast), "", "test"); r.Center == nil || r.Center.Name != "Cells" {
		t.Errorf("center %v", r.Center)
	}
}

func TestSlope(t *testing.T) {
	r, _ := New(read(t, yeast), "", "test")
	for text, want := range map[string]string{
		"x": "+", "-x": "-", "2 - x": "-", "3/x": "-", "x/3": "+", "-3*x": "-", "a*x - b": "+", "x - x": "?", "(a-b)*x": "?",
		"MAX(x, 3)": "+", "IF x > 1 THEN 2 ELSE 3": "?", "IF a > 1 THEN x ELSE 2*x": "+", "EXP(-x)": "-", "SMTH1(a, x)": "?", "SMTH1(x, a)": "+",
		"INIT(x)": "0", "a": "0", "x^2": "+", "x^-2": "-", "2^x": "?", "SAFEDIV(a, x)": "-", "a > x": "-", "SIN(x)": "?",
	} {
		e, err := model.ParseExpression(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.slope(e, "x").String(); got != want {
			t.Errorf("slope of %s is %s, want %s", text, got, want)
		}
	}
}

func TestMarkdown(t *testing.T) {
	r, err := New(read(t, yeast), "", "0.0.0")
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := r.WriteMarkdown(&got); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/yeast.md"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("the Markdown is not that of %s; set UPDATE=1 after looking at it:\n%s", golden, got.String())
	}
}

// TestHTML parses the page: hostile names stay text, every link leads somewhere,
// nothing is fetched, and the same model gives the same bytes.
func TestHTML(t *testing.T) {
	for name, m := range map[string]func() *model.Model{"yeast": func() *model.Model { return read(t, yeast) }, "iraq": func() *model.Model { return iraq(t) }} {
		var pages [2]bytes.Buffer
		for i := range pages {
			r, err := New(m(), "", "test")
			if err != nil {
				t.Fatal(err)
			}
			if err := r.WriteHTML(&pages[i]); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(pages[0].Bytes(), pages[1].Bytes()) {
			t.Errorf("%s: two pages of one model differ", name)
		}
		ids, links := map[string]int{}, []string{}
		tree, err := html.Parse(&pages[0])
		if err != nil {
			t.Fatal(err)
		}
		variables := 0
		for n := range tree.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			switch n.Data {
			case "script", "img", "iframe", "link", "object":
				t.Errorf("%s: the page has a <%s>", name, n.Data)
			case "article":
				variables++
			}
			for _, a := range n.Attr {
				switch a.Key {
				case "id":
					ids[a.Val]++
				case "href":
					links = append(links, a.Val)
				case "src", "onclick", "onerror":
					t.Errorf("%s: the page has %s=%q", name, a.Key, a.Val)
				}
			}
		}
		for _, l := range links {
			if !strings.HasPrefix(l, "#") || ids[l[1:]] != 1 {
				t.Errorf("%s: the link %s leads nowhere", name, l)
			}
		}
		if want := len(m().Variables); variables != want {
			t.Errorf("%s: %d variables on the page, %d in the model", name, variables, want)
		}
	}
}

// TestNoLabelsMeet looks at the label boxes of every diagram of the Iraq model.
func TestNoLabelsMeet(t *testing.T) {
	r, err := New(iraq(t), "", "test")
	if err != nil {
		t.Fatal(err)
	}
	diagrams := 0
	for _, s := range r.Sectors {
		d := r.draw(s)
		if d == nil {
			continue
		}
		diagrams++
		boxes := d.labels()
		for i, a := range boxes {
			for _, line := range a.lines {
				if w := float64(len([]rune(line))) * letter * 0.96; w > a.w+20 {
					t.Errorf("%s: %q is %.0f wide, its box %.0f", s.Name, line, w, a.w)
				}
			}
			if a.x < 0 || a.y < 0 || a.x+a.w > d.width || a.y+a.h > d.height {
				t.Errorf("%s: %v lies outside the diagram", s.Name, a.lines)
			}
			for _, b := range boxes[:i] {
				if a.x < b.x+b.w && b.x < a.x+a.w && a.y < b.y+b.h && b.y < a.y+a.h {
					t.Errorf("%s: %v and %v overlap", s.Name, a.lines, b.lines)
				}
			}
		}
	}
	if diagrams < 5 {
		t.Errorf("only %d diagrams", diagrams)
	}
}

func TestMathML(t *testing.T) {
	r, _ := New(read(t, yeast), "", "test")
	e := r.byKey["deaths"]
	got := string(r.MathML(e, &e.Equations[0]))
	if want := "<mfrac><mrow><mtext>Cells</mtext></mrow><mrow><mrow><mtext>life time</mtext><mo>+</mo><mn>1</mn></mrow></mrow></mfrac>"; !strings.Contains(got, want) {
		t.Errorf("got %s", got)
	}
	e = r.byKey["making"]
	if got := string(r.MathML(e, &e.Equations[0])); !strings.Contains(got, "<mtable") || !strings.Contains(got, "otherwise") {
		t.Errorf("got %s", got)
	}
}

func BenchmarkReference(b *testing.B) {
	m := iraq(b)
	for b.Loop() {
		r, err := New(m, "", "test")
		if err != nil {
			b.Fatal(err)
		}
		var w bytes.Buffer
		if err := r.WriteHTML(&w); err != nil {
			b.Fatal(err)
		}
	}
}
