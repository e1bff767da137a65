package jsonscan

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// plainEnd returns the index of the first byte from p on that is not an
// ordinary character of a string: a quote, a backslash, a control character or
// a byte of a non-ASCII character. It returns len(data) if there is none.
func plainEnd(data []byte, p int) int {
	for p+8 <= len(data) {
		x := binary.LittleEndian.Uint64(data[p:])
		quote, slash := x^ones*'"', x^ones*'\\'
		// A byte below n borrows into its high bit; the first hit is exact.
		hit := ((quote - ones) | (slash - ones) | (x - ones*' ') | x) & highs
		if hit != 0 {
			return p + bits.TrailingZeros64(hit)>>3
		}
		p += 8
	}
	for p < len(data) && data[p] >= ' ' && data[p] < utf8.RuneSelf && data[p] != '"' && data[p] != '\\' {
		p++
	}
	return p
}

// String reads a string and returns its characters as UTF-8. If the string has
// no escapes the bytes are part of the text, so do not change them. An escaped
// surrogate without its other half, as Python writes for a byte of a file name that is
// not UTF-8, becomes three bytes (WTF-8), from which [AppendString] makes the escape
// again.
func (c *Cursor) String() ([]byte, error) {
	text, escaped, err := c.rawString()
	if err != nil || !escaped {
		return text, err
	}
	return appendUnescaped(make([]byte, 0, len(text)), text), nil
}

// AppendString reads a string and appends the characters that [Cursor.String]
// would return.
func (c *Cursor) AppendString(dst []byte) ([]byte, error) {
	text, escaped, err := c.rawString()
	if err != nil {
		return dst, err
	}
	if !escaped {
		return append(dst, text...), nil
	}
	return appendUnescaped(dst, text), nil
}

// rawString reads a string, checks it fully, and returns the text between the
// quotes.
func (c *Cursor) rawString() (text []byte, escaped bool, err error) {
	if c.Peek() != '"' {
		return nil, false, c.errorAt(c.pos, "a string")
	}
	start := c.pos + 1
	end := plainEnd(c.data, start)
	if end < len(c.data) && c.data[end] == '"' {
		c.pos = end + 1
		return c.data[start:end], false, nil
	}
	end, escaped, err = c.stringEnd(start)
	if err != nil {
		return nil, false, err
	}
	c.pos = end + 1
	return c.data[start:end], escaped, nil
}

// stringEnd checks the string whose first character is at p and returns the
// index of its closing quote.
func (c *Cursor) stringEnd(p int) (end int, escaped bool, err error) {
	data := c.data
	for {
		p = plainEnd(data, p)
		if p >= len(data) {
			return 0, false, c.errorAt(p, "the closing quote of a string")
		}
		switch b := data[p]; {
		case b == '"':
			return p, escaped, nil
		case b == '\\':
			escaped = true
			n := escapeLen(data[p:])
			if n == 0 {
				return 0, false, c.badEscape(p)
			}
			p += n
		case b < ' ':
			return 0, false, c.errorAt(p, "an escape sequence such as \\n inside a string")
		default:
			r, n := utf8.DecodeRune(data[p:])
			if r == utf8.RuneError && n <= 1 {
				return 0, false, &SyntaxError{Offset: c.base + int64(p),
					Found: fmt.Sprintf("byte 0x%02x, which is not UTF-8", b), Want: "UTF-8 text"}
			}
			p += n
		}
	}
}

// escapeLen returns the length of the escape at the beginning of text, or 0 if
// it is invalid.
func escapeLen(text []byte) int {
	if len(text) < 2 {
		return 0
	}
	switch text[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if hex4(text[2:]) >= 0 {
			return 6
		}
	}
	return 0
}

func (c *Cursor) badEscape(p int) error {
	end := min(p+6, len(c.data))
	if p+1 < len(c.data) && c.data[p+1] != 'u' {
		end = p + 2
	} else if end < p+6 {
		return c.errorAt(end, "the rest of an escape")
	}
	return &SyntaxError{Offset: c.base + int64(p), Found: fmt.Sprintf("the escape %q", c.data[p:end]),
		Want: `one of \" \\ \/ \b \f \n \r \t \u0000`}
}

// hex4 returns the number that four hex digits spell, or -1.
func hex4(text []byte) rune {
	if len(text) < 4 {
		return -1
	}
	var v rune
	for _, b := range text[:4] {
		switch {
		case isDigit(b):
			b -= '0'
		case b|0x20 >= 'a' && b|0x20 <= 'f':
			b = b | 0x20 - 'a' + 10
		default:
			return -1
		}
		v = v<<4 | rune(b)
	}
	return v
}

// appendUnescaped appends a checked string with its escapes decoded.
func appendUnescaped(out, text []byte) []byte {
	for i := 0; i < len(text); {
		if text[i] != '\\' {
			n := bytes.IndexByte(text[i:], '\\')
			if n < 0 {
				n = len(text) - i
			}
			out = append(out, text[i:i+n]...)
			i += n
			continue
		}
		b := text[i+1]
		i += 2
		switch b {
		case 'b':
			b = '\b'
		case 'f':
			b = '\f'
		case 'n':
			b = '\n'
		case 'r':
			b = '\r'
		case 't':
			b = '\t'
		case 'u':
			r := hex4(text[i:])
			i += 4
			if utf16.IsSurrogate(r) {
				pair := rune(utf8.RuneError)
				if i+6 <= len(text) && text[i] == '\\' && text[i+1] == 'u' {
					pair = utf16.DecodeRune(r, hex4(text[i+2:]))
				}
				if pair == utf8.RuneError {
					out = append(out, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0xbf, 0x80|byte(r)&0xbf)
					continue
				}
				r = pair
				i += 6
			}
			out = utf8.AppendRune(out, r)
			continue
		}
		out = append(out, b)
	}
	return out
}
