//go:build unix

package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"handover/database"
	"handover/programme"
)

// parcel is how many entries a child enters at once.
const parcel = 60

// child enters parcels for ever, and says so after each.
func child(place string) {
	ctx := context.Background()
	s, err := Open(ctx, place, "valley", time.Now)
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	from, _ := strconv.Atoi(os.Getenv("HANDOVER_TEST_FROM"))
	count, _ := strconv.Atoi(os.Getenv("HANDOVER_TEST_PARCELS"))
	for n := from; n < from+count; n++ {
		if _, err := s.Enter(ctx, rows(entries(n*parcel, (n+1)*parcel)...)); err != nil {
			fmt.Println("failed", err)
			os.Exit(1)
		}
		fmt.Println("entered", n)
	}
}

func start(t *testing.T, place string, from, count int) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "HANDOVER_TEST_LEDGER="+place, fmt.Sprintf("HANDOVER_TEST_FROM=%d", from), fmt.Sprintf("HANDOVER_TEST_PARCELS=%d", count))
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c, bufio.NewScanner(out)
}

// TestKilled: a writer is killed at many moments. What it said was entered is in
// the ledger, every parcel is there as a whole or not at all, and entering all
// again doubles nothing.
func TestKilled(t *testing.T) {
	places(t, func(t *testing.T, place string) {
		ctx := context.Background()
		kills := 40
		if testing.Short() {
			kills = 8
		}
		chance := rand.New(rand.NewPCG(1, 2))
		from := 0
		for range kills {
			c, lines := start(t, place, from, 1000)
			said := from
			// From before the tables are made to the middle of a commit.
			timer := time.AfterFunc(time.Duration(chance.IntN(120_000))*time.Microsecond, func() { _ = c.Process.Kill() })
			for lines.Scan() {
				text := lines.Text()
				if strings.HasPrefix(text, "failed") {
					t.Fatal(text)
				}
				said = from + 1
				if n, err := strconv.Atoi(strings.TrimPrefix(text, "entered ")); err == nil {
					said = n + 1
				}
			}
			_ = c.Wait()
			timer.Stop()
			s, err := Open(ctx, place, "valley", time.Now)
			if err != nil {
				t.Fatal(err)
			}
			seal, err := s.Verify(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if seal.Entries%parcel != 0 || seal.Entries < int64(said*parcel) || seal.Entries > int64((said+1)*parcel) {
				t.Fatalf("the ledger has %d entries; %d were said to be entered", seal.Entries, said*parcel)
			}
			from = int(seal.Entries) / parcel
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
		s := openAt(t, place, time.Now())
		r := enter(t, s, entries(0, from*parcel)...)
		if r.New != 0 || r.Known != int64(from*parcel) {
			t.Errorf("entering all again: %+v", r)
		}
		if from < 3 {
			t.Errorf("only %d parcels were entered, which proves little", from)
		}
		t.Logf("%d kills, %d parcels", kills, from)
	})
}

// TestTwoWriters: two processes and two goroutines write at once, and the parcels
// of two overlap. Nothing is lost and nothing doubled.
func TestTwoWriters(t *testing.T) {
	places(t, func(t *testing.T, place string) {
		ctx := context.Background()
		a, linesA := start(t, place, 0, 20)
		b, linesB := start(t, place, 10, 20)
		s := openAt(t, place, time.Now().Add(time.Second))
		var group sync.WaitGroup
		for w := range 2 {
			group.Go(func() {
				for n := 30 + w; n < 50; n += 2 {
					if _, err := s.Enter(ctx, rows(entries(n*parcel, (n+1)*parcel)...)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for _, lines := range []*bufio.Scanner{linesA, linesB} {
			for lines.Scan() {
				if strings.HasPrefix(lines.Text(), "failed") {
					t.Error(lines.Text())
				}
			}
		}
		if err := errors.Join(a.Wait(), b.Wait()); err != nil {
			t.Fatal(err)
		}
		group.Wait()
		seal, err := s.Verify(ctx)
		if err != nil || seal.Entries != 50*parcel {
			t.Errorf("%v, %v; expected %d entries", seal, err, 50*parcel)
		}
		if r := enter(t, s, entries(0, 50*parcel)...); r.New != 0 {
			t.Errorf("%d entries had been lost", r.New)
		}
	})
}

// TestBusy: a writer that waits too long says so.
func TestBusy(t *testing.T) {
	defer func(before time.Duration) { layout.Wait = before }(layout.Wait)
	layout.Wait = 50 * time.Millisecond
	place := filepath.Join(t.TempDir(), "l.sqlite")
	s, other := openAt(t, place, day), openAt(t, place, day)
	stop := make(chan struct{})
	started := make(chan struct{})
	done := make(chan error)
	go func() {
		_, err := s.Enter(context.Background(), func(yield func(programme.Row, error) bool) {
			close(started)
			<-stop
			yield(programme.Row{Entry: entry(1)}, nil)
		})
		done <- err
	}()
	<-started
	if _, err := other.Enter(context.Background(), rows(entry(2))); !errors.Is(err, database.ErrBusy) {
		t.Errorf("found %v", err)
	}
	close(stop)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestMillion measures a ledger of a million entries. It runs when asked for.
func TestMillion(t *testing.T) {
	if os.Getenv("HANDOVER_TEST_MILLION") == "" {
		t.Skip("set HANDOVER_TEST_MILLION=1; it takes minutes")
	}
	places(t, func(t *testing.T, place string) {
		ctx := context.Background()
		s := openAt(t, place, day)
		n := 1_000_000
		if k, err := strconv.Atoi(os.Getenv("HANDOVER_TEST_MILLION")); err == nil && k > 1 {
			n = k
		}
		all := iter.Seq2[programme.Row, error](func(yield func(programme.Row, error) bool) {
			for i := range n {
				if !yield(programme.Row{Entry: entry(i), Line: i + 2}, nil) {
					return
				}
			}
		})
		measure := func(what string, work func() error) {
			from := time.Now()
			if err := work(); err != nil {
				t.Fatal(err)
			}
			t.Logf("%s: %.1f s", what, time.Since(from).Seconds())
		}
		measure("enter", func() error { r, err := s.Enter(ctx, all); t.Logf("%+v", r); return err })
		measure("enter again", func() error {
			r, err := s.Enter(ctx, all)
			if r.Known != int64(n) || r.New != 0 {
				t.Errorf("%+v", r)
			}
			return err
		})
		measure("verify", func() error { _, err := s.Verify(ctx); return err })
		measure("read", func() error { l, err := s.Entries(ctx); t.Log(len(l)); return err })
		measure("one more", func() error { _, err := s.Enter(ctx, rows(entry(n))); return err })
	})
}
