package bench

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"handover/casefile"
	"handover/cases"
	"handover/evidence"
	"handover/evidence/indicator"
	"handover/evidence/intake"
	"handover/evidence/store"
	"handover/random"
)

// gedHeader is that of UCDP GED 19.1.
const gedHeader = "id,year,active_year,start_year,end_year,type_of_violence,conflict_new_id,conflict_name,dyad_new_id,dyad_name,side_a_new_id,gwnoa,side_a,side_b_new_id,gwnob,side_b,number_of_sources,source_article,source_office,source_date,source_headline,source_original,where_prec,where_coordinates,adm_1,adm_2,latitude,longitude,geom_wkt,priogrid_gid,country,country_id,iso3,region,event_clarity,date_prec,date_start,date_end,deaths_a,deaths_b,deaths_civilians,deaths_unknown,low,best,high\n"

// writeGED writes an invented file in the form of UCDP GED: events of Iraq
// spread over 30 years, 19 provinces and the pairs of actors, with texts as long
// as the real ones. The same number of rows gives the same file.
func writeGED(w io.Writer, rows int) error {
	provinces := []string{"Nīnawá province", "Baghdād province", "Al Anbār province", "Şalāḩ ad Dīn province", "Diyālá province", "", "Kirkūk province", "Arbīl province",
		"Al Başrah  province", "Bābil province", "Dahūk province", "As Sulaymānīyah province", "An Najaf province", "Karbalā’ province", "Maysān  province", "Wāsiţ province",
		"Dhī Qār province", "Al Qādisīyah province", "Al Muthanná province"}
	pairs := [][2]string{{"Government of Iraq", "IS"}, {"IS", "Civilians"}, {"Government of Turkey", "PKK"}, {"Government of Iraq", "al-Mahdi Army"}, {"Government of Iraq", "Ansar al-Islam"}}
	b := bufio.NewWriterSize(w, 1<<20)
	b.WriteString(gedHeader)
	site := random.Site("ged")
	for i := range rows {
		s := random.At(1, uint32(i), 0, site)
		day := evidence.Date(1989, 1, 1) + evidence.Day(float64(s.Uniform()*10_950))
		province := provinces[int(s.Uniform()*s.Uniform()*float64(len(provinces)))]
		pair := pairs[int(s.Uniform()*s.Uniform()*float64(len(pairs)))]
		best := int(s.PowerLaw(2.1, 1, 500)) - 1
		precision := 1
		if province == "" {
			precision = 6
		}
		x, y := 39.2+9*s.Uniform(), 29.3+7.5*s.Uniform()
		year := day.Month().Year()
		fmt.Fprintf(b, "%d,%d,1,%d,%d,%d,259,Iraq: Government,524,%s - %s,116,645.0,%s,234,,%s,1,\"\"\"Agence France Presse,%s,Iraq violence kills %d as monthly toll tops 800\"\"\",Agence France Presse,%s,Iraq violence kills %d as monthly toll tops 800,Doctor,%d,Al Fallūjah town,%s,Qaḑā’ al Fallūjah,%.6f,%.6f,POINT (%.6f %.6f),177568,Iraq,645,IRQ,Middle East,1,%d,%s,%s,0,0,1,%d,%d,%d,%d\n",
			100_000+i, year, year, year, 1+i%3, pair[0], pair[1], pair[0], pair[1], day, best, day, best, precision, province, y, x, x, y, 1+i%2, day, day, max(best-1, 0), best*9/10, best, best*11/10)
	}
	return b.Flush()
}

// eventRows is how many rows the file has: HANDOVER_EVENT_ROWS, or 100,000.
func eventRows(b *testing.B) int {
	text := os.Getenv("HANDOVER_EVENT_ROWS")
	if text == "" {
		return 100_000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		b.Fatalf("HANDOVER_EVENT_ROWS is no number: %v", err)
	}
	return n
}

// peak is the most memory that the process held, in MiB; 0 where the system
// does not say.
func peak() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib / 1024
		}
	}
	return 0
}

// BenchmarkEvents imports an invented file in the form of UCDP GED, again, and
// counts every indicator of the Iraq case. It states the time of a plain read of
// the same file, which no import can beat.
//
//	HANDOVER_EVENT_ROWS=5000000 go test ./bench -bench Events -benchtime 1x -run XXX
func BenchmarkEvents(b *testing.B) {
	folder, _ := cases.Open("iraq")
	c, found := casefile.Load(folder)
	if c == nil {
		b.Fatal(found)
	}
	rows := eventRows(b)
	name := filepath.Join(b.TempDir(), "GEDEvent_v19_1.csv")
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	if err := writeGED(f, rows); err != nil {
		b.Fatal(err)
	}
	info, _ := f.Stat()
	f.Close()
	for b.Loop() {
		began := time.Now()
		f, err := os.Open(name)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{f}, make([]byte, 1<<20)); err != nil {
			b.Fatal(err)
		}
		f.Close()
		floor := time.Since(began)
		runtime.GC()
		before := peak()
		store1 := b.TempDir()
		began = time.Now()
		change := importGED(b, c, name, store1)
		first := time.Since(began)
		began = time.Now()
		again := importGED(b, c, name, store1)
		second := time.Since(began)
		if change.New != rows || again.Confirmed != rows || again.Events != rows {
			b.Fatalf("of %d rows %d are new, and then %d confirmed", rows, change.New, again.Confirmed)
		}
		s, err := store.Open(store1)
		if err != nil {
			b.Fatal(err)
		}
		b.Logf("%d rows, %.0f MB; plain read %.2f s; import %.2f s (%.0f rows a second, %.1f times the read); again %.2f s; store %.1f MB; peak %.0f MiB (%.0f before)",
			rows, float64(info.Size())/1e6, floor.Seconds(), first.Seconds(), float64(rows)/first.Seconds(), first.Seconds()/floor.Seconds(), second.Seconds(), float64(s.Size())/1e6, peak(), before)
		for _, n := range c.Evidence.Indicators {
			began := time.Now()
			if _, err := indicator.Count(context.Background(), c, s, []casefile.Indicator{n}); err != nil {
				b.Fatal(err)
			}
			b.Logf("  %s: %.2f s", n.ID, time.Since(began).Seconds())
		}
		began = time.Now()
		if _, err := indicator.Build(context.Background(), c, s); err != nil {
			b.Fatal(err)
		}
		b.Logf("  all %d at once: %.2f s", len(c.Evidence.Indicators), time.Since(began).Seconds())
		b.ReportMetric(float64(rows)/first.Seconds(), "rows/s")
		b.ReportMetric(peak(), "MiB")
	}
}

func importGED(b *testing.B, c *casefile.Case, name, folder string) *store.Change {
	b.Helper()
	a, err := evidence.NewAssigner(c)
	if err != nil {
		b.Fatal(err)
	}
	change, err := store.Import(context.Background(), store.Request{Folder: folder, Case: c.Name, Group: func(a string) string { return a },
		Feed: func(emit func(*evidence.Event) error) ([]store.Coverage, error) {
			reports, err := intake.Read(context.Background(), name, a, intake.Options{}, emit)
			if err != nil {
				return nil, err
			}
			r := reports[0]
			return []store.Coverage{{Source: r.Source, Version: r.Version, From: r.From.String(), To: r.To.String()}}, nil
		}})
	if err != nil {
		b.Fatal(err)
	}
	return change
}
