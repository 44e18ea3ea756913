package workbench_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"handover/casefile"
	"handover/cases"
	"handover/ensemble"
	"handover/forecast/book"
	"handover/forecast/question"
	"handover/programme"
	"handover/workbench"
)

// bench is a workbench over a copy of the Iraq case.
type bench struct {
	*httptest.Server
	t      *testing.T
	folder string
	runs   string
	c      *casefile.Case
}

func open(t *testing.T, change func(*workbench.Options)) *bench {
	t.Helper()
	files, _ := cases.Open("iraq")
	folder := filepath.Join(t.TempDir(), "case")
	if err := casefile.Write(files, folder); err != nil {
		t.Fatal(err)
	}
	c, list := casefile.Load(os.DirFS(folder))
	if c == nil {
		t.Fatal(list)
	}
	runs := filepath.Join(t.TempDir(), "runs")
	o := workbench.Options{Files: os.DirFS(folder), Folder: folder, Runs: runs, Store: filepath.Join(t.TempDir(), "store"), Version: "test"}
	if change != nil {
		change(&o)
	}
	s, err := workbench.New(c, o)
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, s, c, folder, runs)
}

// serve puts a server on a port.
func serve(t *testing.T, s *workbench.Server, c *casefile.Case, folder, runs string) *bench {
	b := &bench{httptest.NewServer(s.Handler()), t, folder, runs, c}
	t.Cleanup(b.Close)
	return b
}

// call sends a request with a JSON body (none when empty) and checks the status.
func (b *bench) call(method, path, body string, status int, header ...string) string {
	b.t.Helper()
	r, err := http.NewRequest(method, b.URL+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	if answer.StatusCode != status {
		b.t.Errorf("%s %s: status %d, expected %d: %.300s", method, path, answer.StatusCode, status, text)
	}
	if status >= 400 {
		if kind := answer.Header.Get("Content-Type"); kind != "application/problem+json" {
			b.t.Errorf("%s %s: an error of type %q", method, path, kind)
		}
		var p struct {
			Status int    `json:"status"`
			Detail string `json:"detail"`
		}
		if err := json.Unmarshal(text, &p); err != nil || p.Status != status || p.Detail == "" {
			b.t.Errorf("%s %s: no problem details: %s", method, path, text)
		}
	}
	if policy := answer.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
		b.t.Errorf("%s %s: policy %q", method, path, policy)
	}
	return string(text)
}

func must(t *testing.T, what, text string, has []string, hasNot []string) {
	t.Helper()
	for _, part := range has {
		if !strings.Contains(text, part) {
			t.Errorf("%s lacks %q: %.400s", what, part, text)
		}
	}
	for _, part := range hasNot {
		if strings.Contains(text, part) {
			t.Errorf("%s holds %q", what, part)
		}
	}
}

func TestAnswers(t *testing.T) {
	b := open(t, nil)
	must(t, "the case", b.call("GET", "/api/v1/case", "", 200), []string{`"name":"iraq"`, `"id":"A8"`, `"variable":"enforcement"`, `"writable":true`, `"Nov 2025"`}, []string{b.folder, b.runs})
	must(t, "the model", b.call("GET", "/api/v1/model", "", 200), []string{`"sectors"`, `"kind":"B"`, `"sentence":"More `, `"equations"`}, []string{b.folder})
	must(t, "the watch", b.call("GET", "/api/v1/watch", "", 200), []string{`"claims"`, `"word"`, `"rings"`}, []string{b.folder})
	must(t, "the contract", b.call("GET", "/api/v1/openapi.json", "", 200), []string{`"openapi":"3.1.0"`, `/api/v1/live`, `/api/v1/plans`, `text/event-stream`}, []string{b.folder})
	must(t, "the page", b.call("GET", "/", "", 200), []string{`<div id="app">`, "workbench.js"}, []string{"http://", "https://"})
	must(t, "the looks", b.call("GET", "/looks.css", "", 200), []string{"--A0"}, nil)
	must(t, "the evidence", b.call("GET", "/evidence.html", "", 200), []string{"<h1", "Content-Security-Policy"}, []string{b.folder})
	few := `{"strategies":["A3"],"futures":100`
	must(t, "a briefing", b.call("POST", "/api/v1/briefing", few+"}", 200), []string{"Under the reference", `"Outcomes"`, "100 futures"}, []string{"A1 ", b.folder})
	must(t, "maps", b.call("POST", "/api/v1/maps", few+`,"map":"vacuum","month":24}`, 200), []string{`"Panels"`, "November 2027"}, nil)
	b.call("POST", "/api/v1/maps", few+`,"map":"no such map","month":24}`, 422)
	b.call("POST", "/api/v1/maps", few+`,"map":"vacuum","month":400}`, 422)
	must(t, "plans", b.call("POST", "/api/v1/plans", few+`,"outcome":"deaths","strategy":"A3"}`, 200), []string{`"importance":[{`, `"robustness":[{`, `"strategies":["A0","A3"]`}, []string{"NaN", `"no_robustness"`})
	must(t, "plans of an event", b.call("POST", "/api/v1/plans", few+`,"outcome":"resurgence","strategy":"A3"}`, 200), []string{`"event"`, `"no_robustness"`, `"variable":"break out hazard","name":"break out hazard","meaning":"Chance a month of a mass break-out of prisoners","unit":"1/month","basis":"sourced"`}, []string{"NaN"})
	b.call("POST", "/api/v1/plans", few+`,"outcome":"no such outcome","strategy":"A3"}`, 422)
	b.call("POST", "/api/v1/briefing", `{"strategies":["no such strategy"]}`, 422)
	b.call("GET", "/api/v1/nothing", "", 404)
}

// pictures reads a stream to its end.
func (b *bench) pictures(body string) (done []int, final string) {
	b.t.Helper()
	answer, err := http.Post(b.URL+"/api/v1/live", "application/json", strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			var head struct {
				Done     int
				Briefing json.RawMessage
			}
			if err := json.Unmarshal([]byte(data), &head); err != nil {
				b.t.Fatal(err)
			}
			done, final = append(done, head.Done), string(head.Briefing)
		}
	}
	return done, final
}

func TestLiveSharpensAndEndsWhereARunEnds(t *testing.T) {
	b := open(t, nil)
	done, final := b.pictures(`{"page":"p","strategies":["A3"],"futures":300,"seed":5}`)
	if !slices.Equal(done, []int{64, 256, 300}) {
		t.Errorf("pictures after %v futures", done)
	}
	_, summary, err := ensemble.Start(context.Background(), ensemble.Request{Case: b.c, Strategies: []string{"A3"}, Futures: 300, Seed: 5, Version: "test"}, t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	briefing := b.call("POST", "/api/v1/briefing", `{"strategies":["A3"],"futures":300,"seed":5}`, 200)
	var one, other any
	if json.Unmarshal([]byte(briefing), &one) != nil || json.Unmarshal([]byte(final), &other) != nil || !reflect.DeepEqual(one, other) {
		t.Error("the last picture is not the briefing of the same settings")
	}
	must(t, "the last picture", final, []string{summary.Manifest.Run}, nil)
	draft := `{"page":"p","strategies":["A0"],"futures":64,"draft":{"base":"A3","id":"N1","name":"N","short":"N","description":"D","levers":[{"variable":"%s","points":[[0,%s]]}]}}`
	if done, final := b.pictures(fmt.Sprintf(draft, "enforcement", "0.9")); !slices.Equal(done, []int{64}) || !strings.Contains(final, "N1") {
		t.Errorf("a draft: pictures after %v", done)
	}
	must(t, "a lever that is not there", b.call("POST", "/api/v1/live", fmt.Sprintf(draft, "no such lever", "1"), 422), []string{"is not a variable of the model"}, nil)
	b.call("POST", "/api/v1/live", fmt.Sprintf(draft, "enforcement", `"x"`), 422)
}

func TestSaving(t *testing.T) {
	b := open(t, nil)
	file := filepath.Join(b.folder, casefile.StrategiesName)
	before, _ := os.ReadFile(file)
	hostile := `</script><script>alert(1)</script>\n  - id: Z9\n    name: \"x\"`
	draft := fmt.Sprintf(`{"base":"A3","id":"X1","name":"%s","short":"%s","description":"%s","levers":[{"variable":"enforcement","points":[[0,0.2],[12,0.5]]}],"gates":[{"name":"vacuum review","evidence":6}]}`, hostile, "x", hostile)
	must(t, "the case after", b.call("POST", "/api/v1/strategies", draft, 201), []string{`"id":"X1"`}, []string{`"id":"Z9"`})
	after, _ := os.ReadFile(file)
	if !bytes.HasPrefix(after, before) {
		t.Error("a line of strategies.yaml was changed")
	}
	c, list := casefile.Load(os.DirFS(b.folder))
	if c == nil || len(c.Strategies) != len(b.c.Strategies)+1 || c.Strategy("X1").Gates[0].Evidence != 6 {
		t.Fatalf("the folder holds no good case: %v", list)
	}
	b.call("POST", "/api/v1/strategies", draft, 409)
	for name, bad := range map[string]string{
		"an id that is a path": strings.Replace(draft, `"X1"`, `"../X2"`, 1),
		"a base unknown":       strings.NewReplacer(`"X1"`, `"X2"`, `"A3"`, `"A33"`).Replace(draft),
		"months that fall":     strings.NewReplacer(`"X1"`, `"X2"`, `[12,0.5]`, `[-1,0.5]`).Replace(draft),
		"a gate unknown":       strings.NewReplacer(`"X1"`, `"X2"`, `vacuum review`, `no gate`).Replace(draft),
	} {
		if text := b.call("POST", "/api/v1/strategies", bad, 422); strings.Contains(text, "panic") {
			t.Error(name, text)
		}
	}
	if now, _ := os.ReadFile(file); !bytes.Equal(now, after) {
		t.Error("a refused strategy changed the file")
	}
	left, _ := filepath.Glob(filepath.Join(b.folder, ".tmp-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}

	few := `{"strategies":["X1"],"futures":50,"purpose":"a test <script>alert(1)</script>"}`
	var saved workbench.Saved
	if err := json.Unmarshal([]byte(b.call("POST", "/api/v1/report", few, 201)), &saved); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(b.runs, filepath.FromSlash(saved.File)))
	if err != nil {
		t.Fatal(err)
	}
	must(t, "the report", string(page), []string{"X1", "a test &lt;script&gt;"}, []string{"<script>alert"})
	var preview workbench.Preview
	if err := json.Unmarshal([]byte(b.call("POST", "/api/v1/report/preview", few, 200)), &preview); err != nil {
		t.Fatal(err)
	}
	if text := b.call("GET", preview.Address, "", 200); text != string(page) {
		t.Error("the preview is not the report")
	}
	b.call("POST", "/api/v1/report", `{"futures":50,"draft":{"base":"A3","id":"X5","name":"n","short":"s","description":"d"}}`, 409)

	built := open(t, func(o *workbench.Options) { o.Folder = "" })
	must(t, "a built-in case", built.call("POST", "/api/v1/strategies", draft, 409), []string{"handover new"}, nil)
}

func TestAttacks(t *testing.T) {
	b := open(t, nil)
	for _, path := range []string{"/../../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/fonts/..%2f..%2freport.go", "/fonts/../server.go", "/assets/index.html", "/case.yaml", "/preview/..%2f..%2fetc%2fpasswd", "/LICENSES.txt", "/%00", "/index.html%00.js", `/..\..\case.yaml`, "/preview/" + strings.Repeat("a", 5000)} {
		r, err := http.NewRequest("GET", b.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.URL.Opaque = "//" + strings.TrimPrefix(b.URL, "http://") + path
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			continue // refused before it was read
		}
		text, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if answer.StatusCode < 300 || strings.Contains(string(text), "root:") || strings.Contains(string(text), "package ") {
			t.Errorf("%s: status %d: %.100s", path, answer.StatusCode, text)
		}
	}
	few := `{"strategies":["A0"],"futures":64}`
	for _, host := range []string{"example.org", "example.org:80", "127.0.0.1.example.org", "0.0.0.0", "10.0.0.1:8080", "localhost.example.org", ""} {
		if host != "" {
			b.call("GET", "/api/v1/case", "", 421, "Host", host)
		}
	}
	for _, origin := range []string{"http://example.org", "null", "https://" + strings.TrimPrefix(b.URL, "http://"), "http://127.0.0.1:1"} {
		b.call("POST", "/api/v1/briefing", few, 403, "Origin", origin)
		b.call("GET", "/api/v1/case", "", 403, "Origin", origin)
	}
	b.call("POST", "/api/v1/briefing", few, 403, "Sec-Fetch-Site", "cross-site")
	b.call("GET", "/api/v1/case", "", 403, "Sec-Fetch-Site", "cross-site")
	b.call("GET", "/api/v1/case", "", 403, "Sec-Fetch-Site", "same-site")
	b.call("POST", "/", "{}", 405)

	b.call("POST", "/api/v1/briefing", `{"strategies":["`+strings.Repeat("A", 300<<10)+`"]}`, 413)
	for _, body := range []string{"{", "[]", "null", `{"futures":1e99}`, `{"futures":-1}`, `{"futures":4097}`, `{"seed":-1}`, `{"horizon":601}`, `{"design":"grid"}`, `{"unknown":1}`,
		`{"strategies":[` + strings.Repeat(`"A0",`, 50) + `"A0"]}`, strings.Repeat("[", 20000), "\xff\xfe\x00", `{"draft":{}}`, `{"draft":{"base":"A3","id":"a b","name":"n","short":"s","description":"d"}}`} {
		r, err := http.Post(b.URL+"/api/v1/briefing", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if r.StatusCode < 400 || r.StatusCode >= 500 {
			t.Errorf("%.60q: status %d: %.200s", body, r.StatusCode, text)
		}
	}
	b.call("GET", "/api/v1/case", "", 200)
}

// A chunked body says nothing of its size beforehand.
func TestABodyWithoutLengthIsBounded(t *testing.T) {
	b := open(t, nil)
	r, w := io.Pipe()
	go func() {
		for range 1000 {
			if _, err := w.Write(bytes.Repeat([]byte(" "), 1<<10)); err != nil {
				return
			}
		}
		_ = w.Close()
	}()
	answer, err := http.Post(b.URL+"/api/v1/briefing", "application/json", r)
	if err != nil {
		return // the server hung up on it
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", answer.StatusCode)
	}
}

func TestOverload(t *testing.T) {
	b := open(t, func(o *workbench.Options) { o.Most = 1 })
	first, err := http.Post(b.URL+"/api/v1/live", "application/json", strings.NewReader(`{"page":"a","futures":4096}`))
	if err != nil {
		t.Fatal(err)
	}
	must(t, "the second request", b.call("POST", "/api/v1/live", `{"page":"b","futures":64}`, 503), []string{"its limit"}, nil)
	_ = first.Body.Close() // the reader goes away, and its place is free
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		answer, err := http.Post(b.URL+"/api/v1/briefing", "application/json", strings.NewReader(`{"strategies":["A0"],"futures":64}`))
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode == 200 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the place was not given back: status %d", answer.StatusCode)
		}
	}
}

func TestServesLoopbackAlone(t *testing.T) {
	files, _ := cases.Open("iraq")
	c, _ := casefile.Load(files)
	s, err := workbench.New(c, workbench.Options{Files: files, Runs: t.TempDir(), Store: t.TempDir(), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	open, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Skip("no other address can be listened on")
	}
	if err := s.Serve(context.Background(), open); err == nil || !strings.Contains(err.Error(), "loopback") {
		t.Errorf("serves off loopback: %v", err)
	}
}

// TestBulletin: the bulletin of the last month, with a ledger that grows.
func TestBulletin(t *testing.T) {
	none := open(t, nil)
	must(t, "nothing known", none.call("GET", "/api/v1/bulletin", "", 200), []string{`"month":"`}, []string{none.folder})
	var ledger *programme.Ledger
	b := open(t, func(o *workbench.Options) {
		o.Ledger = func(_ context.Context, c *casefile.Case) (*programme.Ledger, error) {
			if ledger != nil {
				return ledger, nil
			}
			shipped, list := programme.Shipped(c)
			return shipped, list.Err()
		}
	})
	first := b.call("GET", "/api/v1/bulletin", "", 200)
	must(t, "the bulletin", first, []string{`"futures":0`, "Risk: ", `"title":"The programme"`, `"Planned"`, `"title":"Signs"`, `"title":"What it means for the questions"`, "on track"}, []string{b.folder, `"drawing"`, "NaN"})
	whole := b.call("GET", "/api/v1/bulletin?futures=60", "", 200)
	must(t, "the bulletin with futures", whole, []string{`"futures":60`, `"title":"From now: `, `"drawing":"<svg`, "80% interval"}, []string{"NaN"})
	if again := b.call("GET", "/api/v1/bulletin?futures=60", "", 200); again != whole {
		t.Error("the same bulletin differs")
	}
	must(t, "another plan", b.call("GET", "/api/v1/bulletin?strategy=A8", "", 200), []string{`"strategy":"A8"`}, nil)
	shipped, list := programme.Shipped(b.c)
	if list.Errors() > 0 {
		t.Fatal(list)
	}
	ledger = programme.NewLedger(shipped.All[:len(shipped.All)-1])
	if b.call("GET", "/api/v1/bulletin", "", 200) == first {
		t.Error("the bulletin does not know that the ledger is another")
	}
	for _, wrong := range []string{"?futures=5000", "?futures=-1", "?strategy=none", "?futures=x", "?strategy=" + strings.Repeat("A", 300)} {
		b.call("GET", "/api/v1/bulletin"+wrong, "", 422)
	}
	failing := open(t, func(o *workbench.Options) {
		o.Ledger = func(context.Context, *casefile.Case) (*programme.Ledger, error) {
			return nil, errors.New("the ledger was altered")
		}
	})
	must(t, "a ledger that cannot be read", failing.call("GET", "/api/v1/bulletin", "", 422), []string{"the ledger was altered"}, nil)
}

// TestQuestions: questions are asked and answered over the API, refused with reasons,
// and every line that was in the file stays.
func TestQuestions(t *testing.T) {
	place := filepath.Join(t.TempDir(), "book.sqlite")
	b := open(t, func(o *workbench.Options) {
		o.BookPlace = place
		o.Book = func(ctx context.Context, made bool) (*book.Book, error) {
			if _, err := os.Stat(place); err != nil && !made {
				return nil, book.ErrNone
			}
			return book.Open(ctx, place, book.Clock{Now: time.Now, World: true})
		}
	})
	file := filepath.Join(b.folder, casefile.QuestionsName)
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	must(t, "the questions", b.call("GET", "/api/v1/questions", "", 200), []string{`"id":"resurgence-12"`, `"people":[]`, `"writable":true`}, []string{b.folder})
	now := time.Now().UTC()
	days := fmt.Sprintf(`"opens":"%s","closes":"%s","resolves":"%s"`, now.AddDate(0, -1, 0).Format("2006-01-02"), now.AddDate(0, 6, 0).Format("2006-01-02"), now.AddDate(1, 0, 0).Format("2006-01-02"))
	ask := func(id, kind, rest string) string {
		return fmt.Sprintf(`{"id":%q,"kind":%q,"title":"What: # no comment?","background":"say \"so\" </script>\nand more","rule":"by 'it'",%s%s}`, id, kind, days, rest)
	}
	judge := `,"judge":"the gazette"`
	month := func(ahead int) string { return now.AddDate(0, 0, 1-now.Day()).AddDate(0, ahead, 0).Format("2006-01") }
	for _, q := range []string{
		ask("new-yes", "binary", judge),
		ask("new-pick", "choice", `,"options":[{"id":"a","name":"the first"},{"id":"b","name":"yes"}]`+judge),
		ask("new-number", "numeric", `,"unit":"percent","range":{"low":0,"high":100,"open_high":true}`+judge),
		ask("new-count", "count", `,"unit":"events","range":{"low":0,"high":500,"open_high":true},"data":{"indicator":"is-lethal","from":"`+month(0)+`","to":"`+month(8)+`","reduce":"sum"}`),
		ask("new-day", "date", `,"range":{"from":"`+month(0)+`-01","to":"`+month(10)+`-28"}`+judge),
	} {
		must(t, q, b.call("POST", "/api/v1/questions", q, 201), []string{`"name":"iraq"`}, nil)
	}
	after, err := os.ReadFile(file)
	if err != nil || !bytes.HasPrefix(after, before) {
		t.Fatalf("a line of the file was changed: %v", err)
	}
	for want, q := range map[string]string{
		"already":        ask("new-yes", "binary", judge),
		"judge":          ask("none", "binary", ""),
		"options":        ask("none", "choice", judge),
		"no_such_thing":  ask("none", "binary", `,"data":{"indicator":"no_such_thing","from":"2026-01","to":"2026-12","reduce":"sum","above":3}`),
		"2026-13":        ask("none", "binary", `,"data":{"indicator":"is-lethal","from":"2026-01","to":"2026-13","reduce":"sum","above":3}`),
		"expected value": ask("none", "maybe", judge),
		"closes":         strings.Replace(ask("none", "binary", judge), `"closes":"`, `"closes":"1999-01-01","x":"`, 1),
	} {
		if text := b.call("POST", "/api/v1/questions", q, 422); want != "closes" && want != "expected value" && !strings.Contains(text, want) {
			t.Errorf("%s: %s", want, text)
		}
	}
	if again, err := os.ReadFile(file); err != nil || !bytes.Equal(again, after) {
		t.Errorf("a refused question changed the file: %v", err)
	}
	give := func(question, answer string) string {
		return fmt.Sprintf(`{"question":%q,"person":"heron","reason":"as in %s","confidence":"low",%s}`, question, question, answer)
	}
	must(t, "a pseudonym that the book does not know", b.call("POST", "/api/v1/forecasts", give("new-yes", `"probability":0`), 422), []string{"knows no forecaster"}, nil)
	isNew := func(f string) string { return strings.Replace(f, `"person":`, `"new":true,"person":`, 1) }
	for _, f := range []string{
		isNew(give("new-yes", `"probability":0`)), give("new-pick", `"options":{"a":0.25,"b":0.75}`),
		give("new-number", `"quantiles":[{"p":0.1,"value":"5"},{"p":0.9,"value":"40"}]`),
		give("new-count", `"quantiles":[{"p":0.05,"value":"3"},{"p":0.5,"value":"20"},{"p":0.95,"value":"120"}]`),
		give("new-day", `"quantiles":[{"p":0.1,"value":"`+month(3)+`-15"},{"p":0.5,"value":"`+month(9)+`-01"}]`),
	} {
		must(t, f, b.call("POST", "/api/v1/forecasts", f, 201), []string{`"person":"heron"`, `"people":["heron"]`}, nil)
	}
	list := b.call("GET", "/api/v1/questions", "", 200)
	must(t, "what was forecast", list, []string{`"answer":"a 25%, b 75%"`, `"reason":"as in new-day"`, `"open":true`}, nil)
	for want, f := range map[string]string{
		"sum":                  give("new-pick", `"options":{"a":0.5,"b":0.9}`),
		"b has no":             give("new-pick", `"options":{"a":1}`),
		"2 are given":          give("new-yes", `"probability":0.5,"options":{"a":1}`),
		"no question":          give("nothing", `"probability":0.5`),
		"do not answer":        give("new-yes", `"quantiles":[{"p":0.5,"value":"5"}]`),
		"is not a number":      give("new-number", `"quantiles":[{"p":0.5,"value":"many"}]`),
		"it takes no forecast": strings.Replace(give("resurgence-12", `"probability":0.5`), "heron", "latecomer", 1),
		"no pseudonym":         isNew(strings.Replace(give("new-yes", `"probability":0.5`), "heron", "Heron the Great", 1)),
		"already":              isNew(give("new-yes", `"probability":0.5`)),
		"did you mean":         strings.Replace(give("new-yes", `"probability":0.5`), "heron", "herom", 1),
		"no reason":            strings.Replace(give("new-yes", `"probability":0.5`), "as in new-yes", "  ", 1),
		"0 are given":          give("new-yes", `"probability":null`),
		"rise":                 give("new-number", `"quantiles":[{"p":0.1,"value":"50"},{"p":0.9,"value":"40"}]`),
	} {
		if text := b.call("POST", "/api/v1/forecasts", f, 422); !strings.Contains(text, want) {
			t.Errorf("%q: %s", want, text)
		}
	}
	if b.call("GET", "/api/v1/questions", "", 200) != list {
		t.Error("a refused forecast is in the book")
	}
	must(t, "one forecast", list, nil, []string{`"method"`})
	two := b.call("POST", "/api/v1/forecasts", isNew(strings.Replace(give("new-yes", `"probability":0.5`), "heron", "wren", 1)), 201)
	must(t, "two forecasts together", two, []string{`{"method":"recency-median","answer":"25%"}`, `"method":"extremised"`}, nil)
	must(t, "nothing is answered", b.call("GET", "/api/v1/scores", "", 200), []string{`"questions":0`, `"scores":[]`}, nil)
	// The book outlives a change of the file: what it holds is read as it was asked.
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(text, []byte(`id: "new-yes"`))
	changed := append(text[:at:at], bytes.Replace(text[at:], []byte("kind: \"binary\""), []byte("kind: numeric\n    unit: events\n    range: {low: 0, high: 9}"), 1)...)
	if err := os.WriteFile(file, changed, 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, "one more question", b.call("POST", "/api/v1/questions", ask("one-more", "binary", judge), 201), []string{`"name":"iraq"`}, nil)
	must(t, "a question that changed", b.call("GET", "/api/v1/questions", "", 200), []string{`"kind":"numeric"`, `"changed":true`, `{"method":"recency-median","answer":"25%"}`}, nil)
	must(t, "a forecast of a question that changed", b.call("POST", "/api/v1/forecasts", give("new-yes", `"quantiles":[{"p":0.5,"value":"5"}]`), 422), []string{"is not the one that was forecast before"}, nil)
	// A question that is answered gives scores.
	open1, err := book.Open(t.Context(), place, book.Clock{Now: time.Now, World: true})
	if err != nil {
		t.Fatal(err)
	}
	c, list2 := casefile.Load(os.DirFS(b.folder))
	if c == nil {
		t.Fatal(list2)
	}
	if _, err := open1.Resolve(t.Context(), question.Find(c, "new-pick"), book.Resolution{Outcome: question.Outcome{Status: question.Resolved, Answer: "b"}, Source: "the gazette"}); err != nil {
		t.Fatal(err)
	}
	must(t, "its score", b.call("GET", "/api/v1/scores", "", 200), []string{`"questions":1`, `"person":"heron","kind":"person","questions":1`, `"brier":0.0625`, `"kind":"aggregate"`}, []string{`"crps"`})
	if err := open1.Close(); err != nil {
		t.Fatal(err)
	}
	b.call("POST", "/api/v1/forecasts", give("resurgence-12", `"probability":2`), 422)
	b.call("POST", "/api/v1/forecasts", give("new-yes", `"probability":0.5`), 403, "Origin", "http://elsewhere.example")
	for _, path := range []string{"questions", "forecasts"} {
		b.call("POST", "/api/v1/"+path, `{"rule":"`+strings.Repeat("x", 1<<20)+`"}`, 413)
	}
	b.call("POST", "/api/v1/questions", ask("far", "binary", judge), 403, "Origin", "http://elsewhere.example")
	built := open(t, func(o *workbench.Options) { o.Folder = "" })
	must(t, "a case that is built in", built.call("POST", "/api/v1/questions", ask("far", "binary", judge), 409), []string{"handover new"}, nil)
	built.call("POST", "/api/v1/forecasts", give("new-yes", `"probability":0.5`), 409)
}

// TestTwoServersOneFolder: two workbenches on one case folder lose nothing that either
// was told is saved.
func TestTwoServersOneFolder(t *testing.T) {
	a := open(t, nil)
	b := open(t, func(o *workbench.Options) { o.Folder, o.Files = a.folder, os.DirFS(a.folder) })
	b.folder = a.folder
	now := time.Now().UTC()
	const each = 2
	var all sync.WaitGroup
	for k := range each {
		for i, one := range []*bench{a, b} {
			q := fmt.Sprintf(`{"id":"of-%d-%d","kind":"binary","title":"What?","background":"b","rule":"r","opens":"%s","closes":"%s","resolves":"%s","judge":"j"}`, i, k,
				now.Format("2006-01-02"), now.AddDate(0, 6, 0).Format("2006-01-02"), now.AddDate(1, 0, 0).Format("2006-01-02"))
			all.Go(func() {
				r, err := http.Post(one.URL+"/api/v1/questions", "application/json", strings.NewReader(q))
				if err != nil {
					t.Error(err)
					return
				}
				defer r.Body.Close()
				if r.StatusCode != 201 {
					t.Errorf("%s: %s", q, r.Status)
				}
			})
		}
	}
	all.Wait()
	c, list := casefile.Load(os.DirFS(a.folder))
	if c == nil {
		t.Fatal(list)
	}
	for k := range each {
		for i := range 2 {
			if id := fmt.Sprintf("of-%d-%d", i, k); c.Asked(id) == nil {
				t.Errorf("%s was taken and is not there", id)
			}
		}
	}
}
