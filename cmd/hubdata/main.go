// Command hubdata turns annotated tissue tiles into data a detector can train
// on.
//
// main turns the world into values and calls run, which tests call too. Each
// command has a file: flags, one library call, output. What they share:
// exits.go (exit codes), console.go (rules of output), input.go and output.go
// (files).
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(start()) }

// start runs the command line of the process and returns its exit code.
func start() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interrupt ends a run that hangs in a read
	// Who reads standard output may go away: then a run clears up before it ends.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	code := run(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr)
	stop()
	return code
}

// run executes the command line args, args[0] being the program's name, and
// returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	c := newConsole(stdin, stdout, stderr)
	c.ended = ctx.Err
	var err error
	if len(args) > 1 && args[1] == completeWord {
		complete(c, args[2:])
	} else {
		app := newApp(c)
		err = app.RunContext(ctx, arguments(app, args))
	}
	if err == nil {
		err = c.flush()
	}
	return c.report(ctx, err)
}
