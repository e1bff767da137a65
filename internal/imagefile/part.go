package imagefile

import (
	"errors"
	"fmt"
	"image"
	"image/color"
)

// errPart is the error for a part that is not in the picture.
var errPart = errors.New("imagefile: a part that is not in the picture")

// bandPixels is how many pixels are decoded at a time while a picture is scaled down.
const bandPixels = 1 << 20

// Part decodes a part of the picture as it is shown, of which shrink x shrink pixels
// become one, their mean. A TIFF is decoded strip by strip or tile by tile, and only
// those with pixels of the part, so that it may have more than [MaxPixels]. The part that
// is returned may not. Its bounds begin at 0, 0.
func (f *File) Part(part image.Rectangle, shrink int) (image.Image, error) {
	if part.Empty() || !part.In(image.Rect(0, 0, f.Width, f.Height)) || shrink < 1 {
		return nil, errPart
	}
	if f.unread != nil {
		return nil, f.unread
	}
	decode := f.partTIFF
	if f.tiff == nil {
		whole, err := f.Decode()
		if err != nil {
			return nil, err
		}
		decode = func(part image.Rectangle) (image.Image, error) { return crop{whole, part}, nil }
	} else {
		w, h := f.Orientation.shown(f.Width, f.Height)
		part = f.Orientation.storedPart(part, w, h)
	}
	w, h := (part.Dx()+shrink-1)/shrink, (part.Dy()+shrink-1)/shrink
	if w > MaxPixels/h {
		return nil, fmt.Errorf("%w: a part of %d x %d pixels, more than %d", ErrUnsupported, w, h, MaxPixels)
	}
	var img image.Image
	var err error
	if shrink == 1 {
		img, err = decode(part)
	} else {
		img, err = shrunk(decode, part, w, h, shrink)
	}
	if err != nil {
		return nil, f.corrupt(err)
	}
	if f.tiff != nil {
		img = f.Orientation.turn(img)
	}
	if img.Bounds().Min != (image.Point{}) {
		img = crop{img, img.Bounds()}
	}
	return img, nil
}

// partTIFF decodes a part of a TIFF as it is stored.
func (f *File) partTIFF(part image.Rectangle) (image.Image, error) { return f.tiff.decode(part) }

// shrunk scales a part down to w x h pixels.
func shrunk(decode func(image.Rectangle) (image.Image, error), part image.Rectangle, w, h, shrink int) (image.Image, error) {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	sums := make([]uint64, 4*w)
	flush := func(y, rows int) {
		for x := range w {
			n := uint64(rows) * uint64(min(shrink, part.Dx()-x*shrink))
			for c := range 4 {
				out.Pix[y*out.Stride+4*x+c] = uint8((sums[4*x+c] + n*257/2) / (n * 257))
			}
		}
		clear(sums)
	}
	rows := max(1, min(part.Dy(), bandPixels/part.Dx()))
	for top := 0; top < part.Dy(); top += rows {
		band := image.Rect(part.Min.X, part.Min.Y+top, part.Max.X, min(part.Min.Y+top+rows, part.Max.Y))
		img, err := decode(band)
		if err != nil {
			return nil, err
		}
		at := colorsOf(img)
		b := img.Bounds()
		for y := range b.Dy() {
			for x := range b.Dx() {
				c := at(b.Min.X+x, b.Min.Y+y)
				s := sums[4*(x/shrink) : 4*(x/shrink)+4]
				s[0] += uint64(c.R)
				s[1] += uint64(c.G)
				s[2] += uint64(c.B)
				s[3] += uint64(c.A)
			}
			if n := top + y + 1; n%shrink == 0 || n == part.Dy() {
				flush((n-1)/shrink, (n-1)%shrink+1)
			}
		}
	}
	return out, nil
}

// colorsOf returns what returns the colours of an image, without memory for each.
func colorsOf(img image.Image) func(x, y int) color.RGBA64 {
	if m, ok := img.(image.RGBA64Image); ok {
		return m.RGBA64At
	}
	return func(x, y int) color.RGBA64 {
		r, g, b, a := img.At(x, y).RGBA()
		return color.RGBA64{uint16(r), uint16(g), uint16(b), uint16(a)}
	}
}

// crop is a part of an image, with bounds from 0, 0.
type crop struct {
	image.Image
	part image.Rectangle
}

func (c crop) Bounds() image.Rectangle { return image.Rect(0, 0, c.part.Dx(), c.part.Dy()) }

func (c crop) At(x, y int) color.Color { return c.Image.At(c.part.Min.X+x, c.part.Min.Y+y) }

func (c crop) RGBA64At(x, y int) color.RGBA64 {
	return colorsOf(c.Image)(c.part.Min.X+x, c.part.Min.Y+y)
}
