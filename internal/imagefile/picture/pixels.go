package picture

import "image"

// Grey returns what makes a picture of grey pixels, of 16 bits if deep, with its bytes and those
// of a row.
func Grey(deep bool) func(image.Rectangle) (image.Image, []byte, int) {
	return func(r image.Rectangle) (image.Image, []byte, int) {
		if deep {
			m := image.NewGray16(r)
			return m, m.Pix, m.Stride
		}
		m := image.NewGray(r)
		return m, m.Pix, m.Stride
	}
}

// Colored returns what makes pictures of colours, opaque as long as their alpha is not set. With
// multiplied, their alpha is multiplied into the colours.
func Colored(deep, multiplied bool) func(image.Rectangle) (image.Image, []byte, int) {
	return func(r image.Rectangle) (img image.Image, pix []byte, stride int) {
		switch {
		case deep && multiplied:
			m := image.NewRGBA64(r)
			img, pix, stride = m, m.Pix, m.Stride
		case deep:
			m := image.NewNRGBA64(r)
			img, pix, stride = m, m.Pix, m.Stride
		case multiplied:
			m := image.NewRGBA(r)
			img, pix, stride = m, m.Pix, m.Stride
		default:
			m := image.NewNRGBA(r)
			img, pix, stride = m, m.Pix, m.Stride
		}
		if len(pix) > 0 {
			pix[0] = 0xff
		}
		for n := 1; n < len(pix); n *= 2 {
			copy(pix[n:], pix[:n])
		}
		return img, pix, stride
	}
}
