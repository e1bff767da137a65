// Command hubdata turns annotated tissue tiles into data a detector can train
// on.
//
// main turns the world into values and calls run, which tests call too. Each
// command has a file: flags, one library call, output. What they share:
// errors.go (exit codes), console.go (rules of output), input.go and output.go
// (files).
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// The heap may grow to a few times of what lives before it is collected, since
// data stream and little lives; beyond memoryLimit it is collected sooner.
const (
	gcPercent   = 400
	memoryLimit = 64 << 20
	// heldLimit is the limit of runs that hold their input: with memoryLimit they
	// would do little else than collect.
	heldLimit = 768 << 20
)

// setsGC says whether the user governs the collector by the environment.
func setsGC() bool { return os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" }

// holdInput readies the collector for a run that holds its input in memory.
func holdInput() {
	if !setsGC() {
		debug.SetMemoryLimit(heldLimit)
	}
}

func main() {
	if !setsGC() {
		debug.SetGCPercent(gcPercent)
		debug.SetMemoryLimit(memoryLimit)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interrupt ends a run that hangs in a read
	code := run(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run executes the command line args, args[0] being the program's name, and
// returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	c := newConsole(stdin, stdout, stderr)
	err := newApp(c).RunContext(ctx, intersperse(c, args))
	if err == nil {
		err = c.flush()
	}
	return c.report(ctx, err)
}
