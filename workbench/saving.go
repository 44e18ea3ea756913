package workbench

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"handover/casefile"
	"handover/ensemble"
	"handover/lockfile"
	"handover/report"
)

type draftInput struct{ Body Draft }

// saveStrategy adds a draft to strategies.yaml, whose other lines stay as they
// are, and goes on with the case as it then is.
func (s *Server) saveStrategy(ctx context.Context, q *draftInput) (*answer[*Case], error) {
	return s.add(ctx, func(c *casefile.Case) (casefile.Strategy, error) {
		if c.Strategy(q.Body.Base) == nil {
			if plan := s.foundPlan(c, q.Body.Base); plan != nil {
				drafted, err := s.drafts.with(c, *plan)
				if err != nil {
					return casefile.Strategy{}, err
				}
				c = drafted
			}
		}
		return q.Body.strategy(c)
	})
}

// cannotWrite is what a page of a built-in case is told.
const cannotWrite = "the case is built into the program and cannot be written to; make a copy with \"handover new\" and serve that"

// add adds a strategy to the case folder and goes on with the case as it then is.
func (s *Server) add(ctx context.Context, made func(*casefile.Case) (casefile.Strategy, error)) (*answer[*Case], error) {
	return s.extend(ctx, casefile.StrategiesName, func() ([]byte, *casefile.Case, error) {
		c, _ := s.current()
		strategy, err := made(c)
		if err != nil {
			return nil, nil, err
		}
		text, after, list := casefile.Append(s.o.Files, strategy)
		if after == nil {
			return nil, nil, problems(list)
		}
		return text, after, nil
	})
}

// extend replaces a file of the case folder by a longer text, which is made of the
// folder as it is while no other process may change it, and goes on with the case
// as it then is.
func (s *Server) extend(ctx context.Context, name string, made func() ([]byte, *casefile.Case, error)) (*answer[*Case], error) {
	if s.o.Folder == "" {
		return nil, huma.Error409Conflict(cannotWrite)
	}
	s.saving.Lock()
	defer s.saving.Unlock()
	release, err := holdFolder(ctx, s.o.Folder)
	if err != nil {
		return nil, err
	}
	defer release()
	text, after, err := made()
	if err != nil {
		return nil, err
	}
	if err := writeFile(s.o.Folder, name, func(w io.Writer) error { _, err := w.Write(text); return err }); err != nil {
		return nil, huma.Error500InternalServerError(fmt.Sprintf("nothing was saved, and %s is as it was: %v", name, err))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.c, s.live = after, ensemble.NewLive(after)
	s.pages.forget()
	return &answer[*Case]{describe(after, true)}, nil
}

// How long a request waits for another process that changes the case folder, and
// how often it looks.
const (
	folderTime = 20 * time.Second
	folderLook = 20 * time.Millisecond
)

// holdFolder keeps other processes that ask for the same from changing a case
// folder until release is called. The lock is on the one file that every case has
// and that is never written anew by the program.
func holdFolder(ctx context.Context, folder string) (release func(), err error) {
	f, err := os.Open(filepath.Join(folder, casefile.SettingsName))
	if err != nil {
		return nil, huma.Error500InternalServerError(fmt.Sprintf("nothing was saved: %v", withoutPath(err)))
	}
	ctx, over := context.WithTimeout(ctx, folderTime)
	defer over()
	for {
		err := lockfile.Take(f)
		if err == nil {
			return func() { _ = f.Close() }, nil
		}
		if errors.Is(err, lockfile.ErrTaken) {
			select {
			case <-time.After(folderLook):
				continue
			case <-ctx.Done():
				err = errors.New("another process is changing the case folder; try again in a moment")
			}
		}
		_ = f.Close()
		return nil, huma.Error503ServiceUnavailable("nothing was saved: " + err.Error())
	}
}

type reportInput struct {
	Body struct {
		Settings
		Purpose string `json:"purpose,omitempty" maxLength:"500" doc:"Printed on the report. Without it, forecasts for single places are withheld."`
	}
}

// framed is the policy of pages that the workbench shows inside its own: they
// carry a stricter one of their own, which names the hash of their script.
const framed = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// Preview says where a preview of a report can be read.
type Preview struct {
	Address string `json:"address" doc:"A path of this server, readable until a few more previews were made."`
}

// previews keeps the last previews, by path.
type previews struct {
	sync.Mutex
	pages map[string][]byte
	order []string
}

// mostPreviews is how many previews are kept; each has a megabyte or two.
const mostPreviews = 4

func (p *previews) keep(path string, page []byte) {
	p.Lock()
	defer p.Unlock()
	if p.pages == nil {
		p.pages = map[string][]byte{}
	}
	if _, ok := p.pages[path]; !ok {
		p.order = append(p.order, path)
	}
	p.pages[path] = page
	if len(p.order) > mostPreviews {
		delete(p.pages, p.order[0])
		p.order = slices.Clone(p.order[1:])
	}
}

func (p *previews) find(path string) ([]byte, bool) {
	p.Lock()
	defer p.Unlock()
	page, ok := p.pages[path]
	return page, ok
}

func (s *Server) previewReport(ctx context.Context, q *reportInput) (*answer[*Preview], error) {
	one, err := s.computed(ctx, q.Body.Settings)
	if err != nil {
		return nil, err
	}
	page, err := report.Page(one.c, one.picture.Summary, report.Options{Purpose: q.Body.Purpose})
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(page)
	path := "/preview/" + hex.EncodeToString(sum[:12]) + ".html"
	s.previews.keep(path, page)
	return &answer[*Preview]{&Preview{path}}, nil
}

// Saved says where a report lies.
type Saved struct {
	Run string `json:"run" doc:"The id of the run."`
	// File is the report, from the folder of runs on.
	File string `json:"file"`
}

// saveReport does what handover run does: the run with its files and report.
func (s *Server) saveReport(ctx context.Context, q *reportInput) (*answer[*Saved], error) {
	if q.Body.Draft != nil {
		return nil, huma.Error409Conflict("the futures hold a strategy that is not saved, and a report must rest on a case that others can read; save the strategy first")
	}
	request, _, _, err := s.resolve(q.Body.Settings)
	if err != nil {
		return nil, err
	}
	if c, _ := s.current(); request.Case.Hash != c.Hash {
		return nil, huma.Error409Conflict("the futures hold a plan that a search found and that is not saved; save it as a strategy first")
	}
	place, err := s.admit(ctx)
	if err != nil {
		return nil, err
	}
	defer place.leave()
	s.saving.Lock()
	defer s.saving.Unlock()
	folder, summary, err := ensemble.Start(ctx, request, s.o.Runs, nil)
	if err != nil {
		return nil, failure(err)
	}
	page, err := report.Page(request.Case, summary, report.Options{Purpose: q.Body.Purpose})
	if err != nil {
		return nil, err
	}
	const name = "report.html"
	if err := writeFile(folder, name, func(w io.Writer) error { _, err := w.Write(page); return err }); err != nil {
		return nil, huma.Error500InternalServerError(fmt.Sprintf("the report was not saved: %v", err))
	}
	return &answer[*Saved]{&Saved{Run: summary.Manifest.Run, File: filepath.ToSlash(filepath.Join(summary.Manifest.Case, summary.Manifest.Run, name))}}, nil
}

// writeFile writes a file of a folder so that the name holds the old file or
// the whole new one, at any moment and after a crash.
func writeFile(folder, name string, fill func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(folder, ".tmp-"+name+"-*")
	if err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return fill(f) },
		func() error { return f.Chmod(0o644) },
		f.Sync,
		f.Close,
		func() error { return os.Rename(f.Name(), filepath.Join(folder, name)) },
	} {
		if err := step(); err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
			return err
		}
	}
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
