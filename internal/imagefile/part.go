package imagefile

import (
	"errors"
	"fmt"
	"image"
	"image/color"

	"github.com/hubdata/hubdata/internal/imagefile/picture"
)

// errPart is the error for a part that is not in the picture.
var errPart = errors.New("imagefile: a part that is not in the picture")

// bandPixels is how many pixels are decoded at a time while a picture is scaled down.
const bandPixels = 1 << 20

// Part decodes a part of the picture as it is shown, of which shrink x shrink pixels
// become one, their mean. A TIFF is decoded strip by strip or tile by tile, and only
// those with pixels of the part; a PNG and a JPEG row by row, from the first on. So they
// may have more than [MaxPixels]. Pictures of other formats and the part that is returned
// may not. Parts that follow each other from top to bottom are cheap. Its bounds begin at
// 0, 0.
func (f *File) Part(part image.Rectangle, shrink int) (image.Image, error) {
	if part.Empty() || !part.In(image.Rect(0, 0, f.Width, f.Height)) || shrink < 1 {
		return nil, errPart
	}
	if f.unread != nil {
		return nil, f.unread
	}
	p, err := f.open()
	if err != nil {
		return nil, f.corrupt(err)
	}
	if p != nil {
		w, h := f.Orientation.shown(f.Width, f.Height)
		part = f.Orientation.storedPart(part, w, h)
	} else {
		shown, err := f.Decode()
		if err != nil {
			return nil, err
		}
		p = whole{shown}
	}
	w, h := (part.Dx()+shrink-1)/shrink, (part.Dy()+shrink-1)/shrink
	if w > MaxPixels/h {
		return nil, fmt.Errorf("%w: a part of %d x %d pixels, more than %d", ErrUnsupported, w, h, MaxPixels)
	}
	var img image.Image
	if shrink == 1 {
		img, err = p.Decode(part)
	} else {
		img, err = shrunk(p, part, w, h, shrink)
	}
	if err != nil {
		return nil, f.corrupt(err)
	}
	if f.parts != nil {
		img = f.Orientation.turn(img)
	}
	return fromOrigin(img), nil
}

// fromOrigin returns an image with bounds from 0, 0.
func fromOrigin(img image.Image) image.Image {
	b := img.Bounds()
	at := image.Rect(0, 0, b.Dx(), b.Dy())
	if b == at {
		return img
	}
	switch m := img.(type) {
	case *image.RGBA:
		return &image.RGBA{Pix: m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], Stride: m.Stride, Rect: at}
	case *image.Gray:
		return &image.Gray{Pix: m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], Stride: m.Stride, Rect: at}
	}
	return crop{img, b}
}

// Reduced decodes the picture as it is shown. One of more than [MaxPixels] is scaled down to
// 2^20 pixels or fewer, of which each is the mean of a square.
func (f *File) Reduced() (image.Image, error) {
	if f.Width <= MaxPixels/f.Height {
		return f.Decode()
	}
	shrink := 1
	for (f.Width+shrink-1)/shrink > bandPixels/((f.Height+shrink-1)/shrink) {
		shrink++
	}
	return f.Part(image.Rect(0, 0, f.Width, f.Height), shrink)
}

// open returns what decodes parts of the picture as it is stored; nil: it is decoded whole.
func (f *File) open() (picture.Picture, error) {
	switch {
	case f.parts != nil || f.Width <= MaxPixels/f.Height:
		return f.parts, nil
	case f.format.parts == nil:
		return nil, picture.NotDecoded("%s of %d x %d pixels, more than %d: save it as PNG, JPEG or tiled TIFF, which are decoded in parts, or cut it into tiles",
			f.Format, f.Width, f.Height, MaxPixels)
	}
	p, err := f.format.parts(f.at)
	if err == nil {
		f.parts = p
	}
	return p, err
}

// whole is a picture that is decoded.
type whole struct{ image.Image }

func (w whole) Decode(part image.Rectangle) (image.Image, error) { return crop{w.Image, part}, nil }

func (w whole) Rows() int { return 1 }

// shrunk scales a part down to w x h pixels. It is decoded in bands, which end where a number
// of rows does that are decoded together.
func shrunk(p picture.Picture, part image.Rectangle, w, h, shrink int) (image.Image, error) {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	sums := make([][4]uint64, w)
	flush := func(y, rows int) {
		for x := range w {
			n := uint64(rows) * uint64(min(shrink, part.Dx()-x*shrink))
			for c, v := range sums[x] {
				out.Pix[y*out.Stride+4*x+c] = uint8((v + n*257/2) / (n * 257))
			}
		}
		clear(sums)
	}
	step, together := max(1, bandPixels/part.Dx()), p.Rows()
	if together <= MaxPixels/part.Dx() {
		step = max(1, step/together) * together
	}
	for top := part.Min.Y; top < part.Max.Y; {
		band := image.Rect(part.Min.X, top, part.Max.X, min((top/step+1)*step, part.Max.Y))
		img, err := p.Decode(band)
		if err != nil {
			return nil, err
		}
		for y := range band.Dy() {
			addRow(sums, img, y, shrink)
			if n := top + y + 1 - part.Min.Y; n%shrink == 0 || n == part.Dy() {
				flush((n-1)/shrink, (n-1)%shrink+1)
			}
		}
		top = band.Max.Y
	}
	return out, nil
}

// addRow adds the colours of a row, of 16 bits each, to the sums of shrink pixels each.
func addRow(sums [][4]uint64, img image.Image, y, shrink int) {
	b := img.Bounds()
	y += b.Min.Y
	for k := range sums {
		s := &sums[k]
		x, end := b.Min.X+k*shrink, min(b.Min.X+(k+1)*shrink, b.Max.X)
		switch m := img.(type) {
		case *image.Gray:
			var v uint64
			for _, p := range m.Pix[m.PixOffset(x, y):m.PixOffset(end, y)] {
				v += uint64(p)
			}
			for c := range 3 {
				s[c] += 257 * v
			}
			s[3] += 0xffff * uint64(end-x)
		case *image.RGBA:
			var r, g, b, a uint64
			for pix := m.Pix[m.PixOffset(x, y):m.PixOffset(end, y)]; len(pix) >= 4; pix = pix[4:] {
				r += uint64(pix[0])
				g += uint64(pix[1])
				b += uint64(pix[2])
				a += uint64(pix[3])
			}
			s[0] += 257 * r
			s[1] += 257 * g
			s[2] += 257 * b
			s[3] += 257 * a
		default:
			for at := colorsOf(img); x < end; x++ {
				c := at(x, y)
				s[0] += uint64(c.R)
				s[1] += uint64(c.G)
				s[2] += uint64(c.B)
				s[3] += uint64(c.A)
			}
		}
	}
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
