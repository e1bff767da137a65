package app

import (
	"context"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// Main runs the command line of the process and returns its exit code.
func Main() int {
	tuneCollector()
	c := ui.NewConsole(os.Stdin, os.Stdout, os.Stderr)
	ctx := interruptible(c)
	// If the reader of standard output goes away, a run cleans up before it ends.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	return runWith(ctx, c, os.Args)
}

// Run executes the command line args, args[0] being the program's name, and
// returns the exit code.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return runWith(ctx, ui.NewConsole(stdin, stdout, stderr), args)
}

func runWith(ctx context.Context, c *ui.Console, args []string) int {
	c.EndWith(ctx)
	var err error
	switch {
	case len(args) > 1 && args[1] == completeWord:
		complete(c, args[2:])
	case len(args) > 1 && args[1] == commandsWord:
		err = printTree(c)
	case len(args) > 1 && strings.HasPrefix(args[1], "__"):
		err = newWorkers(c).RunContext(ctx, args)
	default:
		app := newApp(c)
		err = app.RunContext(ctx, arguments(app, args))
	}
	if err == nil {
		err = c.Flush()
	}
	return c.Report(ctx, err)
}
