package ensemble

// Summary is what a run leaves to its readers, small whatever the number of
// futures. It lies in the run folder as summary.json; reports are made from it
// and the case alone.
type Summary struct {
	Manifest   Manifest          `json:"manifest"`
	Strategies []StrategySummary `json:"strategies"`
	// Times are the months, from the base date, of all series and maps.
	Times []float64 `json:"times"`
	// Bad counts the experiments in which a value was not finite. Their futures
	// are left out of every figure, under every strategy, so that differences stay
	// paired.
	Bad int `json:"bad"`
	// FirstBad names the first variable that went bad, and when, in the first
	// bad experiment, for example "pressure at month 21.75 (strategy A1, future
	// 17)"; empty when there is none.
	FirstBad string `json:"first_bad,omitempty"`
}

// Manifest ties a run to what it was made from.
type Manifest struct {
	Case        string `json:"case"`
	CaseTitle   string `json:"case_title"`
	CaseVersion string `json:"case_version"`
	CaseHash    string `json:"case_hash"`
	ModelHash   string `json:"model_hash"`
	// Posterior is the hash of the posterior whose draws the futures took; "" when
	// all came from priors.
	Posterior  string   `json:"posterior,omitempty"`
	Run        string   `json:"run"`
	Seed       uint64   `json:"seed"`
	Futures    int      `json:"futures"`
	Horizon    int      `json:"horizon"`
	Design     string   `json:"design"`
	Strategies []string `json:"strategies"`
	Reference  string   `json:"reference"`
	Method     string   `json:"method"`
	DT         float64  `json:"dt"`
	// Version is the version of the program that made the run.
	Version string `json:"version"`
	// Format is the version of the files in the run folder.
	Format int `json:"format"`
}

// StrategySummary holds the figures of one strategy.
type StrategySummary struct {
	ID       string           `json:"id"`
	Outcomes []OutcomeSummary `json:"outcomes"`
	Series   []Fan            `json:"series"`
	Maps     []MapSummary     `json:"maps"`
}

// Interval is a middle value with an 80% interval (10th to 90th percentile).
type Interval struct {
	Low    float64 `json:"low"`
	Middle float64 `json:"middle"`
	High   float64 `json:"high"`
}

// OutcomeSummary is one outcome under one strategy.
type OutcomeSummary struct {
	ID string `json:"id"`
	// Value is the median over futures with the 10th and 90th percentile, in the
	// outcome's unit. Nil for a first, whose value is often missing.
	Value *Interval `json:"value,omitempty"`
	// Difference is the same of the paired difference to the reference strategy
	// in the same future. Nil for the reference itself.
	Difference *Interval `json:"difference,omitempty"`
	// Events are the probabilities, when the outcome has an event; for a first
	// one for each month, the horizon last.
	Events []EventSummary `json:"events,omitempty"`
}

// EventSummary is the probability of an event, between 0 and 1.
type EventSummary struct {
	// By is the month by which it happens; the horizon unless the outcome is a
	// first.
	By int `json:"by"`
	// Probability over all futures, with an 80% interval that spans the
	// structural alternatives and the number of futures.
	Probability Interval `json:"probability"`
	// Difference to the reference strategy in the same futures, as a difference
	// of probabilities. Nil for the reference itself.
	Difference *Interval `json:"difference,omitempty"`
	// Alternatives gives the probability under each structural alternative.
	Alternatives []Alternative `json:"alternatives,omitempty"`
}

// Alternative is the probability of an event in the futures that share one
// option of a structural uncertainty.
type Alternative struct {
	Uncertainty string  `json:"uncertainty"`
	Option      string  `json:"option"`
	Futures     int     `json:"futures"`
	Probability float64 `json:"probability"`
}

// Levels are the quantile levels of a Fan, in order.
var Levels = []float64{0.025, 0.10, 0.25, 0.50, 0.75, 0.90, 0.975}

// Fan is a series over time, as quantiles over futures.
type Fan struct {
	ID string `json:"id"`
	// Quantiles is indexed by level (as in Levels), then by time (as in
	// Summary.Times).
	Quantiles [][]float64 `json:"quantiles"`
}

// MapSummary is the probability of a condition per place and time.
type MapSummary struct {
	ID string `json:"id"`
	// Places are element names, in the order of the model's dimension.
	Places []string `json:"places"`
	// Probability is indexed by place, then by time.
	Probability [][]float64 `json:"probability"`
}
