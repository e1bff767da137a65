package rle

import (
	"encoding/binary"
	"image"
	"image/color"
)

// FromImage returns a mask of an image. Which pixels are foreground depends on
// the type:
//
//   - [image.Gray] and [image.Gray16]: every value but 0;
//   - [image.Alpha] and [image.Alpha16]: every alpha but 0;
//   - [image.Paletted]: every index but 0, whatever the palette;
//   - all others: a nonzero alpha together with a nonzero red, green or blue,
//     as [color.Color] returns them. Black pixels and fully transparent pixels
//     are background.
//
// The mask's pixel (0, 0) is the top left of the image's bounds. An image of
// more than [MaxPixels] pixels is an error that wraps [ErrSize].
func FromImage(img image.Image) (Mask, error) {
	r := img.Bounds()
	h, w := r.Dy(), r.Dx()
	if err := checkSize(h, w); err != nil {
		return Mask{}, err
	}
	if h*w == 0 {
		return Mask{h: h, w: w}, nil
	}
	var win window
	switch img := img.(type) {
	case *image.Gray:
		win.loadBytes(img.Pix, img.Stride, h, w)
	case *image.Alpha:
		win.loadBytes(img.Pix, img.Stride, h, w)
	case *image.Paletted:
		win.loadBytes(img.Pix, img.Stride, h, w)
	default:
		win.reset(0, 0, w, h)
		on := foregroundOf(img)
		for y := range h {
			for x := range w {
				if on(r.Min.X+x, r.Min.Y+y) {
					win.set(x, y)
				}
			}
		}
	}
	return win.mask(h, w), nil
}

// foregroundOf returns a function that reports whether a pixel of the image is
// foreground.
func foregroundOf(img image.Image) func(x, y int) bool {
	switch img := img.(type) {
	case *image.Gray16:
		return func(x, y int) bool { return img.Gray16At(x, y).Y != 0 }
	case *image.Alpha16:
		return func(x, y int) bool { return img.Alpha16At(x, y).A != 0 }
	case *image.RGBA:
		return func(x, y int) bool {
			p := img.Pix[img.PixOffset(x, y):]
			return p[3] != 0 && (p[0]|p[1]|p[2]) != 0
		}
	case *image.NRGBA:
		return func(x, y int) bool {
			p := img.Pix[img.PixOffset(x, y):]
			return p[3] != 0 && (p[0]|p[1]|p[2]) != 0
		}
	}
	return func(x, y int) bool { return shines(img.At(x, y)) }
}

// shines reports whether a colour is neither black nor fully transparent.
func shines(c color.Color) bool {
	r, g, b, a := c.RGBA()
	return a != 0 && r|g|b != 0
}

// loadBytes sets win to the h x w mask of the nonzero row-major bytes. It reads
// eight bytes at a time, since most of a mask is background.
func (win *window) loadBytes(pix []byte, stride, h, w int) {
	win.reset(0, 0, w, h)
	for y := range h {
		row := pix[y*stride : y*stride+w]
		bits := win.bits[y>>6:] // this row's words, one in every stride
		bit := uint64(1) << (y & 63)
		x := 0
		for ; x+8 <= w; x += 8 {
			if binary.LittleEndian.Uint64(row[x:]) == 0 {
				continue
			}
			for i, p := range row[x : x+8] {
				if p != 0 {
					bits[(x+i)*win.stride] |= bit
				}
			}
		}
		for ; x < w; x++ {
			if row[x] != 0 {
				bits[x*win.stride] |= bit
			}
		}
	}
}

// Image returns the mask as a gray image, 255 for foreground and 0 for
// background.
func (m Mask) Image() *image.Gray {
	img := image.NewGray(image.Rect(0, 0, m.w, m.h))
	for p := range m.pieces {
		for i := p.y*img.Stride + p.x; p.n > 0; p.n-- {
			img.Pix[i] = 255
			i += img.Stride
		}
	}
	return img
}
