package page_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"handover/casefile"
	"handover/evidence"
	"handover/evidence/change"
	"handover/evidence/indicator"
	"handover/evidence/page"
	"handover/evidence/store"
)

// content is the Iraq case with a few events, or without any.
func content(t *testing.T, withStore bool) page.Content {
	t.Helper()
	c, found := casefile.Load(os.DirFS("../../cases/iraq"))
	if c == nil {
		t.Fatal(found)
	}
	out := page.Content{Case: c, From: evidence.NewMonth(2004, 1)}
	if withStore {
		folder := t.TempDir()
		_, err := store.Import(context.Background(), store.Request{Folder: folder, Case: c.Name, Group: func(a string) string { return a },
			Licences: map[string]string{"ucdp-ged": "CC BY 4.0"},
			Feed: func(emit func(*evidence.Event) error) ([]store.Coverage, error) {
				for i := range 240 {
					at := evidence.Date(2004, 1, 15) + evidence.Day(i*9)
					e := evidence.Event{Source: evidence.UCDP, ID: string(rune('a' + i)), Version: "19.1", Start: at, End: at, Reported: evidence.NoDay, DatePrecision: 1, PlacePrecision: 1,
						ActorA: "state-forces", ActorB: "islamic-state", Place: []string{"Anbar", "Nineveh", ""}[i%3], Kind: evidence.StateBased, Low: 1, Best: 2, High: 3}
					if err := emit(&e); err != nil {
						return nil, err
					}
				}
				return []store.Coverage{{Source: "ucdp-ged", Version: "19.1", From: "2004-01", To: "2009-12"}}, nil
			}})
		if err != nil {
			t.Fatal(err)
		}
		if out.Store, err = store.Open(folder); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if out.Series, err = indicator.Build(context.Background(), c, out.Store); err != nil {
		t.Fatal(err)
	}
	for _, s := range out.Series {
		if _, ok := s.CutOff(); !ok {
			out.Assessed = append(out.Assessed, nil)
			continue
		}
		a := change.Assess(s.Counts())
		out.Assessed = append(out.Assessed, &a)
	}
	return out
}

func TestPage(t *testing.T) {
	for _, withStore := range []bool{true, false} {
		c := content(t, withStore)
		var a, b bytes.Buffer
		if err := page.Write(&a, c); err != nil {
			t.Fatal(err)
		}
		if err := page.Write(&b, c); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Error("the same content gives other bytes")
		}
		text := a.String()
		for _, want := range []string{"There is no ISIS", "must not be used to select targets", "Past lulls broken within", "What would have been said then", "December 2011", "Gaps and doubts", "not known from", "default-src &#39;none&#39;"} {
			if !strings.Contains(text, want) {
				t.Errorf("store %v: the page lacks %q", withStore, want)
			}
		}
		if got := strings.Contains(text, "by governorate. Numbers"); got != withStore {
			t.Errorf("store %v: a map is drawn: %v", withStore, got)
		}
		for _, bad := range []string{"NaN", "http://", "/tmp/"} {
			visible := regexp.MustCompile(`(?s)<style>.*?</style>|<script>.*?</script>`).ReplaceAllString(text, "")
			if strings.Contains(visible, bad) {
				t.Errorf("store %v: the page holds %q", withStore, bad)
			}
		}
		specs := regexp.MustCompile(`(?s)<script type="application/json" id="(chart-\d+)">(.*?)</script>`).FindAllStringSubmatch(text, -1)
		if len(specs) < 6 {
			t.Errorf("store %v: the page has %d charts", withStore, len(specs))
		}
		for _, s := range specs {
			var spec struct {
				Description string
				Layer       []any
			}
			if err := json.Unmarshal([]byte(s[2]), &spec); err != nil || spec.Description == "" || len(spec.Layer) == 0 {
				t.Errorf("%s is no chart: %v", s[1], err)
			}
		}
	}
	if err := page.Write(&bytes.Buffer{}, page.Content{}); err == nil {
		t.Error("a page of nothing is written")
	}
}
