package workbench

import (
	"context"
	"fmt"

	"github.com/danielgtaylor/huma/v2"

	"handover/ensemble"
	"handover/programme"
	"handover/signpost"
	"handover/watch"
)

// Bulletin is the bulletin of the last month of which anything is known.
type Bulletin struct {
	// Month is empty when nothing is known; Lead then says what to do.
	Month    string            `json:"month"`
	Strategy string            `json:"strategy" doc:"The strategy that is the plan."`
	Futures  int               `json:"futures" doc:"How many futures the model was run in; 0 when it was not run."`
	Lead     []string          `json:"lead"`
	Sections []BulletinSection `json:"sections"`
	Foot     []string          `json:"foot"`
}

// BulletinSection is a part of a bulletin.
type BulletinSection struct {
	Title string   `json:"title"`
	Lead  string   `json:"lead,omitempty"`
	Items []string `json:"items"`
	// Heads are empty without a table. The first column labels the row.
	Heads   []string   `json:"heads"`
	Rows    [][]string `json:"rows"`
	Drawing string     `json:"drawing,omitempty" doc:"A chart as SVG; the table has its numbers."`
}

type bulletinInput struct {
	Strategy string `query:"strategy" maxLength:"200" doc:"The strategy that is the plan, by id; the reference when left out."`
	Futures  int    `query:"futures" minimum:"0" maximum:"1000" doc:"In how many futures the model is run; not at all when left out, which takes no time."`
}

// bulletinKey is what a bulletin rests on, besides the case and its events.
type bulletinKey struct {
	strategy string
	futures  int
	ledger   string
}

// bulletin makes the bulletin of the last month.
func (s *Server) bulletin(ctx context.Context, q *bulletinInput) (*answer[*Bulletin], error) {
	c, _ := s.current()
	id := q.Strategy
	if id == "" {
		id = c.Reference
	}
	strategy := c.Strategy(id)
	if strategy == nil {
		return nil, huma.Error422UnprocessableEntity(fmt.Sprintf("the case has no strategy %q", id))
	}
	x := watch.Content{Sources: signpost.Sources{Case: c}, Strategy: strategy, Futures: q.Futures, Seed: 1}
	if len(c.Evidence.Indicators) > 0 {
		n, err := s.count(ctx)
		if err != nil {
			return nil, err
		}
		x.Sources.Series = n.series
	}
	if s.o.Ledger != nil {
		var err error
		if x.Sources.Ledger, err = s.o.Ledger(ctx, c); err != nil {
			return nil, huma.Error422UnprocessableEntity(err.Error())
		}
	}
	if x.Month = watch.LastMonth(x.Sources); x.Month == 0 {
		return &answer[*Bulletin]{&Bulletin{Strategy: id, Sections: []BulletinSection{}, Foot: []string{},
			Lead: []string{"Nothing is known of any month. “handover import” brings in events, and “handover programme import” begins a ledger of the programme."}}}, nil
	}
	key := bulletinKey{id, q.Futures, sealOf(x.Sources.Ledger)}
	s.pages.Lock()
	kept := s.pages.bulletins[key]
	s.pages.Unlock()
	if kept != nil {
		return &answer[*Bulletin]{kept}, nil
	}
	if q.Futures > 0 {
		place, err := s.admit(ctx)
		if err != nil {
			return nil, err
		}
		defer place.leave()
		if err := x.Simulate(ctx, ensemble.Request{Version: s.o.Version}); err != nil {
			return nil, failure(err)
		}
	}
	b, err := watch.New(x)
	if err != nil {
		return nil, err
	}
	out := &Bulletin{Month: b.Month, Strategy: id, Futures: q.Futures, Lead: orEmpty(b.Lead), Sections: []BulletinSection{}, Foot: orEmpty(b.Foot)}
	for _, p := range b.Sections {
		part := BulletinSection{Title: p.Title, Lead: p.Lead, Items: orEmpty(p.Items), Heads: orEmpty(p.Heads), Rows: orEmpty(p.Rows)}
		if p.Fan != nil {
			part.Drawing = string(p.Fan.Drawing())
		}
		out.Sections = append(out.Sections, part)
	}
	s.pages.Lock()
	defer s.pages.Unlock()
	if now, _ := s.current(); now == c {
		if s.pages.bulletins == nil || len(s.pages.bulletins) >= mostKept {
			s.pages.bulletins = map[bulletinKey]*Bulletin{}
		}
		s.pages.bulletins[key] = out
	}
	return &answer[*Bulletin]{out}, nil
}

// mostKept bounds how many bulletins are kept.
const mostKept = 16

// sealOf tells ledgers apart: the hash of the last entry covers all before it.
func sealOf(l *programme.Ledger) string {
	if l == nil || len(l.All) == 0 {
		return ""
	}
	return fmt.Sprint(len(l.All), l.All[len(l.All)-1].Hash)
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
