package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// interruptible returns a context that ends at the first Ctrl-C (or SIGTERM),
// which tells so on w. From then on a second one ends the program at once, as
// if it were not caught. Call release when the work is over.
func interruptible(w io.Writer) (ctx context.Context, release func()) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	over, told := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(told)
		select {
		case <-ctx.Done():
		case <-over:
		}
		interrupted := ctx.Err() != nil
		stop()
		if interrupted {
			fmt.Fprintln(w, "\nstopping; Ctrl-C again ends at once")
		}
	}()
	return ctx, func() {
		close(over)
		<-told
	}
}
