package cellpose

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/hubdata/hubdata/formats/internal/raster"
)

// array is a numpy array of numbers.
type array struct {
	shape   []int64
	kind    byte // b, u, i, f, ...; O: objects
	size    int  // bytes of an element
	order   binary.ByteOrder
	fortran bool
	data    []byte
	objects []any // of kind O
}

// setType sets the type of the elements from numpy's code for it, such as <u2 or u2.
func (a *array) setType(code string) error {
	a.order = binary.LittleEndian
	rest := code
	if rest != "" {
		switch rest[0] {
		case '>', '!':
			a.order = binary.BigEndian
			rest = rest[1:]
		case '<', '=', '|':
			rest = rest[1:]
		}
	}
	if rest == "O" {
		rest = "O8"
	}
	if rest == "?" {
		rest = "b1"
	}
	if len(rest) < 2 || len(rest) > 9 {
		return fmt.Errorf("found elements of type %q, expected a type such as uint16 or int32", short(code))
	}
	a.kind, a.size = rest[0], 0
	for _, c := range []byte(rest[1:]) {
		if c < '0' || c > '9' {
			return fmt.Errorf("found elements of type %q, expected a type such as uint16 or int32", short(code))
		}
		a.size = 10*a.size + int(c-'0')
	}
	return nil
}

// short is a text from a file for a message.
func short(s string) string {
	if len(s) > 60 {
		return s[:60] + "..."
	}
	return s
}

// count is the number of elements; ok is false if it is larger than a canvas, or negative.
func (a *array) count() (n int, ok bool) {
	product := int64(1)
	for _, k := range a.shape {
		if k < 0 || k > 0 && product > raster.MaxPixels/k {
			return 0, false
		}
		product *= k
	}
	return int(product), true
}

// labels returns a two-dimensional array of integers as a canvas.
func (a *array) labels() (*raster.Canvas, error) {
	if len(a.shape) != 2 {
		return nil, fmt.Errorf("found an array of the shape %v, expected two dimensions (height, width): save each plane as a file", a.shape)
	}
	n, ok := a.count()
	if !ok || n == 0 {
		return nil, fmt.Errorf("found an array of the shape %v, expected a height and a width of 1 to %d pixels in all",
			a.shape, raster.MaxPixels)
	}
	h, w := int(a.shape[0]), int(a.shape[1])
	switch {
	case a.kind == 'f':
		return nil, fmt.Errorf("found floating-point numbers of %d bits, expected integers: save masks.astype(\"uint32\")",
			8*a.size)
	case a.kind == 'b' && a.size == 1, (a.kind == 'u' || a.kind == 'i') &&
		(a.size == 1 || a.size == 2 || a.size == 4 || a.size == 8):
	default:
		return nil, fmt.Errorf("found elements of numpy's type %c%d, expected integers of 8 to 64 bits", a.kind, a.size)
	}
	if len(a.data) != n*a.size {
		return nil, fmt.Errorf("found %d bytes of data, expected %d for the shape %v of %d bytes each: the file is cut or was changed", len(a.data), n*a.size, a.shape, a.size)
	}
	values := make([]uint32, n)
	for i := range values {
		var v uint64
		switch p := a.data[i*a.size:]; a.size {
		case 1:
			v = uint64(p[0])
		case 2:
			v = uint64(a.order.Uint16(p))
		case 4:
			v = uint64(a.order.Uint32(p))
		default:
			v = a.order.Uint64(p)
		}
		bits := 8 * a.size
		negative := a.kind == 'i' && v>>(bits-1) == 1
		if negative || v > math.MaxUint32 {
			y, x := i/w, i%w
			if a.fortran {
				y, x = i%h, i/h
			}
			if negative {
				return nil, fmt.Errorf("pixel %d, %d: found %d, expected 0 for background and positive numbers for instances", x, y,
					int64(v<<(64-bits))>>(64-bits))
			}
			return nil, fmt.Errorf("pixel %d, %d: found %d, expected at most %d", x, y, v, uint32(math.MaxUint32))
		}
		values[i] = uint32(v)
	}
	if a.fortran {
		return &raster.Canvas{Height: h, Width: w, Values: values}, nil
	}
	return raster.FromRows(h, w, values)
}
