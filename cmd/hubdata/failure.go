package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// failure is an error worded for the user, with its exit code and with advice.
type failure struct {
	code  int
	err   error
	hints []string
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// hint adds a line that says what to do.
func (f *failure) hint(format string, args ...any) *failure {
	f.hints = append(f.hints, fmt.Sprintf(format, args...))
	return f
}

func failf(code int, format string, args ...any) *failure {
	return &failure{code: code, err: fmt.Errorf(format, args...)}
}

func usagef(format string, args ...any) *failure { return failf(exitUsage, format, args...) }

// inFile says which file an error is about. A fault of the data exits with 3.
func inFile(name string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// isInterrupt says whether a run ended since it was asked to.
func isInterrupt(err error) bool {
	var f *failure
	return errors.As(err, &f) && f.code == exitInterrupted
}

// errInput marks an input whose content is wrong in a way that no package has
// a typed error for.
var errInput = errors.New("bad input")

// readError is why a file could not be read on: no fault of its content.
type readError struct{ err error }

func (e *readError) Error() string { return e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

// isReadError says whether an input could not be read.
func isReadError(err error) bool {
	var e *readError
	return errors.As(err, &e)
}

// changedError says that a file is not what it was when it was opened.
type changedError struct{ before, now fs.FileInfo }

func (e *changedError) Error() string {
	if e.before.Size() != e.now.Size() {
		return fmt.Sprintf("the file changed while it was read: it had %d bytes and has %d", e.before.Size(), e.now.Size())
	}
	return "the file changed while it was read: it was written to at " + e.now.ModTime().Format("15:04:05.000")
}
