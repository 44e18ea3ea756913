package signpost

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"handover/casefile"
	"handover/evidence"
	"handover/explore/discovery"
	"handover/random"
)

// Join puts the paths of several runs of the same series side by side.
func Join(runs ...map[string]Paths) map[string]Paths {
	out := map[string]Paths{}
	for _, run := range runs {
		for id, p := range run {
			joined := out[id]
			if joined.Values == nil {
				joined.Values = make([][]float64, len(p.Values))
			}
			for m := range p.Values {
				joined.Values[m] = append(slices.Clone(joined.Values[m]), p.Values[m]...)
			}
			out[id] = joined
		}
	}
	return out
}

// ErrFew says that what is warned of begins in too few futures, or in too many, for
// a box to be told.
var ErrFew = errors.New("too few futures to tell a box")

// leastCases is how many futures, with and without, a box is discovered from.
const leastCases = 20

// Found is a discovered signpost, with the box in the futures it was found in.
type Found struct {
	Signpost casefile.Signpost
	// Coverage is the share of the futures with the event that lie in the box, Density
	// the share of the futures in the box with the event; Share is that of all futures.
	Coverage, Density, Share float64
}

// Discover looks for limits on figures at a month that tell the futures in which
// what is warned of begins within the warning's months after: a box by the patient
// rule induction method (package discovery). Candidates are figures with a series of
// the model; of a count the three months to that month are drawn and averaged, as one
// would see it, with the dispersion k of its indicator. Futures in which it began
// before are left out. The record of a signpost that is discovered must be measured
// in other futures.
func Discover(candidates []casefile.Watched, warns casefile.Warning, series map[string]Paths, k map[string]float64, month int, seed uint64) (Found, error) {
	warned, ok := series[warns.Series]
	if !ok || len(warned.Values) <= month+warns.Within {
		return Found{}, fmt.Errorf("%w: the futures do not reach %d months beyond month %d", ErrFew, warns.Within, month)
	}
	future := warns.Future()
	var keep []int
	var cases []bool
	yes := 0
	for n := range warned.Values[0] {
		onsets := stretches(future, Figure{Values: column(warned, n)})
		if len(onsets) > 0 && int(onsets[0].from) <= month {
			continue
		}
		happens := follows(onsets, evidence.Month(month), evidence.Month(warns.Within))
		keep, cases = append(keep, n), append(cases, happens)
		if happens {
			yes++
		}
	}
	if yes < leastCases || len(cases)-yes < leastCases {
		return Found{}, fmt.Errorf("%w: it begins in %d of %d futures, and at least %d with and without are needed", ErrFew, yes, len(cases), leastCases)
	}
	var factors []discovery.Factor
	for c, w := range candidates {
		p, ok := series[w.Series]
		if !ok {
			return Found{}, fmt.Errorf("there are no futures of the series %q", w.Series)
		}
		f := discovery.Factor{Name: w.Series}
		site := random.Site("discover " + w.Series)
		for _, n := range keep {
			x := p.Values[month][n]
			if w.Indicator != "" {
				x = 0
				for back := range 3 {
					s := random.At(seed, uint32(n), uint32(3*c+back), site)
					x += s.NegativeBinomial(max(p.Values[max(month-back, 0)][n], 0), max(k[w.Indicator], 0.3)) / 3
				}
			}
			f.Values = append(f.Values, x)
		}
		factors = append(factors, f)
	}
	data, err := discovery.NewData(factors, cases)
	if err != nil {
		return Found{}, err
	}
	found, err := data.PRIM(discovery.Peeling{})
	if err != nil {
		return Found{}, err
	}
	if len(found) == 0 || len(found[0].Chosen.Limits) == 0 {
		return Found{}, fmt.Errorf("%w: no limit on these figures makes it likelier", ErrFew)
	}
	box := found[0].Chosen
	out := Found{Coverage: box.Coverage, Density: box.Density, Share: float64(yes) / float64(len(cases))}
	out.Signpost = casefile.Signpost{ID: "discovered", Name: "Figures as before " + warns.Name, Alert: "risk", Detector: casefile.DetectLimit, Months: 3, Warns: &warns,
		Reason: fmt.Sprintf("Of simulated futures with these figures %s had it begin within %d months, and of all futures %s.", share(box.Density), warns.Within, share(out.Share)),
		Source: fmt.Sprintf("discovered in %d simulated futures at month %d by the patient rule induction method; coverage %s", len(cases), month, share(box.Coverage))}
	for _, l := range box.Limits {
		w := candidates[l.Factor]
		if !math.IsInf(l.Low, -1) {
			low := rounded(l.Low, math.Floor)
			out.Signpost.Watch = append(out.Signpost.Watch, casefile.Watched{Indicator: w.Indicator, Line: w.Line, Series: w.Series, Above: &low})
		}
		if !math.IsInf(l.High, 1) {
			high := rounded(l.High, math.Ceil)
			out.Signpost.Watch = append(out.Signpost.Watch, casefile.Watched{Indicator: w.Indicator, Line: w.Line, Series: w.Series, Below: &high})
		}
	}
	return out, nil
}

// rounded keeps three digits, to the outside of the box.
func rounded(x float64, way func(float64) float64) float64 {
	if x == 0 {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(math.Abs(x)))-2)
	text := strconv.FormatFloat(way(x/unit)*unit, 'g', 3, 64)
	out, _ := strconv.ParseFloat(text, 64)
	return out
}

// share writes a share in percent.
func share(x float64) string {
	if x < 0.1 {
		return strconv.FormatFloat(100*x, 'g', 2, 64) + "%"
	}
	return strconv.FormatFloat(100*x, 'f', 0, 64) + "%"
}
