package workbench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"handover/ensemble"
	"handover/report"
)

// Picture is what the page shows while futures come in.
type Picture struct {
	Done    int  `json:"done" doc:"Futures in the picture."`
	Total   int  `json:"total"`
	Final   bool `json:"final"`
	Elapsed int  `json:"elapsed" doc:"Milliseconds since the request came."`
	// Rate is experiments a second.
	Rate     float64          `json:"rate"`
	Briefing *report.Briefing `json:"briefing"`
}

// streams knows which stream each page has open.
type streams struct {
	sync.Mutex
	open map[string]*stream
}

type stream struct{ cancel context.CancelFunc }

// replace ends the stream that a page has open and begins another.
func (s *streams) replace(ctx context.Context, page string) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	one := &stream{cancel}
	s.Lock()
	defer s.Unlock()
	if s.open == nil {
		s.open = map[string]*stream{}
	}
	if old := s.open[page]; old != nil {
		old.cancel()
	}
	s.open[page] = one
	return ctx, func() {
		cancel()
		s.Lock()
		defer s.Unlock()
		if s.open[page] == one {
			delete(s.open, page)
		}
	}
}

type liveInput struct {
	Body struct {
		Settings
		Page   string `json:"page" minLength:"1" maxLength:"64" doc:"Names the page; a new request of a page ends its older one."`
		Series string `json:"series,omitempty" maxLength:"200" doc:"The series whose fans are drawn."`
		// Without is what the page does not show now: most of a picture's size is in
		// charts further down.
		Without []report.Part `json:"without,omitempty" maxItems:"3" enum:"fans,others,details" doc:"Parts of the briefing that are left out."`
	}
}

// registerLive registers the stream of pictures.
func (s *Server) registerLive(api huma.API) {
	schema := api.OpenAPI().Components.Schemas
	huma.Register(api, huma.Operation{
		OperationID: "live", Method: http.MethodPost, Path: "/api/v1/live", Summary: "Run futures and stream pictures that sharpen",
		Description: "Server-sent events: picture, and problem when the run fails. The last picture has final true and equals what handover run leaves.",
		Errors:      []int{http.StatusUnprocessableEntity, http.StatusServiceUnavailable, http.StatusConflict},
		Responses: map[string]*huma.Response{"200": {Description: "Pictures", Content: map[string]*huma.MediaType{
			"text/event-stream": {Schema: schema.Schema(typeOf[Picture](), true, "Picture")}}}},
		MaxBodyBytes: mostBody,
	}, func(ctx context.Context, q *liveInput) (*huma.StreamResponse, error) {
		came := time.Now()
		request, live, key, err := s.resolve(q.Body.Settings)
		if err != nil {
			return nil, err
		}
		if !hasSeries(request, q.Body.Series) {
			return nil, huma.Error422UnprocessableEntity(fmt.Sprintf("the case has no series %q", q.Body.Series))
		}
		place, err := s.admit(ctx)
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(h huma.Context) {
			defer place.leave()
			ctx, end := s.streams.replace(h.Context(), q.Body.Page)
			defer end()
			_, w := humago.Unwrap(h)
			w.Header().Set("Content-Type", "text/event-stream")
			send := sender(w)
			show := func(p *ensemble.Picture) error {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				briefing, err := report.NewBriefing(request.Case, p.Summary, report.Selection{Series: q.Body.Series, Without: q.Body.Without})
				if err != nil {
					return err
				}
				elapsed := time.Since(came)
				if p.Final() {
					s.results.keep(key, result{request.Case, p})
				}
				err = send("picture", Picture{Done: p.Done, Total: p.Total, Final: p.Final(), Elapsed: int(elapsed.Milliseconds()), Briefing: briefing,
					Rate: float64(p.Done*len(p.Summary.Strategies)) / elapsed.Seconds()})
				if err != nil || p.Final() {
					return err
				}
				return place.yield(ctx)
			}
			var err error
			if found, ok := s.results.find(key); ok {
				err = show(found.picture)
			} else {
				err = live.Run(ctx, request, show)
			}
			if err != nil && !errors.Is(err, context.Canceled) {
				_ = send("problem", map[string]string{"detail": err.Error()}) // the page may be gone
			}
		}}, nil
	})
}

func hasSeries(r ensemble.Request, id string) bool {
	for _, one := range r.Case.Series {
		if one.ID == id {
			return true
		}
	}
	return id == ""
}

// sender writes server-sent events; a page that does not read is given up.
func sender(w http.ResponseWriter) func(name string, data any) error {
	control := http.NewResponseController(w)
	return func(name string, data any) error {
		var b bytes.Buffer
		fmt.Fprintf(&b, "event: %s\ndata: ", name)
		if err := json.NewEncoder(&b).Encode(data); err != nil { // one line
			return err
		}
		b.WriteByte('\n')
		if err := control.SetWriteDeadline(time.Now().Add(writeTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		if _, err := w.Write(b.Bytes()); err != nil {
			return err
		}
		return control.Flush()
	}
}
