package casefile

import (
	"fmt"
	"slices"

	"handover/diagnostic"
)

// SignpostFile is the content of signposts.yaml.
type SignpostFile struct {
	Signposts []Signpost `yaml:"signposts" jsonschema:"required"`
}

// Detector is the way in which a signpost looks at what it watches.
type Detector string

// The detectors.
const (
	// DetectGrowth adds up the log likelihood of a doubled level of a count against
	// that of its base months (NB-CUSUM); the limit is in units of log likelihood.
	DetectGrowth Detector = "growth"
	// DetectMaximum tells a month above all of the Months before it.
	DetectMaximum Detector = "maximum"
	// DetectLimit tells when all that is watched has been beyond its limit for
	// Months months in a row.
	DetectLimit Detector = "limit"
)

// Signpost is a sign that warns, or gives hope.
type Signpost struct {
	ID   string `yaml:"id" jsonschema:"required"`
	Name string `yaml:"name" jsonschema:"required"`
	// Alert says what it alerts to.
	Alert string `yaml:"alert" jsonschema:"required,enum=risk,enum=opportunity"`
	// Detector says how it looks.
	Detector Detector `yaml:"detector" jsonschema:"required,enum=growth,enum=maximum,enum=limit"`
	// Threshold of growth, in units of log likelihood; 3 when left out.
	Threshold *float64 `yaml:"threshold"`
	// Months is how far a maximum looks back, or how long a limit must be passed.
	Months int `yaml:"months"`
	// Quiet is for how many months after an alert no other is given; 6 when left
	// out.
	Quiet *int `yaml:"quiet"`
	// Watch lists what is watched: one thing, or for a limit several that must all
	// be beyond theirs, as in a discovered box.
	Watch []Watched `yaml:"watch" jsonschema:"required"`
	// Reason says in one sentence why the sign matters.
	Reason string `yaml:"reason" jsonschema:"required"`
	// Source says where the sign comes from.
	Source string `yaml:"source" jsonschema:"required"`
	// Warns says of what, so that lead time and false alarms can be measured.
	Warns *Warning `yaml:"warns"`
}

// Watched is a monthly figure: an indicator, or a line of the programme.
type Watched struct {
	Indicator string `yaml:"indicator"`
	Line      string `yaml:"line"`
	// Series is what the model calls the same, in simulated futures.
	Series string `yaml:"series"`
	// Above or Below is the limit, of a signpost by limit.
	Above *float64 `yaml:"above"`
	Below *float64 `yaml:"below"`
}

// Warning is what a signpost warns of: the first month of a stretch in which a
// figure is beyond a limit.
type Warning struct {
	Name string `yaml:"name" jsonschema:"required"`
	// Indicator is what history is judged by; Series what simulated futures are.
	Indicator string   `yaml:"indicator"`
	Series    string   `yaml:"series"`
	Above     *float64 `yaml:"above"`
	Below     *float64 `yaml:"below"`
	// SeriesLimit takes the place of Above or Below in simulated futures, when the
	// series is not on the scale of the indicator.
	SeriesLimit *float64 `yaml:"series_limit"`
	// Months is how long the stretch must last.
	Months int `yaml:"months" jsonschema:"required"`
	// Within is how many months ahead an alert may come and count as a warning of
	// it.
	Within int `yaml:"within" jsonschema:"required"`
}

// Future is the warning as simulated futures are judged by it.
func (w Warning) Future() Warning {
	if w.SeriesLimit != nil {
		if w.Above != nil {
			w.Above = w.SeriesLimit
		} else {
			w.Below = w.SeriesLimit
		}
	}
	return w
}

// Rest is for how many months a signpost is quiet after an alert.
func (s Signpost) Rest() int {
	if s.Quiet == nil {
		return 6
	}
	return *s.Quiet
}

// checkSignposts checks signposts.yaml.
func (l *loader) checkSignposts() {
	d := l.signposts
	if d == nil {
		return
	}
	ids := map[string]int{}
	for i, s := range l.c.Signposts {
		path := fmt.Sprintf("signposts[%d]", i)
		l.checkID(d, path, s.ID, ids)
		l.checkDetector(d, path, s)
		if s.Quiet != nil && (*s.Quiet < 0 || *s.Quiet > 60) {
			l.fail(d.at(path+".quiet"), "range", path+".quiet", "", "the signpost is quiet for %d months; expected 0 to 60", *s.Quiet)
		}
		switch {
		case !d.ok(path + ".watch"):
		case len(s.Watch) == 0:
			l.fail(d.at(path), "missing-key", path+".watch", "", "nothing is watched; expected at least one figure")
		case len(s.Watch) > 1 && s.Detector != DetectLimit:
			l.fail(d.at(path+".watch"), "kind", path+".watch", "make a signpost of each", "only a limit watches more than one figure")
		}
		for k, w := range s.Watch {
			at := fmt.Sprintf("%s.watch[%d]", path, k)
			l.checkWatched(d, at, w, s.Detector == DetectLimit)
		}
		if s.Warns != nil {
			l.checkWarning(d, path+".warns", *s.Warns)
		}
	}
}

func (l *loader) checkDetector(d *document, path string, s Signpost) {
	switch {
	case s.Threshold != nil && s.Detector != DetectGrowth:
		l.fail(d.at(path+".threshold"), "kind", path+".threshold", "a limit stands with what is watched, as above or below", "only growth has a threshold")
	case s.Threshold != nil && (*s.Threshold <= 0 || *s.Threshold > 50):
		l.fail(d.at(path+".threshold"), "range", path+".threshold", "", "the threshold is %g; expected a number above 0 and up to 50", *s.Threshold)
	}
	switch {
	case s.Detector == DetectGrowth && s.Months != 0:
		l.fail(d.at(path+".months"), "kind", path+".months", "remove it", "growth does not take months")
	case (s.Detector == DetectMaximum || s.Detector == DetectLimit) && d.ok(path+".months") && (s.Months < 1 || s.Months > 120):
		l.fail(d.at(path+".months"), "range", path+".months", "", "found %d months; expected 1 to 120", s.Months)
	}
}

func (l *loader) checkWatched(d *document, at string, w Watched, limit bool) {
	if !d.ok(at) {
		return
	}
	if (w.Indicator == "") == (w.Line == "") {
		l.fail(d.at(at), "kind", at, "", "expected either an indicator or a line of the programme")
	}
	l.knownIndicator(d, at+".indicator", w.Indicator)
	l.knownLine(d, at+".line", w.Line)
	l.knownSeries(d, at+".series", w.Series)
	switch one := (w.Above == nil) != (w.Below == nil); {
	case limit && !one:
		l.fail(d.at(at), "kind", at, "", "expected either above or below, as the limit")
	case !limit && (w.Above != nil || w.Below != nil):
		l.fail(d.at(at), "kind", at, "remove it, or use the detector limit", "only a limit has above or below")
	}
}

func (l *loader) knownIndicator(d *document, at, id string) {
	if id == "" || l.unread(EvidenceName, l.evidence) {
		return
	}
	var known []string
	for _, n := range l.c.Evidence.Indicators {
		known = append(known, n.ID)
	}
	if !slices.Contains(known, id) {
		l.fail(d.at(at), "unknown-name", at, diagnostic.DidYouMean(id, known), "there is no indicator %q in %s", id, EvidenceName)
	}
}

func (l *loader) checkWarning(d *document, path string, w Warning) {
	if !d.ok(path) {
		return
	}
	if w.Indicator == "" && w.Series == "" {
		l.fail(d.at(path), "missing-key", path, "", "expected an indicator, for history, or a series, for simulated futures")
	}
	l.knownIndicator(d, path+".indicator", w.Indicator)
	l.knownSeries(d, path+".series", w.Series)
	if (w.Above == nil) == (w.Below == nil) {
		l.fail(d.at(path), "kind", path, "", "expected either above or below, as the limit")
	}
	if w.SeriesLimit != nil && w.Series == "" {
		l.fail(d.at(path+".series_limit"), "kind", path+".series_limit", "remove it, or name a series", "only a series has it")
	}
	if w.Months < 1 || w.Months > 60 {
		l.fail(d.at(path+".months"), "range", path+".months", "", "found %d months; expected 1 to 60", w.Months)
	}
	if w.Within < 1 || w.Within > 120 {
		l.fail(d.at(path+".within"), "range", path+".within", "", "found %d months; expected 1 to 120", w.Within)
	}
}
