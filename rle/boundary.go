package rle

import "math"

// BoundaryRatio is the part of the image diagonal that boundary IoU takes for
// the width of its band.
const BoundaryRatio = 0.02

// BoundaryDistance returns the width in pixels of boundary IoU's band on an
// h x w image: ratio times the diagonal, rounded, halves to the even number,
// and at least 1. [BoundaryRatio] is the usual ratio.
func BoundaryDistance(h, w int, ratio float64) int {
	d := math.RoundToEven(ratio * math.Sqrt(float64(float64(h)*float64(h))+float64(float64(w)*float64(w))))
	if !(d >= 1) { // not a number included
		return 1
	}
	return int(min(d, math.MaxInt32))
}

// BoundaryBand returns the pixels of the mask within d pixels of its edge: the
// mask without its erosion by the 3 x 3 square d times with pixels outside
// taken for background (boundary IoU's mask_to_boundary). d below 1 gives a
// mask without foreground.
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
