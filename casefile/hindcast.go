package casefile

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"

	"handover/diagnostic"
)

// Hindcast is what tests of the model on the past found: from each origin it was
// fitted to what was known, and its forecasts were scored against what came.
type Hindcast struct {
	// Of is the HistoryHash of the case that was tested.
	Of string `json:"of"`
	// Plan is the HindcastHash of the case.
	Plan string `json:"plan"`
	// Verdict says in a few sentences what was found, losses included.
	Verdict string `json:"verdict"`
	// Seed, Runs (of the model in each fit) and Draws say how it was made.
	Seed    uint64           `json:"seed"`
	Runs    int              `json:"runs"`
	Draws   int              `json:"draws"`
	Target  string           `json:"target"`
	Origins []HindcastOrigin `json:"origins"`
}

// HindcastOrigin is one origin.
type HindcastOrigin struct {
	// Origin is the last known month, as YYYY-MM.
	Origin string `json:"origin"`
	// Acceptance and Disagreement are of the fit: the share of proposals taken, and
	// the largest difference of two populations' means, in posterior standard
	// deviations.
	Acceptance   float64 `json:"acceptance"`
	Disagreement float64 `json:"disagreement"`
	// Scores are of the target, in all windows and methods.
	Scores []HindcastScore `json:"scores"`
	// Areas are the same by area, pooled over areas and periods.
	Areas []HindcastScore `json:"areas,omitempty"`
	// Rises are the events.
	Rises []HindcastRise `json:"rises,omitempty"`
	// Weights are the shares of the methods in the combination, by window, from
	// earlier origins alone.
	Weights []HindcastWeight `json:"weights,omitempty"`
}

// HindcastScore is how well a method forecast a window.
type HindcastScore struct {
	// Method is one of those listed in package calibrate.
	Method string `json:"method"`
	// From and To are the months after the origin; N is how many values were scored.
	From int `json:"from"`
	To   int `json:"to"`
	N    int `json:"n"`
	// CRPS is the mean continuous ranked probability score on the logarithm, lower
	// is better; LogScore the mean log density of a normal there, higher is better.
	CRPS     float64 `json:"crps"`
	LogScore float64 `json:"log_score"`
	// Coverage is the share of values inside the 90% interval.
	Coverage float64 `json:"coverage"`
	// PIT counts values by the tenth of the forecast distribution they fell into.
	PIT [10]int `json:"pit"`
}

// HindcastRise is the forecast of an event, defined on paths without noise.
type HindcastRise struct {
	// Times is how many times the level before the origin is reached by month To.
	Times float64 `json:"times"`
	To    int     `json:"to"`
	// Happened is nil where the data end before.
	Happened *bool `json:"happened,omitempty"`
	// Probability by method, and the Brier score of each where it is known.
	Probability map[string]float64 `json:"probability"`
	Brier       map[string]float64 `json:"brier,omitempty"`
}

// HindcastWeight is the share of a method in the combination.
type HindcastWeight struct {
	Method string  `json:"method"`
	From   int     `json:"from"`
	To     int     `json:"to"`
	Weight float64 `json:"weight"`
}

// HindcastHash is the SHA-256, in hexadecimal, of the plan of the hindcasts.
func (c *Case) HindcastHash() string {
	text, err := json.Marshal(c.History.Hindcast)
	if err != nil {
		panic(err) // the loader lets no number in that JSON cannot hold
	}
	return hash(map[string][]byte{"plan": text})
}

// readHindcast reads hindcast.json, where there is one. Its verdict takes the
// place of the sentence in case.yaml.
func (l *loader) readHindcast() {
	if _, err := fs.Stat(l.fsys, HindcastName); errors.Is(err, fs.ErrNotExist) {
		return
	}
	data := l.read(HindcastName, MostYAML)
	if data == nil {
		return
	}
	at := diagnostic.Position{File: HindcastName, Line: 1}
	h := &Hindcast{}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(h); err != nil {
		l.fail(at, "json-syntax", "", "run handover hindcast to make it again", "not the result of a hindcast: %v", err)
		return
	}
	if l.c.History == nil || l.c.Model == nil || l.list.Errors() > 0 {
		return
	}
	if now := l.c.historyHash(l.files); h.Of == now && h.Plan != l.c.HindcastHash() {
		l.warn(at, "stale", "", "run handover hindcast again", "the hindcast is of another plan than that of %s", HistoryName)
	} else if h.Of != now {
		l.warn(at, "stale", "", "run handover hindcast again",
			"the hindcast is of another model, history or data: %s, now %s", h.Of[:min(12, len(h.Of))], now[:12])
	}
	l.c.Tested = h
	if h.Verdict != "" {
		l.c.Hindcast = h.Verdict
	}
}
