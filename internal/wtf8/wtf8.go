// Package wtf8 handles texts that may hold surrogates without their other half, in three bytes each (WTF-8). They come
// from JSON: Python's json module writes "\udce9" for byte 0xe9 of a file name that is not UTF-8.
package wtf8

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Length is the length of a surrogate in bytes.
const Length = 3

// Surrogate returns the surrogate without its other half that s begins with. It reports false if s begins with something
// else.
func Surrogate(s string) (half rune, ok bool) {
	if len(s) < Length || s[0] != 0xed || s[1]&0xe0 != 0xa0 || s[2]&0xc0 != 0x80 {
		return 0, false
	}
	return 0xd000 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f), true
}

// Next returns the next surrogate of s, and its index, which is -1 if there is none.
func Next(s string) (at int, half rune) {
	for from := 0; ; {
		i := strings.IndexByte(s[from:], 0xed)
		if i < 0 {
			return -1, 0
		}
		if half, ok := Surrogate(s[from+i:]); ok {
			return from + i, half
		}
		from += i + 1
	}
}

// Quote is [strconv.Quote] for a message: it shows a surrogate as its escape in JSON, such as \udce9.
func Quote(s string) string {
	if utf8.ValidString(s) {
		return strconv.Quote(s)
	}
	b := []byte{'"'}
	for {
		at, half := Next(s)
		if at < 0 {
			break
		}
		b = append(appendInner(b, s[:at]), fmt.Sprintf(`\u%04x`, half)...)
		s = s[at+Length:]
	}
	return string(append(appendInner(b, s), '"'))
}

// appendInner appends a quoted text without its quotes.
func appendInner(b []byte, s string) []byte {
	quoted := strconv.Quote(s)
	return append(b, quoted[1:len(quoted)-1]...)
}
