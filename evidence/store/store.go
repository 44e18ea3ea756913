// Package store keeps the events of a case: one Parquet file for each year of
// events and a manifest. pandas, R and DuckDB read the files as they lie. An
// import changes the store as a whole or not at all.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"handover/evidence"
	"handover/lockfile"
)

// Format is the version of the files that this program writes.
const Format = 1

// Names in the folder of a store.
const (
	manifestName = "manifest.json"
	eventsFolder = "events"
	// incoming holds files of an import. Those that the manifest names are part of
	// the store already; the others are leftovers.
	incoming = ".incoming"
	lockName = ".lock"
)

// Coverage is a stretch of months for which a source was imported as a whole: a
// month in it without an event is a month of zero, and a month outside it is
// not known.
type Coverage struct {
	Source      string `json:"source"`
	Version     string `json:"version,omitempty"`
	Provisional bool   `json:"provisional,omitempty"`
	// From and To are the first and last month, as YYYY-MM.
	From string `json:"from"`
	To   string `json:"to"`
}

// File is an event file of the store.
type File struct {
	Name   string `json:"name"`
	Year   int    `json:"year"`
	Events int    `json:"events"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Summary says what a store holds of a source, and what is doubtful about it.
type Summary struct {
	Source      string `json:"source"`
	Events      int    `json:"events"`
	Counted     int    `json:"counted"`
	Duplicates  int    `json:"duplicates"`
	Superseded  int    `json:"superseded"`
	Provisional int    `json:"provisional"`
	// PlaceUnknown have no governorate, DateWide span months or more than a month,
	// ActorUnknown have a side that the case does not know, Disordered have
	// estimates out of order.
	PlaceUnknown int `json:"place_unknown"`
	DateWide     int `json:"date_wide"`
	ActorUnknown int `json:"actor_unknown"`
	Disordered   int `json:"disordered"`
	// DeathsUnplaced are the deaths of the events without a governorate.
	Deaths         int    `json:"deaths"`
	DeathsUnplaced int    `json:"deaths_unplaced"`
	First          string `json:"first"`
	Last           string `json:"last"`
	// Lag is how many days after an event its row was last changed: the median and
	// the 90% quantile; -1 where the source does not say.
	LagMedian int `json:"lag_median_days"`
	LagLate   int `json:"lag_90_days"`
}

// Manifest says what a store holds. It is written last.
type Manifest struct {
	Format   int        `json:"format"`
	Case     string     `json:"case"`
	Events   int        `json:"events"`
	Counted  int        `json:"counted"`
	Coverage []Coverage `json:"coverage"`
	Sources  []Summary  `json:"sources"`
	// Licences of the sources, by source.
	Licences map[string]string `json:"licences"`
	Files    []File            `json:"files"`
}

// Store is the events of a case, opened for reading.
type Store struct {
	Manifest
	folder string
}

// ErrNone says that there is no store yet.
var ErrNone = errors.New("there is no store of events")

// Open opens a store. The error is ErrNone when the folder holds none.
func Open(folder string) (*Store, error) {
	data, err := os.ReadFile(filepath.Join(folder, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w in %s", ErrNone, folder)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the store of events: %w", err)
	}
	s := &Store{folder: folder}
	if err := json.Unmarshal(data, &s.Manifest); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w (remove the folder and import again)", filepath.Join(folder, manifestName), err)
	}
	if s.Format != Format {
		return nil, fmt.Errorf("the store in %s has format %d and this program reads format %d: import again into another folder", folder, s.Format, Format)
	}
	return s, nil
}

// path finds an event file. Until an import is tidied away its files may still
// lie where they were written.
func (s *Store) path(name string) (string, error) {
	for _, folder := range []string{eventsFolder, incoming} {
		path := filepath.Join(s.folder, folder, name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("the store in %s lacks its file %s: import again", s.folder, name)
}

// Each hands every event to use, by year and in a year by day, source and id.
func (s *Store) Each(ctx context.Context, use func(*evidence.Event) error) error {
	for _, f := range s.Files {
		path, err := s.path(f.Name)
		if err != nil {
			return err
		}
		if err := readEvents(ctx, path, use); err != nil {
			return err
		}
	}
	return nil
}

// Size is how many bytes the event files take.
func (s *Store) Size() int64 {
	n := int64(0)
	for _, f := range s.Files {
		n += f.Bytes
	}
	return n
}

// Months are the months of a coverage.
func (c Coverage) Months() (from, to evidence.Month, ok bool) {
	from, a := evidence.ParseMonth(c.From)
	to, b := evidence.ParseMonth(c.To)
	return from, to, a && b
}

// addCoverage adds a stretch, joined with those of the same release that it
// touches.
func addCoverage(list []Coverage, c Coverage) []Coverage {
	from, to, ok := c.Months()
	if !ok {
		return list
	}
	var out []Coverage
	for _, o := range list {
		f, t, ok := o.Months()
		if ok && o.Source == c.Source && o.Version == c.Version && o.Provisional == c.Provisional && f <= to+1 && from <= t+1 {
			from, to = min(from, f), max(to, t)
			continue
		}
		out = append(out, o)
	}
	c.From, c.To = from.String(), to.String()
	out = append(out, c)
	slices.SortFunc(out, func(a, b Coverage) int {
		return slices.Compare([]string{a.Source, a.From, a.To, a.Version}, []string{b.Source, b.From, b.To, b.Version})
	})
	return out
}

// lock takes the store for one import.
func lock(folder string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(folder, lockName), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("cannot lock the store: %w", err)
	}
	if err := lockfile.Take(f); err != nil {
		_ = f.Close() // nothing was written to it
		if errors.Is(err, lockfile.ErrTaken) {
			return nil, fmt.Errorf("another import works in %s: %w", folder, err)
		}
		return nil, fmt.Errorf("cannot lock the store: %w", err)
	}
	return f, nil
}
