package workbench_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"handover/casefile"
	"handover/cases"
	"handover/programme"
	"handover/workbench"
)

// hostile is what an enemy would write into a text field: the ends of all places
// a text is put in, and things that run.
const hostile = `</script></style></title></textarea>--><img src=x onerror="window.broken=1"><svg onload="window.broken=1"></svg>'"&lt;{{1+1}}`

// texts are the fields of a case that are for readers and may hold any words.
var texts = regexp.MustCompile(`^(actors\.(actors|groups)\[\]\.(name|source)|case\.(hindcast|limits\[\]|question|title|sources\[\]\.(name|used|licence))|checks\.checks\[\]\.(name|source)|` +
	`claims\.claims\[\]\.(who|words|source|definitions\[\]\.name)|evidence\.indicators\[\]\.name|outcomes\.(maps|series)\[\]\.name|outcomes\.series\[\]\.threshold\.name|` +
	`outcomes\.outcomes\[\]\.(name|definition|event\.name)|questions\.questions\[\]\.(title|background|rule|source|options\[\]\.name)|` +
	`strategies\.strategies\[\]\.(name|short|description|gates\[\]\.meaning|variables\[\]\.meaning)|uncertainties\.(uncertainties\[\]\.(title|source|options\[\]\.name)|correlations\[\]\.source))$`)

// poisoned writes the Iraq case with hostile text in every field for readers, and
// says how many fields there were.
func poisoned(t *testing.T, folder string) int {
	t.Helper()
	files, _ := cases.Open("iraq")
	if err := casefile.Write(files, folder); err != nil {
		t.Fatal(err)
	}
	count := 0
	var poison func(path string, v any) any
	poison = func(path string, v any) any {
		switch v := v.(type) {
		case yaml.MapSlice:
			for i := range v {
				v[i].Value = poison(path+"."+fmt.Sprint(v[i].Key), v[i].Value)
			}
		case []any:
			for i := range v {
				v[i] = poison(path+"[]", v[i])
			}
		case string:
			if texts.MatchString(path) {
				count++
				return v + hostile
			}
		}
		return v
	}
	names, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil || len(names) < 5 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var m yaml.MapSlice
		if err := yaml.UnmarshalWithOptions(text, &m, yaml.UseOrderedMap()); err != nil {
			t.Fatal(name, err)
		}
		text, err = yaml.Marshal(poison(strings.TrimSuffix(filepath.Base(name), ".yaml"), m))
		if err != nil {
			t.Fatal(name, err)
		}
		if err := os.WriteFile(name, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	model := filepath.Join(folder, "model.xmile")
	text, err := os.ReadFile(model)
	if err != nil {
		t.Fatal(err)
	}
	escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(hostile)
	count += strings.Count(string(text), "</doc>")
	if err := os.WriteFile(model, []byte(strings.ReplaceAll(string(text), "</doc>", escaped+"</doc>")), 0o644); err != nil {
		t.Fatal(err)
	}
	return count
}

// TestScriptInEveryText serves a case with hostile text in every field. What the
// page puts into its tree as it is may not hold a tag that the text brought; all
// else is text there. HOSTILE_CASE names a folder to leave the case in, for the
// test in a browser.
func TestScriptInEveryText(t *testing.T) {
	folder := os.Getenv("HOSTILE_CASE")
	if folder == "" {
		folder = filepath.Join(t.TempDir(), "hostile")
	}
	if count := poisoned(t, folder); count < 300 {
		t.Errorf("%d fields were poisoned; the case has more", count)
	}
	c, list := casefile.Load(os.DirFS(folder))
	if c == nil {
		t.Fatal(list)
	}
	runs := t.TempDir()
	s, err := workbench.New(c, workbench.Options{Files: os.DirFS(folder), Folder: folder, Runs: runs, Store: t.TempDir(), Version: "test",
		Ledger: func(_ context.Context, c *casefile.Case) (*programme.Ledger, error) {
			l, list := programme.Shipped(c)
			return l, list.Err()
		}})
	if err != nil {
		t.Fatal(err)
	}
	b := serve(t, s, c, folder, runs)
	few := `{"strategies":["A3"],"futures":64`
	var preview workbench.Preview
	if err := json.Unmarshal([]byte(b.call("POST", "/api/v1/report/preview", few+`,"purpose":"a test"}`, 200)), &preview); err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"/evidence.html", preview.Address} {
		text := b.call("GET", page, "", 200)
		for _, tag := range []string{"<img src=x", "<svg onload", "</textarea>"} {
			if at := strings.Index(text, tag); at >= 0 {
				t.Errorf("%s: %s", page, text[max(0, at-200):at+80])
			}
		}
	}
	seen := 0
	for name, text := range map[string]string{
		"case": b.call("GET", "/api/v1/case", "", 200), "model": b.call("GET", "/api/v1/model", "", 200), "watch": b.call("GET", "/api/v1/watch", "", 200),
		"bulletin": b.call("GET", "/api/v1/bulletin?futures=40", "", 200), "questions": b.call("GET", "/api/v1/questions", "", 200),
		"briefing": b.call("POST", "/api/v1/briefing", few+"}", 200),
		"maps":     b.call("POST", "/api/v1/maps", few+`,"map":"vacuum","month":12}`, 200),
		"plans":    b.call("POST", "/api/v1/plans", few+`,"outcome":"resurgence","strategy":"A3"}`, 200),
	} {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(name, err)
		}
		var walk func(key string, v any)
		walk = func(key string, v any) {
			switch v := v.(type) {
			case map[string]any:
				for k, x := range v {
					walk(k, x)
				}
			case []any:
				for _, x := range v {
					walk(key, x)
				}
			case string:
				if strings.Contains(v, "<img") {
					seen++
					if slices.Contains(raw, strings.ToLower(key)) {
						t.Errorf("%s: %s holds a tag: %.300s", name, key, v)
					}
				}
			}
		}
		walk("", v)
	}
	if seen < 100 {
		t.Errorf("the hostile text was seen %d times: the test looks past it", seen)
	}
}

// raw are the fields that the page puts into its tree as they are.
var raw = []string{"mark", "ruler", "diagram", "drawing"}

// The page takes nothing else as it is.
func TestThePageTakesMarksAloneAsTheyAre(t *testing.T) {
	found := 0
	err := filepath.WalkDir("../web/workbench/src", func(path string, d os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".svelte") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range regexp.MustCompile(`\{@html ([^}]*)\}`).FindAllStringSubmatch(string(text), -1) {
			found++
			if _, field, ok := strings.Cut(m[1], "."); !ok || !slices.Contains(raw, strings.ToLower(field)) {
				t.Errorf("%s takes %s as it is", path, m[1])
			}
		}
		if strings.Contains(string(text), "innerHTML") {
			t.Errorf("%s sets innerHTML", path)
		}
		return nil
	})
	if err != nil || found == 0 {
		t.Fatal("no page's source:", err)
	}
}

// Clients that are slow in every way are answered or let go, and others are served
// meanwhile.
func TestSlowClients(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for timeouts")
	}
	files, _ := cases.Open("iraq")
	c, _ := casefile.Load(files)
	s, err := workbench.New(c, workbench.Options{Files: files, Runs: t.TempDir(), Store: t.TempDir(), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l) }()
	defer func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	dial := func(text string) net.Conn {
		slow, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(slow, text); err != nil {
			t.Fatal(err)
		}
		return slow
	}
	host := "Host: localhost\r\n"
	began := time.Now()
	clients := map[string]net.Conn{
		"half a header":       dial("GET / HTTP/1.1\r\n" + host + "X-"),
		"half a body":         dial("POST /api/v1/briefing HTTP/1.1\r\n" + host + "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"strategies\":"),
		"a body without end":  dial("POST /api/v1/briefing HTTP/1.1\r\n" + host + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"),
		"a body on a page":    dial("POST /index.html HTTP/1.1\r\n" + host + "Content-Length: 1000\r\n\r\nx"),
		"two lengths":         dial("POST /api/v1/briefing HTTP/1.1\r\n" + host + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
		"a length and chunks": dial("POST /api/v1/briefing HTTP/1.1\r\n" + host + "Connection: close\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
		"no host":             dial("GET /api/v1/case HTTP/1.1\r\n\r\n"),
		"another protocol":    dial("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
	}
	// Many that say nothing at all.
	var silent []net.Conn
	for range 200 {
		silent = append(silent, dial(""))
	}
	answer, err := http.Get("http://" + l.Addr().String() + "/api/v1/case")
	if err != nil || answer.StatusCode != 200 {
		t.Fatalf("another client: %v", err)
	}
	_ = answer.Body.Close()
	for name, slow := range clients {
		_ = slow.SetReadDeadline(began.Add(40 * time.Second))
		r, err := http.ReadResponse(bufio.NewReader(slow), nil)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			t.Errorf("%s: neither answered nor let go after %v", name, time.Since(began).Round(time.Second))
		case err == nil && r.StatusCode < 400:
			t.Errorf("%s: status %d", name, r.StatusCode)
		}
		if err == nil {
			_ = r.Body.Close()
		}
		_ = slow.Close()
	}
	for _, slow := range silent {
		_ = slow.SetReadDeadline(began.Add(40 * time.Second))
		if _, err := io.ReadAll(slow); err != nil {
			t.Fatalf("a silent client was not let go after %v: %v", time.Since(began).Round(time.Second), err)
		}
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("the last one was let go after %v", took)
	}
}

// A reader who does not read holds up nobody, and its place is given back when it
// goes.
func TestAReaderWhoDoesNotRead(t *testing.T) {
	b := open(t, nil)
	body := `{"page":"%s","futures":4096,"strategies":["A0"]}`
	for n := range 3 {
		slow, err := net.Dial("tcp", strings.TrimPrefix(b.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = slow.Close() }()
		text := fmt.Sprintf(body, fmt.Sprint("slow", n))
		if _, err := fmt.Fprintf(slow, "POST /api/v1/live HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(text), text); err != nil {
			t.Fatal(err)
		}
	}
	if done, _ := b.pictures(fmt.Sprintf(body, "quick")); len(done) == 0 || done[len(done)-1] != 4096 {
		t.Errorf("another reader saw pictures after %v", done)
	}
}
