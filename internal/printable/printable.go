// Package printable makes text from data harmless to look at. A name in a file
// may hold an escape sequence that a terminal obeys, a line end that forges a
// line of a table, or a mark that turns the direction of writing. Output for
// people, on a terminal, in a page or in a picture, shows such characters as
// escapes: \n, \x1b, \u202e, \udce9 for half a surrogate pair, and \xff for any
// other byte that is not UTF-8.
//
// Data are not changed: a name in a file that hubdata writes is the name that
// it read.
package printable

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/rivo/uniseg"
)

// IsHidden reports whether a character is obeyed rather than shown, or shown as
// nothing: control characters, line and paragraph separators, and formatting
// characters such as those of bidirectional text, U+FEFF and the tags.
// Exceptions are the joiners, which scripts and emoji need, and the visible
// marks before numbers.
func IsHidden(r rune) bool {
	const zwnj, zwj = '\u200c', '\u200d'
	switch {
	case r < utf8.RuneSelf:
		return r < ' ' || r == 0x7f
	case r == zwnj || r == zwj:
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Cf) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

// Text returns s with hidden characters, and bytes that are not UTF-8, as
// escapes. The Text of a Text is the same.
func Text(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	shown := 0 // the bytes of s that b shows
	for i, r := range s {
		switch half, ok := wtf8.Surrogate(s[i:]); {
		case i < shown: // of a surrogate
		case ok:
			fmt.Fprintf(&b, `\u%04x`, half)
			shown = i + wtf8.Length
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case IsHidden(r):
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// begins reports whether text may be the beginning of a character or a surrogate.
func begins(text []byte) bool {
	half := len(text) > 0 && len(text) < 3 && text[0] == 0xed && (len(text) == 1 || text[1]&0xe0 == 0xa0)
	return half || !utf8.FullRune(text)
}

// Lines is [Text] for a text of several lines, which keeps its line ends and
// tabs.
func Lines(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		i := strings.IndexAny(s, "\n\t")
		if i < 0 {
			return b.String() + Text(s)
		}
		b.WriteString(Text(s[:i]) + s[i:i+1])
		s = s[i+1:]
	}
	return b.String()
}

// Writer writes to W what is written to it, as [Lines] shows it.
type Writer struct {
	W    io.Writer
	held []byte // the beginning of a character whose rest is not written yet
}

func (w *Writer) Write(p []byte) (int, error) {
	text := append(w.held, p...)
	whole := len(text)
	for i := max(0, whole-utf8.UTFMax+1); i < whole; i++ {
		if begins(text[i:whole]) {
			whole = i
		}
	}
	_, err := io.WriteString(w.W, Lines(string(text[:whole])))
	w.held = append(w.held[:0], text[whole:]...)
	return len(p), err
}

// Flush writes what is left of a character that has no end.
func (w *Writer) Flush() error {
	_, err := io.WriteString(w.W, Lines(string(w.held)))
	w.held = nil
	return err
}

// isPlain reports whether a text has nothing to escape.
func isPlain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, IsHidden)
}

// JSON returns JSON text with the hidden characters of its strings as escapes.
// Its values are the same.
func JSON(text []byte) []byte {
	out := text[:0:0]
	start := 0
	for i, r := range string(text) {
		if r < 0x7f || !IsHidden(r) { // strings have no control characters below, spaces between values may
			continue
		}
		out = append(out, text[start:i]...)
		for _, unit := range utf16.AppendRune(nil, r) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
		start = i + utf8.RuneLen(r)
	}
	if start == 0 {
		return text
	}
	return append(out, text[start:]...)
}

// Width returns the number of columns that a terminal gives to a text without
// hidden characters: two for a wide one, none for a combining mark.
func Width(s string) int { return uniseg.StringWidth(s) }
