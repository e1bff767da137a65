package yolo

import (
	"math"
	"math/bits"
	"slices"
	"strconv"

	"github.com/hubdata/hubdata/rle"
)

// A pixel is a column and a row.
type pixel struct{ x, y int }

// A place is where in a pixel a vertex is, on one axis.
type place uint8

const (
	low      place = iota // at the side of lower coordinates
	middle                // in the middle
	high                  // at the side of higher coordinates
	lowest                // close to the side of lower coordinates, as the box begins there
	highest               // close to the side of higher coordinates, as the box ends there
	nearLow               // as close to the side of lower coordinates as the loader's arithmetic allows
	nearHigh              // as close to the side of higher coordinates
)

// A vertex is a point inside of a pixel.
type vertex struct {
	pixel
	px, py place
}

// axis writes the coordinates of one axis as fractions of its length.
type axis struct {
	length   float64
	offset   [nearHigh + 1]float64 // of each place, in pixels
	decimals int
}

// inset is how far inside of the mask its outline is, in pixels. At the size of the image any
// inset up to 1/2 gives the same pixels. At larger ones, fillPoly makes masks larger the
// closer the outline is to their boundary: 3/8 is best from that size to twice it.
const inset = 3. / 8

// newAxis returns the axis of an image's width or height. The loader's 32-bit floats are off
// by up to 2^-23 of the length, if it pads the image too: vertices keep four times that from
// the sides of the pixel, and at least 1/64 of a pixel; those that are to be near twice that,
// and at least 1/4096.
func newAxis(length int) axis {
	edge := min(max(1./64, float64(length)/(1<<21)), .5)
	near := min(max(1./4096, float64(length)/(1<<22)), .5)
	side := max(inset, edge)
	return axis{
		length: float64(length),
		offset: [...]float64{
			low: side, middle: .5, high: 1 - side, lowest: edge, highest: 1 - edge, nearLow: near, nearHigh: 1 - near,
		},
		decimals: len(strconv.Itoa(length)) + 3,
	}
}

// append appends a coordinate.
func (a *axis) append(dst []byte, at int, p place) []byte {
	v := (float64(at) + a.offset[p]) / a.length
	if p >= nearLow {
		return strconv.AppendFloat(dst, float64(float32(v)), 'f', -1, 32)
	}
	return appendFraction(dst, v, a.decimals)
}

// appendFraction appends a number from 0 to 1 with up to so many decimals.
func appendFraction(dst []byte, v float64, decimals int) []byte {
	unit := uint64(math.Pow10(decimals))
	n := uint64(float64(v*float64(unit)) + .5)
	dst = strconv.AppendUint(dst, n/unit, 10)
	if n %= unit; n == 0 {
		return dst
	}
	dst = append(dst, '.')
	end := len(dst) + decimals
	dst = slices.Grow(dst, decimals)[:end]
	for i := end - 1; i >= end-decimals; i-- {
		dst[i] = '0' + byte(n%10)
		n /= 10
	}
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

// crisp reports whether the loader sees the pixel of each vertex, whatever its rounding, and
// nothing but pixels of the sides between them.
func crisp(x, y *axis, outline []vertex) bool {
	if bits.Len(uint(max(x.length, y.length))) > 20 {
		return false
	}
	last := outline[len(outline)-1]
	for _, v := range outline {
		if v.x != last.x && v.y != last.y {
			return false
		}
		last = v
	}
	return true
}

// pixels returns the vertices as the loader cuts them.
func pixels(outline []vertex) rle.Ring {
	ring := make(rle.Ring, len(outline))
	for i, v := range outline {
		ring[i] = rle.Point{float64(v.x), float64(v.y)}
	}
	return ring
}
