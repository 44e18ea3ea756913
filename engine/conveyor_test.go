package engine

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"handover/model"
)

// conveyor is a conveyor "s" with an inflow "in", an end "out" and leakages.
func conveyor(initial, inflow, attributes, parameters, leaks string) string {
	var names, flows strings.Builder
	for i, l := range strings.Split(leaks, ";") {
		if l != "" {
			fmt.Fprintf(&names, "<outflow>leak%d</outflow>", i+1)
			fmt.Fprintf(&flows, "<flow name=\"leak%d\" %s</flow>", i+1, l)
		}
	}
	return fmt.Sprintf(`<stock name="s"><eqn>%s</eqn><inflow>in</inflow><outflow>out</outflow>%s<conveyor %s>%s</conveyor></stock>
<flow name="in"><eqn>%s</eqn></flow><flow name="out"/>%s`, initial, names.String(), attributes, parameters, inflow, flows.String())
}

// series runs a model and returns columns by name, at every step.
func series(t testing.TB, stop, dt float64, variables string, names ...string) map[string][]float64 {
	t.Helper()
	m := read(t, "Euler", stop, dt, variables)
	m.Time.Save = dt
	p, err := Compile(m, Options{Saved: names})
	if err != nil {
		t.Fatal(err)
	}
	_, s, _, _ := run(t, m, Options{Saved: names}, 1, 1, nil)
	out := map[string][]float64{}
	for c, name := range p.Columns() {
		for _, x := range s[c] {
			out[name] = append(out[name], x[0])
		}
	}
	return out
}

func near(t testing.TB, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9*math.Max(1, math.Abs(want))) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// TestConveyorSteadyState: in a steady state what is on the belt, comes off and
// leaks has closed forms. With linear leakage of the fraction f the content is
// inflow (T - (T/dt - 1) f dt/2); with exponential leakage the content is inflow
// (1 - (1 - f dt)^(T/dt)) / f.
func TestConveyorSteadyState(t *testing.T) {
	const inflow, transit, dt = 250.0, 4.0, 0.25
	n := transit / dt
	for name, c := range map[string]struct {
		attributes, leaks string
		out, content      float64
	}{
		"no leak":     {"", "", inflow, inflow * transit},
		"linear":      {"", "><leak>0.2</leak>", inflow * 0.8, inflow * (transit - (n-1)*0.2*dt/2)},
		"two linear":  {"", "><leak>0.2</leak>;><eqn>0.3</eqn><leak/>", inflow * 0.5, inflow * (transit - (n-1)*0.5*dt/2)},
		"exponential": {`exponential_leak="true"`, "><leak>0.1</leak>", inflow * math.Pow(1-0.1*dt, n), inflow * (1 - math.Pow(1-0.1*dt, n)) / 0.1},
		// The last quarter of the belt leaks a fifth.
		"zone": {"", ` leak_start="0.75"><leak>0.2</leak>`, inflow * 0.8, inflow * (transit - 0.2*dt*(0+1+2+3)/4)},
		// The zone covers half a slat at each side of one whole.
		"fractional zone":  {"", ` leak_start="0.03125" leak_end="0.15625"><leak>0.2</leak>`, inflow * 0.8, inflow * (transit - dt*0.2*(0.25+0.75+13))},
		"exponential zone": {`exponential_leak="true"`, ` leak_end="0.5"><leak>0.1</leak>`, inflow * math.Pow(1-0.1*dt, n/2), inflow * ((1-math.Pow(1-0.1*dt, n/2))/0.1 + math.Pow(1-0.1*dt, n/2)*transit/2)},
		"everything leaks": {"", "><leak>1</leak>", 0, inflow * (transit - (n-1)*dt/2)},
	} {
		t.Run(name, func(t *testing.T) {
			// From empty it comes to the steady state after the transit time, and from
			// the steady state it stays there.
			for _, initial := range []float64{0, c.content} {
				names := []string{"s", "in", "out"}
				for i, l := range strings.Split(c.leaks, ";") {
					if l != "" {
						names = append(names, fmt.Sprint("leak", i+1))
					}
				}
				s := series(t, 10, dt, conveyor(fmt.Sprint(initial), fmt.Sprint(inflow), c.attributes, "<len>4</len>", c.leaks), names...)
				for k := range s["s"] {
					if initial == 0 && k < int(n) {
						near(t, "what comes off before the transit time", s["out"][k], 0)
						continue
					}
					near(t, "the content", s["s"][k], c.content)
					near(t, "what comes off", s["out"][k], c.out)
					leaked := 0.0
					for _, name := range names[3:] {
						leaked += s[name][k]
					}
					near(t, "what leaks", leaked, inflow-c.out)
				}
			}
		})
	}
}

func TestConveyorPulse(t *testing.T) {
	for _, dt := range []float64{1, 0.5, 0.1, 0.03125} {
		s := series(t, 10, dt, conveyor("0", "PULSE(6, 2)", "", "<len>3</len>", ""), "s", "out")
		for k := range s["out"] {
			want := 0.0
			if k == int(math.Round(5/dt)) {
				want = 6 / dt
			}
			near(t, fmt.Sprintf("out at step %d of dt %v", k, dt), s["out"][k], want)
		}
	}
}

// TestConveyorTransit: what is on the belt keeps the transit time with which it
// entered, and a sampled transit time holds until the next sample.
func TestConveyorTransit(t *testing.T) {
	pulses := "PULSE(1, 0) + PULSE(2, 2) + PULSE(4, 4)"
	for name, c := range map[string]struct {
		parameters string
		want       map[int]float64
	}{
		"shrinks": {"<len>IF TIME &lt; 2 THEN 6 ELSE 2</len>", map[int]float64{4: 2, 6: 1 + 4}},
		"grows":   {"<len>IF TIME &lt; 2 THEN 1 ELSE 5</len>", map[int]float64{1: 1, 7: 2, 9: 4}},
		"sampled": {"<len>5 - TIME</len><sample>TIME = 2</sample>", map[int]float64{5: 1 + 2, 7: 4}},
		"rounded": {"<len>1.6 + 0 * TIME</len>", map[int]float64{2: 1, 4: 2, 6: 4}},
	} {
		t.Run(name, func(t *testing.T) {
			s := series(t, 12, 1, conveyor("0", pulses, "", c.parameters, ""), "out")
			for k, x := range s["out"] {
				near(t, fmt.Sprintf("out at %d", k), x, c.want[k])
			}
		})
	}
	// A shorter time does not change what fraction leaks of what enters later.
	s := series(t, 20, 0.25, conveyor("0", "250", "", "<len>IF TIME &lt; 2 THEN 4 ELSE 2</len>", "><leak>0.2</leak>"), "out", "leak1")
	near(t, "what comes off in the end", s["out"][80], 200)
	near(t, "what leaks in the end", s["leak1"][80], 50)
}

func TestConveyorArrest(t *testing.T) {
	s := series(t, 12, 1, conveyor("0", "1", "", "<len>3</len><arrest>TIME &gt;= 5 AND TIME &lt; 8</arrest>", "><leak>0.3</leak>"), "s", "in", "out", "leak1")
	for k := 5; k < 8; k++ {
		near(t, "the content while it stands still", s["s"][k], s["s"][5])
		near(t, "the flows while it stands still", s["in"][k]+s["out"][k]+s["leak1"][k], 0)
	}
	near(t, "what comes off when it moves again", s["out"][8], 0.7)
	// A conveyor that runs into an arrested one holds its end back, and lets it go
	// at once.
	chain := `<stock name="a"><eqn>500</eqn><outflow>f</outflow><conveyor><len>2</len></conveyor></stock>
<stock name="b"><eqn>0</eqn><inflow>f</inflow><outflow>g</outflow><conveyor><len>4</len><arrest>TIME &gt;= 1 AND TIME &lt; 2</arrest></conveyor></stock>
<stock name="c"><eqn>0</eqn><inflow>g</inflow></stock><flow name="f"/><flow name="g"/>`
	s = series(t, 10, 0.25, chain, "a", "b", "c", "f")
	for k := range s["a"] {
		near(t, "all", s["a"][k]+s["b"][k]+s["c"][k], 500)
		if k >= 4 && k < 8 {
			near(t, "f into an arrested conveyor", s["f"][k], 0)
		}
	}
	near(t, "f when it is released", s["f"][8], 1000)
}

func TestConveyorLimits(t *testing.T) {
	source := `<stock name="up"><eqn>10000</eqn><outflow>in</outflow></stock>`
	s := series(t, 20, 0.25, source+conveyor("0", "250", "", "<len>4</len><capacity>600</capacity>", ""), "s", "in", "up")
	for k, x := range s["s"] {
		if x > 600+1e-9 {
			t.Fatalf("the content %v at step %d is above the capacity", x, k)
		}
		if k > 0 {
			near(t, "what is left upstream", s["up"][k], s["up"][k-1]-0.25*s["in"][k-1])
		}
	}
	near(t, "the content at the limit", s["s"][12], 600)
	s = series(t, 20, 0.25, conveyor("0", "250", "", "<len>4</len><in_limit>150</in_limit>", ""), "s", "in", "out")
	near(t, "the limited inflow", s["in"][7], 150)
	near(t, "the content under an inflow limit", s["s"][60], 600)
	near(t, "what comes off under an inflow limit", s["out"][60], 150)
	// A discrete conveyor uses up the limit of a time unit at once.
	s = series(t, 3, 0.25, conveyor("0", "250", `discrete="true"`, "<len>2</len><in_limit>100</in_limit>", ""), "in")
	for k, want := range []float64{250, 150, 0, 0, 250, 150, 0, 0, 250} {
		near(t, fmt.Sprintf("the inflow at step %d", k), s["in"][k], want)
	}
	// A capacity below the content lets nothing in until enough has left, and
	// inflows come in their order.
	two := `<stock name="s"><eqn>100</eqn><inflow>first</inflow><inflow>second</inflow><outflow>out</outflow><conveyor><len>10</len><capacity>IF TIME &lt; 3 THEN 1000 ELSE 85</capacity></conveyor></stock>
<flow name="first"><eqn>4</eqn></flow><flow name="second"><eqn>8</eqn></flow><flow name="out"/>`
	s = series(t, 6, 1, two, "s", "first", "second", "out")
	for k, want := range [][3]float64{{100, 4, 8}, {102, 4, 8}, {104, 4, 8}, {106, 0, 0}, {96, 0, 0}, {86, 4, 5}, {85, 4, 6}} {
		near(t, "the content", s["s"][k], want[0])
		near(t, "the first inflow", s["first"][k], want[1])
		near(t, "the second inflow", s["second"][k], want[2])
	}
}

func TestConveyorInitialContent(t *testing.T) {
	for name, c := range map[string]struct {
		initial, attributes string
		want                []float64 // comes off at each step
	}{
		"one a step":          {"1,2,3,4,5,6", "", []float64{2, 4, 6, 8, 10, 12, 0}},
		"one a time unit":     {"6, 2*2, 2", "", []float64{6, 6, 4, 4, 2, 2, 0}},
		"spread":              {"12", "", []float64{4, 4, 4, 4, 4, 4, 0}},
		"discrete":            {"12", `discrete="true"`, []float64{8, 0, 8, 0, 8, 0, 0}},
		"discrete, time unit": {"6,4,2", `discrete="true"`, []float64{12, 0, 8, 0, 4, 0, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			s := series(t, 3, 0.5, conveyor(c.initial, "0", c.attributes, "<len>3</len>", ""), "s", "out")
			sum := 0.0
			for k, want := range c.want {
				near(t, fmt.Sprintf("out at step %d", k), s["out"][k], want)
				sum += 0.5 * want
			}
			near(t, "the initial content", s["s"][0], sum)
		})
	}
}

func TestConveyorLeakIntegers(t *testing.T) {
	s := series(t, 40, 0.5, conveyor("0", "10", "", "<len>4</len>", "><leak>0.13</leak><leak_integers/>"), "s", "in", "out", "leak1")
	leaked, due := 0.0, 0.0
	for k, x := range s["leak1"] {
		if whole := x * 0.5; whole != math.Round(whole) {
			t.Fatalf("%v leaked at step %d, not a whole number", whole, k)
		}
		leaked += x * 0.5
		if k < len(s["leak1"])-1 {
			near(t, "the change of content", s["s"][k+1]-s["s"][k], 0.5*(s["in"][k]-s["out"][k]-s["leak1"][k]))
		}
		if k > 8 {
			due += 0.5 * 10 * 0.13
		}
	}
	if math.Abs(leaked-due) > 4 {
		t.Errorf("%v leaked in all, about %v are due", leaked, due)
	}
}

// TestConveyorRead: a conveyor's flows and content can be used in other
// equations, at the start too.
func TestConveyorRead(t *testing.T) {
	s := series(t, 4, 1, conveyor("12", "out + extra", "", "<len>3</len>", "><leak>0</leak>")+
		`<aux name="extra"><eqn>SMTH1(out, 2) - INIT(out)</eqn></aux><aux name="twice"><eqn>2 * in</eqn></aux><aux name="was"><eqn>INIT(s) + INIT(leak1)</eqn></aux>`, "in", "out", "twice", "was")
	for k := range s["in"] {
		near(t, "in", s["in"][k], 4)
		near(t, "twice", s["twice"][k], 8)
		near(t, "was", s["was"][k], 12)
	}
}

func TestConveyorArray(t *testing.T) {
	s := series(t, 6, 1, `<stock name="s"><dimensions><dim name="Place"/></dimensions><eqn>0</eqn><inflow>in</inflow><outflow>out</outflow><outflow>lost</outflow>
<conveyor><len>2</len></conveyor><element subscript="South"><eqn>3</eqn><len>3</len></element></stock>
<flow name="in"><dimensions><dim name="Place"/></dimensions><eqn>Place * PULSE(1, 1)</eqn></flow><flow name="out"><dimensions><dim name="Place"/></dimensions></flow>
<flow name="lost"><dimensions><dim name="Place"/></dimensions><element subscript="East"><leak>0.5</leak></element><element subscript="North"><leak>0</leak></element><element subscript="South"><leak>0</leak></element></flow>`, "out", "lost")
	for name, want := range map[string][]float64{
		"out[North]": {0, 0, 0, 1, 0, 0, 0}, "out[South]": {1, 1, 1, 0, 2, 0, 0}, "out[East]": {0, 0, 0, 1.5, 0, 0, 0},
		"lost[East]": {0, 0, 0.75, 0.75, 0, 0, 0},
	} {
		for k, x := range want {
			near(t, fmt.Sprintf("%s at %d", name, k), s[name][k], x)
		}
	}
}

// TestConveyorBadRun: a transit time that cannot be makes the run a bad one that
// names the conveyor, and leaves other runs alone.
func TestConveyorBadRun(t *testing.T) {
	m := read(t, "Euler", 4, 1, conveyor("1", "1", "", "<len>n</len>", "")+`<aux name="n"><eqn>2</eqn></aux>`)
	_, s, bad, names := run(t, m, Options{Saved: []string{"s"}, Varied: []string{"n"}}, 4, 4, func(_, run int) float64 { return []float64{2, 0, math.NaN(), 1e12}[run] })
	if bad[0] != -1 || s[0][4][0] != 2 {
		t.Errorf("the good run is bad at %d and ends with %v", bad[0], s[0][4][0])
	}
	for i := 1; i < 4; i++ {
		if bad[i] != 0 || names[i] != "s" {
			t.Errorf("run %d is bad at %d because of %q", i, bad[i], names[i])
		}
	}
}

// TestConveyorHeldBack: leakages and the end of a conveyor stand still while the
// conveyor that they enter is arrested, each for itself, and nothing is lost.
func TestConveyorHeldBack(t *testing.T) {
	model := `<stock name="a"><eqn>12</eqn><inflow>in</inflow><outflow>end</outflow><outflow>lost</outflow><conveyor><len>3</len></conveyor></stock>
<stock name="b"><eqn>0</eqn><inflow>%s</inflow><outflow>g</outflow><conveyor><len>50</len><arrest>TIME &gt;= 2 AND TIME &lt; 4</arrest></conveyor></stock>
<stock name="c"><eqn>0</eqn><inflow>%s</inflow></stock><flow name="in"><eqn>6</eqn></flow><flow name="end"/><flow name="lost"><leak>0.5</leak></flow><flow name="g"/>`
	for _, c := range []struct{ held, free string }{{"end", "lost"}, {"lost", "end"}} {
		s := series(t, 12, 1, fmt.Sprintf(model, c.held, c.free), "a", "b", "c", "in", "end", "lost")
		for k := range s["a"] {
			near(t, "all", s["a"][k]+s["b"][k]+s["c"][k], 12+6*float64(k))
			if k == 2 || k == 3 {
				near(t, c.held+" into the arrested conveyor", s[c.held][k], 0)
				if s[c.free][k] == 0 {
					t.Errorf("%s stands still at %d", c.free, k)
				}
			}
		}
	}
}

// TestConveyorZoneWhenLengthChanges: a zone is a part of the belt as long as it
// is. A longer belt moves the zone, but nothing leaks more than its fraction; and
// a belt becomes shorter again when nothing is left in the part that is cut off.
func TestConveyorZoneWhenLengthChanges(t *testing.T) {
	s := series(t, 12, 1, conveyor("0", "PULSE(10, 0)", "", "<len>IF TIME = 0 THEN 4 ELSE 8</len>", ` leak_start="0.5"><leak>0.4</leak>`), "leak1", "out")
	leaked := 0.0
	for _, x := range s["leak1"] {
		leaked += x
	}
	near(t, "what leaks from a belt that becomes longer", leaked, 4)
	near(t, "what comes off it", s["out"][4], 6)
	s = series(t, 30, 1, conveyor("8", "PULSE(10, 20)", "", "<len>IF TIME = 0 THEN 8 ELSE 4</len>", ` leak_end="0.5"><leak>0.4</leak>`), "leak1", "out")
	near(t, "what leaks at first from a belt that has become shorter", s["leak1"][21], 2)
	near(t, "what comes off it", s["out"][24], 6)
	s = series(t, 12, 1, conveyor("1,1,1,1,0,0,0,0", "PULSE(10, 1)", "", "<len>IF TIME = 0 THEN 8 ELSE 4</len>", ` leak_end="0.5"><leak>0.4</leak>`), "leak1", "out")
	for k, want := range []float64{0, 0, 2, 2, 0, 0} {
		near(t, fmt.Sprintf("what leaks at %d from a belt whose empty part is cut off", k), s["leak1"][k], want)
	}
}

// TestTransportRefused: what cannot be run is an error that says where and why.
func TestTransportRefused(t *testing.T) {
	number := `<aux name="three"><eqn>3</eqn></aux>`
	for _, c := range []struct{ variables, method, varied, want string }{
		{conveyor("1,2", "1", "", "<len>three</len>", "") + number, "Euler", "", "the initial content lists 2 values; expected 3, one a time unit of the transit time, or 6, one a step"},
		{conveyor("-1", "1", "", "<len>3</len>", ""), "Euler", "", "the initial content of the conveyor is -1; expected at least 0"},
		{conveyor("1", "1", "", "<len>three - 3</len>", "") + number, "Euler", "", "the transit time of the conveyor is 0; expected a number above 0"},
		{`<stock name="q"><eqn>1, -1</eqn><queue/></stock>`, "Euler", "", "the initial content of the queue is -1"},
		{conveyor("1", "1", "", "<len>3</len>", ""), "RK4", "", "cannot be integrated by RK4"},
		{conveyor("1", "1", "", "<len>3</len>", ""), "Euler", "out", `"out" is computed by a conveyor or queue and cannot be varied`},
	} {
		m := read(t, "Euler", 2, 0.5, c.variables)
		if c.method == "RK4" {
			m.Time.Method = model.RK4
		}
		o := Options{Saved: []string{}}
		if c.varied != "" {
			o.Varied = []string{c.varied}
		}
		if _, err := Compile(m, o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("the error is %v, expected it to contain %q", err, c.want)
		}
	}
}

// TestConveyorLeakIntegersOfLittle: where no whole number is left, none leaks.
func TestConveyorLeakIntegersOfLittle(t *testing.T) {
	s := series(t, 12, 1, conveyor("0", "0.75", "", "<len>2</len>", "><leak>1</leak>;><leak>1</leak><leak_integers/>"), "s", "in", "out", "leak1", "leak2")
	for k := range s["s"] {
		near(t, "whole numbers that leak", s["leak2"][k], 0)
		if k > 0 {
			near(t, "the content", s["s"][k], s["s"][k-1]+s["in"][k-1]-s["out"][k-1]-s["leak1"][k-1]-s["leak2"][k-1])
		}
	}
}

// TestConveyorFromConveyor: what comes off a conveyor is neither limited nor
// counted under the limit, and takes its room first.
func TestConveyorFromConveyor(t *testing.T) {
	model := `<stock name="a"><eqn>30</eqn><outflow>f</outflow><conveyor><len>3</len></conveyor></stock>
<stock name="b"><eqn>0</eqn><inflow>other</inflow><inflow>f</inflow><outflow>g</outflow><conveyor discrete="true"><len>5</len>%s</conveyor></stock>
<flow name="f"/><flow name="g"/><flow name="other"><eqn>4</eqn></flow>`
	s := series(t, 4, 0.5, fmt.Sprintf(model, "<in_limit>3</in_limit>"), "f", "other")
	for k, want := range []float64{4, 2, 4, 2} {
		near(t, "the flow from the conveyor", s["f"][k], 10)
		near(t, "the other flow", s["other"][k], want)
	}
	s = series(t, 4, 1, fmt.Sprintf(model, "<capacity>12</capacity>"), "b", "f", "other")
	for k, want := range [][3]float64{{0, 10, 2}, {12, 10, 0}, {22, 10, 0}, {32, 0, 0}} {
		for i, name := range []string{"b", "f", "other"} {
			near(t, fmt.Sprintf("%s at %d", name, k), s[name][k], want[i])
		}
	}
}
