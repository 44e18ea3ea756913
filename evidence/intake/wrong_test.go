package intake

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"handover/casefile"
	"handover/evidence"
)

// valley is a case of two places with an invented country.
func valley(t testing.TB) *casefile.Case {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{"case.yaml", "model.xmile", "uncertainties.yaml", "strategies.yaml", "outcomes.yaml", "map.geojson", "data/guests.csv"} {
		data, err := os.ReadFile(filepath.Join("../../casefile/testdata/valley", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	files["evidence.yaml"] = &fstest.MapFile{Data: []byte("country: {names: [Valleys], ucdp: 645, iso: 368, fips: IZ}\nindicators:\n  - {id: all, name: All, count: events}\n")}
	files["actors.yaml"] = &fstest.MapFile{Data: []byte(`
groups: [{id: rebels, name: Rebels}, {id: state, name: State}]
actors:
  - {id: old, name: Old, group: rebels, to: "2009-12-31", spellings: [{name: The Band}], source: x}
  - {id: new, name: New, group: rebels, from: "2010-01-01", spellings: [{name: The Band}], lineage: [{relation: successor, of: old}], source: x}
  - {id: army, name: Army, group: state, spellings: [{name: Government of Valleys}, {name: IRQMIL, source: gdelt}], source: x}
`)}
	c, found := casefile.Load(files)
	if c == nil {
		t.Fatal(found)
	}
	return c
}

const header = "id,type_of_violence,side_a,side_b,date_start,date_end,best,low,high,country,country_id,adm_1,adm_2,latitude,longitude,where_prec,date_prec\n"

// line is a row of the header's file.
func line(id int, more ...string) string {
	cells := []string{fmt.Sprint(id), "1", "Government of Valleys", "The Band", "2014-06-01", "2014-06-02", "3", "2", "5", "Valleys", "645", "North Valley province", "", "", "", "1", "1"}
	for i := 0; i < len(more); i += 2 {
		for k, h := range strings.Split(strings.TrimSpace(header), ",") {
			if h == more[i] {
				cells[k] = more[i+1]
			}
		}
	}
	return strings.Join(cells, ",") + "\n"
}

func lines(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(line(i + 1))
	}
	return b.String()
}

// The case is loaded once: fuzzing reads many files.
var (
	loaded  sync.Once
	theCase *casefile.Case
)

// read reads content under a file name and returns what came of it.
func read(t testing.TB, name string, content []byte, o Options) ([]Report, []evidence.Event, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	loaded.Do(func() { theCase = valley(t) })
	a, err := evidence.NewAssigner(theCase)
	if err != nil {
		t.Fatal(err)
	}
	var events []evidence.Event
	reports, err := Read(context.Background(), path, a, o, func(e *evidence.Event) error {
		events = append(events, *e)
		return nil
	})
	return reports, events, err
}

// TestRefusedFiles: a file that is wrong as a whole is refused, and the message
// says where and what to do.
func TestRefusedFiles(t *testing.T) {
	good := header + lines(40)
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	w, _ := z.Create("GEDEvent_v19_1.csv")
	fmt.Fprint(w, good)
	z.Close()
	var packed bytes.Buffer
	g := gzip.NewWriter(&packed)
	fmt.Fprint(g, good)
	g.Close()
	damagedZip := bytes.Clone(archive.Bytes())
	damagedZip[60] ^= 0x55
	for name, test := range map[string]struct {
		file, content string
		o             Options
		want          string
	}{
		"truncated zip":       {"ged191.zip", archive.String()[:archive.Len()/2], Options{}, "the zip archive is cut short or damaged"},
		"damaged zip":         {"ged191.zip", string(damagedZip), Options{}, "cut short or damaged"},
		"truncated gzip":      {"ged191.csv.gz", packed.String()[:packed.Len()/2], Options{}, "cut short or damaged"},
		"wrong delimiter":     {"ged191.csv", strings.ReplaceAll(good, ",", "~"), Options{}, "ged191.csv:1: error: the format is not known"},
		"mixed delimiter":     {"ged191.csv", header + strings.ReplaceAll(lines(3), ",", ";"), Options{}, "ged191.csv:2: error: the row has 1 cells and the header 17"},
		"latin-1":             {"ged191.csv", good + line(99, "adm_1", "N\xeenaw\xe1"), Options{}, "ged191.csv:42: error: the file is not UTF-8 text from here on"},
		"nul":                 {"ged191.csv", good + "\x00\n", Options{}, "not UTF-8 text"},
		"half-written line":   {"ged191.csv", good + line(99)[:40], Options{}, "ged191.csv:42: error: the row has 5 cells and the header 17"},
		"open quote at end":   {"ged191.csv", good + "99,1,\"Government of", Options{}, "ged191.csv:42: error: the row that starts here is not valid CSV"},
		"missing column":      {"ged191.csv", strings.Replace(good, "best", "bst", 1), Options{}, "best: the file looks like UCDP GED and lacks this column (did you mean \"bst\"?)"},
		"two missing columns": {"ged191.csv", strings.Replace(strings.Replace(good, "date_end", "until", 1), "side_a", "who", 1), Options{}, "date_end: the file looks like UCDP GED"},
		"empty":               {"ged191.csv", "", Options{}, "the file is empty"},
		"header alone":        {"ged191.csv", header, Options{}, "the table has a header and no rows"},
		"release not known":   {"events.csv", good, Options{}, "say it with --release"},
		"personal column":     {"t.csv", "ref,day,victim name\n1,2014-01-01,X\n", Options{Columns: map[string]string{"id": "ref", "date": "day"}}, "would hold fields about persons"},
		"plain column absent": {"t.csv", "ref,day\n1,2014-01-01\n", Options{Columns: map[string]string{"id": "ref", "date": "dy"}}, "the file has no column \"dy\", named for date (did you mean \"day\"?)"},
		"all rows refused":    {"ged191.csv", strings.ReplaceAll(good, "2014-06-02", "2214-06-02"), Options{}, "40 of 40 rows cannot be used"},
		"gdelt cut":           {"20140601.export.CSV", gdeltRow("1", "20140601", "190") + gdeltRow("2", "20140601", "190")[:90] + "\n", Options{}, "the row has"},
	} {
		t.Run(name, func(t *testing.T) {
			reports, _, err := read(t, test.file, []byte(test.content), test.o)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v and the error\n%v\nwant %q", reports, err, test.want)
			}
		})
	}
}

// TestRefusedRows: a row that is wrong is refused with its line and reason, and
// the others are kept.
func TestRefusedRows(t *testing.T) {
	for name, test := range map[string]struct{ column, value, want string }{
		"date out of range": {"date_end", "3014-06-02", "date_end: the date 3014-06-02 is out of range"},
		"no such day":       {"date_start", "2014-02-30", "date_start: \"2014-02-30\" is not a day"},
		"end before start":  {"date_start", "2014-06-03", "the event ends on 2014-06-02, before it starts"},
		"negative count":    {"best", "-3", "best: -3 is negative; expected a count from 0"},
		"fraction":          {"high", "2.5", "high: \"2.5\" is not a count"},
		"huge count":        {"low", "99999999999", "low: \"99999999999\" is not a count"},
		"empty best":        {"best", "", "best: the best estimate is empty"},
		"empty id":          {"id", "", "id: the id is empty"},
		"kind":              {"type_of_violence", "4", "type_of_violence: \"4\" is no type"},
		"precision":         {"where_prec", "9", "where_prec: \"9\" is not a code from 0 to 7"},
		"point":             {"latitude", "933", "latitude: the cells do not hold degrees"},
	} {
		t.Run(name, func(t *testing.T) {
			reports, events, err := read(t, "ged191.csv", []byte(header+lines(40)+line(41, test.column, test.value)), Options{})
			if err != nil {
				t.Fatal(err)
			}
			r := reports[0]
			if len(events) != 40 || r.Rows != 41 || r.Kept != 40 || r.Refused != 1 || r.Refusals[0].Line != 42 || !strings.Contains(r.Refusals[0].Reason, test.want) {
				t.Errorf("%d events, report %+v; want %q", len(events), r, test.want)
			}
		})
	}
}

// TestPlaceAndActor: names, points, dates and what is dropped.
func TestPlaceAndActor(t *testing.T) {
	content := header +
		line(1) +
		line(2, "adm_1", "South", "date_end", "2009-06-01", "date_start", "2009-06-01") +
		line(3, "adm_1", "", "latitude", "0.5", "longitude", "0.5") +
		line(4, "adm_1", "", "latitude", "0.5", "longitude", "0.5", "where_prec", "6") +
		line(5, "adm_1", "Elsewhere") +
		line(6, "country", "Borea", "country_id", "700") +
		line(7, "side_b", "THE  BÄND")
	reports, events, err := read(t, "ged191.csv", []byte(content), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r := reports[0]; r.Outside != 1 || r.Kept != 6 {
		t.Errorf("report %+v", r)
	}
	want := []struct{ place, b string }{{"north", "new"}, {"south", "old"}, {"north", "new"}, {"", "new"}, {"", "new"}, {"north", "new"}}
	for i, w := range want {
		if e := events[i]; e.Place != w.place || e.ActorA != "army" || e.ActorB != w.b {
			t.Errorf("event %s lies in %q, with %q against %q; want %q and %q", e.ID, e.Place, e.ActorA, e.ActorB, w.place, w.b)
		}
	}
}

// TestFormats: delimiters, order of columns, other sources.
func TestFormats(t *testing.T) {
	acled := "event_id_cnty;event_date;year;time_precision;event_type;sub_event_type;actor1;assoc_actor_1;inter1;actor2;iso;country;admin1;admin2;latitude;longitude;geo_precision;notes;fatalities;timestamp\n" +
		"VAL1;05 June 2020;2020;1;Battles;Armed clash;The Band;;2;Government of Valleys;368;Valleys;North;;0.5;0.5;1;free text;4;1600000000\n" +
		"VAL2;2020-06-06;2020;2;Protests;Peaceful protest;The Band;;2;;368;Valleys;North;;;;1;free text;0;1600000000\n" +
		"LIT3;2020-06-06;2020;2;Battles;Armed clash;The Band;;2;;440;Lithuania;North;;;;1;free text;0;1600000000\n"
	reports, events, err := read(t, "acled.csv", []byte("\ufeff"+acled), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r := reports[0]; r.Source != "acled" || r.Kept != 1 || r.Other != 1 || r.Outside != 1 {
		t.Errorf("report %+v", r)
	}
	if e := events[0]; e.Best != 4 || e.Low != evidence.Unknown || e.Kind != evidence.Battle || e.Reported.String() != "2020-09-13" || e.Place != "north" || e.ActorA != "new" {
		t.Errorf("event %+v", e)
	}

	for _, width := range []int{57, 58, 61} {
		content := gdeltRow("7", "20200605", "190", width) + gdeltRow("8", "20200605", "010", width)
		reports, events, err = read(t, "20200605.export.CSV", []byte(content), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r := reports[0]; r.Source != "gdelt" || r.Kept != 1 || r.Other != 1 {
			t.Errorf("%d columns: report %+v", width, r)
		}
		if e := events[0]; e.Best != evidence.Unknown || e.Place != "north" || e.ActorA != "army" || e.Kind != evidence.Fight || e.Reported.String() != "2020-06-06" {
			t.Errorf("%d columns: event %+v", width, e)
		}
	}

	reports, events, err = read(t, "mine.csv", []byte("ref|when|where|dead\na1|2020-01-05|north|2\n"), Options{Columns: map[string]string{"id": "ref", "date": "when", "place": "where", "best": "dead"}})
	if err != nil || reports[0].Source != "table" || events[0].Place != "north" || events[0].Best != 2 || events[0].ID != "a1" {
		t.Errorf("report %+v, events %+v, %v", reports, events, err)
	}
}

// gdeltRow is a row of an event file of GDELT with so many columns, 58 if not
// said.
func gdeltRow(id, day, code string, width ...int) string {
	n := 58
	if len(width) > 0 {
		n = width[0]
	}
	cells := make([]string, n)
	cells[0], cells[1], cells[2], cells[3], cells[5], cells[28] = id, day, day[:6], day[:4], "IRQMIL", code[:2]
	action, added, latitude := 49, 56, 53
	if n == 61 {
		action, added, latitude = 51, 59, 56
	}
	cells[action], cells[action+1], cells[action+2] = "4", "Town, North Valley, Valleys", "IZ"
	cells[latitude], cells[latitude+1] = "0.5", "0.5"
	cells[added] = "20200606"
	if n == 61 {
		cells[added] += "010203"
	}
	return strings.Join(cells, "\t") + "\n"
}

// FuzzRead: whatever a file holds, reading it ends with a report that adds up or
// an error.
func FuzzRead(f *testing.F) {
	f.Add([]byte(header+line(1)+line(2)), "19.1")
	f.Add([]byte("PK\x03\x04"), "")
	f.Add([]byte{0x1f, 0x8b, 8}, "")
	f.Add([]byte(gdeltRow("7", "20200605", "190")), "")
	f.Add([]byte("event_id_cnty,event_date,event_type,actor1,actor2,fatalities,country\nA,2020-01-01,Battles,x,y,1,Valleys\n"), "")
	f.Fuzz(func(t *testing.T, data []byte, version string) {
		reports, events, err := read(t, "events.csv", data, Options{Version: version})
		if err != nil {
			return
		}
		kept := 0
		for _, r := range reports {
			kept += r.Kept
			if r.Rows != r.Kept+r.Outside+r.Other+r.Tags+r.Refused {
				t.Errorf("the report does not add up: %+v", r)
			}
		}
		if kept != len(events) {
			t.Errorf("%d rows are kept and %d events handed on", kept, len(events))
		}
	})
}
