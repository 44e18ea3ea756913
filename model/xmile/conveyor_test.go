package xmile

import (
	"strings"
	"testing"

	"handover/model"
)

// belt is a document with a conveyor "s" from "in" to "out" that leaks "lost".
func belt(attributes, parameters, lost string) string {
	return string(document("<stock name=\"s\"><eqn>1</eqn><inflow>in</inflow><outflow>out</outflow><outflow>lost</outflow>\n<conveyor " + attributes + ">" + parameters +
		"</conveyor></stock><flow name=\"in\"><eqn>1</eqn></flow><flow name=\"out\"><eqn>0</eqn></flow>\n" + lost))
}

func TestReadConveyor(t *testing.T) {
	m, found := Read("m.xmile", []byte(belt(`discrete="true" batch_integrity="true" one_at_a_time="false" exponential_leak="true"`,
		"<len>in + 1</len><capacity>5</capacity><in_limit>6</in_limit><sample>TIME > 2</sample><arrest>0</arrest>",
		`<flow name="lost" leak_start="0.25" leak_end="0.5"><leak>0.1 * in</leak><leak_integers/></flow>`)))
	if len(found) > 0 {
		t.Fatal(found)
	}
	c := m.Variable("s").Conveyor
	if c == nil || !c.Discrete || !c.BatchIntegrity || c.OneAtATime || !c.ExponentialLeak {
		t.Fatalf("the conveyor is %+v", c)
	}
	for i, p := range c.Parameters() {
		if want := []string{"len", "capacity", "in_limit", "sample", "arrest"}[i]; p.Name != want || p.Equations[0].Expression == nil {
			t.Errorf("parameter %d is %+v, expected %s", i, p, want)
		}
	}
	lost := m.Variable("lost")
	if l := lost.Leak; l == nil || !l.Integers || l.Start != 0.25 || l.End != 0.5 || lost.Equations[0].Text != "0.1 * in" {
		t.Errorf("the leakage is %+v, %+v", lost.Leak, lost.Equations)
	}
	// The other form: a mark, and the fraction where an equation stands.
	m, found = Read("m.xmile", []byte(belt("", "<len>2</len>", `<flow name="lost"><eqn>0.1</eqn><non_negative/><leak/></flow>`)))
	if len(found) > 0 || m.Variable("lost").Leak == nil || m.Variable("lost").Equations[0].Text != "0.1" || !m.Variable("s").Conveyor.OneAtATime {
		t.Errorf("%v: the leakage is %+v", found, m.Variable("lost"))
	}
	m, found = Read("m.xmile", []byte(string(document(`<stock name="q"><eqn>1, 2 * x, 3</eqn><inflow>f</inflow><outflow>g</outflow><queue/></stock><flow name="f"><eqn>1</eqn></flow><flow name="g"><overflow/></flow><aux name="x"><eqn>2</eqn></aux>`))))
	if q := m.Variable("q"); len(found) > 0 || !q.Queue || len(q.Equations[0].List) != 3 || !m.Variable("g").Overflow {
		t.Errorf("%v: the queue is %+v", found, q)
	}
}

func TestConveyorMistakes(t *testing.T) {
	lost := `<flow name="lost"><leak>0.1</leak></flow>`
	for name, c := range map[string]struct{ text, want string }{
		"no transit time":     {belt("", "", lost), "m.xmile:9:1: error: s: the conveyor has no transit time"},
		"transit time":        {belt("", "<len>0</len>", lost), "m.xmile:9:17: error: s: the transit time is 0; expected a number above 0"},
		"syntax":              {belt("", "<len>\n 2 +</len>", lost), "m.xmile:10:5: error: s: <len>: found the end of the equation, expected a value"},
		"unknown name":        {belt("", "<len>1 + inn</len>", lost), `m.xmile:9:21: error: s: "inn" is not a variable of the model (did you mean "in"?)`},
		"whole steps":         {belt("", "<len>2.3</len>", lost), "m.xmile:9:17: warning: s: the transit time 2.3 is not a whole number of steps of"},
		"parameter":           {belt("", "<len>2</len><speed>3</speed>", lost), "<speed> in a conveyor is not supported"},
		"attribute":           {belt(`fifo="true"`, "<len>2</len>", lost), "the attribute fifo of a conveyor is not supported"},
		"flag":                {belt(`discrete="perhaps"`, "<len>2</len>", lost), `the attribute discrete of <conveyor> is "perhaps"; expected true or false`},
		"fraction":            {belt("", "<len>2</len>", `<flow name="lost"><leak>1.5</leak></flow>`), "m.xmile:10:25: error: lost: the leakage fraction is 1.5; expected 0 to 1"},
		"negative":            {belt("", "<len>2</len>", `<flow name="lost"><leak>-0.5</leak></flow>`), "lost: the leakage fraction is -0.5"},
		"no fraction":         {belt("", "<len>2</len>", `<flow name="lost"><leak/></flow>`), "lost: the leakage has no fraction"},
		"zone":                {belt("", "<len>2</len>", `<flow name="lost" leak_start="0.7" leak_end="0.3"><leak>0.5</leak></flow>`), "the leakage zone runs from 0.7 to 0.3"},
		"zone's number":       {belt("", "<len>2</len>", `<flow name="lost" leak_end="half"><leak>0.5</leak></flow>`), `leak_end is "half"; expected a number`},
		"only leaks":          {strings.ReplaceAll(belt("", "<len>2</len>", lost), `<flow name="out"><eqn>0</eqn>`, `<flow name="out"><leak>0</leak>`), "m.xmile:9:1: error: s: the conveyor has no outflow at its end"},
		"ignored":             {strings.ReplaceAll(belt("", "<len>2</len>", lost), `<flow name="out"><eqn>0</eqn>`, `<flow name="out"><eqn>s / 2</eqn>`), `m.xmile:9:100: warning: out: the equation is not used: the conveyor "s" computes this flow`},
		"spread":              {belt("", "<len>2</len>", strings.Replace(lost, "<flow", `<flow spreadflow="even"`, 1)), `an inflow spread over a conveyor (spreadflow="even") is not supported`},
		"both":                {belt("", "<len>2</len>", lost+`<stock name="both"><eqn>1</eqn><outflow>o</outflow><queue/><conveyor><len>1</len></conveyor></stock><flow name="o"/>`), "both: the stock is both a conveyor and a queue"},
		"leak of a stock":     {string(document(`<stock name="s"><eqn>1</eqn><outflow>f</outflow></stock><flow name="f"><eqn>1</eqn><leak/></flow>`)), "f: the flow is marked as a leakage and is not an outflow of a conveyor"},
		"overflow of a stock": {string(document(`<stock name="s"><eqn>1</eqn><outflow>f</outflow></stock><flow name="f"><eqn>1</eqn><overflow/></flow>`)), "f: the flow is marked as an overflow and is not an outflow of a queue"},
		"first overflow":      {string(document(`<stock name="q"><eqn>1</eqn><outflow>f</outflow><queue/></stock><flow name="f"><overflow/></flow>`)), `f: the first outflow of the queue "q" cannot be an overflow`},
		"not discrete":        {string(document(`<stock name="q"><eqn>1</eqn><outflow>f</outflow><queue/></stock><flow name="f"/><stock name="c"><eqn>1</eqn><inflow>f</inflow><outflow>g</outflow><conveyor><len>2</len></conveyor></stock><flow name="g"/>`)), `c: the conveyor takes from the queue "q" and is not discrete`},
		"two stocks":          {belt("", "<len>2</len>", lost+`<stock name="x"><eqn>1</eqn><inflow>in</inflow></stock>`), `s: the flow "in" enters or leaves more than one stock`},
		"oven":                {string(document(`<stock name="o"><eqn>1</eqn><oven/></stock>`)), "o: an <oven> is not supported"},
		"misplaced":           {string(document(`<aux name="a"><eqn>1</eqn><conveyor><len>2</len></conveyor></aux>`)), "a: found <conveyor> in a <aux>; only a <stock> has it"},
		"method":              {belt("", "<len>2</len>", lost), "s: a conveyor moves once a step and cannot be integrated by RK4"},
		"inside":              {belt("", "<len>2</len>", lost+`<aux name="a"><eqn>MAX(2 * s)</eqn></aux>`), "an array function needs an array"},
		"inside an array":     {string(document(`<aux name="a"><eqn>q[North][1]</eqn></aux>`)), "m.xmile:8:28: error: a: a second pair of brackets, for a batch inside an arrayed conveyor or queue, is not supported"},
		"place inside":        {belt("", "<len>2</len>", lost+`<aux name="a"><eqn>s[nowhere]</eqn></aux>`), `"nowhere" is not a variable`},
		"cycle inside":        {strings.Replace(belt("", "<len>count</len>", lost+`<aux name="count"><eqn>SIZE(s)</eqn></aux>`), "<eqn>1</eqn>", "<eqn>count</eqn>", 1), "these initial values depend on each other"},
		"no equation":         {string(document(`<stock name="s"><eqn>1</eqn><outflow>f</outflow></stock><flow name="f"/>`)), "f: the flow has no equation"},
		"cycle":               {belt("", "<len>2</len><arrest>out > 1</arrest>", lost), "these variables depend on each other within one step"},
		"cycle of a limit":    {belt("", "<len>2</len><capacity>2 * in</capacity>", lost), "these variables depend on each other within one step"},
		"list":                {strings.Replace(belt("", "<len>2</len>", lost), "<eqn>1</eqn>", "<eqn>1, +</eqn>", 1), "expected a value"},
		"unit":                {belt("", "<len>u</len>", lost+`<aux name="u"><eqn>2</eqn><units>person</units></aux>`), "the transit time is in"},
	} {
		t.Run(name, func(t *testing.T) {
			text := c.text
			if name != "method" {
				text = strings.Replace(text, "RK4", "Euler", 1)
			}
			m, found := Read("m.xmile", []byte(text))
			found = append(found, model.Check(m)...)
			if !strings.Contains(found.Error(), c.want) {
				t.Errorf("found %q, expected it to contain %q", found.Error(), c.want)
			}
		})
	}
}

// TestConveyorInModule: names in the parameters, lists and leakages of a
// conveyor inside a module are those of the module.
func TestConveyorInModule(t *testing.T) {
	text := strings.Replace(head, "RK4", "Euler", 1) + `<model><variables><module name="m"><connect to="rate" from="outer"/></module><aux name="outer"><eqn>3</eqn></aux></variables></model>
<model name="m"><variables><aux name="rate" access="input"><eqn>1</eqn></aux><aux name="n"><eqn>2</eqn></aux>
<stock name="s"><eqn>n, rate</eqn><inflow>in</inflow><outflow>out</outflow><outflow>lost</outflow><conveyor><len>n</len><capacity>SIZE(s) * rate</capacity></conveyor></stock>
<flow name="in"><eqn>rate</eqn></flow><flow name="out"/><flow name="lost"><leak>0.1 * rate</leak></flow></variables></model></xmile>`
	m, found := Read("m.xmile", []byte(text))
	found = append(found, model.Check(m)...)
	if found.Errors() > 0 {
		t.Fatal(found)
	}
	s := m.Variable("m.s")
	if s == nil || s.Conveyor == nil || len(s.Equations[0].List) != 2 || s.Outflows[1] != "m.lost" {
		t.Fatalf("the conveyor is %+v", s)
	}
	want := map[string]bool{"m.n": true, "outer": true, "m.s": true, "m.rate": true}
	for e := range s.AllEquations() {
		model.Walk(e.Expression, func(x model.Expression) bool {
			if r, ok := x.(*model.Reference); ok && !want[r.Name] {
				t.Errorf("%q reads %q", e.Text, r.Name)
			}
			return true
		})
	}
}
