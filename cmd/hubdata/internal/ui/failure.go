package ui

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// Failure is an error worded for the user, with its exit code and with advice.
type Failure struct {
	Code  int
	Err   error
	hints []string
}

func (f *Failure) Error() string { return f.Err.Error() }

func (f *Failure) Unwrap() error { return f.Err }

// Hint adds a line that says what to do.
func (f *Failure) Hint(format string, args ...any) *Failure {
	f.hints = append(f.hints, fmt.Sprintf(format, args...))
	return f
}

func Failf(code int, format string, args ...any) *Failure {
	return &Failure{Code: code, Err: fmt.Errorf(format, args...)}
}

func Usagef(format string, args ...any) *Failure { return Failf(ExitUsage, format, args...) }

// InFile says which file an error is about. A fault of the data exits with 3.
func InFile(name string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// isInterrupt says whether a run ended since it was asked to.
func isInterrupt(err error) bool {
	var f *Failure
	return errors.As(err, &f) && f.Code == ExitInterrupted
}

// ErrInput marks an input whose content is wrong in a way that no package has
// a typed error for.
var ErrInput = errors.New("bad input")

// ReadError is why a file could not be read on: no fault of its content.
type ReadError struct{ Err error }

func (e *ReadError) Error() string { return e.Err.Error() }

func (e *ReadError) Unwrap() error { return e.Err }

// IsReadError says whether an input could not be read.
func IsReadError(err error) bool {
	var e *ReadError
	return errors.As(err, &e)
}

// ChangedError says that a file is not what it was when it was opened.
type ChangedError struct{ Before, Now fs.FileInfo }

func (e *ChangedError) Error() string {
	if e.Before.Size() != e.Now.Size() {
		return fmt.Sprintf("the file changed while it was read: it had %d bytes and has %d", e.Before.Size(), e.Now.Size())
	}
	return "the file changed while it was read: it was written to at " + e.Now.ModTime().Format("15:04:05.000")
}
