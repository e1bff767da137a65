package rle

import "math"

// BoundaryRatio is the width of boundary IoU's band as a fraction of the image
// diagonal.
const BoundaryRatio = 0.02

// BoundaryDistance returns the width in pixels of boundary IoU's band on an h x
// w image. It is ratio times the diagonal, rounded to the nearest integer
// (halves to even), and at least 1. [BoundaryRatio] is the usual ratio.
func BoundaryDistance(h, w int, ratio float64) int {
	d := math.RoundToEven(ratio * math.Sqrt(float64(float64(h)*float64(h))+float64(float64(w)*float64(w))))
	if !(d >= 1) { // also true for NaN
		return 1
	}
	return int(min(d, math.MaxInt32))
}

// BoundaryBand returns the pixels of the mask within d pixels of its edge: the
// mask minus its erosion, d times, by the 3 x 3 square. Pixels outside the
// image count as background, as in boundary IoU's mask_to_boundary. If d is
// below 1 the result has no foreground.
func (m Mask) BoundaryBand(d int) Mask {
	d = max(d, 0)
	if d >= (min(m.h, m.w)+1)/2 && d > 0 { // the erosion leaves nothing
		return m
	}
	p := morphology{
		e:        Element{shape: "square", half: []int32{1, 1}},
		erosions: d, border: BorderBackground, band: true,
	}
	return p.apply(m, stripWords)
}
