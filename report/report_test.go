package report

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"

	"handover/casefile"
	"handover/ensemble"
)

// valley is the small case of package casefile with invented results.
func valley(t *testing.T) (*casefile.Case, *ensemble.Summary) {
	t.Helper()
	c, found := casefile.Load(os.DirFS("../casefile/testdata/valley"))
	if c == nil {
		t.Fatal(found)
	}
	s := &ensemble.Summary{Manifest: ensemble.Manifest{Case: c.Name, CaseTitle: c.Title, CaseVersion: c.Version, CaseHash: c.Hash, ModelHash: c.ModelHash,
		Run: "0123456789ab", Seed: 1, Futures: 500, Horizon: c.Horizon, Design: "lhs", Reference: c.Reference, Method: "Euler", DT: 0.25, Version: "0.0.0"}}
	for m := range c.Horizon + 1 {
		s.Times = append(s.Times, float64(m))
	}
	for i, strategy := range c.Strategies {
		s.Manifest.Strategies = append(s.Manifest.Strategies, strategy.ID)
		x := float64(i)
		t := ensemble.StrategySummary{ID: strategy.ID}
		for _, o := range c.Outcomes {
			f := ensemble.OutcomeSummary{ID: o.ID}
			if o.Reduce != casefile.First {
				f.Value = &ensemble.Interval{Low: 1 + x, Middle: 2 + x, High: 3 + x}
				if strategy.ID != c.Reference {
					f.Difference = &ensemble.Interval{Low: 0.5, Middle: x, High: 1.5 * x}
				}
			}
			if o.Event != nil {
				months := []int{c.Horizon}
				if o.Reduce == casefile.First {
					months = []int{12, c.Horizon}
				}
				for _, by := range months {
					e := ensemble.EventSummary{By: by, Probability: ensemble.Interval{Low: 0.2, Middle: 0.3 + 0.2*x, High: 0.6},
						Alternatives: []ensemble.Alternative{{Uncertainty: "structure", Option: "one", Futures: 250, Probability: 0.4}}}
					if strategy.ID != c.Reference {
						e.Difference = &ensemble.Interval{Low: 0.1, Middle: 0.2, High: 0.3}
					}
					f.Events = append(f.Events, e)
				}
			}
			t.Outcomes = append(t.Outcomes, f)
		}
		for _, series := range c.Series {
			f := ensemble.Fan{ID: series.ID}
			for l := range ensemble.Levels {
				var q []float64
				for m := range s.Times {
					q = append(q, float64(l+1)*(1+float64(m)/10))
				}
				f.Quantiles = append(f.Quantiles, q)
			}
			t.Series = append(t.Series, f)
		}
		for _, m := range c.Maps {
			f := ensemble.MapSummary{ID: m.ID}
			for k, place := range c.Places.Elements {
				f.Places = append(f.Places, place.Element)
				var q []float64
				for month := range s.Times {
					q = append(q, math.Min(1, 0.01*float64(month*(k+1))))
				}
				f.Probability = append(f.Probability, q)
			}
			t.Maps = append(t.Maps, f)
		}
		s.Strategies = append(s.Strategies, t)
	}
	return c, s
}

func write(t *testing.T, c *casefile.Case, s *ensemble.Summary, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, c, s, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// text is the page without script, styles and chart data.
func text(page string) string {
	page = regexp.MustCompile(`(?s)<style>.*?</style>|<script.*?</script>|<svg.*?</svg>`).ReplaceAllString(page, "")
	page = regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, " ")
	return strings.Join(strings.Fields(html.UnescapeString(page)), " ")
}

func TestReportSaysWhatItMust(t *testing.T) {
	c, s := valley(t)
	got := text(write(t, c, s, Options{}))
	for _, want := range []string{
		c.Title, strings.Join(strings.Fields(c.Question), " "), c.Hindcast,
		"30%", "(20 to 60)", "unlikely", "80% intervals",
		"about 20 points more than under plan (+10 to +30)",
		"This is a thinking aid for public policy. It does not predict individuals, and must not be used to select targets.",
		"Run 0123456789ab, seed 1", "hash " + c.Hash[:12], "What this cannot say", "Counter-view",
		"fitted", "sourced", "assumed", "withheld in shared copies", "almost no chance 1 to 5%",
		"Where the structures disagree", "structure: one",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
}

func TestReportIsTheSameBytes(t *testing.T) {
	c, s := valley(t)
	once, again := write(t, c, s, Options{}), write(t, c, s, Options{})
	if once != again {
		t.Error("two reports of the same run differ")
	}
}

// TestWithheldPlaces: without a purpose no probability of a single place six or
// more months ahead is in the file at all.
func TestWithheldPlaces(t *testing.T) {
	c, s := valley(t)
	if len(c.Maps) == 0 {
		t.Fatal("the case has no map")
	}
	const secret = 0.7373
	for i := range s.Strategies {
		for k := range s.Strategies[i].Maps[0].Probability {
			for m := firstWithheld; m < len(s.Times); m++ {
				s.Strategies[i].Maps[0].Probability[k][m] = secret
			}
		}
	}
	if page := write(t, c, s, Options{}); strings.Contains(page, "0.7373") {
		t.Error("a withheld forecast is in the file")
	}
	page := write(t, c, s, Options{Purpose: "Staff talks, spring"})
	if !strings.Contains(page, "0.7373") || !strings.Contains(text(page), "Purpose of this copy: Staff talks, spring") {
		t.Error("a copy with a purpose lacks the later months or the purpose")
	}
}

// TestInjection: text of a case is shown, never run.
func TestInjection(t *testing.T) {
	c, s := valley(t)
	evil := `</script><script>alert(1)</script><img src=x onerror=alert(2)>"'`
	c.Title, c.Question, c.Hindcast, c.Limits = evil, evil, evil, []string{evil}
	s.FirstBad, s.Bad = evil, 3
	for i := range c.Strategies {
		c.Strategies[i].Name, c.Strategies[i].Short = evil, evil
	}
	for i := range c.Outcomes {
		c.Outcomes[i].Name, c.Outcomes[i].Definition, c.Outcomes[i].Unit = evil, evil, evil
		if c.Outcomes[i].Event != nil {
			c.Outcomes[i].Event.Name = evil
		}
	}
	for i := range c.Series {
		c.Series[i].Name, c.Series[i].Unit = evil, evil
		c.Series[i].Threshold = &casefile.Threshold{Value: 2, Name: evil}
	}
	for i := range c.Places.Elements {
		c.Places.Elements[i].Name = evil
	}
	page := write(t, c, s, Options{Purpose: evil})
	if strings.Contains(page, "<script>alert") || strings.Contains(page, "<img src=x") {
		t.Error("text of the case became markup")
	}
	if n := strings.Count(page, "<script>"); n != 1 {
		t.Errorf("the page has %d scripts that run; expected one", n)
	}
}

func TestEdges(t *testing.T) {
	for name, change := range map[string]func(*casefile.Case, *ensemble.Summary){
		"one strategy": func(c *casefile.Case, s *ensemble.Summary) {
			for i, x := range s.Strategies {
				if x.ID == c.Reference {
					s.Strategies = s.Strategies[i : i+1]
				}
			}
		},
		"never":       func(c *casefile.Case, s *ensemble.Summary) { chances(s, 0) },
		"always":      func(c *casefile.Case, s *ensemble.Summary) { chances(s, 1) },
		"no map":      func(c *casefile.Case, s *ensemble.Summary) { c.Boundaries = nil },
		"no register": func(c *casefile.Case, s *ensemble.Summary) { c.Register = "" },
		"gaps": func(c *casefile.Case, s *ensemble.Summary) {
			for l := range s.Strategies[0].Series[0].Quantiles {
				s.Strategies[0].Series[0].Quantiles[l][3] = math.NaN()
			}
		},
		"unknown strategy": func(c *casefile.Case, s *ensemble.Summary) {
			for i := range 12 {
				x := s.Strategies[0]
				x.ID = fmt.Sprintf("X%d", i)
				s.Strategies = append(s.Strategies, x)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, s := valley(t)
			change(c, s)
			page := write(t, c, s, Options{})
			if strings.Contains(text(page), "NaN") {
				t.Error("the page shows NaN")
			}
			if n := len(s.Strategies); n > 1 && strings.Count(page, `class="r"`) > 5 {
				t.Error("more than five answers")
			}
		})
	}
}

func chances(s *ensemble.Summary, p float64) {
	for i := range s.Strategies {
		for k := range s.Strategies[i].Outcomes {
			for e := range s.Strategies[i].Outcomes[k].Events {
				x := &s.Strategies[i].Outcomes[k].Events[e]
				x.Probability = ensemble.Interval{Low: p, Middle: p, High: p}
				if x.Difference != nil {
					x.Difference = &ensemble.Interval{}
				}
			}
		}
	}
}

func TestWriteRefusesAnotherCase(t *testing.T) {
	c, s := valley(t)
	s.Manifest.CaseHash = strings.Repeat("0", 64)
	if err := Write(&bytes.Buffer{}, c, s, Options{}); err == nil || !strings.Contains(err.Error(), "another version of the case") {
		t.Errorf("got %v", err)
	}
}
