package workbench

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"

	"handover/evidence"
	"handover/evidence/change"
	"handover/evidence/indicator"
	"handover/evidence/page"
	"handover/evidence/store"
	"handover/reference"
	"handover/report"
)

// built holds what "npm run build" in web makes of the page's source.
//
//go:embed assets
var built embed.FS

// pages keeps what takes long to make and changes with the case alone.
type pages struct {
	sync.Mutex
	reference *Model
	counted   *counted
	bulletins map[bulletinKey]*Bulletin
}

// forget drops what rests on an older case.
func (p *pages) forget() {
	p.Lock()
	defer p.Unlock()
	p.reference, p.counted, p.bulletins = nil, nil, nil
}

// counted are the counts of a case's events.
type counted struct {
	store    *store.Store
	series   []*indicator.Series
	assessed []*change.Assessment
}

// count counts the events of the case; without a store, its own tables.
func (s *Server) count(ctx context.Context) (*counted, error) {
	s.pages.Lock()
	defer s.pages.Unlock()
	if s.pages.counted != nil {
		return s.pages.counted, nil
	}
	c, _ := s.current()
	n := &counted{}
	events, err := store.Open(s.o.Store)
	switch {
	case errors.Is(err, store.ErrNone):
	case err != nil:
		return nil, err
	case events.Case != c.Name:
		return nil, fmt.Errorf("the store of events holds those of the case %s, not %s", events.Case, c.Name)
	default:
		n.store = events
	}
	if n.series, err = indicator.Build(ctx, c, n.store); err != nil {
		return nil, err
	}
	for _, one := range n.series {
		var a *change.Assessment
		if _, ok := one.CutOff(); ok {
			found := change.Assess(one.Counts())
			a = &found
		}
		n.assessed = append(n.assessed, a)
	}
	s.pages.counted = n
	return n, nil
}

// from is the first month that timelines show.
var from = evidence.NewMonth(2004, 1)

// evidencePage writes the page of events and claims.
func (s *Server) evidencePage(ctx context.Context) ([]byte, error) {
	n, err := s.count(ctx)
	if err != nil {
		return nil, err
	}
	c, _ := s.current()
	var b bytes.Buffer
	err = page.Write(&b, page.Content{Case: c, Store: n.store, Series: n.series, Assessed: n.assessed, From: from})
	return b.Bytes(), err
}

// page serves the files of the page and the documents that it frames.
func (s *Server) page() (http.Handler, error) {
	files, err := fs.Sub(built, "assets")
	if err != nil {
		return nil, err
	}
	looks, err := report.Stylesheet()
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			problem(w, http.StatusMethodNotAllowed, "pages can be read, and nothing else")
			return
		}
		name := strings.TrimPrefix(r.URL.Path, "/")
		var body []byte
		var err error
		kind := map[string]string{".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".woff2": "font/woff2", ".svg": "image/svg+xml"}[path.Ext(name)]
		switch {
		case name == "":
			kind = "text/html; charset=utf-8"
			body, err = fs.ReadFile(files, "index.html")
		case name == "evidence.html":
			w.Header().Set("Content-Security-Policy", framed)
			body, err = s.evidencePage(r.Context())
			if err != nil {
				problem(w, http.StatusInternalServerError, err.Error())
				return
			}
		case strings.HasPrefix(name, "preview/"):
			w.Header().Set("Content-Security-Policy", framed)
			var ok bool
			if body, ok = s.previews.find(r.URL.Path); !ok {
				err = fs.ErrNotExist
			}
		case name == "looks.css":
			body = []byte(looks)
		case strings.HasPrefix(name, "fonts/"):
			body, err = report.Font(path.Base(name))
		case kind != "" && name != "LICENSES.txt" && fs.ValidPath(name):
			body, err = fs.ReadFile(files, name)
		default:
			err = fs.ErrNotExist
		}
		if err != nil {
			problem(w, http.StatusNotFound, fmt.Sprintf("there is no page at %.200q", r.URL.Path))
			return
		}
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(body) // the reader may be gone
	}), nil
}

// Model is the reference of the case's model.
type Model struct {
	Title   string        `json:"title"`
	Sectors []ModelSector `json:"sectors"`
	// Center is the variable whose loops are listed.
	Center string      `json:"center"`
	Loops  []ModelLoop `json:"loops"`
}

// ModelSector is a part of the model.
type ModelSector struct {
	Name      string          `json:"name"`
	Diagram   string          `json:"diagram" doc:"Inline SVG of its stocks and flows."`
	Variables []ModelVariable `json:"variables"`
}

// ModelVariable is a variable as a reader sees it.
type ModelVariable struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Kind      string   `json:"kind"`
	Units     string   `json:"units"`
	Over      []string `json:"over,omitempty" doc:"Dimensions."`
	Meaning   string   `json:"meaning"`
	Source    string   `json:"source"`
	Label     string   `json:"label"`
	Tier      string   `json:"tier"`
	Bounds    string   `json:"bounds,omitempty"`
	Equations []string `json:"equations"`
	Uses      []string `json:"uses" doc:"Ids."`
	UsedBy    []string `json:"used_by" doc:"Ids."`
}

// ModelLoop is a feedback loop.
type ModelLoop struct {
	Name     string      `json:"name"`
	Kind     string      `json:"kind" enum:"R,B,?"`
	Sentence string      `json:"sentence"`
	Steps    []ModelLink `json:"steps"`
}

// ModelLink is a step of a loop.
type ModelLink struct {
	From string `json:"from"`
	To   string `json:"to"`
	Sign string `json:"sign"`
}

// mostLoops is how many loops are shown at once.
const mostLoops = 5

func (p *pages) model(s *Server) (*Model, error) {
	p.Lock()
	defer p.Unlock()
	if p.reference != nil {
		return p.reference, nil
	}
	c, _ := s.current()
	r, err := reference.New(c.Model, "", s.o.Version)
	if err != nil {
		return nil, err
	}
	m := &Model{Title: r.Title(), Sectors: []ModelSector{}, Loops: []ModelLoop{}}
	for _, sector := range r.Sectors {
		one := ModelSector{Name: sector.Name, Diagram: string(r.Diagram(sector)), Variables: []ModelVariable{}}
		for _, e := range sector.Entries {
			v := ModelVariable{ID: e.ID, Name: e.Name, Kind: e.Kind.String(), Units: e.Units, Over: e.Dimensions, Meaning: e.Documentation,
				Source: e.Provenance.Source, Label: e.Provenance.Label, Tier: e.Provenance.Tier, Bounds: e.Bounds(),
				Equations: []string{}, Uses: []string{}, UsedBy: []string{}}
			for q := range e.AllEquations() {
				text := r.Text(q)
				if of := reference.Of(q); of != "" {
					text = of + ": " + text
				}
				v.Equations = append(v.Equations, text)
			}
			for _, u := range e.Uses {
				v.Uses = append(v.Uses, u.ID)
			}
			for _, u := range e.UsedBy {
				v.UsedBy = append(v.UsedBy, u.ID)
			}
			one.Variables = append(one.Variables, v)
		}
		m.Sectors = append(m.Sectors, one)
	}
	if r.Center != nil {
		m.Center = r.Center.Name
	}
	for _, l := range r.Loops[:min(mostLoops, len(r.Loops))] {
		m.Loops = append(m.Loops, describeLoop(l))
	}
	p.reference = m
	return m, nil
}

// describeLoop says a loop in a sentence.
func describeLoop(l reference.Loop) ModelLoop {
	one := ModelLoop{Name: l.Name, Kind: l.Kind, Steps: []ModelLink{}}
	var b strings.Builder
	for i, link := range l.Links {
		one.Steps = append(one.Steps, ModelLink{link.From.Name, link.To.Name, link.Sign})
		word := map[string]string{"+": "raises", "-": "lowers"}[link.Sign]
		if word == "" {
			word = "acts on"
		}
		if i == 0 {
			fmt.Fprintf(&b, "More %s %s %s", link.From.Name, word, link.To.Name)
		} else {
			fmt.Fprintf(&b, ", which %s %s", word, link.To.Name)
		}
	}
	end := map[string]string{"R": "the change feeds itself", "B": "the change is held back"}[l.Kind]
	if end == "" {
		end = "which way it turns depends on the state"
	}
	one.Sentence = b.String() + ": " + end + ". Each step is for a rise of what is named before it."
	return one
}
