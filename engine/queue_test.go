package engine

import (
	"fmt"
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
		"never less than nothing": {waiting("0", "1 - TIME", "", "<len>2</len>", "", ""),
			map[string][]float64{"arrive": {1, 0, 0}, "serve": {1, 0, 0}}},
	} {
		t.Run(name, func(t *testing.T) {
			var names []string
			for name := range c.want {
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
