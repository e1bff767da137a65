package imagefile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"
	"math"

	"github.com/hubdata/hubdata/internal/imagefile/picture"
)

// MaxIntegers is the largest number of pixels that [Integers] reads: 2^27, those of a
// square of 11,585 pixels.
const MaxIntegers = 1 << 27

// Integers decodes an image whose pixels are numbers, such as a label image, to the
// numbers as they are stored, row by row: greys of 8 or 16 bits, indices of a palette, and
// in a TIFF integers of up to 64 bits, signed or not, whose values fit into 32 bits without
// sign. Greys of fewer than 8 bits are scaled to 0 to 255. The numbers are in the memory of
// buf, if that is large enough. Colours, numbers with a
// fraction, several pages and a picture that is turned are an [ErrUnsupported]; a negative
// or larger value is an error too. See [Open] for how r is read.
func Integers(r io.Reader, buf []uint32) (h, w int, values []uint32, err error) {
	f, err := Open(r)
	if err != nil {
		return 0, 0, nil, err
	}
	if f.Orientation > upright {
		return 0, 0, nil, fmt.Errorf(
			"%w: the file says that it is to be turned (orientation %d), expected numbers as they are shown", ErrUnsupported,
			f.Orientation)
	}
	if f.Width > MaxIntegers/f.Height {
		return 0, 0, nil, fmt.Errorf("%w: %s of %d x %d pixels, more than %d: cut it into tiles", ErrUnsupported, f.Format,
			f.Width, f.Height, MaxIntegers)
	}
	if f.Format == "TIFF" {
		values, err = tiffIntegers(f.at, buf)
		switch {
		case errors.Is(err, errValue):
			return 0, 0, nil, err
		case err != nil:
			return 0, 0, nil, f.corrupt(err)
		}
		return f.Height, f.Width, values, nil
	}
	img, err := f.Decode()
	if err != nil {
		return 0, 0, nil, err
	}
	pix, stride, deep := []byte(nil), 0, false
	switch m := img.(type) {
	case *image.Gray:
		pix, stride = m.Pix, m.Stride
	case *image.Gray16:
		pix, stride, deep = m.Pix, m.Stride, true
	case *image.Paletted:
		pix, stride = m.Pix, m.Stride
	default:
		return 0, 0, nil, errColors(f.Format)
	}
	if values = buf; cap(buf) < f.Width*f.Height {
		values = make([]uint32, f.Width*f.Height)
	}
	values = values[:f.Width*f.Height]
	for y := range f.Height {
		row, to := pix[y*stride:], values[y*f.Width:(y+1)*f.Width]
		for x := range to {
			if deep {
				to[x] = uint32(row[2*x])<<8 | uint32(row[2*x+1])
			} else {
				to[x] = uint32(row[x])
			}
		}
	}
	return f.Height, f.Width, values, nil
}

// errValue is the error for a pixel that is not a number from 0 to 2^32-1.
var errValue = errors.New("wsi: value out of range")

func errColors(format string) error {
	return fmt.Errorf("%w: found a %s of colours, expected one number per pixel (grey of 8 or 16 bits, or a TIFF of 32)",
		ErrUnsupported, format)
}

// tiffIntegers decodes a TIFF of one sample per pixel.
func tiffIntegers(r io.ReaderAt, buf []uint32) ([]uint32, error) {
	t, photometric, format, err := readSamples(r)
	if err != nil {
		return nil, err
	}
	if err := t.onePage(); err != nil {
		return nil, err
	}
	bits := t.bits
	switch {
	case t.samples != 1 || photometric > 3 || photometric == 2 || t.compression == jpegTIFF:
		return nil, errColors("TIFF")
	case format == 3:
		return nil, fmt.Errorf("%w: found a TIFF of floating-point numbers of %d bits, expected integers: save the labels as uint16 or uint32", ErrUnsupported, bits)
	case format != 1 && format != 2 && format != 4:
		return nil, picture.NotDecoded("TIFF with samples of format %d", format)
	case bits == 8, bits == 16, bits == 32, bits == 64:
	default:
		return nil, fmt.Errorf("%w: found a TIFF of %d bits per pixel, expected 8, 16, 32 or 64", ErrUnsupported, bits)
	}
	if err := t.compressed(); err != nil {
		return nil, err
	}
	if err := t.divide(); err != nil {
		return nil, err
	}
	n := &integers{tiffPicture: t, signed: format == 2}
	return n.decode(buf)
}

// onePage checks that no directory follows the first.
func (d *directory) onePage() error {
	if d.nextPage() != 0 {
		return fmt.Errorf("%w: found a TIFF of several pages, expected one: save each as a file", ErrUnsupported)
	}
	return nil
}

// integers is a TIFF whose samples are decoded to numbers.
type integers struct {
	*tiffPicture
	signed bool
}

func (t *integers) decode(buf []uint32) ([]uint32, error) {
	// The file may be cut: memory grows with what is there.
	values := buf[:0]
	switch n := t.width * t.height; {
	case t.across > 1 && cap(buf) >= n:
		values = buf[:n] // all are set
	case t.across > 1:
		values = make([]uint32, n)
	case cap(buf) < min(n, 1<<22):
		values = make([]uint32, 0, min(n, 1<<22))
	}
	for down := range t.down {
		for across := range t.across {
			at := image.Pt(across*t.blockWidth, down*t.blockHeight)
			index := down*t.across + across
			b, err := t.openBlock(index, at)
			if err != nil {
				return nil, err
			}
			for y := at.Y; y < min(at.Y+t.blockHeight, t.height); y++ {
				if err := t.line(b); err != nil {
					return nil, t.inBlock(index, err)
				}
				if t.across == 1 {
					if cap(values)-len(values) < t.width {
						grown := make([]uint32, len(values), min(t.width*t.height, 2*len(values)+t.width))
						copy(grown, values)
						values = grown
					}
					values = values[:len(values)+t.width]
				}
				to := values[y*t.width+at.X : y*t.width+min(at.X+t.blockWidth, t.width)]
				if err := t.row(to, b.row, at.X, y); err != nil {
					return nil, err
				}
			}
			b.free()
		}
	}
	return values, nil
}

// row reads numbers of a row of samples, of which the first is of the pixel x, y.
func (t *integers) row(to []uint32, row []byte, x, y int) error {
	bytes := t.bits / 8
	if t.bits == 16 && !t.signed && t.order == binary.LittleEndian { // the usual ones
		row = row[:2*len(to)]
		for i := range to {
			to[i] = uint32(row[2*i]) | uint32(row[2*i+1])<<8
		}
		return nil
	}
	var found error
	for i := range to {
		var v uint64
		switch p := row[i*bytes:]; bytes {
		case 1:
			v = uint64(p[0])
		case 2:
			v = uint64(t.order.Uint16(p))
		case 4:
			v = uint64(t.order.Uint32(p))
		default:
			v = t.order.Uint64(p)
		}
		switch {
		case t.signed && v>>(t.bits-1) == 1:
			found = fmt.Errorf("%w: pixel %d, %d: found %d, expected 0 for background and positive numbers for instances",
				errValue, x+i, y, int64(v<<(64-t.bits))>>(64-t.bits))
		case v > math.MaxUint32:
			found = fmt.Errorf("%w: pixel %d, %d: found %d, expected at most %d", errValue, x+i, y, v, uint32(math.MaxUint32))
		}
		if found != nil {
			return found
		}
		to[i] = uint32(v)
	}
	return nil
}
