package indicator_test

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"handover/casefile"
	"handover/evidence"
	"handover/evidence/claim"
	"handover/evidence/indicator"
	"handover/evidence/store"
)

// TestSeries: zeros where a source covers a month, nothing where none does, and
// the figures of a month by hand.
func TestSeries(t *testing.T) {
	c := iraq(t)
	folder := t.TempDir()
	add := func(source evidence.Source, id string, day evidence.Day, place string, best int32, more ...func(*evidence.Event)) evidence.Event {
		e := evidence.Event{Source: source, ID: id, Start: day, End: day, Reported: evidence.NoDay, DatePrecision: 1, PlacePrecision: 1,
			ActorA: "state-forces", ActorB: "islamic-state", Place: place, Kind: evidence.StateBased, Low: evidence.Unknown, Best: best, High: evidence.Unknown}
		for _, m := range more {
			m(&e)
		}
		return e
	}
	others := func(e *evidence.Event) { e.ActorA, e.ActorB = "turkey", "pkk" }
	day := func(month, d int) evidence.Day { return evidence.Date(2020, month, d) }
	events := []evidence.Event{
		add(evidence.UCDP, "1", day(1, 10), "Anbar", 4), add(evidence.UCDP, "2", day(1, 20), "Anbar", 0), add(evidence.UCDP, "3", day(1, 30), "Nineveh", 2),
		add(evidence.UCDP, "4", day(1, 31), "", 7, func(e *evidence.Event) { e.Low, e.High = 5, 9 }),
		add(evidence.UCDP, "5", day(3, 2), "Duhok", 1, others),
		add(evidence.UCDP, "6", day(4, 9), "Basra", 1),
		add(evidence.ACLED, "a", day(1, 10), "Anbar", 4), // the same as 1
		add(evidence.ACLED, "b", day(6, 10), "Anbar", 3),
	}
	_, err := store.Import(context.Background(), store.Request{Folder: folder, Case: c.Name, Group: func(a string) string { return a },
		Feed: func(emit func(*evidence.Event) error) ([]store.Coverage, error) {
			for i := range events {
				if err := emit(&events[i]); err != nil {
					return nil, err
				}
			}
			return []store.Coverage{{Source: "ucdp-ged", Version: "21.1", From: "2020-01", To: "2020-04"}, {Source: "acled", From: "2020-06", To: "2020-07"}}, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	c.Evidence.Indicators = []casefile.Indicator{
		{ID: "deaths", Count: casefile.CountDeaths, Groups: []string{"islamic-state"}},
		{ID: "events", Count: casefile.CountEvents, Groups: []string{"islamic-state"}},
		{ID: "lethal", Count: casefile.CountLethal, Places: []string{"Anbar", "Basra"}},
		{ID: "acled", Count: casefile.CountEvents, Source: "acled"},
		{ID: "tpkk", Count: casefile.CountDeaths, Groups: []string{"pkk"}, Against: []string{"turkey"}},
	}
	list, err := indicator.Build(context.Background(), c, s)
	if err != nil {
		t.Fatal(err)
	}
	month := func(m int) evidence.Month { return evidence.NewMonth(2020, m) }
	for i, want := range [][]int{{13, 0, 0, 1, -1, 3, 0}, {4, 0, 0, 1, -1, 1, 0}, {1, 0, 0, 1, -1, 1, 0}, {-1, -1, -1, -1, -1, 1, 0}, {0, 0, 1, 0, -1, 0, 0}} {
		for k, n := range want {
			p := list[i].At(month(k + 1))
			if p.Known != (n >= 0) || p.Known && p.Count != n {
				t.Errorf("%s in %s: %d (known %v), want %d", list[i].ID, p.Month, p.Count, p.Known, n)
			}
		}
	}
	p := list[0].At(month(1))
	if p.Low != 11 || p.High != 15 || p.Provisional {
		t.Errorf("January: %+v", p)
	}
	// Two events in Anbar, one in Nineveh of 19 places; the one without a place is
	// in neither share.
	share := 2.0 / 3
	entropy := -share*math.Log(share) - (1-share)*math.Log(1-share)
	if math.Abs(p.Active-2.0/19) > 1e-12 || math.Abs(p.Dispersion-math.Exp(entropy)) > 1e-12 || p.Gap != 7 {
		t.Errorf("January: active %g, over %g places, %g days apart", p.Active, p.Dispersion, p.Gap)
	}
	if q := list[0].At(month(4)); q.Gap != 69 {
		t.Errorf("the event of 9 April is %g days after that of 31 January, want 69", q.Gap)
	}
	if q := list[0].At(month(2)); !math.IsNaN(q.Gap) || q.Dispersion != 0 || q.Active != 0 {
		t.Errorf("February: %+v", q)
	}
	if g := list[0].Gaps(); len(g) != 1 || g[0] != [2]evidence.Month{month(5), month(5)} {
		t.Errorf("gaps %v", g)
	}
	if sp := list[0].Splices; len(sp) != 1 || sp[0] != month(6) {
		t.Errorf("splices %v", sp)
	}
	anbar := list[0].Place("Anbar")
	if anbar[0].Count != 4 || anbar[5].Count != 3 || anbar[4].Known {
		t.Errorf("Anbar: %+v", anbar)
	}
	if list[0].Place("Atlantis") != nil {
		t.Error("there is no such place")
	}
}

// TestHistory replays the claims of the Iraq case over UCDP's events: what would
// have been said before the relapse of 2013 and before the fall of Mosul.
func TestHistory(t *testing.T) {
	if found, _ := filepath.Glob(filepath.Join(shared, "ucdp", "iraq_ged_19.1.csv")); found == nil {
		t.Skip("the shared data is absent")
	}
	c := iraq(t)
	s := imported(t, c, "ucdp/iraq_ged_19.1.csv")
	list, err := indicator.Build(context.Background(), c, s)
	if err != nil {
		t.Fatal(err)
	}
	said := map[string][2]string{
		"ucdp-threshold": {"does not hold", "does not hold"}, "six-quiet-months": {"does not hold", "does not hold"}, "low-rate": {"does not hold", "does not hold"},
		"third-of-peak": {"holds", "does not hold"}, "exposed-governorates": {"does not hold", "does not hold"},
	}
	for _, x := range c.Claims {
		if x.ID != "withdrawal-2011" {
			continue
		}
		for _, d := range x.Definitions {
			for _, series := range list {
				if series.ID != d.Indicator {
					continue
				}
				steps, scores := claim.Replay(d, series, evidence.NewMonth(2004, 1), evidence.NewMonth(2018, 12))
				got := [2]string{claim.At(steps, evidence.NewMonth(2011, 12)), claim.At(steps, evidence.NewMonth(2014, 5))}
				if got != said[d.ID] || len(steps) != 180 {
					t.Errorf("%s: %v in %d months, want %v", d.ID, got, len(steps), said[d.ID])
				}
				t.Logf("%s: %v, %+v", d.ID, got, scores)
			}
		}
	}
}
