package coco

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hubdata/hubdata/internal/jsonscan"
)

// Error describes a fault in a file and its place. For a file that ends too early, it
// wraps [io.ErrUnexpectedEOF].
type Error struct {
	Path   string // such as annotations[12].bbox; empty for the file as a whole
	Offset int64  // bytes from the start of the input
	Err    error
}

// Error returns the place and the reason.
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

// OfMember reports whether the fault is a value that a record of a dataset or of results
// must not have, or that it lacks: the records after it can be read.
func (e *Error) OfMember() bool {
	section, _, ok := strings.Cut(e.Path, "[")
	if !ok || section != "" && section != sectionImages && section != sectionAnnotations && section != sectionCategories || errors.Is(e, errRepeated) {
		return false
	}
	var syntax *jsonscan.SyntaxError
	if !errors.As(e.Err, &syntax) {
		var read *Error
		return !errors.As(e.Err, &read)
	}
	for _, value := range []string{"a string", "a list", "an object", "the number ", "null", "true", "false", "NaN", "Infinity", "-Infinity"} {
		if strings.HasPrefix(syntax.Found, value) {
			return !strings.HasPrefix(syntax.Want, "'") // such as ',' between members
		}
	}
	return false
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// error returns an error of the record at path. Its offset is the parser's position, or
// the place where the text is not valid.
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
