package evidence

import "handover/casefile"

// Actors finds the case's actor for a name that a source uses on a day: a name
// may have meant different actors at different times.
type Actors struct {
	names map[string][]meaning
	cache map[string][]meaning
}

type meaning struct {
	actor    string
	source   string
	from, to Day
}

// NewActors reads the actors of a case.
func NewActors(c *casefile.Case) *Actors {
	a := &Actors{names: map[string][]meaning{}, cache: map[string][]meaning{}}
	for _, actor := range c.Actors {
		for _, s := range actor.Spellings {
			m := meaning{actor: actor.ID, source: s.Source, from: NoDay, to: 1<<31 - 1}
			from, to := actor.Days(s)
			if d, err := ParseDay(from); err == nil {
				m.from = d
			}
			if d, err := ParseDay(to); err == nil {
				m.to = d
			}
			name := casefile.Fold(s.Name)
			a.names[name] = append(a.names[name], m)
		}
	}
	return a
}

// Find returns the id of the actor that a source means by a name on a day, or
// empty text.
func (a *Actors) Find(source Source, name string, on Day) string {
	if name == "" {
		return ""
	}
	meanings, ok := a.cache[name]
	if !ok {
		meanings = a.names[casefile.Fold(name)]
		if len(a.cache) < mostRemembered {
			a.cache[string([]byte(name))] = meanings
		}
	}
	for i := range meanings {
		m := &meanings[i]
		if (m.source == "" || m.source == source.String()) && m.from <= on && on <= m.to {
			return m.actor
		}
	}
	return ""
}
