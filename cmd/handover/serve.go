package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"

	"handover/casefile"
	"handover/forecast/book"
	"handover/programme"
	"handover/workbench"
)

// serveVerb opens the workbench.
type serveVerb struct {
	Case     string `arg:"" optional:"" help:"A built-in case or a case folder (default ${default})." default:"iraq" predictor:"case"`
	Port     int    `help:"The port to answer at; a free one when left out." placeholder:"N"`
	Open     bool   `help:"Open the page in the browser."`
	Runs     string `help:"The folder that holds results (default ${default})." default:"runs" placeholder:"DIR" predictor:"folder"`
	Searches string `help:"The folder that holds searches for plans (default ${default})." default:"searches" placeholder:"DIR" predictor:"folder"`
	Store    string `help:"The folder of the store of events; store/NAME-OF-THE-CASE when left out." placeholder:"DIR" predictor:"folder"`
	ledgerFlag
	bookFlag
}

// Validate checks what kong's types cannot.
func (v *serveVerb) Validate() error {
	if v.Port < 0 || v.Port > 65535 {
		return fmt.Errorf("--port must be from 1 to 65535, and is %d", v.Port)
	}
	return nil
}

// Run serves until it is interrupted.
func (v *serveVerb) Run(to streams) error {
	from, err := findCase(v.Case, to.err)
	if err != nil {
		return err
	}
	c, err := from.load(to.err)
	if err != nil {
		return err
	}
	o := workbench.Options{Files: from.files, Runs: v.Runs, Searches: v.Searches, Store: storeFolder(v.Store, c), Version: version}
	o.Ledger = func(ctx context.Context, c *casefile.Case) (*programme.Ledger, error) {
		return v.watched(ctx, c, io.Discard)
	}
	o.Book = func(ctx context.Context, made bool) (*book.Book, error) { return v.bookFlag.open(ctx, !made) }
	o.BookPlace = v.bookFlag.place()
	if !builtIn(v.Case) {
		o.Folder = v.Case
	}
	server, err := workbench.New(c, o)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(v.Port)))
	if err != nil {
		return usage("choose another one with --port, or leave it out", "port %d cannot be used: %w", v.Port, cause(err))
	}
	ctx, release := interruptible(to.err)
	defer release()
	address := "http://" + listener.Addr().String() + "/"
	fmt.Fprintf(to.out, "%s: %s\n", c.Title, address)
	if o.Folder == "" {
		fmt.Fprintf(to.err, "note: the case is built in, so strategies cannot be saved; handover new %s makes a copy that can be written to\n", filepath.Base(v.Case))
	}
	fmt.Fprintln(to.err, "Ctrl-C stops")
	if v.Open {
		if err := browse(address); err != nil {
			fmt.Fprintf(to.err, "note: the browser did not open: %v\n", err)
		}
	}
	if err := server.Serve(ctx, listener); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// browse opens a page in the user's browser.
func browse(address string) error {
	words := map[string][]string{"darwin": {"open"}, "windows": {"rundll32", "url.dll,FileProtocolHandler"}}[runtime.GOOS]
	if words == nil {
		words = []string{"xdg-open"}
	}
	return exec.Command(words[0], append(words[1:], address)...).Start()
}
