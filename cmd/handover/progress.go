package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"handover/ensemble"
)

// progress shows how far a run is, with rate and time left, as one line that
// is rewritten. When w is not a terminal it only prints notes. The second function
// wipes the line.
func progress(w io.Writer) (show func(ensemble.Progress), wipe func()) {
	if !terminal(w) {
		return func(p ensemble.Progress) {
			if p.Note != "" {
				fmt.Fprintln(w, p.Note)
			}
		}, func() {}
	}
	var bar *progressbar.ProgressBar
	stage, before := "", 0
	wipe = func() {
		if bar != nil {
			// The line is decoration: a terminal that fails to show it loses nothing.
			_ = bar.Clear()
			bar = nil
		}
	}
	show = func(p ensemble.Progress) {
		if p.Note != "" {
			wipe()
			fmt.Fprintln(w, p.Note)
			return
		}
		if p.Stage == ensemble.Existing {
			fmt.Fprintln(w, "this run was made before; here is what it found")
			return
		}
		if bar == nil || p.Stage != stage {
			wipe()
			stage = p.Stage
			// What an earlier process did took none of this one's time.
			before = p.Done
			title := stage
			if before > 0 {
				title = fmt.Sprintf("%s (%s done before)", stage, grouped(before))
			}
			bar = progressbar.NewOptions(p.Total-before,
				progressbar.OptionSetWriter(w),
				progressbar.OptionSetDescription(title),
				progressbar.OptionSetItsString("runs"),
				progressbar.OptionShowIts(),
				progressbar.OptionShowCount(),
				progressbar.OptionSetWidth(30),
				progressbar.OptionThrottle(100*time.Millisecond),
				progressbar.OptionClearOnFinish(),
				progressbar.OptionSetPredictTime(true),
			)
		}
		_ = bar.Set(p.Done - before)
	}
	return show, wipe
}

// terminal tells whether w is shown on a terminal.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Widths, in columns, within which tables are laid out.
const (
	narrowest = 80
	widest    = 120
)

// width is the width of a table on w: the terminal's within limits, and the
// widest that prints well when w is no terminal.
func width(w io.Writer) int {
	if f, ok := w.(*os.File); ok && terminal(w) {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil {
			return min(max(columns, narrowest), widest)
		}
	}
	return widest
}
