package app

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/atomicfile"
)

// A run that is interrupted has lastGrace to end by itself, and then ends wherever it is: opening a named pipe, in a
// read that hangs, inside an image with many masks. lastWords is how long it may take to say so.
const (
	lastGrace = 600 * time.Millisecond
	lastWords = 200 * time.Millisecond
)

// interruptible returns a context that SIGINT, SIGTERM and SIGHUP end. The process ends lastGrace after the first of
// them, or at the second, and leaves no unfinished files. A command that waits for other programs to end is left to
// itself: see [ui.Console.EndsItself]. nohup keeps SIGHUP ignored.
func interruptible(c *ui.Console) context.Context {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-signals
		cancel()
		if c.EndsItself() {
			signal.Stop(signals)
			return
		}
		select {
		case <-signals:
		case <-time.After(lastGrace):
		}
		atomicfile.Abandon(func(written int) {
			said := make(chan struct{})
			go func() {
				c.Interrupted(written)
				close(said)
			}()
			select {
			case <-said:
			case <-time.After(lastWords): // standard error hangs
			}
			os.Exit(ui.ExitInterrupted)
		})
	}()
	return ctx
}
