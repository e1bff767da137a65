package coco

import (
	"errors"
	"fmt"

	"github.com/hubdata/hubdata/internal/jsonscan"
)

// Error is what is wrong with a file, and where. Reading a file that ends too
// early gives an Error that wraps [io.ErrUnexpectedEOF].
type Error struct {
	Path   string // such as annotations[12].bbox; empty for the file as a whole
	Offset int64  // bytes from the start of the input
	Err    error
}

// Error gives the place and the reason.
func (e *Error) Error() string {
	reason := e.Err.Error()
	var syntax *jsonscan.SyntaxError
	if errors.As(e.Err, &syntax) && e.Err == error(syntax) {
		reason = syntax.Reason()
	}
	if e.Path == "" {
		return fmt.Sprintf("byte %d: %s", e.Offset, reason)
	}
	return fmt.Sprintf("%s: byte %d: %s", e.Path, e.Offset, reason)
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// error makes the error of a record at path: where the parser stands in it, or
// where the text is broken.
func (p *parser) error(path string, err error) *Error {
	if p.field != "" && path != "" {
		path += "."
	}
	e := &Error{Path: path + p.field, Offset: p.c.Offset(), Err: err}
	var syntax *jsonscan.SyntaxError
	if errors.As(err, &syntax) {
		e.Offset = syntax.Offset
	}
	return e
}
