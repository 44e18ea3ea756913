package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"handover/casefile"
	"handover/evidence/indicator"
	"handover/evidence/store"
)

// counted is a case with its events and indicators.
type counted struct {
	c *casefile.Case
	// store is nil when nothing was imported.
	store  *store.Store
	folder string
	series []*indicator.Series
}

// countCase loads a case and counts its events. Without a store the tables of
// the case are what there is, and that is said on notes.
func countCase(ctx context.Context, name, folder string, notes io.Writer) (*counted, error) {
	from, err := findCase(name, notes)
	if err != nil {
		return nil, err
	}
	c, err := from.load(notes)
	if err != nil {
		return nil, err
	}
	if len(c.Evidence.Indicators) == 0 {
		return nil, &failure{code: exitMistakes, err: fmt.Errorf("the case %s has no %s, which says what to count", name, casefile.EvidenceName)}
	}
	out := &counted{c: c, folder: storeFolder(folder, c)}
	out.store, err = store.Open(out.folder)
	switch {
	case errors.Is(err, store.ErrNone) && folder != "":
		return nil, usage("handover import FILE --store "+quoted(folder), "%w", err)
	case errors.Is(err, store.ErrNone):
		fmt.Fprintf(notes, "note: no events were imported into %s; the counts are those of the case's own tables\n", out.folder)
		out.store = nil
	case err != nil:
		return nil, err
	case out.store.Case != c.Name:
		return nil, usage("", "the store %s holds events of the case %s, not %s", out.folder, out.store.Case, c.Name)
	}
	if out.series, err = indicator.Build(ctx, c, out.store); err != nil {
		return nil, err
	}
	return out, nil
}

// indicator finds a series by its id, or returns nil.
func (n *counted) indicator(id string) *indicator.Series {
	for _, s := range n.series {
		if s.ID == id {
			return s
		}
	}
	return nil
}
