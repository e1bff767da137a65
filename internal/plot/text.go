package plot

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hubdata/hubdata/internal/typeface"
)

// Sizes of text in pixels, and the height of a line of it.
const (
	textSize, titleSize = 12.0, 14.0
	lineH               = 18
)

// loose is how much wider than in the Go font a text may be on a page, whose font is
// not known. DejaVu Sans, one of the widest, needs 1.09.
const loose = 1.1

// textWidth returns the most room that a text takes, in pixels.
func textWidth(s string, size float64) float64 {
	w := 0.0
	for _, r := range s {
		w += typeface.Advance(r)
	}
	return float64(w * size * loose)
}

// mostLetters are the most of a name that can fit anywhere.
const mostLetters = 400

// fit shortens a text to a width. It leaves out the middle, since names often differ
// only at their end.
func fit(s string, width, size float64) string {
	runes := []rune(s)
	if len(runes) > mostLetters {
		runes = append(runes[:mostLetters/2:mostLetters/2], runes[len(runes)-mostLetters/2:]...)
	} else if textWidth(s, size) <= width {
		return s
	}
	for n := len(runes) - 1; n > 0; n-- {
		head := (n + 1) / 2
		short := strings.TrimSpace(string(runes[:head])) + "…" + strings.TrimSpace(string(runes[len(runes)-(n-head):]))
		if textWidth(short, size) <= width {
			return short
		}
	}
	return ""
}

// hyphenate moves the break within a word so that a hyphen has room, and adds it. A break elsewhere stays.
func hyphenate(first, rest string, width, size float64) (string, string) {
	for cut := len(first); cut > 0; {
		last, n := utf8.DecodeLastRuneInString(first[:cut])
		next, _ := utf8.DecodeRuneInString((first + rest)[cut:])
		if !unicode.IsLower(last) || !unicode.IsLower(next) {
			break
		}
		if textWidth(first[:cut]+"-", size) <= width {
			return first[:cut] + "-", first[cut:] + rest
		}
		cut -= n
	}
	return first, rest
}

// wrap breaks a text into at most two lines of a width, and shortens the second.
func wrap(s string, width, size float64) []string {
	s = fit(s, 2*width, size) // which also bounds the work
	if textWidth(s, size) <= width {
		return []string{s}
	}
	first, rest := "", ""
	for i, r := range s {
		if i > 0 && (r == ' ' || strings.ContainsRune("/_-", r)) {
			if head := s[:i]; textWidth(head, size) <= width {
				first, rest = head, strings.TrimPrefix(s[i:], " ")
			}
		}
	}
	if textWidth(first, size) < width/3 || textWidth(rest, size) > width { // break anywhere
		for i := range s {
			if textWidth(s[:i], size) > width {
				break
			}
			first, rest = s[:i], s[i:]
		}
		first, rest = hyphenate(first, rest, width, size)
	}
	if rest == "" {
		return []string{fit(s, width, size)}
	}
	return []string{first, fit(rest, width, size)}
}
