package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"handover/diagnostic"
)

// Exit codes, as `handover help exit-codes` explains them.
const (
	exitMistakes    = 1   // the case or model has mistakes
	exitUsage       = 2   // the command line is wrong
	exitFailed      = 3   // the work could not be done
	exitBug         = 70  // a mistake in the program (EX_SOFTWARE of sysexits.h)
	exitInterrupted = 130 // stopped by the user (128 + SIGINT)
)

const exitCodes = `Exit codes:
  0    done
  1    the case or model has mistakes; each is listed with file, line and what to do
  2    the command line is wrong, or names something that does not exist
  3    the work could not be done: a file cannot be read or written, the disk is full
  70   a mistake in the program; please report the line it prints
  130  stopped with Ctrl-C; a run that was stopped can be resumed
`

// failure is an error with the exit code it ends in. Quiet failures have
// already been told to the user.
type failure struct {
	code  int
	err   error
	quiet bool
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// usage is a failure of the command line, with a hint when there is one.
func usage(hint, format string, arguments ...any) error {
	err := fmt.Errorf(format, arguments...)
	if hint != "" {
		err = fmt.Errorf("%w (%s)", err, hint)
	}
	return &failure{code: exitUsage, err: err}
}

// say prints err, if any, as one message and returns the exit code it ends in;
// otherwise is the code of errors that do not know theirs.
func say(w io.Writer, err error, otherwise int) int {
	if err == nil {
		return 0
	}
	code := otherwise
	var known *failure
	var list diagnostic.List
	switch {
	case errors.As(err, &known):
		code = known.code
		if known.quiet {
			return code
		}
	case errors.As(err, &list):
		fmt.Fprintln(w, list.Error())
		return exitMistakes
	case errors.Is(err, context.Canceled):
		code = exitInterrupted
	}
	fmt.Fprintf(w, "handover: %v\n", err)
	return code
}
