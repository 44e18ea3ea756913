package indicator_test

import (
	"context"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"handover/casefile"
	"handover/evidence"
	"handover/evidence/indicator"
	"handover/evidence/intake"
	"handover/evidence/store"
)

const shared = "../../../shared/data"

func iraq(t testing.TB) *casefile.Case {
	t.Helper()
	c, found := casefile.Load(os.DirFS("../../cases/iraq"))
	if c == nil {
		t.Fatal(found)
	}
	return c
}

// imported makes a store of files of the shared data.
func imported(t testing.TB, c *casefile.Case, names ...string) *store.Store {
	t.Helper()
	folder := t.TempDir()
	_, err := store.Import(context.Background(), store.Request{Folder: folder, Case: c.Name, Group: func(a string) string { return a },
		Feed: func(emit func(*evidence.Event) error) (list []store.Coverage, err error) {
			for _, name := range names {
				a, err := evidence.NewAssigner(c)
				if err != nil {
					return nil, err
				}
				reports, err := intake.Read(context.Background(), filepath.Join(shared, name), a, intake.Options{}, emit)
				if errors.Is(err, os.ErrNotExist) {
					t.Skip(err)
				}
				if err != nil {
					return nil, err
				}
				for _, r := range reports {
					list = append(list, store.Coverage{Source: r.Source, Version: r.Version, Provisional: r.Provisional, From: r.From.String(), To: r.To.String()})
				}
			}
			return list, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestMonthlyTotals compares every month with the table that was made from the
// same files by other code.
func TestMonthlyTotals(t *testing.T) {
	f, err := os.Open(filepath.Join(shared, "iraq_monthly.csv"))
	if err != nil {
		t.Skipf("the shared data is absent: %v", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	c := iraq(t)
	s := imported(t, c, "ucdp/iraq_ged_19.1.csv", "ucdp/candidate_global_2021.csv.gz")
	deaths := casefile.CountDeaths
	indicators := []casefile.Indicator{
		{ID: "is_state_based_deaths", Count: deaths, Groups: []string{"islamic-state"}, Kinds: []string{"state-based"}},
		{ID: "is_all_deaths", Count: deaths, Groups: []string{"islamic-state"}},
		{ID: "is_events", Count: casefile.CountEvents, Groups: []string{"islamic-state"}},
		{ID: "state_based_deaths", Count: deaths, Kinds: []string{"state-based"}},
		{ID: "turkey_pkk_deaths", Count: deaths, Groups: []string{"turkey"}, Against: []string{"pkk"}},
		{ID: "all_deaths", Count: deaths},
		{ID: "events", Count: casefile.CountEvents},
	}
	c.Evidence.Indicators = indicators
	series, err := indicator.Build(context.Background(), c, s)
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, h := range rows[0] {
		column[h] = i
	}
	compared := 0
	for k, n := range indicators {
		for _, row := range rows[1:] {
			year, _ := strconv.Atoi(row[0])
			month, _ := strconv.Atoi(row[1])
			if year > 2018 && year != 2021 {
				continue
			}
			want, err := strconv.Atoi(row[column[n.ID]])
			if err != nil {
				t.Fatalf("%s in %d-%d: %v", n.ID, year, month, err)
			}
			p := series[k].At(evidence.NewMonth(year, month))
			if got := p.Count; !p.Known || got != want {
				t.Errorf("%s in %d-%02d: %d, the table has %d", n.ID, year, month, got, want)
			}
			compared++
		}
	}
	if want := len(indicators) * 372; compared != want {
		t.Errorf("%d months were compared, expected %d", compared, want)
	}
}
