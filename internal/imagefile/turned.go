package imagefile

import (
	"image"

	"golang.org/x/image/draw"
)

// shown returns the size of a picture of w x h stored pixels as it is shown.
func (o Orientation) shown(w, h int) (int, int) {
	if o.Swaps() {
		return h, w
	}
	return w, h
}

// stored returns where the pixel x, y of the picture as it is shown is stored in one of
// w x h pixels.
func (o Orientation) stored(x, y, w, h int) (int, int) {
	switch o {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return y, h - 1 - x
	case 7:
		return w - 1 - y, h - 1 - x
	case 8:
		return w - 1 - y, x
	}
	return x, y
}

// storedPart returns where a part of the picture as it is shown is stored, which is not
// empty.
func (o Orientation) storedPart(part image.Rectangle, w, h int) image.Rectangle {
	ax, ay := o.stored(part.Min.X, part.Min.Y, w, h)
	bx, by := o.stored(part.Max.X-1, part.Max.Y-1, w, h)
	return image.Rect(min(ax, bx), min(ay, by), max(ax, bx)+1, max(ay, by)+1)
}

// turn returns a picture as it is shown. Its bounds begin at 0, 0.
func (o Orientation) turn(img image.Image) image.Image {
	if o <= upright || o > 8 {
		return img
	}
	b := img.Bounds()
	w, h := o.shown(b.Dx(), b.Dy())
	area := image.Rect(0, 0, w, h)
	var out image.Image
	var from, to *pixels
	switch m := img.(type) {
	case *image.Gray:
		t := image.NewGray(area)
		out, from, to = t, &pixels{m.Pix, m.Stride, 1}, &pixels{t.Pix, t.Stride, 1}
	case *image.Gray16:
		t := image.NewGray16(area)
		out, from, to = t, &pixels{m.Pix, m.Stride, 2}, &pixels{t.Pix, t.Stride, 2}
	case *image.Paletted:
		t := image.NewPaletted(area, m.Palette)
		out, from, to = t, &pixels{m.Pix, m.Stride, 1}, &pixels{t.Pix, t.Stride, 1}
	case *image.RGBA:
		t := image.NewRGBA(area)
		out, from, to = t, &pixels{m.Pix, m.Stride, 4}, &pixels{t.Pix, t.Stride, 4}
	case *image.NRGBA:
		t := image.NewNRGBA(area)
		out, from, to = t, &pixels{m.Pix, m.Stride, 4}, &pixels{t.Pix, t.Stride, 4}
	case *image.CMYK:
		t := image.NewCMYK(area)
		out, from, to = t, &pixels{m.Pix, m.Stride, 4}, &pixels{t.Pix, t.Stride, 4}
	case *image.RGBA64:
		t := image.NewRGBA64(area)
		out, from, to = t, &pixels{m.Pix, m.Stride, 8}, &pixels{t.Pix, t.Stride, 8}
	case *image.NRGBA64:
		t := image.NewNRGBA64(area)
		out, from, to = t, &pixels{m.Pix, m.Stride, 8}, &pixels{t.Pix, t.Stride, 8}
	case *image.NYCbCrA: // has alpha, which is not multiplied into the colours
		flat := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
		draw.Draw(flat, flat.Rect, m, b.Min, draw.Src)
		return o.turn(flat)
	default: // YCbCr, whose planes have several sizes
		flat := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
		draw.Draw(flat, flat.Rect, m, b.Min, draw.Src)
		return o.turn(flat)
	}
	for y := range h {
		for x := range w {
			sx, sy := o.stored(x, y, b.Dx(), b.Dy())
			copy(to.at(x, y), from.at(sx, sy))
		}
	}
	return out
}

// pixels are those of an image, of size bytes each. The first is at 0, 0.
type pixels struct {
	pix          []byte
	stride, size int
}

func (p *pixels) at(x, y int) []byte {
	i := y*p.stride + x*p.size
	return p.pix[i : i+p.size : i+p.size]
}
