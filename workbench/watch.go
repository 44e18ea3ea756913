package workbench

import (
	"context"
	"fmt"
	"math"

	"handover/casefile"
	"handover/chart"
	"handover/evidence/claim"
	"handover/evidence/indicator"
)

// Watch says how claims and counts stand.
type Watch struct {
	Claims []WatchClaim `json:"claims"`
	Alarms []WatchAlarm `json:"alarms"`
}

// WatchClaim is a public claim with a verdict for each meaning.
type WatchClaim struct {
	ID       string         `json:"id"`
	Who      string         `json:"who"`
	Date     string         `json:"date"`
	Words    string         `json:"words"`
	Source   string         `json:"source"`
	Verdicts []WatchVerdict `json:"verdicts"`
}

// WatchVerdict is a verdict in words.
type WatchVerdict struct {
	Name    string `json:"name"`
	Word    string `json:"word"`
	Reason  string `json:"reason,omitempty"`
	Chance  string `json:"chance,omitempty"`
	Span    string `json:"span,omitempty"`
	DataTo  string `json:"data_to,omitempty"`
	Silence int    `json:"silence"`
}

// WatchAlarm is the alarm on growth of a count.
type WatchAlarm struct {
	Name   string `json:"name"`
	DataTo string `json:"data_to,omitempty"`
	Rings  bool   `json:"rings"`
	// Last is the last month in which it rang.
	Last string `json:"last,omitempty"`
	// False is in alarms a year at a steady level.
	False float64 `json:"false_alarms_a_year"`
}

// watch judges the claims as at their dates, and says which alarms ring.
func (s *Server) watch(ctx context.Context) (*Watch, error) {
	c, _ := s.current()
	w := &Watch{Claims: []WatchClaim{}, Alarms: []WatchAlarm{}}
	if len(c.Evidence.Indicators) == 0 {
		return w, nil
	}
	n, err := s.count(ctx)
	if err != nil {
		return nil, err
	}
	for _, one := range c.Claims {
		w.Claims = append(w.Claims, judge(one, n.series))
	}
	for i, series := range n.series {
		a := WatchAlarm{Name: series.Name}
		if cut, ok := series.CutOff(); ok && n.assessed[i] != nil {
			a.DataTo = cut.String()
			for k, signal := range n.assessed[i].Signals {
				if signal.Rings && k < len(series.Points) {
					a.Last = series.Points[k].Month.String()
					a.Rings = series.Points[k].Month == cut
				}
			}
			if x := n.assessed[i].Measured.FalsePerYear; !math.IsNaN(x) && !math.IsInf(x, 0) {
				a.False = x
			}
		}
		w.Alarms = append(w.Alarms, a)
	}
	return w, nil
}

func judge(one casefile.Claim, series []*indicator.Series) WatchClaim {
	w := WatchClaim{ID: one.ID, Who: one.Who, Date: one.Date, Words: one.Words, Source: one.Source, Verdicts: []WatchVerdict{}}
	asOf, _ := claim.AsOf(one)
	for _, d := range one.Definitions {
		for _, x := range series {
			if x.ID != d.Indicator {
				continue
			}
			v := claim.Judge(d, x, asOf)
			said := WatchVerdict{Name: d.Name, Word: fmt.Sprint(v.Word), Reason: v.Reason}
			if v.Known {
				said.DataTo, said.Silence = v.CutOff.String(), v.Silence
			}
			if !math.IsNaN(v.Probability) {
				said.Chance, said.Span = chart.Percent(v.Probability), chart.Span(v.Low, v.High)
			}
			w.Verdicts = append(w.Verdicts, said)
		}
	}
	return w
}
