package app

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// Main runs the command line of the process and returns its exit code.
func Main() int {
	tuneCollector()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interrupt ends a run that hangs in a read
	// If the reader of standard output goes away, a run cleans up before it ends.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	code := Run(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr)
	stop()
	return code
}

// Run executes the command line args, args[0] being the program's name, and
// returns the exit code.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	c := ui.NewConsole(stdin, stdout, stderr)
	c.EndWith(ctx)
	var err error
	if len(args) > 1 && args[1] == completeWord {
		complete(c, args[2:])
	} else {
		app := newApp(c)
		err = app.RunContext(ctx, arguments(app, args))
	}
	if err == nil {
		err = c.Flush()
	}
	return c.Report(ctx, err)
}
