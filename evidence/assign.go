package evidence

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"handover/casefile"
)

// Assigner ties rows to a case.
type Assigner struct {
	country   casefile.Country
	names     map[string]bool
	seen      map[string]bool // country names as written, and whether they are the case's
	gazetteer *Gazetteer
	actors    *Actors
	Doubts    Doubts
}

// Doubts counts what is not certain about the rows that were kept.
type Doubts struct {
	// PlaceUnknown counts events without a governorate; PlaceByPoint those placed
	// by their point because the name is missing or not known; PlaceDisputed those
	// whose name and point lie in different places, where the name holds.
	PlaceUnknown  int `json:"place_unknown"`
	PlaceByPoint  int `json:"place_by_point"`
	PlaceDisputed int `json:"place_disputed"`
	// DateWide counts events whose days span more than a month or several months.
	DateWide int `json:"date_wide"`
	// ActorUnknown counts sides whose name is not among the spellings.
	ActorUnknown int `json:"actor_unknown"`
	// Disordered counts events whose low, best and high estimates are not in
	// order.
	Disordered int `json:"disordered"`
	// Actors and Places count the names that are not known, at most 1,000 of each.
	Actors map[string]int `json:"-"`
	Places map[string]int `json:"-"`
}

// mostNames bounds the unknown names that are remembered.
const mostNames = 1000

// NewAssigner prepares to tie rows to a case. The case must have evidence.yaml.
func NewAssigner(c *casefile.Case) (*Assigner, error) {
	if len(c.Evidence.Country.Names) == 0 {
		return nil, fmt.Errorf("the case %s has no %s, which says what country it is about: add one", c.Name, casefile.EvidenceName)
	}
	g, err := NewGazetteer(c)
	if err != nil {
		return nil, err
	}
	a := &Assigner{country: c.Evidence.Country, names: map[string]bool{}, seen: map[string]bool{}, gazetteer: g, actors: NewActors(c),
		Doubts: Doubts{Actors: map[string]int{}, Places: map[string]int{}}}
	for _, n := range c.Evidence.Country.Names {
		a.names[casefile.Fold(n)] = true
	}
	return a, nil
}

// Inside says whether a row is about the case's country. A row that names no
// country is.
func (a *Assigner) Inside(source Source, r *Raw) bool {
	// The sources' numbers of countries differ: 368 is Iraq in one list and
	// Lithuania in another.
	switch {
	case source == GDELT:
		return r.FIPS == a.country.FIPS
	case source == UCDP && r.CountryCode != 0 && a.country.UCDP != 0:
		return r.CountryCode == a.country.UCDP
	case source == ACLED && r.CountryCode != 0 && a.country.ISO != 0:
		return r.CountryCode == a.country.ISO
	case r.Country == "":
		return true
	}
	inside, ok := a.seen[r.Country]
	if !ok {
		inside = a.names[casefile.Fold(r.Country)]
		if len(a.seen) < mostRemembered {
			a.seen[strings.Clone(r.Country)] = inside
		}
	}
	return inside
}

// finest is the coarsest precision at which a point still tells the governorate:
// beyond it the point is the middle of a region or of the country.
const finest = 4

// Assign ties a row to the case. What the event no longer holds is gone:
// coordinates, and the names as the source wrote them.
func (a *Assigner) Assign(source Source, r *Raw) Event {
	e := Event{Source: source, ID: r.ID, Version: r.Version, Start: r.Start, End: r.End, Reported: r.Reported,
		DatePrecision: r.DatePrecision, PlacePrecision: r.PlacePrecision, Dyad: r.Dyad, Kind: r.Kind,
		Low: r.Low, Best: r.Best, High: r.High, Provisional: r.Provisional}
	e.Place = a.gazetteer.Name(r.Province, r.District)
	if r.Province != "" && e.Place == "" {
		note(a.Doubts.Places, r.Province)
	}
	if r.HasPoint && r.PlacePrecision <= finest {
		switch at := a.gazetteer.Point(r.Longitude, r.Latitude); {
		case e.Place == "" && at != "":
			e.Place = at
			a.Doubts.PlaceByPoint++
		case at != "" && !a.gazetteer.Holds(at, e.Place):
			a.Doubts.PlaceDisputed++
		}
	}
	if e.Place == "" {
		a.Doubts.PlaceUnknown++
	}
	for _, side := range []struct {
		name string
		id   *string
	}{{r.ActorA, &e.ActorA}, {r.ActorB, &e.ActorB}} {
		*side.id = a.actors.Find(source, side.name, r.End)
		if side.name != "" && *side.id == "" {
			a.Doubts.ActorUnknown++
			note(a.Doubts.Actors, side.name)
		}
	}
	if e.Wide() {
		a.Doubts.DateWide++
	}
	if e.Disordered() {
		a.Doubts.Disordered++
	}
	return e
}

func note(names map[string]int, name string) {
	if _, ok := names[name]; ok || len(names) < mostNames {
		names[strings.Clone(name)]++
	}
}

// Frequent lists the names that were counted most, the most frequent first, at
// most so many.
func Frequent(names map[string]int, most int) []string {
	keys := slices.SortedFunc(maps.Keys(names), func(a, b string) int {
		if names[a] != names[b] {
			return names[b] - names[a]
		}
		return strings.Compare(a, b)
	})
	return keys[:min(most, len(keys))]
}
