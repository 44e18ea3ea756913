package casefile

// Evidence is the content of evidence.yaml: how event data from outside is read
// for this case, and what is counted in it.
type Evidence struct {
	// Country says which rows of a data set about many countries belong to the
	// case.
	Country Country `yaml:"country" jsonschema:"required"`
	// EventSources says per source how late its figures come.
	EventSources []EventSource `yaml:"event_sources"`
	// Indicators are what is counted by month.
	Indicators []Indicator `yaml:"indicators" jsonschema:"required"`
}

// Country is the case's country as the sources name it. A row belongs to the
// case when any of the keys that its source carries fits.
type Country struct {
	// Names are spellings of the country's name.
	Names []string `yaml:"names" jsonschema:"required"`
	// UCDP is the number of the country in UCDP's files (Gleditsch and Ward).
	UCDP int `yaml:"ucdp"`
	// ISO is the country's number in ISO 3166-1, as ACLED gives it.
	ISO int `yaml:"iso"`
	// FIPS is the code of FIPS 10-4 with two letters, as GDELT gives it.
	FIPS string `yaml:"fips"`
}

// EventSource says how late a source's figures come.
type EventSource struct {
	// Source is the name under which events are stored.
	Source string `yaml:"source" jsonschema:"required,enum=ucdp-ged,enum=acled,enum=gdelt,enum=table"`
	// Lag is how many months before the end of the data are still filling up.
	Lag int `yaml:"lag" jsonschema:"required"`
	// Licence of the data.
	Licence string `yaml:"licence" jsonschema:"required"`
}

// Count is what an indicator counts.
type Count string

// What an indicator can count in a month.
const (
	CountEvents Count = "events" // events of any kind
	CountLethal Count = "lethal" // events with at least one death by the best estimate
	CountDeaths Count = "deaths" // deaths by the best estimate, with low and high beside them
)

// Indicator is a monthly count over the stored events.
type Indicator struct {
	ID   string `yaml:"id" jsonschema:"required"`
	Name string `yaml:"name" jsonschema:"required"`
	// Count says what is counted.
	Count Count `yaml:"count" jsonschema:"required,enum=events,enum=lethal,enum=deaths"`
	// Groups keeps events in which one side is an actor of one of these groups.
	// All events when empty.
	Groups []string `yaml:"groups"`
	// Against keeps events whose other side is of one of these groups.
	Against []string `yaml:"against"`
	// Kinds keeps events of these kinds, as the store names them, such as
	// "state-based".
	Kinds []string `yaml:"kinds"`
	// Places keeps events in these places. All when empty, with those whose place
	// is not known.
	Places []string `yaml:"places"`
	// Source keeps events of one source. When empty, sources are put together and
	// an event that two of them report counts once.
	Source string `yaml:"source" jsonschema:"enum=ucdp-ged,enum=acled,enum=gdelt,enum=table"`
	// Observed fills months that no imported event file covers.
	Observed *Observed `yaml:"observed"`
}

// Observed names a column of a data table with one row a month.
type Observed struct {
	Table string `yaml:"table" jsonschema:"required"`
	// Column holds whole numbers; an empty cell is a month that is not known.
	Column string `yaml:"column" jsonschema:"required"`
}

// ActorFile is the content of actors.yaml.
type ActorFile struct {
	// Groups are what indicators count by.
	Groups []ActorGroup `yaml:"groups" jsonschema:"required"`
	// Actors are organisations, never persons, with the names that sources give
	// them.
	Actors []Actor `yaml:"actors" jsonschema:"required"`
}

// ActorGroup puts actors together that an indicator counts as one, such as a
// network under all its names.
type ActorGroup struct {
	ID   string `yaml:"id" jsonschema:"required"`
	Name string `yaml:"name" jsonschema:"required"`
}

// Actor is an organisation.
type Actor struct {
	ID    string `yaml:"id" jsonschema:"required"`
	Name  string `yaml:"name" jsonschema:"required"`
	Group string `yaml:"group" jsonschema:"required"`
	// From and To are the first and last day, as YYYY-MM-DD, on which the actor
	// existed under this name.
	From string `yaml:"from"`
	To   string `yaml:"to"`
	// Spellings are the names under which sources report it. Upper and lower case,
	// accents, punctuation and spaces do not count.
	Spellings []Spelling `yaml:"spellings" jsonschema:"required"`
	// Lineage ties the actor to others: "under different guises".
	Lineage []Lineage `yaml:"lineage"`
	// Source of dates and lineage.
	Source string `yaml:"source" jsonschema:"required"`
}

// Spelling is a name that a source gives an actor.
type Spelling struct {
	Name string `yaml:"name" jsonschema:"required"`
	// Source is the only source that means this actor by the name; all when empty.
	Source string `yaml:"source" jsonschema:"enum=ucdp-ged,enum=acled,enum=gdelt,enum=table"`
	// From and To bound the days of events for which the name means this actor.
	// When empty they are those of the actor.
	From string `yaml:"from"`
	To   string `yaml:"to"`
}

// Lineage is a relation of an actor to an earlier or larger one.
type Lineage struct {
	// Relation of the actor to the other: it is the other's successor, a splinter
	// of it, another name of it, or merged into it.
	Relation string `yaml:"relation" jsonschema:"required,enum=successor,enum=splinter,enum=alias,enum=merged"`
	// Of is the id of the other actor.
	Of string `yaml:"of" jsonschema:"required"`
	// Date is the day as YYYY-MM-DD.
	Date string `yaml:"date"`
}

// ClaimFile is the content of claims.yaml.
type ClaimFile struct {
	Claims []Claim `yaml:"claims" jsonschema:"required"`
}

// Claim is a public statement that data can test.
type Claim struct {
	ID string `yaml:"id" jsonschema:"required"`
	// Who made it: an office or a body, not a personal name.
	Who string `yaml:"who" jsonschema:"required"`
	// Date is the day as YYYY-MM-DD.
	Date string `yaml:"date" jsonschema:"required"`
	// Words are what was said, as near to the original as the source gives it.
	Words  string `yaml:"words" jsonschema:"required"`
	Source string `yaml:"source" jsonschema:"required"`
	// Definitions are meanings under which the claim is true or false. There is
	// never only one right one.
	Definitions []Definition `yaml:"definitions" jsonschema:"required"`
}

// Test is the form of a definition.
type Test string

// The tests of a claim. All look at whole months up to the claim.
const (
	// TestThreshold: fewer than Limit in Months months.
	TestThreshold Test = "threshold"
	// TestQuiet: not more than Limit in each of Months months, in each of Places.
	TestQuiet Test = "quiet"
	// TestRate: the monthly level is below Limit.
	TestRate Test = "rate"
	// TestDecline: the mean of the last Months months is at most Limit times the
	// highest mean of as many months before.
	TestDecline Test = "decline"
)

// Definition is one meaning of a claim.
type Definition struct {
	ID   string `yaml:"id" jsonschema:"required"`
	Name string `yaml:"name" jsonschema:"required"`
	Test Test   `yaml:"test" jsonschema:"required,enum=threshold,enum=quiet,enum=rate,enum=decline"`
	// Indicator is the id of an indicator of evidence.yaml.
	Indicator string `yaml:"indicator" jsonschema:"required"`
	// Limit is what the test compares with.
	Limit float64 `yaml:"limit" jsonschema:"required"`
	// Months is how far the test looks back.
	Months int `yaml:"months" jsonschema:"required"`
	// Probability is from which probability the verdict is that the claim holds;
	// 0.8 when left out. Below one minus it the claim does not hold.
	Probability *float64 `yaml:"probability"`
	// Places must each pass a quiet test. The whole country when empty.
	Places []string `yaml:"places"`
}

// Holds is the probability from which a definition counts as true.
func (d Definition) Holds() float64 {
	if d.Probability == nil {
		return 0.8
	}
	return *d.Probability
}

// Indicator finds an indicator by id, or returns nil.
func (c *Case) Indicator(id string) *Indicator {
	for i := range c.Evidence.Indicators {
		if c.Evidence.Indicators[i].ID == id {
			return &c.Evidence.Indicators[i]
		}
	}
	return nil
}
