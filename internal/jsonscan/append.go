package jsonscan

import (
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/hubdata/hubdata/internal/wtf8"
)

// AppendFloat appends the shortest decimal that reads back as f, with an
// exponent where JavaScript would write one. f must be finite.
func AppendFloat(dst []byte, f float64) []byte {
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 && f != 0 {
		return strconv.AppendInt(dst, int64(f), 10)
	}
	if abs := math.Abs(f); f != 0 && (abs < 1e-6 || abs >= 1e21) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}

// AppendString appends s in quotes. A surrogate in s is written as its escape, and so is
// any other byte that is not UTF-8: byte 0xe9 as \udce9, as Python writes it.
func AppendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		b := s[i]
		if b >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				dst = append(dst, s[start:i]...)
				r, n = notUTF8(s[i:])
				dst = append(dst, '\\', 'u', hex[r>>12], hex[r>>8&15], hex[r>>4&15], hex[r&15])
				start = i + n
			}
			i += n
			continue
		}
		if b >= ' ' && b != '"' && b != '\\' {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		switch b {
		case '"', '\\':
			dst = append(dst, '\\', b)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[b>>4], hex[b&15])
		}
		i++
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}

// notUTF8 returns the surrogate that stands in JSON for the first bytes of s, which are
// not UTF-8, and the number of these bytes.
func notUTF8(s string) (half rune, n int) {
	if half, ok := wtf8.Surrogate(s); ok {
		return half, wtf8.Length
	}
	return 0xdc00 | rune(s[0]), 1
}
