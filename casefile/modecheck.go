package casefile

import (
	"fmt"

	"handover/diagnostic"
)

// checkModes checks the courses that draws are tried on.
func (l *loader) checkModes() {
	d, h := l.history, l.c.History
	var known []string
	whole := map[string]bool{}
	for _, o := range h.Observations {
		known = append(known, o.ID)
		whole[o.ID] = len(o.Parts) == 0
	}
	start, err := l.c.ParsePeriod(h.Start)
	if err != nil {
		return // reported where it stands
	}
	seen := map[string]int{}
	for i, mode := range h.Modes {
		path := fmt.Sprintf("modes[%d]", i)
		at := d.at(path + ".id")
		if line, ok := seen[mode.ID]; ok && mode.ID != "" {
			l.fail(at, "duplicate-name", mode.ID, "remove one", "there are two modes %q; the first is on line %d", mode.ID, line)
		}
		seen[mode.ID] = at.Line
		for k, t := range mode.Tests {
			path := fmt.Sprintf("%s.tests[%d]", path, k)
			if t.Least == nil && t.Most == nil || t.Least != nil && t.Most != nil && *t.Least > *t.Most {
				l.fail(d.at(path), "range", mode.ID, "", "a test needs least, most or both, and least is not above most")
			}
			if one, ok := whole[t.Observation]; t.Observation != "" && !ok {
				l.fail(d.at(path+".observation"), "unknown-name", mode.ID, diagnostic.DidYouMean(t.Observation, known), "there is no observation %q", t.Observation)
			} else if ok && !one {
				l.fail(d.at(path+".observation"), "kind", mode.ID, "", "the observation %q has parts; expected one without", t.Observation)
			}
			for _, x := range []struct{ key, text string }{{"period", t.Period}, {"over", t.Over}} {
				if x.text == "" {
					continue
				}
				p, err := l.c.ParsePeriod(x.text)
				if err == nil && (p.First < start.First || p.Last() >= 0) {
					err = fmt.Errorf("%s is not between %s and the base date %s", x.text, h.Start, l.c.BaseDate)
				}
				if err != nil {
					l.fail(d.at(path+"."+x.key), "date", mode.ID, "", "%v", err)
				}
			}
		}
	}
}
