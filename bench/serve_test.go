package bench

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"handover/casefile"
	"handover/cases"
	"handover/workbench"
)

// TestServeLoad asks a workbench for what 50 browsers would: each moves a lever,
// reads the stream to its end and moves it again. Nobody may meet an error but
// that of a full workbench, all must get pictures, and memory must stay bounded.
// SERVE_LOAD says for how long, such as 5m; without it the test is skipped.
func TestServeLoad(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("SERVE_LOAD"))
	if err != nil {
		t.Skip("SERVE_LOAD does not say for how long, such as SERVE_LOAD=5m")
	}
	files, _ := cases.Open("iraq")
	c, list := casefile.Load(files)
	if c == nil {
		t.Fatal(list)
	}
	s, err := workbench.New(c, workbench.Options{Files: files, Runs: t.TempDir(), Store: t.TempDir(), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	defer server.Close()
	const clients = 50
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	ctx, stop := context.WithTimeout(context.Background(), length)
	defer stop()
	var mu sync.Mutex
	var first, final []time.Duration
	answered, shed := make([]int, clients), 0
	var most uint64
	var all sync.WaitGroup
	for n := range clients {
		all.Go(func() {
			for turn := 0; ctx.Err() == nil; turn++ {
				body := fmt.Sprintf(`{"page":"p%d","strategies":["A0"],"futures":1000,"draft":{"base":"A3","id":"N1","name":"n","short":"s","description":"d","levers":[{"variable":"enforcement","points":[[0,%.4f]]}]}}`,
					n, float64((n*131+turn*17)%1000)/1000)
				began := time.Now()
				answer, err := client.Post(server.URL+"/api/v1/live", "application/json", strings.NewReader(body))
				if err != nil {
					t.Errorf("client %d: %v", n, err)
					return
				}
				if answer.StatusCode == http.StatusServiceUnavailable {
					_, _ = io.Copy(io.Discard, answer.Body)
					_ = answer.Body.Close()
					mu.Lock()
					shed++
					mu.Unlock()
					time.Sleep(200 * time.Millisecond)
					continue
				}
				head := make([]byte, 1)
				_, err = io.ReadFull(answer.Body, head)
				one := time.Since(began)
				rest, rerr := io.ReadAll(answer.Body)
				_ = answer.Body.Close()
				if err != nil || rerr != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(rest), `"final":true`) {
					t.Errorf("client %d: status %d, %v %v: %.200s", n, answer.StatusCode, err, rerr, rest)
					return
				}
				mu.Lock()
				answered[n]++
				first, final = append(first, one), append(final, time.Since(began))
				mu.Unlock()
			}
		})
	}
	watch := make(chan struct{})
	go func() {
		defer close(watch)
		for ctx.Err() == nil {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
			time.Sleep(500 * time.Millisecond)
		}
	}()
	all.Wait()
	<-watch
	if len(final) == 0 {
		t.Fatal("nobody was answered")
	}
	slices.Sort(first)
	slices.Sort(final)
	at := func(list []time.Duration, p float64) time.Duration {
		return list[int(p*float64(len(list)-1))].Round(time.Millisecond)
	}
	t.Logf("%d answers, %d told to come back; answers a client %d to %d; first picture: median %v, 95th percentile %v; final: %v, %v; heap at most %d MB",
		len(final), shed, slices.Min(answered), slices.Max(answered), at(first, 0.5), at(first, 0.95), at(final, 0.5), at(final, 0.95), most>>20)
	if slices.Min(answered) == 0 {
		t.Error("a client was never answered")
	}
	if most > 3<<30 {
		t.Errorf("the heap grew to %d MB", most>>20)
	}
}
