package jsonscan

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// SyntaxError describes what was found at a position of the text and what was
// expected. It is also the error for a value of the wrong type.
type SyntaxError struct {
	Offset int64  // bytes from the start of the input
	Found  string // such as "a string" or "NaN, which JSON does not have"
	Want   string // such as "a number"
	End    bool   // the text ends at Offset
}

// Error returns the position and the reason.
func (e *SyntaxError) Error() string { return fmt.Sprintf("byte %d: %s", e.Offset, e.Reason()) }

// Reason returns the error without the position.
func (e *SyntaxError) Reason() string {
	if e.Want == "" {
		return "found " + e.Found
	}
	return "found " + e.Found + ", expected " + e.Want
}

// Unwrap returns [io.ErrUnexpectedEOF] if the text ended too early.
func (e *SyntaxError) Unwrap() error {
	if e.End {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// errorAt returns the error for the value at index at of the text.
func (c *Cursor) errorAt(at int, want string) error {
	found, end := describe(c.data, at)
	return &SyntaxError{Offset: c.base + int64(at), Found: found, Want: want, End: end}
}

// Unexpected returns the error that the next value is not the expected one.
func (c *Cursor) Unexpected(want string) error {
	c.space()
	return c.errorAt(c.pos, want)
}

// describe names the value that begins at index at.
func describe(data []byte, at int) (found string, end bool) {
	if at >= len(data) {
		return "the end of the text", true
	}
	rest := data[at:]
	for _, word := range []string{"NaN", "Infinity", "-Infinity"} {
		if bytes.HasPrefix(rest, []byte(word)) {
			return word + ", which JSON does not have (Python's json module writes it for a number that is not finite)", false
		}
	}
	switch b := rest[0]; {
	case b == '"':
		return "a string", false
	case b == '{':
		return "an object", false
	case b == '[':
		return "a list", false
	case b == '-' || isDigit(b):
		n := 1
		for n < len(rest) && n < 24 && (isDigit(rest[n]) || bytes.IndexByte([]byte(".eE+-"), rest[n]) >= 0) {
			n++
		}
		return "the number " + string(rest[:n]), false
	case b < ' ' || b == 0x7f:
		return fmt.Sprintf("the control character 0x%02x", b), false
	case b >= utf8.RuneSelf:
		if r, n := utf8.DecodeRune(rest); n > 1 {
			return strconv.QuoteRune(r), false
		}
		return fmt.Sprintf("byte 0x%02x, which is not UTF-8", b), false
	case b|0x20 >= 'a' && b|0x20 <= 'z':
		n := 1
		for n < len(rest) && n < 24 && rest[n]|0x20 >= 'a' && rest[n]|0x20 <= 'z' {
			n++
		}
		return string(rest[:n]), false
	default:
		return strconv.QuoteRune(rune(b)), false
	}
}
