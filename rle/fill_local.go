package rle

import (
	"fmt"
	"math"
)

// maxSide is the largest side of an image for FromPolygonLocal.
const maxSide = 1 << 30

// FromPolygonLocal fills rings on an h x w image that may have more than [MaxPixels], such
// as a slide, with sides of up to 2^30 pixels. It returns the part of the image that the
// rings may cover, whose top left pixel is (x, y) of the image: exactly what
// [Mask.Crop] gives of the mask of [FromPolygon] with the same rule and rings, where that
// mask is possible. Rings that are not on the image give the 0 x 0 mask.
//
// Errors are those of FromPolygon, for the size of the part.
func FromPolygonLocal(h, w int, rule Rule, rings ...Ring) (m Mask, x, y int, err error) {
	if h < 0 || w < 0 || h > maxSide || w > maxSide {
		return Mask{}, 0, 0, fmt.Errorf("%w: height %d, width %d: expected sides from 0 to 2^30", ErrSize, h, w)
	}
	limit := float64(maxCOCO) // of FillCenter too
	if rule == FillOpenCV {
		limit = math.MaxInt32
	}
	x, y, right, bottom := extent(rings, limit)
	right, bottom = min(right, w), min(bottom, h)
	if x >= right || y >= bottom {
		x, y, right, bottom = 0, 0, 0, 0 // the rings are still checked
	}
	f := fillers.Get().(*filler)
	defer f.release()
	if rule == FillCOCO {
		// It rounds at each step along an edge, which depends on the place of the edge.
		f.left, f.top = x, y
	} else if x > 0 || y > 0 {
		rings = moved(rings, float64(x), float64(y))
	}
	if err := f.fill(bottom-y, right-x, rule, rings); err != nil {
		return Mask{}, 0, 0, err
	}
	return f.mask(bottom-y, right-x), x, y, nil
}

// extent returns the pixels from 0, 0 on that rings may cover, from x0, y0 to before
// x1, y1. A rule may fill the pixel next to a vertex. Points beyond a limit are left out.
func extent(rings []Ring, limit float64) (x0, y0, x1, y1 int) {
	x0, y0 = math.MaxInt, math.MaxInt
	for _, ring := range rings {
		for _, p := range ring {
			if !(math.Abs(p[0]) <= limit && math.Abs(p[1]) <= limit) {
				continue
			}
			x, y := int(math.Floor(p[0])), int(math.Floor(p[1]))
			x0, y0, x1, y1 = min(x0, x-1), min(y0, y-1), max(x1, x+2), max(y1, y+2)
		}
	}
	return max(x0, 0), max(y0, 0), x1, y1
}

// moved returns rings x to the left and y up. No coordinate is left of x, or above y,
// unless that is 0, so the differences are exact.
func moved(rings []Ring, x, y float64) []Ring {
	out := make([]Ring, len(rings))
	for i, ring := range rings {
		out[i] = make(Ring, len(ring))
		for k, p := range ring {
			out[i][k] = Point{p[0] - x, p[1] - y}
		}
	}
	return out
}
