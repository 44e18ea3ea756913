package engine

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// line is a random model: a queue, with an overflow, that waits for a discrete
// conveyor, which runs into a second conveyor with leakages; the ends go to
// stocks that count.
type line struct {
	dt        float64
	variables string
	capacity  float64
}

func drawLine(t *rapid.T) line {
	pick := func(label string, choices ...string) string { return rapid.SampledFrom(choices).Draw(t, label) }
	l := line{dt: rapid.SampledFrom([]float64{1, 0.5, 0.25, 0.1, 0.3}).Draw(t, "dt"), capacity: math.Inf(1)}
	arrivals := pick("arrivals", "a", "a * (1 + SIN(TIME))", "UNIFORM(0, 2 * a)", "PULSE(a, 1, 2)", "INT(UNIFORM(0, 3))", "a - TIME")
	transit := func(label string) string {
		return "<len>" + pick(label, "1", "3", "b", "2 + SIN(TIME)", "IF TIME &lt; 4 THEN 5 ELSE 1", "UNIFORM(0.5, 4)") + "</len>"
	}
	first := transit("first transit")
	if rapid.Bool().Draw(t, "capacity") {
		l.capacity = rapid.SampledFrom([]float64{0.5, 3, 10}).Draw(t, "most")
		first += fmt.Sprintf("<capacity>%v</capacity>", l.capacity)
	}
	first += pick("limit", "", "", "<in_limit>2</in_limit>", "<in_limit>a * MODULO(TIME, 2)</in_limit>")
	first += pick("arrest", "", "", "<arrest>MODULO(TIME, 5) &gt; 3</arrest>")
	second := transit("second transit") + pick("sample", "", "<sample>MODULO(INT(TIME), 3) = 0</sample>") + pick("second arrest", "", "<arrest>MODULO(TIME, 4) &gt; 2.6</arrest>")
	leak := func(label string) string {
		zone := pick(label+" zone", "", "", `leak_start="0.3"`, `leak_end="0.45"`, `leak_start="0.2" leak_end="0.9"`)
		return zone + "><leak>" + pick(label+" fraction", "0.1", "0.5", "1", "0.3 + 0.3 * SIN(TIME)", "share") + "</leak>" + pick(label+" integers", "", "", "<leak_integers/>")
	}
	whole := fmt.Sprintf(`batch_integrity="%v" one_at_a_time="%v"`, rapid.Bool().Draw(t, "whole"), rapid.Bool().Draw(t, "single"))
	l.variables = fmt.Sprintf(`<stock name="q"><eqn>%s</eqn><inflow>arrive</inflow><outflow>serve</outflow><outflow>turned</outflow><queue/></stock><flow name="arrive"><eqn>%s</eqn></flow>
<flow name="serve"/><flow name="turned">%s</flow>
<stock name="c"><eqn>%s</eqn><inflow>serve</inflow><outflow>pass</outflow><conveyor discrete="true" %s>%s</conveyor></stock><flow name="pass"/>
<stock name="d"><eqn>%s</eqn><inflow>direct</inflow><inflow>pass</inflow><outflow>done</outflow><outflow>lost</outflow><outflow>gone</outflow><conveyor exponential_leak="%v">%s</conveyor></stock>
<flow name="done"/><flow name="lost" %s</flow><flow name="gone" %s</flow><flow name="direct"><eqn>c * 0.1</eqn></flow>
<stock name="end"><eqn>0</eqn><inflow>done</inflow></stock><aux name="a"><eqn>1</eqn></aux><aux name="b"><eqn>2</eqn></aux><aux name="share"><eqn>0.2</eqn></aux>`,
		pick("waiting", "0", "7", "1, 2, 0.5"), arrivals, pick("overflow", "", "<overflow/>"), pick("on the first", "0", "0.4"), whole, first,
		pick("on the second", "0", "11"), rapid.Bool().Draw(t, "exponential"), second, leak("lost"), leak("gone"))
	return l
}

// TestTransportConserves: whatever happens, what flows in is what flows out plus
// the change of content; nothing is below zero; a capacity is kept; and the
// results are the same bytes at any number of lanes.
func TestTransportConserves(t *testing.T) {
	names := []string{"q", "c", "d", "end", "arrive", "serve", "turned", "pass", "done", "lost", "gone", "direct"}
	const runs = 5
	inputs := func(v, run int) float64 { return [...][runs]float64{{1, 2, 0.7, 3.3, 0}, {2, 1, 3.5, 0.2, 6}}[v][run] }
	rapid.Check(t, func(t *rapid.T) {
		l := drawLine(t)
		m := read(testingT, "Euler", 12*l.dt*5, l.dt, l.variables)
		m.Time.Save = l.dt
		o := Options{Saved: names, Varied: []string{"a", "b"}}
		_, s, bad, _ := run(testingT, m, o, 1, runs, inputs)
		_, wide, _, _ := run(testingT, m, o, 3, runs, inputs)
		at := func(name string, k, r int) float64 { return s[slices.Index(names, name)][k][r] }
		for r := range runs {
			if bad[r] >= 0 {
				t.Fatalf("run %d is bad at %d\n%s", r, bad[r], l.variables)
			}
			for k := range s[0] {
				for c, name := range names {
					x := s[c][k][r]
					if math.Float64bits(x) != math.Float64bits(wide[c][k][r]) {
						t.Fatalf("%s in run %d at step %d is %v with one lane and %v with three\n%s", name, r, k, x, wide[c][k][r], l.variables)
					}
					if x < 0 {
						t.Fatalf("%s in run %d at step %d is %v\n%s", name, r, k, x, l.variables)
					}
				}
				if k+1 == len(s[0]) {
					continue
				}
				if at("c", k+1, r) > max(l.capacity, at("c", k, r))*(1+1e-12) {
					t.Fatalf("run %d at step %d: %v is above the capacity %v\n%s", r, k, at("c", k+1, r), l.capacity, l.variables)
				}
				for _, balance := range [][2][]string{{{"q"}, {"arrive", "-serve", "-turned"}}, {{"c"}, {"serve", "-pass"}},
					{{"d"}, {"direct", "pass", "-done", "-lost", "-gone"}}, {{"end"}, {"done"}}} {
					change, net, size := at(balance[0][0], k+1, r)-at(balance[0][0], k, r), 0.0, at(balance[0][0], k, r)+1
					for _, f := range balance[1] {
						if f[0] == '-' {
							net -= l.dt * at(f[1:], k, r)
						} else {
							net += l.dt * at(f, k, r)
						}
						size += math.Abs(net)
					}
					if math.Abs(change-net) > 1e-13*size {
						t.Fatalf("run %d at step %d: %s changes by %v and the net flow is %v\n%s", r, k, balance[0][0], change, net, l.variables)
					}
				}
			}
		}
	})
}

// TestConveyorAgainstCohorts compares a conveyor with a plain list of cohorts,
// each of which knows when it leaves and what it leaks.
func TestConveyorAgainstCohorts(t *testing.T) {
	type cohort struct {
		volume, share float64
		left          int
	}
	rapid.Check(t, func(t *rapid.T) {
		dt := rapid.SampledFrom([]float64{1, 0.5, 0.25}).Draw(t, "dt")
		exponential := rapid.Bool().Draw(t, "exponential")
		capacity := rapid.SampledFrom([]float64{math.Inf(1), 4, 20}).Draw(t, "capacity")
		limit := rapid.SampledFrom([]float64{math.Inf(1), 0.7, 3}).Draw(t, "limit")
		arrestFrom := rapid.IntRange(0, 30).Draw(t, "arrest")
		fraction := rapid.Float64Range(0, 1).Draw(t, "fraction")
		const steps = 40
		rates := rapid.SliceOfN(rapid.Float64Range(-1, 5), steps+1, steps+1).Draw(t, "rates")
		transits := rapid.SliceOfN(rapid.Float64Range(0.1, 8), steps+1, steps+1).Draw(t, "transits")
		table := func(name string, y []float64) string {
			var x, points string
			for i, v := range y {
				if i > 0 {
					x, points = x+",", points+","
				}
				x, points = x+fmt.Sprint(float64(i)*dt), points+fmt.Sprint(v)
			}
			return fmt.Sprintf(`<aux name=%q><eqn>TIME</eqn><gf type="discrete"><xpts>%s</xpts><ypts>%s</ypts></gf></aux>`, name, x, points)
		}
		parameters := fmt.Sprintf("<len>transit</len><arrest>TIME &gt;= %v AND TIME &lt; %v</arrest>", float64(arrestFrom)*dt, float64(arrestFrom+3)*dt)
		if !math.IsInf(capacity, 1) {
			parameters += fmt.Sprintf("<capacity>%v</capacity>", capacity)
		}
		if !math.IsInf(limit, 1) {
			parameters += fmt.Sprintf("<in_limit>%v</in_limit>", limit)
		}
		s := series(testingT, steps*dt, dt, conveyor("0", "rate", fmt.Sprintf(`exponential_leak="%v"`, exponential), parameters, fmt.Sprintf("><leak>%v</leak>", fraction))+
			table("rate", rates)+table("transit", transits), "s", "in", "out", "leak1")
		var list []cohort
		check := func(k int, what string, want float64) {
			if got := s[what][k]; math.Abs(got-want) > 1e-10*(1+math.Abs(want)) {
				t.Fatalf("%s at step %d is %v, the list of cohorts gives %v", what, k, got, want)
			}
		}
		for k := range steps + 1 {
			content, leaked, out := 0.0, 0.0, 0.0
			for _, c := range list {
				content += c.volume
			}
			check(k, "s", content)
			if k >= arrestFrom && k < arrestFrom+3 {
				check(k, "in", 0)
				check(k, "out", 0)
				check(k, "leak1", 0)
				continue
			}
			var next []cohort
			for _, c := range list {
				leak := min(c.share, c.volume)
				if exponential {
					leak = c.volume * fraction * dt
				}
				c.volume -= leak
				leaked += leak
				if c.left--; c.left == 0 {
					out += c.volume
				} else {
					next = append(next, c)
				}
			}
			in := max(0, min(rates[k]*dt, limit*dt, max(0, capacity-(content-leaked-out))))
			depth := max(1, int(math.Round(transits[k]/dt)))
			list = append(next, cohort{in, fraction * in / float64(depth), depth})
			check(k, "in", in/dt)
			check(k, "out", out/dt)
			check(k, "leak1", leaked/dt)
		}
	})
}
