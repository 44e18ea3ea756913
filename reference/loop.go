package reference

import (
	"fmt"
	"slices"

	"handover/model"
)

// Link is a step of a loop: From acts on To.
type Link struct {
	From, To *Entry
	// Sign is + when To moves with From, - when against it, ? when that depends.
	Sign string
}

// Loop is a feedback loop.
type Loop struct {
	Links []Link
	// Kind is R for a reinforcing loop, B for a balancing one, ? when the sign of
	// a link is not known.
	Kind string
	// Name is the kind with a number, R1, B2.
	Name string
}

// mostLoops bounds the loops shown.
const mostLoops = 16

// graph holds who acts on whom while the model runs; initial values do not.
type graph struct {
	next, before [][]int
	sign         map[[2]int]string
}

func newGraph(r *Reference, all []*Entry) *graph {
	g := &graph{next: make([][]int, len(all)), before: make([][]int, len(all)), sign: map[[2]int]string{}}
	link := func(from, to *Entry, sign string) {
		key := [2]int{from.index, to.index}
		if old, ok := g.sign[key]; ok {
			if old != sign {
				g.sign[key] = "?"
			}
			return
		}
		g.sign[key] = sign
		g.next[from.index] = append(g.next[from.index], to.index)
		g.before[to.index] = append(g.before[to.index], from.index)
	}
	for _, e := range all {
		if e.Kind == model.Stock {
			for _, f := range e.Inflows {
				if u := r.byKey[model.Canonical(f)]; u != nil {
					link(u, e, "+")
				}
			}
			for _, f := range e.Outflows {
				if u := r.byKey[model.Canonical(f)]; u != nil {
					link(u, e, "-")
				}
			}
			continue
		}
		for i := range e.Equations {
			q := &e.Equations[i]
			seen := map[string]bool{}
			names(q.Expression, func(name string) {
				u := r.byKey[name]
				if u == nil || seen[name] || u.Kind == model.Lookup {
					return
				}
				seen[name] = true
				s := r.slope(q.Expression, name)
				if s == none {
					return // it acts at the start alone
				}
				if q.Graph != nil {
					s = times(s, trend(q.Graph))
				}
				link(u, e, s.String())
			})
		}
	}
	for i := range all {
		slices.Sort(g.next[i])
		slices.Sort(g.before[i])
	}
	return g
}

// shortest returns the shortest path between two vertices of the graph without
// passing through some others, as the vertices it visits; nil when there is none.
func (g *graph) shortest(from, to int, without map[int]bool) []int {
	if from == to {
		return []int{from}
	}
	parent := map[int]int{from: -1}
	for queue := []int{from}; len(queue) > 0; queue = queue[1:] {
		for _, n := range g.next[queue[0]] {
			if _, seen := parent[n]; seen || without[n] && n != to {
				continue
			}
			parent[n] = queue[0]
			if n == to {
				var path []int
				for v := to; v >= 0; v = parent[v] {
					path = append(path, v)
				}
				slices.Reverse(path)
				return path
			}
			queue = append(queue, n)
		}
	}
	return nil
}

// findLoops finds loops through a variable: the shortest through each link, and of
// these, shortest first, those that hold a link which none before holds. So every
// link that lies on a loop through the variable is shown at least once, with as
// few and as short loops as may be (after Oliva 2004, "Model structure analysis
// through graph theory: partition heuristics and feedback structure
// decomposition", whose shortest independent loop set is that of a whole model).
func (r *Reference) findLoops(center string, all []*Entry) error {
	if center != "" {
		r.Center = r.byKey[model.Canonical(center)]
		if r.Center == nil {
			return &UnknownError{center, r.Model.Names()}
		}
		r.Loops = r.through(r.Center, all)
		return nil
	}
	for _, e := range all {
		if e.Kind != model.Stock {
			continue
		}
		if loops := r.through(e, all); len(loops) > len(r.Loops) {
			r.Center, r.Loops = e, loops
		}
		if len(all) > 2000 && r.Center != nil {
			break // of a very large model the first stock on a loop will do
		}
	}
	return nil
}

func (r *Reference) through(center *Entry, all []*Entry) []Loop {
	g, c := r.graph, center.index
	// Only what the variable reaches and is reached from can lie on its loops.
	ahead, behind := g.reach(c, g.next), g.reach(c, g.before)
	var cycles [][]int
	for u := range g.next {
		if !ahead[u] && u != c || !behind[u] && u != c {
			continue
		}
		for _, v := range g.next[u] {
			if !behind[v] && v != c {
				continue
			}
			if cycle := g.cycle(c, u, v); cycle != nil {
				cycles = append(cycles, cycle)
			}
		}
	}
	slices.SortStableFunc(cycles, func(a, b []int) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return slices.Compare(a, b)
	})
	shown := map[[2]int]bool{}
	var loops []Loop
	count := map[string]int{}
	for _, cycle := range cycles {
		fresh := false
		var l Loop
		minus, unknown := 0, false
		for i, u := range cycle {
			v := cycle[(i+1)%len(cycle)]
			key := [2]int{u, v}
			fresh = fresh || !shown[key]
			sign := g.sign[key]
			switch sign {
			case "-":
				minus++
			case "?":
				unknown = true
			}
			l.Links = append(l.Links, Link{all[u], all[v], sign})
		}
		if !fresh || len(loops) == mostLoops {
			continue
		}
		for i, u := range cycle {
			shown[[2]int{u, cycle[(i+1)%len(cycle)]}] = true
		}
		switch {
		case unknown:
			l.Kind = "?"
		case minus%2 == 0:
			l.Kind = "R"
		default:
			l.Kind = "B"
		}
		count[l.Kind]++
		l.Name = fmt.Sprintf("%s%d", l.Kind, count[l.Kind])
		loops = append(loops, l)
	}
	return loops
}

// reach marks what can be reached from a vertex.
func (g *graph) reach(from int, next [][]int) map[int]bool {
	seen := map[int]bool{}
	for queue := []int{from}; len(queue) > 0; queue = queue[1:] {
		for _, n := range next[queue[0]] {
			if !seen[n] {
				seen[n] = true
				queue = append(queue, n)
			}
		}
	}
	return seen
}

// cycle returns a short simple cycle from c through the link u to v; nil when the
// shortest ways there and back meet.
func (g *graph) cycle(c, u, v int) []int {
	there := g.shortest(c, u, nil)
	if there == nil {
		return nil
	}
	if v == c {
		return there
	}
	passed := map[int]bool{}
	for _, n := range there {
		passed[n] = true
	}
	if passed[v] {
		return nil
	}
	back := g.shortest(v, c, passed)
	if back == nil {
		return nil
	}
	return append(there, back[:len(back)-1]...)
}

// UnknownError says that a name is not a variable of the model.
type UnknownError struct {
	Name  string
	Known []string
}

// Error implements error.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("%q is not a variable of the model", e.Name)
}
