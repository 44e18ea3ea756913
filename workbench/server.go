// Package workbench serves the page on which an analyst works: an HTTP API over
// one case, with ensembles that run in memory and stream pictures that sharpen,
// and the page that uses it. It is for one machine: it answers on loopback
// alone, to pages of its own alone, and reads and writes nothing outside the
// case folder, the folder of runs and the store of events.
package workbench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"handover/casefile"
	"handover/ensemble"
	"handover/forecast/book"
	"handover/programme"
)

// Options say what a server serves.
type Options struct {
	// Files is the case folder; Folder is where it lies, empty for a case that is
	// built in and cannot be written to.
	Files  fs.FS
	Folder string
	// Runs is the folder in which reports are saved, Store that of the case's
	// events.
	Runs, Store string
	// Searches is the folder of what searches for plans have found; empty for none.
	Searches string
	// Ledger reads the ledger of a case's programme, nil for a case without one. The
	// function may be nil.
	Ledger func(context.Context, *casefile.Case) (*programme.Ledger, error)
	// Book opens the book of forecasts, made when there is none if that is asked for,
	// else with book.ErrNone. The function may be nil. BookPlace is where the book is,
	// as it may be shown.
	Book      func(ctx context.Context, made bool) (*book.Book, error)
	BookPlace string
	// Version is that of the program.
	Version string
	// Most is how many requests may compute or wait at once; others are told to
	// come back. 0 means 32 a processor.
	Most int
}

// Bounds on a request.
const (
	mostBody    = 256 << 10
	headerTime  = 5 * time.Second
	bodyTime    = 10 * time.Second
	idleTime    = 2 * time.Minute
	writeTime   = 30 * time.Second // of a part of a stream
	answerTime  = 2 * time.Minute
	lineTime    = 20 * time.Second
	mostHeaders = 32 << 10
)

// Server serves one case. It is made by New.
type Server struct {
	o    Options
	live *ensemble.Live
	// saving keeps two requests from writing at once.
	saving sync.Mutex
	// busy has a token for each request that may compute or wait.
	busy chan struct{}
	// slots has a token for each that computes.
	slots    chan struct{}
	drafts   drafts
	results  results
	streams  streams
	pages    pages
	previews previews
	handler  http.Handler

	mu sync.RWMutex
	c  *casefile.Case
}

// New makes the server of a checked case.
func New(c *casefile.Case, o Options) (*Server, error) {
	if o.Most == 0 {
		o.Most = 32 * runtime.GOMAXPROCS(0)
	}
	s := &Server{o: o, c: c, live: ensemble.NewLive(c), busy: make(chan struct{}, o.Most), slots: make(chan struct{}, min(o.Most, 2*runtime.GOMAXPROCS(0)))}
	mux := http.NewServeMux()
	config := huma.DefaultConfig("Handover workbench", "1")
	config.Info.Description = "What the page of handover serve asks for. Times are months from the case's base date; probabilities are between 0 and 1."
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "/api/v1/openapi", "", ""
	config.CreateHooks = nil
	s.register(humago.New(mux, config))
	page, err := s.page()
	if err != nil {
		return nil, err
	}
	mux.Handle("/", page)
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		problem(w, http.StatusNotFound, fmt.Sprintf("there is nothing at %.200q; /api/v1/openapi.json lists what there is", r.URL.Path))
	})
	s.handler = guard(mux)
	return s, nil
}

// Handler answers requests.
func (s *Server) Handler() http.Handler { return s.handler }

// current is the case as it is now: saving a strategy changes it.
func (s *Server) current() (*casefile.Case, *ensemble.Live) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.c, s.live
}

// Serve answers on a listener, which must be on loopback, until ctx ends, and
// then gives requests under way a moment.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if a, ok := l.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
		_ = l.Close()
		return fmt.Errorf("%s is not on loopback; the workbench has no passwords and answers this machine alone", l.Addr())
	}
	base, stop := context.WithCancel(context.Background())
	defer stop()
	server := &http.Server{
		Handler: s.handler, ReadHeaderTimeout: headerTime, ReadTimeout: bodyTime, WriteTimeout: answerTime, IdleTimeout: idleTime,
		MaxHeaderBytes: mostHeaders, BaseContext: func(net.Listener) context.Context { return base },
		// Clients that go away are no news to the reader of the terminal.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	// What the page opens on is on its way before the page asks.
	go func() { _, _ = s.computed(base, Settings{}) }() // the page hears of what fails
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	stop() // streams end at once
	grace, over := context.WithTimeout(context.Background(), 2*time.Second)
	defer over()
	if err := server.Shutdown(grace); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return server.Close()
}
