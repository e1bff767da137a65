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

// fonts are the Go fonts, which may be used and embedded freely.
var fonts = sync.OnceValue(func() (f struct{ regular, medium *opentype.Font }) {
	parse := func(ttf []byte) *opentype.Font {
		font, err := opentype.Parse(ttf)
		if err != nil {
			panic(err) // not of any input: the font is in the program
		}
		return font
	}
	f.regular, f.medium = parse(goregular.TTF), parse(gomedium.TTF)
	return f
})

// face is a font of a size. It is not for two goroutines at once.
type face struct {
	font.Face
	ascent, height int
}

// newFace returns the regular or, for what lies on pictures, the medium font.
func newFace(size float64, medium bool) *face {
	f := fonts().regular
	if medium {
		f = fonts().medium
	}
	ft, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		panic(err) // options are our own
	}
	m := ft.Metrics()
	return &face{ft, m.Ascent.Ceil(), m.Ascent.Ceil() + m.Descent.Ceil()}
}

// plainText takes control characters and line ends out of a text, so that a name
// from a file stays on its line.
func plainText(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return '?'
		}
		return r
	}, s)
}

// width returns the pixels that a text takes.
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

// text writes on one line, x, y being the top left of its height.
func (c *canvas) text(f *face, x, y int, k color.Color, s string) {
	d := font.Drawer{Dst: c.RGBA, Src: image.NewUniform(k), Face: f, Dot: fixed.P(x, y+f.ascent)}
	d.DrawString(s)
}

// haloWidth is how far the halo of a text reaches, in pixels.
const haloWidth = 2

// haloText writes with a rim of another colour around each letter.
func (c *canvas) haloText(f *face, x, y int, k, halo color.Color, s string) {
	w, h := f.width(s)+2*haloWidth, f.height+2*haloWidth
	letters := image.NewAlpha(image.Rect(0, 0, w, h))
	d := font.Drawer{Dst: letters, Src: image.Opaque, Face: f, Dot: fixed.P(haloWidth, haloWidth+f.ascent)}
	d.DrawString(s)
	rim := image.NewAlpha(letters.Rect)
	for dy := -haloWidth; dy <= haloWidth; dy++ {
		for dx := -haloWidth; dx <= haloWidth; dx++ {
			part := 255 // of the halo's full strength
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
