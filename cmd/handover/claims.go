package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"handover/casefile"
	"handover/chart"
	"handover/diagnostic"
	"handover/evidence"
	"handover/evidence/claim"
)

// claimsVerb tests the claims of a case.
type claimsVerb struct {
	Case   string   `arg:"" optional:"" help:"A built-in case or a case folder (default ${default})." default:"iraq" predictor:"case"`
	Store  string   `help:"The folder of the store; store/NAME-OF-THE-CASE when left out." placeholder:"DIR" predictor:"folder"`
	Claim  []string `help:"Only these claims, by id." placeholder:"ID"`
	At     string   `help:"Judge as at the end of this month, YYYY-MM, in place of the claim's own date; nothing later is used." placeholder:"MONTH"`
	Replay bool     `help:"Say for each definition how the verdicts of all months since 2004 would have done."`
	JSON   bool     `name:"json" help:"Print the verdicts as JSON, and nothing else."`
}

// replayFrom is the first month of a replay.
var replayFrom = evidence.NewMonth(2004, 1)

// judged is a definition with its verdict, as claims --json prints it.
type judged struct {
	Claim      string    `json:"claim"`
	Definition string    `json:"definition"`
	Name       string    `json:"name"`
	Verdict    string    `json:"verdict"`
	Reason     string    `json:"reason,omitempty"`
	AsOf       string    `json:"as_of"`
	CutOff     string    `json:"data_to,omitempty"`
	Chance     *float64  `json:"probability"`
	Low        *float64  `json:"low"`
	High       *float64  `json:"high"`
	Value      *float64  `json:"value"`
	Silence    int       `json:"silent_months"`
	Stale      int       `json:"months_without_data"`
	Relapses   []relapse `json:"relapses"`
}

// relapse is how past lulls ended within some months.
type relapse struct {
	Months       int `json:"months"`
	Country      int `json:"country_relapsed"`
	CountryLulls int `json:"country_lulls"`
	Places       int `json:"places_relapsed"`
	PlacesLulls  int `json:"places_lulls"`
}

// Run judges the claims.
func (v *claimsVerb) Run(to streams) error {
	ctx, release := interruptible(to.err)
	defer release()
	n, err := countCase(ctx, v.Case, v.Store, to.err)
	if err != nil {
		return err
	}
	if len(n.c.Claims) == 0 {
		return &failure{code: exitMistakes, err: fmt.Errorf("the case %s has no %s", v.Case, casefile.ClaimsName)}
	}
	claims, err := v.chosen(n.c)
	if err != nil {
		return err
	}
	var at evidence.Month
	if v.At != "" {
		var ok bool
		if at, ok = evidence.ParseMonth(v.At); !ok {
			return usage("for example --at 2011-12", "--at is no month: %q", v.At)
		}
	}
	var list []judged
	for _, c := range claims {
		list = append(list, n.judge(c, at)...)
	}
	if v.JSON {
		encoder := json.NewEncoder(to.out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(list)
	}
	var b strings.Builder
	for i, c := range claims {
		if i > 0 {
			b.WriteByte('\n')
		}
		n.describe(&b, c, list, width(to.out))
	}
	if v.Replay {
		b.WriteByte('\n')
		n.replay(&b, claims, width(to.out))
	}
	fmt.Fprintf(&b, "\n%s\n", foot)
	_, err = io.WriteString(to.out, b.String())
	return err
}

const foot = `A chance is that of the definition being met in the months that follow, at the level of the last known months; where
the data end earlier it moves towards how often the definition was met before. Its range spans the low and high
estimates and half and twice the clustering of events. Past lulls: how many of those for which the verdict was "holds"
were broken within 12, 24 and 36 months. Figures are those of the newest release, not those known at the time.
This is a thinking aid for public policy and must not be used to select targets.`

// chosen are the claims that the user asks for.
func (v *claimsVerb) chosen(c *casefile.Case) ([]casefile.Claim, error) {
	if len(v.Claim) == 0 {
		return c.Claims, nil
	}
	var ids []string
	byID := map[string]casefile.Claim{}
	for _, x := range c.Claims {
		ids = append(ids, x.ID)
		byID[x.ID] = x
	}
	var out []casefile.Claim
	for _, id := range v.Claim {
		x, ok := byID[id]
		if !ok {
			return nil, usage(diagnostic.DidYouMean(id, ids), "the case %s has no claim %q; it has %s", c.Name, id, strings.Join(ids, ", "))
		}
		out = append(out, x)
	}
	return out, nil
}

// judge gives the verdicts of a claim's definitions.
func (n *counted) judge(c casefile.Claim, at evidence.Month) []judged {
	asOf, _ := claim.AsOf(c)
	if at != 0 {
		asOf = at
	}
	var out []judged
	for _, d := range c.Definitions {
		s := n.indicator(d.Indicator)
		v := claim.Judge(d, s, asOf)
		j := judged{Claim: c.ID, Definition: d.ID, Name: d.Name, Verdict: string(v.Word), Reason: v.Reason, AsOf: asOf.String(),
			Chance: number(v.Probability), Low: number(v.Low), High: number(v.High), Value: number(v.Value)}
		if v.Known {
			j.CutOff, j.Silence, j.Stale = v.CutOff.String(), v.Silence, v.Stale()
		}
		if len(s.Points) > 0 {
			// Lulls that began after the claim were not known to anyone.
			for _, r := range claim.Past(d, s, s.Points[0].Month, asOf) {
				j.Relapses = append(j.Relapses, relapse{r.Horizon, r.Country.Hits, r.Country.Of, r.Places.Hits, r.Places.Of})
			}
		}
		out = append(out, j)
	}
	return out
}

// number is a pointer to a number, nil for one that is not known.
func number(x float64) *float64 {
	if math.IsNaN(x) {
		return nil
	}
	return &x
}

// describe prints a claim with its verdicts.
func (n *counted) describe(b *strings.Builder, c casefile.Claim, all []judged, width int) {
	fmt.Fprintf(b, "%s: %s, %s\n", c.ID, c.Who, c.Date)
	for _, line := range wrap("\""+c.Words+"\"", width-2) {
		fmt.Fprintf(b, "  %s\n", line)
	}
	fmt.Fprintf(b, "  source: %s\n\n", c.Source)
	g := grid{corner: "Definition", heads: []string{"Verdict", "Chance", "Range", "Data to", "Silent", "Past lulls broken\n12, 24, 36 months"}}
	for _, j := range all {
		if j.Claim != c.ID {
			continue
		}
		cells := []string{j.Verdict, "not known", "", j.CutOff, "", ""}
		if j.Chance != nil {
			cells[1], cells[2] = chart.Percent(*j.Chance), chart.Span(*j.Low, *j.High)
		}
		if j.CutOff != "" {
			cells[4] = fmt.Sprintf("%d months", j.Silence)
		}
		cells[5] = lulls(j.Relapses)
		label := j.Name
		if j.Reason != "" {
			label += "\n(" + j.Reason + ")"
		}
		g.rows = append(g.rows, gridRow{label, cells})
	}
	b.WriteString(g.lay(width))
}

// lulls writes how past lulls ended, country first.
func lulls(list []relapse) string {
	line := func(of func(relapse) (int, int)) string {
		var parts []string
		total := 0
		for _, r := range list {
			hits, n := of(r)
			total += n
			parts = append(parts, fmt.Sprintf("%d/%d", hits, n))
		}
		if total == 0 {
			return "none"
		}
		return strings.Join(parts, " ")
	}
	if len(list) == 0 {
		return ""
	}
	return "country " + line(func(r relapse) (int, int) { return r.Country, r.CountryLulls }) +
		"\nplaces " + line(func(r relapse) (int, int) { return r.Places, r.PlacesLulls })
}

// replay prints how the verdicts of all months would have done, once for each
// different definition.
func (n *counted) replay(b *strings.Builder, claims []casefile.Claim, width int) {
	g := grid{corner: "What would have been said", heads: []string{"Months", "December 2011", "May 2014", "Broken within\n12, 24, 36", "of them warned", "Kept", "of them warned\n(falsely)"}}
	for _, d := range claim.Distinct(claims) {
		s := n.indicator(d.Indicator)
		last, ok := s.CutOff()
		if !ok {
			continue
		}
		steps, scores := claim.Replay(d, s, replayFrom, last)
		var cells [4][]string
		for _, x := range scores {
			for i, k := range []int{x.Broken, x.Warned, x.Kept, x.FalseWarned} {
				cells[i] = append(cells[i], fmt.Sprint(k))
			}
		}
		row := gridRow{d.Name, []string{fmt.Sprint(len(steps)), claim.At(steps, evidence.NewMonth(2011, 12)), claim.At(steps, evidence.NewMonth(2014, 5))}}
		for _, c := range cells {
			row.cells = append(row.cells, strings.Join(c, " "))
		}
		g.rows = append(g.rows, row)
	}
	b.WriteString(g.lay(width))
}
