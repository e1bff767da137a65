// Package typeface measures and draws text in the Go fonts, which may be used and
// embedded freely. They have the letters of Latin, Greek and Cyrillic.
package typeface

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

var fonts = sync.OnceValue(func() (f struct{ regular, medium *opentype.Font }) {
	parse := func(ttf []byte) *opentype.Font {
		font, err := opentype.Parse(ttf)
		if err != nil {
			panic(err) // does not depend on input: the font is in the program
		}
		return font
	}
	f.regular, f.medium = parse(goregular.TTF), parse(gomedium.TTF)
	return f
})

// A Face is a font of a fixed size. Two goroutines must not use it at the same time.
type Face struct {
	font.Face
	Ascent, Height int // of a line, in pixels
}

// New returns the regular font or, for text on pictures, the medium font. The size is
// in pixels.
func New(size float64, medium bool) *Face {
	f := fonts().regular
	if medium {
		f = fonts().medium
	}
	ft, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		panic(err) // the options are constant
	}
	m := ft.Metrics()
	return &Face{ft, m.Ascent.Ceil(), m.Ascent.Ceil() + m.Descent.Ceil()}
}

// Width returns the width of a text in pixels.
func (f *Face) Width(s string) int { return font.MeasureString(f, s).Ceil() }

// Fit shortens a text to a width in pixels.
func (f *Face) Fit(s string, width int) string {
	if f.Width(s) <= width {
		return s
	}
	const dots = '…'
	end, _ := f.GlyphAdvance(dots)
	runes := []rune(s)
	most := 0 // the longest beginning that fits with the dots, which Width would measure so
	at := fixed.Int26_6(0)
	for n, r := range runes[:len(runes)-1] {
		if n > 0 {
			at += f.Kern(runes[n-1], r)
		}
		advance, _ := f.GlyphAdvance(r)
		at += advance
		if (at + f.Kern(r, dots) + end).Ceil() <= width {
			most = n + 1
		}
	}
	if most == 0 {
		return ""
	}
	return string(runes[:most]) + string(dots)
}

// Lines breaks a text between words into lines of a width in pixels. Longer words are
// shortened.
func (f *Face) Lines(s string, width int) []string {
	var out []string
	line := ""
	for _, word := range strings.Fields(s) {
		if longer := strings.TrimSpace(line + " " + word); line == "" || f.Width(longer) <= width {
			line = longer
			continue
		}
		out, line = append(out, f.Fit(line, width)), word
	}
	if line != "" {
		out = append(out, f.Fit(line, width))
	}
	return out
}

// Plain replaces control characters and line ends in a text, so that a name from a file
// stays on its line.
func Plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return '?'
		}
		return r
	}, s)
}

// Advance returns the width of a character in ems. A character that the font does not
// have counts as square, as wide ones are; a mark over another takes no room.
func Advance(r rune) float64 {
	if latin := latinAdvances(); 0 <= r && int(r) < len(latin) {
		return latin[r]
	}
	return advance(r)
}

// Has reports whether the font has all characters of a text, so that it is readable as drawn.
func Has(s string) bool {
	var buf sfnt.Buffer
	for _, r := range s {
		if i, err := fonts().regular.GlyphIndex(&buf, r); (err != nil || i == 0) && !unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
			return false
		}
	}
	return true
}

// latinAdvances are the widths of the most frequent characters.
var latinAdvances = sync.OnceValue(func() (w [256]float64) {
	for r := range w {
		w[r] = advance(rune(r))
	}
	return w
})

func advance(r rune) float64 {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	const em = 1000
	var buf sfnt.Buffer
	f := fonts().regular
	i, err := f.GlyphIndex(&buf, r)
	if err != nil || i == 0 {
		return 1
	}
	w, err := f.GlyphAdvance(&buf, i, fixed.I(em), font.HintingNone)
	if err != nil {
		return 1
	}
	return float64(w) / 64 / em
}
