// Package evidence holds what is known about past violence: an Event as every
// source reports it, with the actor and the governorate of the case it belongs
// to. Coordinates and free text of a source end here: they serve to find the
// governorate and are not kept.
package evidence

import (
	"strconv"
	"strings"
)

// Source is where events come from.
type Source uint8

// The sources, the one that is trusted first when two report the same event
// before the others.
const (
	UCDP  Source = iota // UCDP Georeferenced Event Dataset, final and Candidate
	ACLED               // Armed Conflict Location & Event Data
	Table               // a plain CSV file
	GDELT               // Global Database of Events, Language and Tone
	sources
)

var sourceNames = [sources]string{"ucdp-ged", "acled", "table", "gdelt"}

// String is the source's name in files.
func (s Source) String() string {
	if s < sources {
		return sourceNames[s]
	}
	return "source-" + strconv.Itoa(int(s))
}

// ParseSource finds a source by its name in files.
func ParseSource(name string) (Source, bool) {
	for i, n := range sourceNames {
		if n == name {
			return Source(i), true
		}
	}
	return 0, false
}

// Unknown is a count that the source does not give.
const Unknown int32 = -1

// Event is one act of violence as it is stored.
type Event struct {
	Source Source
	// ID is the source's own and unique in it.
	ID string
	// Version of the data set: "19.1", "21.0.3" of UCDP, empty where the source
	// has none.
	Version string
	// Start and End are the first and last day on which it may have happened. An
	// event counts in the month of End.
	Start, End Day
	// Reported is the day of the source's last change of the row; NoDay where the
	// source does not say.
	Reported Day
	// DatePrecision is on UCDP's scale: 1 the day is known, 2 to within a few days,
	// 3 the week, 4 the month, 5 more than a month.
	DatePrecision int8
	// PlacePrecision is on UCDP's scale: 1 the place is known, 2 to within some 25
	// km, 3 the district, 4 the governorate, 5 a line or region, 6 the country, 7
	// less.
	PlacePrecision int8
	// ActorA and ActorB are ids of the case's actors; empty when the source's name
	// is not among their spellings.
	ActorA, ActorB string
	// Dyad is the source's own number of the pair of actors; empty where it has
	// none.
	Dyad string
	// Place is an element of the case's place dimension; empty when not known.
	Place string
	Kind  Kind
	// Low, Best and High are deaths; Unknown where the source does not say.
	Low, Best, High int32
	// Provisional says that the source may still change the row.
	Provisional bool
	// Duplicate names the event that counts in place of this one, as
	// "source:id", or says Superseded. Empty for an event that counts.
	Duplicate string
}

// Superseded marks a provisional event that a final release of the same source
// left out.
const Superseded = "superseded"

// Kind is what kind of violence an event is, in the words of its source.
type Kind string

// The kinds that are stored. Others, such as protests, are not.
const (
	StateBased       Kind = "state-based"       // UCDP: a state against a group or a state
	NonState         Kind = "non-state"         // UCDP: groups, none of them a state
	OneSided         Kind = "one-sided"         // UCDP: against civilians
	Battle           Kind = "battle"            // ACLED
	Explosion        Kind = "explosion"         // ACLED: explosions and remote violence
	AgainstCivilians Kind = "against-civilians" // ACLED
	Assault          Kind = "assault"           // GDELT: CAMEO root 18
	Fight            Kind = "fight"             // GDELT: CAMEO root 19
	MassViolence     Kind = "mass-violence"     // GDELT: CAMEO root 20
	Reported         Kind = "reported"          // a plain table that names no kind
)

// Kinds lists the kinds in the order of their documentation.
var Kinds = []Kind{StateBased, NonState, OneSided, Battle, Explosion, AgainstCivilians, Assault, Fight, MassViolence, Reported}

// rank orders the versions of a source: of two rows with the same id the one of
// higher rank holds. A final release of UCDP ranks above all candidates.
func (e *Event) rank() [2]int64 {
	version := int64(0)
	for i, part := range strings.SplitN(e.Version, ".", 4) {
		n, _ := strconv.ParseInt(part, 10, 32)
		for range 3 - i {
			n *= 100
		}
		version += n
	}
	if e.Source == UCDP && !e.Provisional {
		version += 1 << 50
	}
	return [2]int64{version, int64(e.Reported)}
}

// Newer says whether e is of a later version than o, or an older one. Two rows
// of the same version compare as equal, 0.
func (e *Event) Newer(o *Event) int {
	a, b := e.rank(), o.rank()
	for i := range a {
		if a[i] > b[i] {
			return 1
		}
		if a[i] < b[i] {
			return -1
		}
	}
	return 0
}

// Same says whether two rows say the same, whatever the version and the mark of
// a duplicate.
func (e *Event) Same(o *Event) bool {
	a, b := *e, *o
	a.Duplicate, b.Duplicate = "", ""
	a.Version, b.Version = "", ""
	a.Reported, b.Reported = 0, 0
	return a == b
}

// Wide says that the event's month is in doubt: its days span two months, or more
// than a month.
func (e *Event) Wide() bool { return e.DatePrecision >= 5 || e.Start.Month() != e.End.Month() }

// Disordered says that the low, best and high estimates are not in order.
func (e *Event) Disordered() bool {
	return e.Low > e.Best && e.Best != Unknown || e.High != Unknown && e.Best > e.High
}
