package draw

import (
	"image"
	"image/color"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"

	"github.com/hubdata/hubdata/internal/typeface"
)

// text writes one line of text. x, y is its top left corner.
func (c *canvas) text(f *typeface.Face, x, y int, k color.Color, s string) {
	d := font.Drawer{Dst: c.RGBA, Src: image.NewUniform(k), Face: f, Dot: fixed.P(x, y+f.Ascent)}
	d.DrawString(s)
}

// haloWidth is the width of the halo around text, in pixels.
const haloWidth = 2

// haloText writes text with a rim of another colour around each letter.
func (c *canvas) haloText(f *typeface.Face, x, y int, k, halo color.Color, s string) {
	w, h := f.Width(s)+2*haloWidth, f.Height+2*haloWidth
	letters := image.NewAlpha(image.Rect(0, 0, w, h))
	d := font.Drawer{Dst: letters, Src: image.Opaque, Face: f, Dot: fixed.P(haloWidth, haloWidth+f.Ascent)}
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
