package engine

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// waiting is a queue "q" with an inflow "arrive" that leads to a conveyor "c" by
// the flow "serve", and further outflows.
func waiting(initial, arrive, attributes, parameters, more, flows string) string {
	return fmt.Sprintf(`<stock name="q"><eqn>%s</eqn><inflow>arrive</inflow><outflow>serve</outflow>%s<queue/></stock>
<stock name="c"><eqn>0</eqn><inflow>serve</inflow><outflow>done</outflow><conveyor discrete="true" %s>%s</conveyor></stock>
<flow name="arrive"><eqn>%s</eqn></flow><flow name="serve"/><flow name="done"/>%s`, initial, more, attributes, parameters, arrive, flows)
}

// TestQueue follows batches by hand, with dt 1 and a conveyor that takes two
// steps.
func TestQueue(t *testing.T) {
	for name, c := range map[string]struct {
		variables string
		want      map[string][]float64
	}{
		"into a stock": {`<stock name="q"><eqn>5</eqn><inflow>arrive</inflow><outflow>serve</outflow><queue/></stock><stock name="c"><eqn>0</eqn><inflow>serve</inflow></stock>
<flow name="arrive"><eqn>TIME</eqn></flow><flow name="serve"/>`,
			map[string][]float64{"q": {5, 0, 0, 0}, "serve": {5, 1, 2, 3}, "c": {0, 5, 6, 8}}},
		"one batch at a time": {waiting("1, 2, 3", "PULSE(4, 1)", "", "<len>2</len>", "", ""),
			map[string][]float64{"q": {6, 5, 7, 4, 0, 0, 0}, "serve": {1, 2, 3, 4, 0, 0, 0}, "done": {0, 0, 1, 2, 3, 4, 0}}},
		"all that fit": {waiting("1, 2, 3", "0", `one_at_a_time="false"`, "<len>2</len><capacity>4</capacity>", "", ""),
			map[string][]float64{"q": {6, 2, 2, 0, 0}, "serve": {4, 0, 2, 0, 0}, "done": {0, 0, 4, 0, 2}}},
		"whole batches": {waiting("1, 2, 3", "0", `one_at_a_time="false" batch_integrity="true"`, "<len>2</len><capacity>4</capacity>", "", ""),
			map[string][]float64{"q": {6, 3, 3, 0, 0}, "serve": {3, 0, 3, 0, 0}, "done": {0, 0, 3, 0, 3}}},
		"parts of the front batch": {waiting("10", "0", "", "<len>2</len><in_limit>4</in_limit>", "", ""),
			map[string][]float64{"q": {10, 6, 2, 0, 0}, "serve": {4, 4, 2, 0, 0}}},
		"a batch that is too large": {waiting("10, 1", "0", `batch_integrity="true"`, "<len>2</len><capacity>4</capacity>", "", ""),
			map[string][]float64{"q": {11, 11, 11}, "serve": {0, 0, 0}}},
		"overflow drains the queue": {waiting("3", "3", `one_at_a_time="false"`, "<len>2</len><capacity>4</capacity>", "<outflow>lost</outflow>", `<flow name="lost"><overflow/></flow>`),
			map[string][]float64{"q": {3, 0, 0, 0, 0}, "serve": {4, 0, 3, 1, 3}, "lost": {2, 3, 0, 2, 0}}},
		"overflow of what is not blocked": {waiting("1, 2, 3", "0", "", "<len>2</len>", "<outflow>lost</outflow>", `<flow name="lost"><overflow/></flow>`),
			map[string][]float64{"q": {6, 5, 3, 0}, "serve": {1, 2, 3, 0}, "lost": {0, 0, 0, 0}}},
		"overflow while arrested": {waiting("0", "2", "", "<len>2</len><arrest>TIME = 1</arrest>", "<outflow>lost</outflow>", `<flow name="lost"><overflow/></flow>`),
			map[string][]float64{"serve": {2, 0, 2, 2}, "lost": {0, 2, 0, 0}, "c": {0, 2, 2, 4}, "done": {0, 0, 0, 2}}},
		"second outflow": {waiting("1, 2, 3", "0", "", "<len>2</len><capacity>1</capacity>", "<outflow>other</outflow>", `<flow name="other"/>`),
			map[string][]float64{"q": {6, 0}, "serve": {1, 0}, "other": {5, 0}}},
		"overflow to a second conveyor, and a third": {waiting("6, 6", "0", "", "<len>9</len><capacity>1</capacity>", "<outflow>next</outflow><outflow>last</outflow>", `<flow name="next"><overflow/></flow><flow name="last"><overflow/></flow>
<stock name="d"><eqn>0</eqn><inflow>next</inflow><outflow>end</outflow><conveyor discrete="true"><len>9</len><capacity>2</capacity></conveyor></stock><flow name="end"/>`),
			map[string][]float64{"q": {12, 0}, "serve": {1, 0}, "next": {2, 0}, "last": {9, 0}}},
		"a queue behind a queue": {`<stock name="a"><eqn>5</eqn><outflow>f</outflow><queue/></stock><stock name="b"><eqn>1, 1</eqn><inflow>f</inflow><outflow>g</outflow><queue/></stock>
<stock name="c"><eqn>0</eqn><inflow>g</inflow><outflow>h</outflow><conveyor discrete="true"><len>2</len></conveyor></stock><flow name="f"/><flow name="g"/><flow name="h"/>`,
			map[string][]float64{"a": {5, 0, 0, 0}, "b": {2, 6, 5, 0}, "g": {1, 1, 5, 0}}},
		"two inflows bring two batches": {`<stock name="q"><eqn>0</eqn><inflow>x</inflow><inflow>y</inflow><outflow>g</outflow><queue/></stock>
<stock name="c"><eqn>0</eqn><inflow>g</inflow><outflow>h</outflow><conveyor discrete="true"><len>2</len></conveyor></stock><flow name="x"><eqn>PULSE(2, 0)</eqn></flow><flow name="y"><eqn>PULSE(3, 0)</eqn></flow><flow name="g"/><flow name="h"/>`,
			map[string][]float64{"q": {0, 3, 0}, "g": {2, 3, 0}, "h": {0, 0, 2, 3}}},
		"out of a conveyor": {conveyor("2, 4", "0", "", "<len>2</len>", "") + `<stock name="q"><eqn>0</eqn><inflow>out</inflow><outflow>g</outflow><queue/></stock><flow name="g"/><aux name="first"><eqn>INIT(g)</eqn></aux>`,
			map[string][]float64{"out": {2, 4, 0}, "q": {0, 0, 0}, "g": {2, 4, 0}, "first": {2, 2, 2}}},
		"the inside of a queue": {waiting("1, 2, 6", "PULSE(4, 1)", "", "<len>2</len>", "", `<aux name="size"><eqn>SIZE(q)</eqn></aux><aux name="second"><eqn>q[2]</eqn></aux><aux name="k"><eqn>3</eqn></aux><aux name="third"><eqn>q[k] + 0 * q[k + 1]</eqn></aux>
<aux name="mean"><eqn>MEAN(q)</eqn></aux><aux name="largest"><eqn>MAX(q[*])</eqn></aux><aux name="least"><eqn>MIN(q)</eqn></aux><aux name="spread"><eqn>STDDEV(q)</eqn></aux><aux name="more"><eqn>MAX(q, 7)</eqn></aux><aux name="began"><eqn>INIT(second) + INIT(size)</eqn></aux><aux name="product"><eqn>PROD(q)</eqn></aux>`),
			map[string][]float64{"size": {3, 2, 2, 1, 0}, "second": {2, 6, 4, 0}, "third": {6, 0, 0}, "mean": {3, 4, 5, 4, 0}, "largest": {6, 6, 6, 4, 0}, "least": {1, 2, 4, 4, 0},
				"spread": {math.Sqrt(14.0 / 3), 2, 1, 0}, "more": {9, 8, 10, 7}, "began": {5, 5}, "product": {12, 12, 24, 4, 0}}},
		"the inside of a conveyor": {conveyor("1, 2, 4", "8", "", "<len>3</len>", "") + `<aux name="size"><eqn>SIZE(s)</eqn></aux><aux name="second"><eqn>s[2]</eqn></aux><aux name="largest"><eqn>MAX(s)</eqn></aux><aux name="sum"><eqn>SUM(s)</eqn></aux><aux name="began"><eqn>INIT(largest) + INIT(second)</eqn></aux>`,
			map[string][]float64{"size": {3, 3}, "second": {2, 4, 8}, "largest": {4, 8}, "sum": {7, 14, 20, 24}, "began": {6, 6}}},
		"the inside of an array": {`<stock name="q"><dimensions><dim name="Place"/></dimensions><eqn>Place, 2</eqn><inflow>f</inflow><queue/></stock><flow name="f"><dimensions><dim name="Place"/></dimensions><eqn>1</eqn></flow>
<aux name="size"><dimensions><dim name="Place"/></dimensions><eqn>SIZE(q[Place])</eqn></aux><aux name="all"><eqn>SUM(q)</eqn></aux><aux name="south"><eqn>MAX(q[East])</eqn></aux><aux name="places"><eqn>SIZE(q)</eqn></aux>`,
			map[string][]float64{"size[North]": {2, 3, 4}, "all": {12, 15}, "south": {3, 3}, "places": {3, 3}}},
		"an overflow that is not blocked ends the redirection": {waiting("6, 6", "0", "", "<len>9</len><capacity>1</capacity>", "<outflow>next</outflow><outflow>last</outflow>", `<flow name="next"><overflow/></flow><flow name="last"><overflow/></flow>
<stock name="d"><eqn>0</eqn><inflow>next</inflow><outflow>end</outflow><conveyor discrete="true"><len>9</len></conveyor></stock><flow name="end"/>`),
			map[string][]float64{"q": {12, 6, 0}, "serve": {1, 0}, "next": {5, 6}, "last": {0, 0}}},
		"never less than nothing": {waiting("0", "1 - TIME", "", "<len>2</len>", "", ""),
			map[string][]float64{"arrive": {1, 0, 0}, "serve": {1, 0, 0}}},
	} {
		t.Run(name, func(t *testing.T) {
			var names []string
			for name := range c.want {
				name, _, _ = strings.Cut(name, "[")
				names = append(names, name)
			}
			s := series(t, 8, 1, c.variables, names...)
			for name, want := range c.want {
				for k, x := range want {
					near(t, fmt.Sprintf("%s at %d", name, k), s[name][k], x)
				}
			}
		})
	}
}
