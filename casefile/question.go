package casefile

// QuestionFile is the content of questions.yaml.
type QuestionFile struct {
	Questions []Question `yaml:"questions" jsonschema:"required"`
}

// QuestionKind is what a question is answered with.
type QuestionKind string

// The kinds of questions.
const (
	Binary  QuestionKind = "binary"  // yes or no
	Choice  QuestionKind = "choice"  // one of several options
	Numeric QuestionKind = "numeric" // a number
	Date    QuestionKind = "date"    // a day, or not by the end of the range
	Counted QuestionKind = "count"   // a whole number from 0
)

// Question is a forecast question: what is asked, until when it is answered and
// how the answer is found. Days are of the calendar in UTC, as YYYY-MM-DD.
type Question struct {
	ID string `yaml:"id" jsonschema:"required"`
	// Title is the question in one sentence.
	Title string       `yaml:"title" jsonschema:"required"`
	Kind  QuestionKind `yaml:"kind" jsonschema:"required,enum=binary,enum=choice,enum=numeric,enum=date,enum=count"`
	// Background says what a forecaster should know before answering.
	Background string `yaml:"background" jsonschema:"required"`
	// Rule says in words how the question resolves, doubtful cases included.
	Rule string `yaml:"rule" jsonschema:"required"`
	// Opens and Closes are the first and the last day on which forecasts are taken.
	Opens  string `yaml:"opens" jsonschema:"required"`
	Closes string `yaml:"closes" jsonschema:"required"`
	// Resolves is the day by which the answer must be known. What data do not say
	// by the end of that day is ambiguous.
	Resolves string `yaml:"resolves" jsonschema:"required"`
	// Unit of a number or count.
	Unit string `yaml:"unit"`
	// Options are the answers of a choice, of which exactly one comes true.
	Options []Answer `yaml:"options"`
	// Range is where the answer of a number, count or date lies.
	Range *AnswerRange `yaml:"range"`
	// Data is the rule by which the case's own indicators resolve the question.
	Data *DataRule `yaml:"data"`
	// Judge is how a person resolves it. A question has Data or Judge.
	Judge *JudgeRule `yaml:"judge"`
	// Model ties the question to the case's model, so that the ensemble forecasts
	// it too.
	Model *ModelAnswer `yaml:"model"`
	// Source says where the question comes from.
	Source string `yaml:"source"`
}

// Answer is one option of a choice.
type Answer struct {
	ID   string `yaml:"id" jsonschema:"required"`
	Name string `yaml:"name" jsonschema:"required"`
	// Upto is the largest value for which data or the model mean this option; the
	// last option has none.
	Upto *float64 `yaml:"upto"`
}

// AnswerRange bounds an answer. An open end lets the answer lie beyond it.
type AnswerRange struct {
	// Low and High are the ends for a number or a count. A count starts at 0 when
	// Low is left out.
	Low  *float64 `yaml:"low"`
	High *float64 `yaml:"high"`
	// OpenLow and OpenHigh say that the answer may lie beyond the end.
	OpenLow  bool `yaml:"open_low"`
	OpenHigh bool `yaml:"open_high"`
	// From and To are the ends for a date. The answer may always be "later, or
	// never".
	From string `yaml:"from"`
	To   string `yaml:"to"`
}

// DataRule resolves a question from an indicator of evidence.yaml: the months
// From to To, reduced to one number and compared with a cut-off.
type DataRule struct {
	Indicator string `yaml:"indicator" jsonschema:"required"`
	// From and To are the first and the last month, as YYYY-MM.
	From string `yaml:"from" jsonschema:"required"`
	To   string `yaml:"to" jsonschema:"required"`
	// Reduce makes one number of the months: their sum, mean, largest, smallest or
	// last. First is the first month with which the cut-off was passed for Hold
	// months without a break.
	Reduce string `yaml:"reduce" jsonschema:"required,enum=sum,enum=mean,enum=maximum,enum=minimum,enum=last,enum=first"`
	// Places keeps events in these places; as the indicator does when empty.
	Places []string `yaml:"places"`
	// Above and Below are the cut-off of a yes-or-no question and of a first.
	Above *float64 `yaml:"above"`
	Below *float64 `yaml:"below"`
	// Hold is how many months in a row a first needs; 1 when left out.
	Hold int `yaml:"hold"`
}

// JudgeRule says on what a person's resolution rests.
type JudgeRule struct {
	// Source is what the person looks the answer up in.
	Source string `yaml:"source" jsonschema:"required"`
}

// ModelAnswer names what in the model answers a question: an outcome, or a
// series at a month.
type ModelAnswer struct {
	Outcome string `yaml:"outcome"`
	Series  string `yaml:"series"`
	// By is the month, from the base date, at which the model is read: the horizon
	// of the run for an outcome, the last month that counts for a first.
	By int `yaml:"by" jsonschema:"required"`
	// Dispersion is the variance over the mean of a count around the expected
	// number that the model computes; 1, Poisson's, when left out.
	Dispersion *float64 `yaml:"dispersion"`
}

// Asked finds a forecast question by id, or returns nil.
func (c *Case) Asked(id string) *Question {
	for i := range c.Questions {
		if c.Questions[i].ID == id {
			return &c.Questions[i]
		}
	}
	return nil
}
