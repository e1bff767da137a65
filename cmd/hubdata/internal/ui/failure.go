package ui

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// Failure is an error worded for the user, with its exit code and advice.
type Failure struct {
	Code  int
	Err   error
	hints []string
}

func (f *Failure) Error() string { return f.Err.Error() }

func (f *Failure) Unwrap() error { return f.Err }

// Hint adds advice, a line of its own.
func (f *Failure) Hint(format string, args ...any) *Failure {
	f.hints = append(f.hints, fmt.Sprintf(format, args...))
	return f
}

// Failf returns a failure with an exit code, worded as by [fmt.Errorf].
func Failf(code int, format string, args ...any) *Failure {
	return &Failure{Code: code, Err: fmt.Errorf(format, args...)}
}

// Usagef returns the failure of a wrong command line.
func Usagef(format string, args ...any) *Failure { return Failf(ExitUsage, format, args...) }

// InFile says which file an error is about. It leaves nil and the end of a context as they are.
func InFile(name string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// isInterrupt reports whether a command itself says that it was interrupted.
func isInterrupt(err error) bool {
	var f *Failure
	return errors.As(err, &f) && f.Code == ExitInterrupted
}

// ErrInput marks an input whose content is wrong, where the error has no type that says so.
var ErrInput = errors.New("bad input")

// ReadError is why a file could not be read further. Its content is not at fault.
type ReadError struct{ Err error }

func (e *ReadError) Error() string { return e.Err.Error() }

func (e *ReadError) Unwrap() error { return e.Err }

// IsReadError reports whether an input could not be read.
func IsReadError(err error) bool {
	var e *ReadError
	return errors.As(err, &e)
}

// ChangedError says that a file was written to after it was opened.
type ChangedError struct{ Before, Now fs.FileInfo }

func (e *ChangedError) Error() string {
	if e.Before.Size() != e.Now.Size() {
		return fmt.Sprintf("the file changed while it was read: it had %s bytes and has %s", Thousands(int(e.Before.Size())), Thousands(int(e.Now.Size())))
	}
	return "the file changed while it was read: it was written to at " + e.Now.ModTime().Format("15:04:05.000")
}
