package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"handover/evidence"
	"handover/evidence/store"
	"handover/lockfile"
)

// event makes an event of 2020 with a death.
func event(source evidence.Source, id string, day int, more ...func(*evidence.Event)) evidence.Event {
	at := evidence.Date(2020, 1, 1) + evidence.Day(day)
	e := evidence.Event{Source: source, ID: id, Version: "20.1", Start: at, End: at, Reported: evidence.NoDay, DatePrecision: 1, PlacePrecision: 1,
		ActorA: "army", ActorB: "band", Place: "north", Kind: evidence.StateBased, Low: 1, Best: 1, High: 2}
	for _, m := range more {
		m(&e)
	}
	return e
}

func deaths(n int32) func(*evidence.Event)   { return func(e *evidence.Event) { e.Best = n } }
func version(v string) func(*evidence.Event) { return func(e *evidence.Event) { e.Version = v } }
func provisional(e *evidence.Event)          { e.Provisional = true }

// request imports events that cover 2020.
func request(folder string, events []evidence.Event, coverage ...store.Coverage) store.Request {
	return store.Request{Folder: folder, Case: "valley", Group: func(a string) string { return a }, Feed: func(emit func(*evidence.Event) error) ([]store.Coverage, error) {
		for i := range events {
			if err := emit(&events[i]); err != nil {
				return nil, err
			}
		}
		return coverage, nil
	}}
}

func put(t *testing.T, folder string, events []evidence.Event, coverage ...store.Coverage) *store.Change {
	t.Helper()
	change, err := store.Import(context.Background(), request(folder, events, coverage...))
	if err != nil {
		t.Fatal(err)
	}
	return change
}

// all reads the events of a store.
func all(t *testing.T, folder string) []evidence.Event {
	t.Helper()
	s, err := store.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	var list []evidence.Event
	if err := s.Each(context.Background(), func(e *evidence.Event) error {
		list = append(list, *e)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(list) != s.Events {
		t.Errorf("%d events are read, the manifest says %d", len(list), s.Events)
	}
	return list
}

// content is every file of a folder but the lock.
func content(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == ".lock" {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(folder, path)
		files[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func same(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return true
}

// many makes events over ten years.
func many(n int) []evidence.Event {
	r := rand.New(rand.NewPCG(1, 2))
	var list []evidence.Event
	for i := range n {
		list = append(list, event(evidence.Source(r.IntN(2)), fmt.Sprint(i), r.IntN(3650), deaths(int32(r.IntN(9))), func(e *evidence.Event) {
			e.Place = []string{"north", "south", ""}[r.IntN(3)]
			e.Dyad = fmt.Sprint(r.IntN(5))
		}))
	}
	return list
}

func TestRoundTrip(t *testing.T) {
	folder, events := t.TempDir(), many(3000)
	put(t, folder, events)
	got := map[string]evidence.Event{}
	for _, e := range all(t, folder) {
		e.Duplicate = ""
		got[e.Source.String()+e.ID] = e
	}
	for _, e := range events {
		if got[e.Source.String()+e.ID] != e {
			t.Fatalf("stored %+v, put in %+v", got[e.Source.String()+e.ID], e)
		}
	}
}

// TestSameBytes: order, number of processors and number of imports do not change
// the store.
func TestSameBytes(t *testing.T) {
	events := many(2000)
	once, twice := t.TempDir(), t.TempDir()
	cover := store.Coverage{Source: "ucdp-ged", Version: "20.1", From: "2020-01", To: "2029-12"}
	put(t, once, events, cover)
	before := content(t, once)
	if c := put(t, once, events, cover); c.Confirmed != len(events) || c.New+c.Replaced+c.Older+len(c.Revised) != 0 {
		t.Errorf("the second import changed something: %+v", c)
	}
	if !same(before, content(t, once)) {
		t.Error("importing again changed the store")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	shuffled := slices.Clone(events)
	slices.Reverse(shuffled)
	put(t, twice, shuffled[:700], cover)
	put(t, twice, shuffled[700:], cover)
	if !same(before, content(t, twice)) {
		t.Error("another order, in two parts on one processor, gives another store")
	}
}

func TestVersions(t *testing.T) {
	folder := t.TempDir()
	put(t, folder, []evidence.Event{event(evidence.UCDP, "1", 5), event(evidence.UCDP, "2", 6)})
	c := put(t, folder, []evidence.Event{event(evidence.UCDP, "1", 5, deaths(7), version("21.1")), event(evidence.UCDP, "2", 6, deaths(9), version("19.1")), event(evidence.UCDP, "2", 6, version("18.1")),
		event(evidence.UCDP, "3", 7), event(evidence.UCDP, "3", 7, deaths(4))})
	if c.Read != 5 || c.New != 1 || c.Replaced != 1 || c.Older != 2 || c.Repeated != 1 || c.Events != 3 {
		t.Errorf("change %+v", c)
	}
	if len(c.Revised) != 1 || c.Revised[0] != (store.Revision{Source: "ucdp-ged", Month: "2020-01", EventsBefore: 2, EventsAfter: 3, DeathsBefore: 2, DeathsAfter: 12}) {
		t.Errorf("revised %+v", c.Revised)
	}
	list := all(t, folder)
	if list[0].Best != 7 || list[0].Version != "21.1" || list[1].Best != 1 || list[2].Best != 4 {
		t.Errorf("stored %+v", list)
	}
}

// TestCandidates: a final release replaces candidates with their ids and leaves
// aside those that it does not have.
func TestCandidates(t *testing.T) {
	folder := t.TempDir()
	put(t, folder, []evidence.Event{event(evidence.UCDP, "1", 5, provisional, version("20.0.1")), event(evidence.UCDP, "2", 6, provisional, version("20.0.1")), event(evidence.UCDP, "3", 400, provisional, version("21.0.2"))})
	c := put(t, folder, []evidence.Event{event(evidence.UCDP, "1", 5, version("21.1"))}, store.Coverage{Source: "ucdp-ged", Version: "21.1", From: "1989-01", To: "2020-12"})
	if c.Replaced != 1 || c.Superseded != 1 || c.Counted != 2 {
		t.Errorf("change %+v", c)
	}
	for _, e := range all(t, folder) {
		if want := map[string]string{"2": evidence.Superseded}[e.ID]; e.Duplicate != want {
			t.Errorf("event %s is marked %q, want %q", e.ID, e.Duplicate, want)
		}
	}
	// An older final row never gives way to a candidate.
	if c := put(t, folder, []evidence.Event{event(evidence.UCDP, "1", 5, deaths(99), provisional, version("22.0.1"))}); c.Older != 1 {
		t.Errorf("change %+v", c)
	}
}

func TestDuplicates(t *testing.T) {
	no := func(e *evidence.Event) { e.Low, e.Best, e.High = evidence.Unknown, evidence.Unknown, evidence.Unknown }
	elsewhere := func(e *evidence.Event) { e.Place = "south" }
	nowhere := func(e *evidence.Event) { e.Place = "" }
	swapped := func(e *evidence.Event) { e.ActorA, e.ActorB = "band", "" }
	others := func(e *evidence.Event) { e.ActorB = "tribe" }
	folder := t.TempDir()
	put(t, folder, []evidence.Event{
		event(evidence.UCDP, "u1", 10, deaths(10)),
		event(evidence.ACLED, "same", 11, deaths(8), swapped),
		event(evidence.ACLED, "second", 10, deaths(30)),
		event(evidence.ACLED, "late", 13, deaths(10)),
		event(evidence.ACLED, "place", 10, deaths(10), elsewhere),
		event(evidence.ACLED, "no place", 10, deaths(10), nowhere),
		event(evidence.ACLED, "others", 10, deaths(10), others),
		event(evidence.GDELT, "g1", 10, no), event(evidence.GDELT, "g2", 9, no), event(evidence.GDELT, "g3", 20, no),
		event(evidence.UCDP, "new year", 366, deaths(5)), event(evidence.ACLED, "eve", 365, deaths(5)),
	})
	want := map[string]string{"same": "ucdp-ged:u1", "g1": "ucdp-ged:u1", "g2": "ucdp-ged:u1", "eve": "ucdp-ged:new year"}
	for _, e := range all(t, folder) {
		if e.Duplicate != want[e.ID] {
			t.Errorf("event %q is marked %q, want %q", e.ID, e.Duplicate, want[e.ID])
		}
	}
}

// TestFailedFeed: when a file turns out to be wrong the store is as before, also
// when there was none.
func TestFailedFeed(t *testing.T) {
	folder := t.TempDir()
	bad := request(folder, many(100))
	feed := bad.Feed
	bad.Feed = func(emit func(*evidence.Event) error) ([]store.Coverage, error) {
		if _, err := feed(emit); err != nil {
			return nil, err
		}
		return nil, errors.New("the file is cut short")
	}
	if _, err := store.Import(context.Background(), bad); err == nil {
		t.Fatal("the failure is lost")
	}
	if _, err := store.Open(folder); !errors.Is(err, store.ErrNone) {
		t.Errorf("there is a store: %v", err)
	}
	put(t, folder, many(50))
	before := content(t, folder)
	if _, err := store.Import(context.Background(), bad); err == nil {
		t.Fatal("the failure is lost")
	}
	if !same(before, content(t, folder)) {
		t.Error("the failed import changed the store")
	}
	ctx, cancel := context.WithCancel(context.Background())
	stopped := request(folder, many(5000))
	feed = stopped.Feed
	stopped.Feed = func(emit func(*evidence.Event) error) ([]store.Coverage, error) {
		defer cancel()
		return feed(emit)
	}
	if _, err := store.Import(ctx, stopped); !errors.Is(err, context.Canceled) {
		t.Errorf("the stopped import ends with %v", err)
	}
	if !same(before, content(t, folder)) {
		t.Error("the stopped import changed the store")
	}
}

func TestTwoAtOnce(t *testing.T) {
	folder := t.TempDir()
	inside, done := make(chan struct{}), make(chan struct{})
	slow := request(folder, many(10))
	feed := slow.Feed
	slow.Feed = func(emit func(*evidence.Event) error) ([]store.Coverage, error) {
		close(inside)
		<-done
		return feed(emit)
	}
	result := make(chan error)
	go func() {
		_, err := store.Import(context.Background(), slow)
		result <- err
	}()
	<-inside
	if _, err := store.Import(context.Background(), request(folder, many(20))); !errors.Is(err, lockfile.ErrTaken) {
		t.Errorf("the second import ends with %v", err)
	}
	close(done)
	if err := <-result; err != nil {
		t.Error(err)
	}
	if n := len(all(t, folder)); n != 10 {
		t.Errorf("the store holds %d events, want those of the first import", n)
	}
}

// TestKilled kills an importing process at many moments: the store is as before
// or as after, and the next import works.
func TestKilled(t *testing.T) {
	if os.Getenv("STORE_TEST_FOLDER") != "" {
		put(t, os.Getenv("STORE_TEST_FOLDER"), many(20_000))
		return
	}
	if testing.Short() {
		t.Skip("starts many processes")
	}
	reference, small := t.TempDir(), t.TempDir()
	began := time.Now()
	put(t, small, many(500))
	before := content(t, small)
	if err := os.CopyFS(filepath.Join(reference, "r"), os.DirFS(small)); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(reference, "r"), many(20_000))
	after := content(t, filepath.Join(reference, "r"))
	whole := time.Since(began) + 150*time.Millisecond
	old, new := 0, 0
	for i := range 12 {
		folder := filepath.Join(t.TempDir(), "s")
		if err := os.CopyFS(folder, os.DirFS(small)); err != nil {
			t.Fatal(err)
		}
		process := exec.Command(os.Args[0], "-test.run", "^TestKilled$")
		process.Env = append(os.Environ(), "STORE_TEST_FOLDER="+folder)
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(whole * time.Duration(i) / 10)
		process.Process.Kill()
		process.Wait()
		switch n := len(all(t, folder)); n {
		case 500:
			old++
		case 20_000:
			new++
		default:
			t.Fatalf("killed at step %d the store holds %d events", i, n)
		}
		// An empty import settles what was left.
		put(t, folder, nil)
		if now := content(t, folder); !same(now, before) && !same(now, after) {
			t.Fatalf("killed at step %d the store is neither as before nor as after: %v", i, names(now))
		}
	}
	t.Logf("%d times as before, %d times as after", old, new)
	if old == 0 {
		t.Error("no import was killed before its end")
	}
}

func names(files map[string]string) []string {
	var list []string
	for n := range files {
		list = append(list, n)
	}
	slices.Sort(list)
	return list
}

// TestHalfSettled: after the manifest was renamed and before the files moved the
// store reads as after.
func TestHalfSettled(t *testing.T) {
	folder := t.TempDir()
	put(t, folder, many(300))
	after := content(t, folder)
	if err := os.Rename(filepath.Join(folder, "events"), filepath.Join(folder, ".incoming")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(folder, "events"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "events", "events-1999-old.parquet"), []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if n := len(all(t, folder)); n != 300 {
		t.Errorf("%d events are read, want 300", n)
	}
	put(t, folder, nil)
	if !same(after, content(t, folder)) {
		t.Error("the next import does not settle the folder")
	}
}

func TestDamagedStore(t *testing.T) {
	folder := t.TempDir()
	put(t, folder, many(300))
	files, _ := filepath.Glob(filepath.Join(folder, "events", "*.parquet"))
	data, _ := os.ReadFile(files[0])
	for name, broken := range map[string][]byte{"cut": data[:len(data)/2], "empty": {}, "changed": bytes.Replace(data, []byte("PAR1"), []byte("PAR2"), 2)} {
		if err := os.WriteFile(files[0], broken, 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := store.Open(folder)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Each(context.Background(), func(*evidence.Event) error { return nil }); err == nil || !strings.Contains(err.Error(), filepath.Base(files[0])) {
			t.Errorf("%s: the error %v does not name the file", name, err)
		}
	}
	os.Remove(files[0])
	s, err := store.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Each(context.Background(), func(*evidence.Event) error { return nil }); err == nil || !strings.Contains(err.Error(), "lacks its file") {
		t.Errorf("a missing file: %v", err)
	}
	if err := os.WriteFile(filepath.Join(folder, "manifest.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(folder); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged manifest: %v", err)
	}
}
