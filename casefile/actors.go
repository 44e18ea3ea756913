package casefile

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"handover/diagnostic"
)

// Fold is the form in which names of actors and places are compared: lower
// case, without accents and punctuation, words apart by one space.
func Fold(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(name) {
		switch {
		case unicode.Is(unicode.Mn, r), r == '\'', r == '’', r == '‘', r == 'ʻ', r == 'ʼ', r == 'ʿ', r == 'ʾ', r == '`':
		case unicode.IsLetter(r), unicode.IsDigit(r):
			if gap && b.Len() > 0 {
				b.WriteByte(' ')
			}
			gap = false
			b.WriteRune(unicode.ToLower(r))
		default:
			gap = true
		}
	}
	return b.String()
}

// FoldPlace is Fold without the words that only say what kind of place it is.
func FoldPlace(name string) string {
	words := strings.Fields(Fold(name))
	words = slices.DeleteFunc(words, func(w string) bool {
		return slices.Contains([]string{"province", "governorate", "muhafazat", "district", "region"}, w)
	})
	return strings.Join(words, " ")
}

// span is a stretch of days; an empty end is open.
type span struct{ from, to string }

func (s span) overlaps(o span) bool {
	return (s.to == "" || o.from == "" || o.from <= s.to) && (o.to == "" || s.from == "" || s.from <= o.to)
}

// Days is when the spelling means the actor: its own days, or else those of the
// actor. An empty day leaves the end open.
func (a Actor) Days(s Spelling) (from, to string) {
	from, to = s.From, s.To
	if from == "" {
		from = a.From
	}
	if to == "" {
		to = a.To
	}
	return from, to
}

// checkDay reports text that is not a day.
func (l *loader) checkDay(d *document, path, day string) bool {
	if day == "" {
		return true
	}
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		l.fail(d.at(path), "date", path, "", "%q is not a day; expected YYYY-MM-DD", day)
		return false
	}
	return true
}

// checkActors checks actors.yaml.
func (l *loader) checkActors() {
	d := l.actors
	if d == nil {
		return
	}
	groups := map[string]int{}
	for i, g := range l.c.Groups {
		l.checkID(d, fmt.Sprintf("groups[%d]", i), g.ID, groups)
	}
	ids := map[string]int{}
	var names []string
	for i, a := range l.c.Actors {
		l.checkID(d, fmt.Sprintf("actors[%d]", i), a.ID, ids)
		names = append(names, a.ID)
	}
	type use struct {
		span
		source, actor string
	}
	used := map[string][]use{}
	for i, a := range l.c.Actors {
		path := fmt.Sprintf("actors[%d]", i)
		l.knownGroup(d, path+".group", a.Group)
		l.checkSpan(d, path, a.From, a.To)
		if d.ok(path+".spellings") && len(a.Spellings) == 0 {
			l.fail(d.at(path), "missing-key", path+".spellings", "", "no spelling is given; expected at least one name that a source uses")
		}
		for k, s := range a.Spellings {
			at := fmt.Sprintf("%s.spellings[%d]", path, k)
			l.checkSpan(d, at, s.From, s.To)
			if s.Name == "" {
				continue
			}
			name := Fold(s.Name)
			if name == "" {
				l.fail(d.at(at+".name"), "name", at+".name", "", "%q has no letter or digit", s.Name)
				continue
			}
			from, to := a.Days(s)
			u := use{span{from, to}, s.Source, a.ID}
			for _, other := range used[name] {
				if (other.source == "" || u.source == "" || other.source == u.source) && other.overlaps(u.span) {
					l.fail(d.at(at), "duplicate-name", s.Name, "give the days, or the source, for which each is meant", "the name means both %q and %q at the same time", other.actor, a.ID)
					break
				}
			}
			used[name] = append(used[name], u)
		}
		for k, r := range a.Lineage {
			at := fmt.Sprintf("%s.lineage[%d]", path, k)
			l.checkDay(d, at+".date", r.Date)
			switch {
			case r.Of == "":
			case r.Of == a.ID:
				l.fail(d.at(at+".of"), "lineage", at+".of", "", "the actor %q is said to descend from itself", a.ID)
			case !slices.Contains(names, r.Of):
				l.fail(d.at(at+".of"), "unknown-name", at+".of", diagnostic.DidYouMean(r.Of, names), "there is no actor %q", r.Of)
			}
		}
	}
	l.checkDescent(d)
}

// checkDescent reports actors that descend from themselves through others.
func (l *loader) checkDescent(d *document) {
	parents := map[string][]string{}
	for _, a := range l.c.Actors {
		for _, r := range a.Lineage {
			if r.Of != a.ID && (r.Relation == "successor" || r.Relation == "splinter") {
				parents[a.ID] = append(parents[a.ID], r.Of)
			}
		}
	}
	state := map[string]int{} // 1 on the path, 2 done
	var visit func(id string) bool
	visit = func(id string) bool {
		switch state[id] {
		case 1:
			return true
		case 2:
			return false
		}
		state[id] = 1
		loop := slices.ContainsFunc(parents[id], visit)
		state[id] = 2
		return loop
	}
	for i, a := range l.c.Actors {
		if visit(a.ID) {
			l.fail(d.at(fmt.Sprintf("actors[%d].lineage", i)), "lineage", a.ID, "", "the lineage leads back to the actor it starts from")
			return
		}
	}
}

func (l *loader) checkSpan(d *document, path, from, to string) {
	a, b := l.checkDay(d, path+".from", from), l.checkDay(d, path+".to", to)
	if a && b && from != "" && to != "" && from > to {
		l.fail(d.at(path+".to"), "date", path+".to", "", "the last day %s is before the first, %s", to, from)
	}
}

// knownGroup reports a group that actors.yaml does not have.
func (l *loader) knownGroup(d *document, path, id string) {
	if id == "" || l.unread(ActorsName, l.actors) {
		return
	}
	var ids []string
	for _, g := range l.c.Groups {
		ids = append(ids, g.ID)
	}
	if !slices.Contains(ids, id) {
		l.fail(d.at(path), "unknown-name", path, diagnostic.DidYouMean(id, ids), "there is no group %q in %s", id, ActorsName)
	}
}
