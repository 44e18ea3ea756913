package xmile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"handover/model"
)

const head = `<?xml version="1.0" encoding="utf-8"?>
<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0" xmlns:handover="urn:handover:xmile" xmlns:isee="http://iseesystems.com/XMILE">
<header><name>test</name></header>
<sim_specs method="RK4" time_units="month" isee:save_interval="1"><start>0</start><stop>12</stop><dt reciprocal="true">4</dt></sim_specs>
<model_units><unit name="person"><alias>people</alias></unit><unit name="month"/></model_units>
<dimensions><dim name="Place"><elem name="North"/><elem name="Salah al-Din"/></dim><dim name="N" size="3"/></dimensions>
`

func document(variables string) []byte {
	return []byte(head + "<model><variables>\n" + variables + "\n</variables></model></xmile>")
}

func TestRead(t *testing.T) {
	m, found := Read("m.xmile", document(`<stock name="active people"><doc>Those who are active.</doc><units>person</units>
<dimensions><dim name="Place"/></dimensions>
<element subscript="North"><eqn>10</eqn></element>
<element subscript="Salah al-Din"><eqn>start * 2</eqn></element>
<inflow>arrivals</inflow><outflow>"losses"</outflow>
<handover:provenance label="sourced" source="a table, p. 3" tier="core" low="5" high="20"/></stock>
<flow name="arrivals"><eqn>1</eqn><units>person/month</units><dimensions><dim name="Place"/></dimensions></flow>
<flow name="losses"><eqn>active_people[Place]/life</eqn><units>person/month</units><dimensions><dim name="Place"/></dimensions><non_negative/></flow>
<aux name="start"><eqn>{from the census} 4.5e1</eqn><units>person</units><handover:provenance label="assumed" input="true"/></aux>
<aux name="life"><eqn>TIME</eqn><gf type="extrapolate"><xscale min="0" max="12"/><ypts>1,2,4</ypts></gf><units>month</units></aux>
<gf name="curve"><xpts>0, 1, 3</xpts><ypts sep=";">5;6;7</ypts></gf>
<group name="one sector"><entity name="start"/></group>`))
	if len(found) > 0 {
		t.Fatal(found)
	}
	if found := model.Check(m); len(found) > 0 {
		t.Errorf("the model does not pass its check:\n%v", found)
	}
	if m.Name != "test" || m.Time.DT != 0.25 || m.Time.Save != 1 || m.Time.Method != model.RK4 || m.Time.Unit != "month" {
		t.Errorf("time is %+v", m.Time)
	}
	s := m.Variable("Active_People")
	if s == nil || s.Kind != model.Stock || len(s.Equations) != 2 || s.Equations[1].Elements[0] != "Salah al-Din" || s.Outflows[0] != "losses" {
		t.Fatalf("the stock is %+v", s)
	}
	if p := s.Provenance; p.Label != "sourced" || p.Source != "a table, p. 3" || p.Tier != "core" || !p.Ranged || p.Low != 5 || p.High != 20 {
		t.Errorf("the provenance is %+v", p)
	}
	start := m.Variable("start")
	if start.Kind != model.Constant || start.Sector != "one sector" || !start.Provenance.Input {
		t.Errorf("start is %+v", start)
	}
	if g := m.Variable("life").Equations[0].Graph; g == nil || g.Interpolation != model.Extrapolate || g.X[1] != 6 || g.Y[2] != 4 {
		t.Errorf("the graph is %+v", g)
	}
	if c := m.Variable("curve"); c.Kind != model.Lookup || c.Equations[0].Graph.X[2] != 3 || c.Equations[0].Graph.Y[0] != 5 {
		t.Errorf("the lookup is %+v", c)
	}
	if n := m.Dimension("n"); len(n.Elements) != 3 || n.Elements[2] != "3" {
		t.Errorf("the numbered dimension is %+v", n)
	}
}

func TestReadMistakes(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"not xml":            {"hello", "the file holds no XML element"},
		"empty":              {"", "the file holds no XML element"},
		"not closed":         {"<xmile><model>", "not well-formed XML"},
		"other document":     {"<html></html>", "the root element is <html>; expected <xmile>"},
		"entity":             {`<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><xmile>&b;</xmile>`, "not well-formed XML"},
		"deep":               {strings.Repeat("<a>", 100000), "elements nest deeper than 100 levels"},
		"no time":            {"<xmile><model/></xmile>", "no <sim_specs>"},
		"no model":           {"<xmile><sim_specs><start>0</start><stop>1</stop></sim_specs></xmile>", "the document has no <model>"},
		"equation":           {string(document("<aux name=\"a\">\n<eqn>1 +\n  * 2</eqn></aux>")), `m.xmile:10:3: error: a: found "*", expected a value`},
		"number":             {strings.Replace(string(document("")), "<stop>12", "<stop>twelve", 1), `stop: found "twelve", expected a number`},
		"conveyor":           {string(document(`<stock name="x"><eqn>1</eqn><conveyor/></stock>`)), "<conveyor> is not supported yet"},
		"element":            {string(document(`<auxx name="x"/>`)), "found <auxx> among the variables"},
		"label":              {string(document(`<aux name="x"><eqn>1</eqn><handover:provenance label="guessed"/></aux>`)), `the label is "guessed"; expected fitted, sourced or assumed`},
		"graph":              {string(document(`<aux name="x"><eqn>1</eqn><gf><ypts>1,two</ypts><xscale min="0" max="1"/></gf></aux>`)), `found "two", expected a number`},
		"group":              {string(document(`<aux name="births"><eqn>1</eqn></aux><group name="g"><entity name="brths"/></group>`)), `did you mean "births"?`},
		"method":             {strings.Replace(string(document("")), "RK4", "Gear", 1), `the integration method "Gear" is not supported`},
	} {
		t.Run(name, func(t *testing.T) {
			_, found := Read("m.xmile", []byte(c.text))
			if found.Errors() == 0 || !strings.Contains(found.Error(), c.want) {
				t.Errorf("found %q, expected it to contain %q", found.Error(), c.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add(document(`<stock name="s"><eqn>1</eqn><inflow>f</inflow></stock><flow name="f"><eqn>s*x[North]</eqn></flow><aux name="x"><dimensions><dim name="Place"/></dimensions><eqn>1</eqn><gf><xscale min="0" max="2"/><ypts>1,2</ypts></gf></aux>`))
	f.Add([]byte("<xmile><sim_specs><start>0</start><stop>1</stop><dt>1</dt></sim_specs><dimensions><dim name='d' size='9'/></dimensions><model><variables><aux name='a'><dimensions><dim name='d'/><dim name='d'/></dimensions><eqn>SUM(a[*,*])</eqn></aux></variables></model></xmile>"))
	f.Add([]byte(`<xmile><behavior><non_negative/></behavior><sim_specs method="gear, rk4"><start>0</start><stop>1</stop></sim_specs><dimensions><dim name="d"><elem name="a"/><elem name="b"/></dim></dimensions>
<macro name="M"><parm>x</parm><parm default="x">y</parm><eqn>s + F(x)</eqn><variables><stock name="s"><eqn>y</eqn><inflow>x</inflow></stock></variables></macro><macro name="F" namespace="isee"><parm>x</parm><eqn>x * x</eqn></macro>
<model><variables><module name="m"><connect to="m.in" from=".o"/></module><module name="n" model_name="m"/><aux name="o"><dimensions><dim name="d"/></dimensions><eqn>1, 2</eqn></aux><aux name="p"><dimensions><dim name="d"/></dimensions><element subscript="a"><eqn>M(o[a] + 1, F(TIME))</eqn></element><element subscript="d"><eqn>SUM(F(o[*]))</eqn></element></aux></variables></model>
<model name="m"><variables><aux name="in" access="input"><eqn>{none}</eqn></aux><aux name="q"><eqn>"in" + .o[b] + PREVIOUS(SELF, 0)</eqn><init_eqn>4</init_eqn></aux><aux name="r"><eqn><![CDATA[1 < 2]]></eqn><gf name="g"><xpts>0,1</xpts><ypts>0,1</ypts></gf></aux><aux name="t"><eqn>g(isee.F(2))</eqn></aux></variables></model></xmile>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, found := Read("f.xmile", data)
		if m == nil {
			if found.Errors() == 0 {
				t.Fatal("neither model nor error")
			}
			return
		}
		size := 0
		for _, v := range m.Variables {
			size += m.Size(v)
		}
		if found.Errors() == 0 && size < 10_000 {
			model.Check(m)
		}
	})
}

// TestSuiteReads reads every XMILE file of the field's conformance suite: none
// may panic, and the files of simple models must be read without error.
func TestSuiteReads(t *testing.T) {
	root := filepath.Join("..", "..", "..", "shared", "data", "test-models", "upstream")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("the conformance suite is not there: %v", err)
	}
	read, sound := 0, 0
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".xmile" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		read++
		if m, found := Read(path, data); m != nil && found.Errors() == 0 {
			sound++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("read %d files, %d without an error", read, sound)
	if sound < 45 {
		t.Errorf("%d of %d files of the suite are read without an error; expected at least 45", sound, read)
	}
}
