package workbench

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// policy lets the page's own files run and nothing else. Charts set styles of
// single elements, which is why attributes may; style elements may not.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; " +
	"font-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// guard refuses requests that did not come from a page of this server, or that
// reached it under a foreign name (DNS rebinding), and bounds the rest.
func guard(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusForbidden, "the request comes from a page of another origin; open the workbench at its own address")
	}))
	inner := cross.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Cache-Control", "no-store")
		if !loopback(r.Host) {
			problem(w, http.StatusMisdirectedRequest, "the workbench answers at localhost alone")
			return
		}
		// A foreign page may not read either, whatever the method.
		if origin := r.Header.Get("Origin"); origin != "" && origin != "http://"+r.Host {
			problem(w, http.StatusForbidden, "the request comes from a page of another origin; open the workbench at its own address")
			return
		}
		if site := r.Header.Get("Sec-Fetch-Site"); strings.HasPrefix(r.URL.Path, "/api/") && site != "" && site != "same-origin" && site != "none" {
			problem(w, http.StatusForbidden, "the request comes from a page of another site; open the workbench at its own address")
			return
		}
		if r.ContentLength > mostBody {
			problem(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the body has %d bytes; at most %d are read", r.ContentLength, mostBody))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, mostBody)
		inner.ServeHTTP(w, r)
	})
}

// loopback says whether a Host header names this machine.
func loopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	name = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSuffix(name, "]"), "["), "."))
	if name == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(name)
	return err == nil && address.Unmap().IsLoopback()
}

// problem answers with problem details (RFC 9457).
func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"title": http.StatusText(status), "status": status, "detail": detail})
}

// place is a place among the requests that compute or wait in line to compute.
type place struct {
	s *Server
	// computes says that it is one of the few that compute.
	computes bool
}

// admit takes a place among the requests that compute or wait, and then waits in
// line for one that computes: few at once, so that each is soon done and memory
// stays bounded. The error is an answer for the page.
func (s *Server) admit(ctx context.Context) (*place, error) {
	select {
	case s.busy <- struct{}{}:
	default:
		return nil, huma.Error503ServiceUnavailable(s.overloaded())
	}
	p := &place{s: s}
	inTime, cancel := context.WithTimeout(ctx, lineTime)
	defer cancel()
	if err := p.wait(inTime); err != nil {
		p.leave()
		if ctx.Err() == nil {
			return nil, huma.Error503ServiceUnavailable(s.overloaded())
		}
		return nil, failure(err)
	}
	return p, nil
}

// wait waits in line, first come, first served.
func (p *place) wait(ctx context.Context) error {
	select {
	case p.s.slots <- struct{}{}:
		p.computes = true
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// yield goes to the end of the line, so that others see a first picture before
// this one's is made sharper.
func (p *place) yield(ctx context.Context) error {
	<-p.s.slots
	p.computes = false
	return p.wait(ctx)
}

// leave gives the place back.
func (p *place) leave() {
	if p.computes {
		<-p.s.slots
	}
	<-p.s.busy
}

// overloaded is what a request is told that was not admitted.
func (s *Server) overloaded() string {
	return fmt.Sprintf("the workbench has %d requests to answer already and has reached its limit; nothing is lost, ask again in a moment", len(s.busy))
}
