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
	"path/filepath"
	"runtime/debug"
	"syscall"
)

// The heap may grow to a few times of what lives before it is collected, since
// data stream and little lives; beyond memoryLimit it is collected sooner.
const (
	gcPercent   = 400
	memoryLimit = 64 << 20
)

// setsGC says whether the user governs the collector by the environment.
func setsGC() bool { return os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" }

// holdInput raises the limit for a run that holds its input of size bytes in memory,
// to about a multiple of it: with memoryLimit it would do little else than collect. It
// never lowers the limit, since a run may hold a second input beside a larger one.
func holdInput(size int64, times float64) {
	if limit := memoryLimit + int64(float64(size)*times); !setsGC() && limit > debug.SetMemoryLimit(-1) {
		debug.SetMemoryLimit(limit)
	}
}

// sizeOf is the size of files together; of standard input and the like, and of
// compressed ones, what is likely.
func sizeOf(paths ...string) int64 {
	total := int64(0)
	for _, path := range paths {
		st, err := os.Stat(path)
		switch ext := filepath.Ext(path); {
		case err != nil || !st.Mode().IsRegular():
			total += 256 << 20
		case ext == ".gz" || ext == ".zst":
			total += 4 * st.Size()
		default:
			total += st.Size()
		}
	}
	return total
}

func main() { os.Exit(start()) }

// start runs the command line of the process and returns its exit code.
func start() int {
	if !setsGC() {
		debug.SetGCPercent(gcPercent)
		debug.SetMemoryLimit(memoryLimit)
	}
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
