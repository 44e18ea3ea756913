// Package casefile reads a case: the folder of plain files that says what is
// asked about one country's security transition. It checks the folder as a
// whole and reports every mistake at once, with file, line, what was expected
// and the nearest valid name.
package casefile

import (
	"handover/diagnostic"
	"handover/model"
)

// Label says how a figure was set.
type Label string

// The three labels.
const (
	Fitted  Label = "fitted"  // moved by data in a hindcast
	Sourced Label = "sourced" // taken from a named source
	Assumed Label = "assumed" // a starting guess; treat it as a condition of the answer
)

// Case is a case folder, read and checked.
type Case struct {
	Settings
	Uncertainties []Uncertainty
	Correlations  []Correlation
	Strategies    []Strategy
	Outcomes      []Outcome
	Series        []Series
	Maps          []Map
	// Programme and Signposts are empty when the case has no files of them.
	Programme Programme
	Signposts []Signpost
	// Belief is empty when the case has no file of it.
	Belief Belief
	// Holdout is empty when the case has no file of it.
	Holdout Holdout
	// Evidence, Groups, Actors, Claims and Questions are empty when the case has no
	// files of them.
	Evidence  Evidence
	Groups    []ActorGroup
	Actors    []Actor
	Claims    []Claim
	Questions []Question
	// Setups and Checks are empty when the case has no reality checks.
	Setups []Setup
	Checks []RealityCheck
	// History is nil when the case has none, and Posterior when the case was not
	// calibrated. Tested is nil when it was not tested on the past.
	History   *History
	Posterior *Posterior
	Tested    *Hindcast
	// Model is the model with the initial values of Settings.Initial filled in
	// from the data tables.
	Model *model.Model
	// Tables are the CSV files under data, by path, for example
	// "data/register.csv".
	Tables map[string]*Table
	// Boundaries is the GeoJSON of the places, as it lies in the folder; nil when
	// the case has no map.
	Boundaries []byte
	// Hash is the SHA-256, in hexadecimal, of the case's files with their names.
	Hash string
	// ModelHash is the same of the model file alone.
	ModelHash string
	// historyOf is the HistoryHash; "" without a history.
	historyOf string
	// places holds where the parts of the YAML files stand, by file and path, so
	// that mistakes found later can be shown there.
	places map[place]diagnostic.Position
	// drafted is the id of a strategy that With added, composed its checked model.
	drafted  string
	composed *model.Model
}

// place names a part of a YAML file, such as "strategies[0].levers[1]".
type place struct{ file, path string }

// Settings is the content of case.yaml.
type Settings struct {
	// Name identifies the case in folder names: lower-case letters, digits, hyphens.
	Name string `yaml:"name" jsonschema:"required"`
	// Title is what readers see.
	Title string `yaml:"title" jsonschema:"required"`
	// Version of the case, written by its authors.
	Version string `yaml:"version" jsonschema:"required"`
	// Question is what is asked, in one or two sentences.
	Question string `yaml:"question" jsonschema:"required"`
	// BaseDate is the day, as YYYY-MM-DD, of the model's start time. Nothing known
	// after it is an input.
	BaseDate string `yaml:"base_date" jsonschema:"required"`
	// Horizon is how far futures run when the user does not say, in months.
	Horizon int `yaml:"horizon" jsonschema:"required"`
	// Reference is the id of the strategy with which the others are compared.
	Reference string `yaml:"reference" jsonschema:"required"`
	// Default lists the ids of the strategies that run when the user names none.
	Default []string `yaml:"default" jsonschema:"required"`
	// Places describes the elements of the place dimension.
	Places Places `yaml:"places" jsonschema:"required"`
	// Initial sets stocks and constants of the model from data tables.
	Initial []Initial `yaml:"initial"`
	// Register names the table of member states that the report shows.
	Register string `yaml:"register"`
	// Limits says in plain sentences what the case cannot say.
	Limits []string `yaml:"limits" jsonschema:"required"`
	// Hindcast says in one sentence whether the model was tested on the past. The
	// verdict of the hindcast takes its place in a case that has one.
	Hindcast string `yaml:"hindcast" jsonschema:"required"`
	// Sources lists the data sets and documents the case rests on.
	Sources []Source `yaml:"sources" jsonschema:"required"`
}

// Places ties the elements of a model dimension to shapes on a map.
type Places struct {
	// Dimension is the model's dimension of places.
	Dimension string `yaml:"dimension" jsonschema:"required"`
	// Map is the path of a GeoJSON file in the case folder.
	Map string `yaml:"map"`
	// Elements describes each element of the dimension.
	Elements []Place `yaml:"elements" jsonschema:"required"`
}

// Place is the smallest place of a case: a governorate or its like.
type Place struct {
	// Element is the name of the element in the model's dimension.
	Element string `yaml:"element" jsonschema:"required"`
	// Name is what readers see; the element's name when empty.
	Name string `yaml:"name"`
	// Shape is the id of the feature in the map that draws the place. Two places
	// may share one: the first is the one drawn.
	Shape string `yaml:"shape"`
	// Spellings are other names under which sources of events report the place.
	// Upper and lower case, accents, punctuation and the words province and
	// governorate do not count.
	Spellings []string `yaml:"spellings"`
	// Districts are spellings of districts that belong to this place although a
	// source reports them under another one.
	Districts []string `yaml:"districts"`
}

// Initial sets the initial value of a stock, or the value of a constant, to the
// sum of a column of a data table.
type Initial struct {
	Variable string `yaml:"variable" jsonschema:"required"`
	Table    string `yaml:"table" jsonschema:"required"`
	// Sum lists the columns to add up.
	Sum []string `yaml:"sum" jsonschema:"required"`
	// Where, when given, names a column, and Is what it holds in the rows that
	// count; all rows count without it.
	Where string `yaml:"where"`
	Is    string `yaml:"is"`
}

// Source is a data set or document with its licence.
type Source struct {
	Name    string `yaml:"name" jsonschema:"required"`
	Used    string `yaml:"used" jsonschema:"required"`
	Licence string `yaml:"licence" jsonschema:"required"`
}

// Uncertainty is what the ensemble varies: a constant of the model and the
// distribution of its values.
type Uncertainty struct {
	// Variable is a constant of the model (with an element in brackets when it is
	// arrayed). One draw replaces its value for a whole run.
	Variable string `yaml:"variable" jsonschema:"required"`
	// Distribution is one of uniform, triangular, normal, lognormal, beta,
	// discrete, categorical.
	Distribution string `yaml:"distribution" jsonschema:"required,enum=uniform,enum=triangular,enum=normal,enum=lognormal,enum=beta,enum=discrete,enum=categorical"`
	// Low and High bound the values: required for uniform, triangular and beta,
	// truncating for normal and lognormal.
	Low  *float64 `yaml:"low"`
	High *float64 `yaml:"high"`
	// Mode is the most likely value of a triangular or beta (PERT) distribution.
	Mode *float64 `yaml:"mode"`
	// Mean and Deviation define a normal distribution.
	Mean      *float64 `yaml:"mean"`
	Deviation *float64 `yaml:"deviation"`
	// Median and Factor define a lognormal distribution: one standard deviation
	// up is Median*Factor, one down Median/Factor. Factor is above 1.
	Median *float64 `yaml:"median"`
	Factor *float64 `yaml:"factor"`
	// Options are the values of a discrete or categorical distribution.
	Options []Option `yaml:"options"`
	// Structural marks a categorical uncertainty whose options are alternative
	// structures of the model. Intervals of probabilities span them.
	Structural bool `yaml:"structural"`
	// Multiply makes the draw a factor on the model's value in place of a new
	// value. The distribution is then without unit.
	Multiply bool `yaml:"multiply"`
	// Label says how the distribution was set.
	Label  Label  `yaml:"label" jsonschema:"required,enum=fitted,enum=sourced,enum=assumed"`
	Source string `yaml:"source" jsonschema:"required"`
	// Title is what readers see; the variable's name when empty.
	Title string `yaml:"title"`
}

// Option is one value of a discrete or categorical uncertainty.
type Option struct {
	Value float64 `yaml:"value" jsonschema:"required"`
	// Name says what the value means; required for categorical.
	Name string `yaml:"name"`
	// Weight is relative to the other options; 1 when absent.
	Weight *float64 `yaml:"weight"`
}

// Correlation is the rank correlation between two uncertainties.
type Correlation struct {
	Between []string `yaml:"between" jsonschema:"required"`
	// Rank is Spearman's rank correlation, between -1 and 1.
	Rank   float64 `yaml:"rank" jsonschema:"required"`
	Source string  `yaml:"source" jsonschema:"required"`
}

// Strategy sets levers over time.
type Strategy struct {
	// ID is short, for example "A3".
	ID   string `yaml:"id" jsonschema:"required"`
	Name string `yaml:"name" jsonschema:"required"`
	// Short is a name of one or two words for charts.
	Short       string `yaml:"short" jsonschema:"required"`
	Description string `yaml:"description" jsonschema:"required"`
	// Variables are auxiliaries and stocks that the strategy adds to the model, in
	// the model's own language.
	Variables []StrategyVariable `yaml:"variables"`
	Gates     []Gate             `yaml:"gates"`
	// Clock, when present, is strategy time that stands still while a gate is
	// closed. Levers with points run on it.
	Clock  *Clock  `yaml:"clock"`
	Levers []Lever `yaml:"levers"`
}

// StrategyVariable is a variable that a strategy adds to the model: a stock
// when Initial is given (Expression is then its net change per time unit), else
// an auxiliary.
type StrategyVariable struct {
	Name       string `yaml:"name" jsonschema:"required"`
	Expression string `yaml:"expression" jsonschema:"required,oneof_type=string;number"`
	Initial    string `yaml:"initial" jsonschema:"oneof_type=string;number"`
	Units      string `yaml:"units"`
	Meaning    string `yaml:"meaning" jsonschema:"required"`
}

// Gate is a condition with memory. It adds a variable of its name to the model
// that is 1 while the gate is closed and 0 while it is open. It starts open,
// closes once Close has held for Evidence, and opens once Open has held for
// Evidence, unless Close has too. A condition has held for a time when it was
// true at every step of an interval of that length, rounded to whole steps.
type Gate struct {
	Name string `yaml:"name" jsonschema:"required"`
	// Close and Open are conditions in the model's language. When Open is empty
	// the gate opens once Close has not held for Evidence.
	Close string `yaml:"close" jsonschema:"required,oneof_type=string;number"`
	Open  string `yaml:"open" jsonschema:"oneof_type=string;number"`
	// Evidence is how long a condition must hold without a break, in months.
	Evidence float64 `yaml:"evidence" jsonschema:"required"`
	Meaning  string  `yaml:"meaning" jsonschema:"required"`
}

// Clock is the time of a strategy: it runs like the model's time and stands
// still while any of the gates is closed.
type Clock struct {
	Name   string   `yaml:"name" jsonschema:"required"`
	Paused []string `yaml:"paused" jsonschema:"required"`
}

// Lever sets one input of the model over time, in all its elements: by points or
// by an expression.
type Lever struct {
	// Variable is an auxiliary or constant of the model.
	Variable string `yaml:"variable" jsonschema:"required"`
	// Points are [month, value] pairs with increasing months; the first value
	// holds before, the last after.
	Points [][]float64 `yaml:"points"`
	// Interpolation is "linear" (when empty) or "step".
	Interpolation string `yaml:"interpolation" jsonschema:"enum=linear,enum=step"`
	// Calendar makes points run on the model's time although the strategy has a
	// clock.
	Calendar bool `yaml:"calendar"`
	// Expression is in the model's language; it replaces the equation.
	Expression string `yaml:"expression" jsonschema:"oneof_type=string;number"`
}

// Reduction is how a trajectory becomes one number.
type Reduction string

// The reductions of an outcome. All look at every step of the model, start and
// end included.
const (
	Final    Reduction = "final"    // value at the horizon
	Minimum  Reduction = "minimum"  // smallest value
	Maximum  Reduction = "maximum"  // largest value
	Mean     Reduction = "mean"     // mean over time
	Integral Reduction = "integral" // sum of value times step: value's unit times month
	First    Reduction = "first"    // first month from which the condition held for Hold; missing if never
)

// Outcome is what strategies are judged by.
type Outcome struct {
	ID   string `yaml:"id" jsonschema:"required"`
	Name string `yaml:"name" jsonschema:"required"`
	// Expression is one number at each step, in the model's language; a condition
	// when Reduce is first.
	Expression string    `yaml:"expression" jsonschema:"required,oneof_type=string;number"`
	Reduce     Reduction `yaml:"reduce" jsonschema:"required,enum=final,enum=minimum,enum=maximum,enum=mean,enum=integral,enum=first"`
	// Hold is how long, in months, the condition of a first must last without a
	// break.
	Hold float64 `yaml:"hold"`
	Unit string  `yaml:"unit" jsonschema:"required"`
	// Better is "lower", "higher" or "neither".
	Better string `yaml:"better" jsonschema:"required,enum=lower,enum=higher,enum=neither"`
	// Event turns the outcome into something that happens or does not, with a
	// probability.
	Event *Event `yaml:"event"`
	// Definition says in one sentence what is measured, for readers.
	Definition string `yaml:"definition" jsonschema:"required"`
	// Headline marks the outcome that the report answers first. Exactly one has
	// it, and it has an event.
	Headline bool `yaml:"headline"`
	// Decimals is how many decimals readers see.
	Decimals int `yaml:"decimals"`
}

// Event is when an outcome counts as having happened: above or below a
// threshold, or, for a first, by a month.
type Event struct {
	Above *float64 `yaml:"above"`
	Below *float64 `yaml:"below"`
	// By lists the months by which the probability of a first is reported. Months
	// beyond the run's horizon are left out; the horizon itself is always reported.
	By []int `yaml:"by"`
	// Name is the event in words, for example "a resurgence".
	Name string `yaml:"name" jsonschema:"required"`
}

// Series is a quantity over time that the run summarises as a fan.
type Series struct {
	ID         string `yaml:"id" jsonschema:"required"`
	Name       string `yaml:"name" jsonschema:"required"`
	Expression string `yaml:"expression" jsonschema:"required,oneof_type=string;number"`
	Unit       string `yaml:"unit" jsonschema:"required"`
	// Threshold is drawn as a thin rule with its name, when present.
	Threshold *Threshold `yaml:"threshold"`
	// Headline marks the fan that the report shows large, one panel a strategy.
	Headline bool `yaml:"headline"`
}

// Threshold is a named level on a chart.
type Threshold struct {
	Value float64 `yaml:"value" jsonschema:"required"`
	Name  string  `yaml:"name" jsonschema:"required"`
}

// Map is a condition per place over time, shown as probabilities.
type Map struct {
	ID   string `yaml:"id" jsonschema:"required"`
	Name string `yaml:"name" jsonschema:"required"`
	// Variable is a variable of the model arrayed over the place dimension alone.
	Variable string `yaml:"variable" jsonschema:"required"`
	// Above is the level that defines the condition.
	Above float64 `yaml:"above" jsonschema:"required"`
}

// Table is a CSV file of the case. Every row carries its source and confidence.
type Table struct {
	Path    string
	Columns []string
	// Rows hold one cell a column.
	Rows [][]string
	// lines holds the line of each row in the file.
	lines []int
}
