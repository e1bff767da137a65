package draw

import (
	"image"
	"image/color"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// fonts loads the Go fonts, which may be used and embedded freely.
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

// face is a font of a fixed size. Two goroutines must not use it at the same
// time.
type face struct {
	font.Face
	ascent, height int
}

// newFace returns the regular font or, for text on pictures, the medium font.
func newFace(size float64, medium bool) *face {
	f := fonts().regular
	if medium {
		f = fonts().medium
	}
	ft, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		panic(err) // the options are constant
	}
	m := ft.Metrics()
	return &face{ft, m.Ascent.Ceil(), m.Ascent.Ceil() + m.Descent.Ceil()}
}

// plainText removes control characters and line ends from a text, so that a
// name from a file stays on its line.
func plainText(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return '?'
		}
		return r
	}, s)
}

// width returns the width of a text in pixels.
func (f *face) width(s string) int { return font.MeasureString(f, s).Ceil() }

// fit shortens a text to a width.
func (f *face) fit(s string, width int) string {
	if f.width(s) <= width {
		return s
	}
	runes := []rune(s)
	for n := len(runes) - 1; n > 0; n-- {
		if short := string(runes[:n]) + "…"; f.width(short) <= width {
			return short
		}
	}
	return ""
}

// text writes one line of text. x, y is its top left corner.
func (c *canvas) text(f *face, x, y int, k color.Color, s string) {
	d := font.Drawer{Dst: c.RGBA, Src: image.NewUniform(k), Face: f, Dot: fixed.P(x, y+f.ascent)}
	d.DrawString(s)
}

// haloWidth is the width of the halo around text, in pixels.
const haloWidth = 2

// haloText writes text with a rim of another colour around each letter.
func (c *canvas) haloText(f *face, x, y int, k, halo color.Color, s string) {
	w, h := f.width(s)+2*haloWidth, f.height+2*haloWidth
	letters := image.NewAlpha(image.Rect(0, 0, w, h))
	d := font.Drawer{Dst: letters, Src: image.Opaque, Face: f, Dot: fixed.P(haloWidth, haloWidth+f.ascent)}
	d.DrawString(s)
	rim := image.NewAlpha(letters.Rect)
	for dy := -haloWidth; dy <= haloWidth; dy++ {
		for dx := -haloWidth; dx <= haloWidth; dx++ {
			part := 255 // opacity of this part of the halo
			switch d := dx*dx + dy*dy; {
			case d > 6:
				continue
			case d > 3:
				part = 130
			}
			for py := max(0, -dy); py < min(h, h-dy); py++ {
				from, to := letters.Pix[py*letters.Stride:], rim.Pix[(py+dy)*rim.Stride:]
				for px := max(0, -dx); px < min(w, w-dx); px++ {
					if v := from[px]; v != 0 {
						to[px+dx] = max(to[px+dx], uint8(int(v)*part/255))
					}
				}
			}
		}
	}
	r := letters.Rect.Add(image.Pt(x-haloWidth, y-haloWidth))
	draw.DrawMask(c.RGBA, r, image.NewUniform(halo), image.Point{}, rim, image.Point{}, draw.Over)
	draw.DrawMask(c.RGBA, r, image.NewUniform(k), image.Point{}, letters, image.Point{}, draw.Over)
}
