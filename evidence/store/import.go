package store

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"handover/evidence"
)

// Request is what an import puts into a store.
type Request struct {
	// Folder of the store; made when absent.
	Folder string
	// Case is the case's name. A store holds the events of one case.
	Case string
	// Group is the group of an actor, by which events of different sources are
	// compared; empty for an unknown actor.
	Group func(actor string) string
	// Licences of the sources, by source.
	Licences map[string]string
	// Feed hands over all new events and then says what they cover. Nothing is
	// changed when it fails.
	Feed func(emit func(*evidence.Event) error) ([]Coverage, error)
}

// buckets is into how many parts events are put by their ids, so that one part
// fits into memory.
const buckets = 64

// Marks of spilled events.
const (
	markOld byte = iota
	markNew
	markEdge
	markSuperseded
)

// Import puts events into the store. Rows replace older ones by source and id.
// The store is as before until all is done, and then it is as after, whatever
// happens in between. It fails when another import is at work.
func Import(ctx context.Context, q Request) (*Change, error) {
	if err := os.MkdirAll(filepath.Join(q.Folder, eventsFolder), 0o755); err != nil {
		return nil, fmt.Errorf("cannot make the folder of the store: %w", err)
	}
	held, err := lock(q.Folder)
	if err != nil {
		return nil, err
	}
	defer held.Close()
	old, err := Open(q.Folder)
	if errors.Is(err, ErrNone) {
		old, err = &Store{Manifest: Manifest{Format: Format, Case: q.Case}, folder: q.Folder}, nil
	}
	if err != nil {
		return nil, err
	}
	if old.Case != q.Case {
		return nil, fmt.Errorf("the store in %s holds events of the case %s, not %s: choose another folder", q.Folder, old.Case, q.Case)
	}
	if err := old.settle(); err != nil {
		return nil, err
	}
	staging := filepath.Join(q.Folder, incoming)
	if err := os.MkdirAll(staging, 0o755); err != nil {
		return nil, fmt.Errorf("cannot make a folder in the store: %w", err)
	}
	w := &work{q: q, old: old, staging: staging, symbols: newSymbols(), change: &Change{}, before: monthly{}, after: monthly{}}
	next, err := w.run(ctx)
	if err != nil {
		os.RemoveAll(staging)
		return nil, full(err)
	}
	// From here on the store is the new one.
	if err := writeManifest(q.Folder, next); err != nil {
		os.RemoveAll(staging)
		return nil, full(err)
	}
	current := &Store{Manifest: *next, folder: q.Folder}
	return w.change, current.settle()
}

// work is one import.
type work struct {
	q             Request
	old           *Store
	staging       string
	symbols       *symbols
	change        *Change
	before, after monthly
	// counting guards what the years are added to: change, after and summaries.
	counting  sync.Mutex
	summaries summaries
	// final are the stretches that final releases of UCDP cover.
	final []Coverage
}

func (w *work) run(ctx context.Context) (*Manifest, error) {
	byID := newSpill(w.staging, "id", w.symbols)
	defer byID.close()
	add := func(mark byte) func(*evidence.Event) error {
		return func(e *evidence.Event) error { return byID.add(bucket(e), e, mark) }
	}
	if err := w.old.Each(ctx, func(e *evidence.Event) error {
		w.before.add(e)
		return add(markOld)(e)
	}); err != nil {
		return nil, err
	}
	coverage, err := w.q.Feed(func(e *evidence.Event) error {
		w.change.Read++
		return add(markNew)(e)
	})
	if err != nil {
		return nil, err
	}
	next := &Manifest{Format: Format, Case: w.q.Case, Coverage: slices.Clone(w.old.Coverage), Licences: w.q.Licences}
	for _, c := range coverage {
		next.Coverage = addCoverage(next.Coverage, c)
	}
	for _, c := range next.Coverage {
		if c.Source == evidence.UCDP.String() && !c.Provisional {
			w.final = append(w.final, c)
		}
	}
	byYear := newSpill(w.staging, "year", w.symbols)
	defer byYear.close()
	for b := range buckets {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := w.merge(byID, b, byYear); err != nil {
			return nil, err
		}
	}
	years := make([]int, 0, len(byYear.files))
	for y := range byYear.files {
		years = append(years, y)
	}
	slices.Sort(years)
	if err := w.writeYears(ctx, byYear, years, next); err != nil {
		return nil, err
	}
	next.Sources = w.summaries.all()
	w.change.Events, w.change.Counted = next.Events, next.Counted
	w.change.Revised = revisions(w.before, w.after)
	return next, nil
}

// bucket is the part an event belongs to by its source and id.
func bucket(e *evidence.Event) int {
	h := fnv.New32a()
	h.Write([]byte{byte(e.Source)})
	h.Write([]byte(e.ID))
	return int(h.Sum32() % buckets)
}

// merge settles which row of each id holds in a bucket and passes it on by year.
func (w *work) merge(from *spill, b int, to *spill) error {
	type key struct {
		source evidence.Source
		id     string
	}
	type row struct {
		evidence.Event
		isNew bool
	}
	rows := map[key]*row{}
	var order []*row
	err := from.read(b, func(e *evidence.Event, mark byte) error {
		k := key{e.Source, e.ID}
		have := rows[k]
		if have == nil {
			r := &row{*e, mark == markNew}
			if rows[k] = r; r.isNew {
				w.change.New++
			}
			order = append(order, r)
			return nil
		}
		switch newer := e.Newer(&have.Event); {
		case have.isNew && newer < 0:
			w.change.Repeated++
		case have.isNew:
			// The last of equal versions holds, as in a file that was appended to.
			w.change.Repeated++
			have.Event = *e
		case newer < 0:
			w.change.Older++
		default:
			if e.Same(&have.Event) {
				w.change.Confirmed++
			} else {
				w.change.Replaced++
			}
			have.Event, have.isNew = *e, true
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range order {
		e := &r.Event
		if e.Source == evidence.UCDP && e.Provisional && w.isFinal(e.End.Month()) {
			e.Duplicate = evidence.Superseded
		}
		year := e.End.Month().Year()
		mark := markOld
		if e.Duplicate == evidence.Superseded {
			mark = markSuperseded
		}
		if err := to.add(year, e, mark); err != nil {
			return err
		}
		if e.Duplicate != "" {
			continue
		}
		for _, d := range []evidence.Day{e.End - near, e.End + near} {
			if other := d.Month().Year(); other != year {
				if err := to.add(other, e, markEdge); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// isFinal says whether a final release of UCDP covers a month.
func (w *work) isFinal(m evidence.Month) bool {
	for _, c := range w.final {
		if from, to, ok := c.Months(); ok && from <= m && m <= to {
			return true
		}
	}
	return false
}

// writeYears writes the event files of all years, several at a time, and enters
// them in the manifest in their order.
func (w *work) writeYears(ctx context.Context, from *spill, years []int, next *Manifest) error {
	type result struct {
		file *File
		err  error
	}
	results := make([]result, len(years))
	turn := make(chan int, len(years))
	for i := range years {
		turn <- i
	}
	close(turn)
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(years)) {
		wait.Go(func() {
			for i := range turn {
				if err := ctx.Err(); err != nil {
					results[i].err = err
					return
				}
				results[i].file, results[i].err = w.writeYear(from, years[i])
			}
		})
	}
	wait.Wait()
	for _, r := range results {
		if r.err != nil {
			return r.err
		}
		if r.file != nil {
			next.Files = append(next.Files, *r.file)
			next.Events += r.file.Events
		}
	}
	next.Counted = next.Events - w.change.Duplicates - w.change.Superseded
	return nil
}

// writeYear writes the event file of a year; nil when it has no event.
func (w *work) writeYear(from *spill, year int) (*File, error) {
	var events, edge []evidence.Event
	if err := from.read(year, func(e *evidence.Event, mark byte) error {
		switch mark {
		case markEdge:
			edge = append(edge, *e)
			return nil
		case markSuperseded:
			e.Duplicate = evidence.Superseded
		}
		events = append(events, *e)
		return nil
	}); err != nil {
		return nil, err
	}
	if len(events) == 0 {
		return nil, nil // only neighbours
	}
	slices.SortFunc(events, func(a, b evidence.Event) int {
		switch {
		case a.End != b.End:
			return int(a.End) - int(b.End)
		case a.Source != b.Source:
			return int(a.Source) - int(b.Source)
		}
		return strings.Compare(a.ID, b.ID)
	})
	markDuplicates(events, edge, w.q.Group)
	w.count(events)
	file, err := w.writeFile(year, events)
	return file, err
}

// count adds the events of a year to what the import reports.
func (w *work) count(events []evidence.Event) {
	w.counting.Lock()
	defer w.counting.Unlock()
	for i := range events {
		e := &events[i]
		w.after.add(e)
		w.summaries.add(e)
		switch e.Duplicate {
		case "":
		case evidence.Superseded:
			w.change.Superseded++
		default:
			w.change.Duplicates++
		}
	}
}

// writeFile writes events under a name that tells their bytes.
func (w *work) writeFile(year int, events []evidence.Event) (*File, error) {
	f, err := os.CreateTemp(w.staging, "write-*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	sum := sha256.New()
	buffered := bufio.NewWriterSize(io.MultiWriter(f, sum), 1<<18)
	err = writeEvents(buffered, w.q.Case, events)
	if err == nil {
		err = buffered.Flush()
	}
	if err == nil && runtime.GOOS != "windows" {
		err = f.Chmod(0o644)
	}
	info, statErr := f.Stat()
	if err = errors.Join(err, statErr, f.Close()); err != nil {
		return nil, err
	}
	digest := hex.EncodeToString(sum.Sum(nil))
	name := fmt.Sprintf("events-%04d-%.12s.parquet", year, digest)
	file := &File{name, year, len(events), info.Size(), digest}
	if _, err := os.Stat(filepath.Join(w.q.Folder, eventsFolder, name)); err == nil {
		return file, nil // the year is as it was
	}
	return file, os.Rename(f.Name(), filepath.Join(w.staging, name))
}
