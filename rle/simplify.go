package rle

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// ErrIoU is returned if no outline reaches the requested intersection over
// union.
var ErrIoU = errors.New("rle: IoU not reached")

// SimplifiedPolygons traces the mask with fewer points, at the cost of some
// pixels. Filled by the rule, all [Rings] together have an intersection over
// union with the mask of at least minIoU, which must be above 0 and at most 1.
// This is measured on the filled result, never estimated.
//
// It uses the Douglas-Peucker method to thin the rings of [Mask.Polygons] with
// Conn4 for [FillCenter], of [Mask.COCOPolygons] for [FillCOCO] and of
// [Mask.Contours] for [FillOpenCV]. All rings share one tolerance, which a
// binary search maximises. No ring has fewer than three points, and no ring is
// dropped. A still larger tolerance may exist that the search misses, because
// the IoU can rise again as the tolerance grows.
func (m Mask) SimplifiedPolygons(minIoU float64, rule Rule) ([]Polygon, error) {
	if !(minIoU > 0 && minIoU <= 1) {
		return nil, fmt.Errorf("%w: want an IoU above 0 and at most 1, not %v", ErrIoU, minIoU)
	}
	var polygons []Polygon
	switch rule {
	case FillOpenCV:
		polygons = m.Contours()
	case FillCOCO:
		for _, r := range m.COCOPolygons() {
			polygons = append(polygons, Polygon{Outer: r})
		}
	case FillCenter:
		polygons = m.Polygons(Conn4)
	default:
		return nil, fmt.Errorf("%w %d: want FillOpenCV, FillCOCO or FillCenter", ErrRule, rule)
	}
	var weights [][]float64
	tolerances := []float64{-1} // keeps every point
	for _, r := range Rings(polygons) {
		ws := ringWeights(r)
		weights = append(weights, ws)
		for _, v := range ws {
			if !math.IsInf(v, 1) {
				tolerances = append(tolerances, v)
			}
		}
	}
	slices.Sort(tolerances)
	tolerances = slices.Compact(tolerances)
	var best []Polygon
	for lo, hi := 0, len(tolerances); lo < hi; {
		// The exact rings are tried first, so there is always a result.
		mid := (lo + hi) / 2
		if best == nil {
			mid = 0
		}
		thin := thinPolygons(polygons, weights, tolerances[mid])
		got, err := FromPolygon(m.h, m.w, rule, Rings(thin)...)
		if err != nil {
			return nil, err
		}
		switch {
		case maskIoU(m, got) >= minIoU:
			best, lo = thin, mid+1
		case mid == 0:
			return nil, fmt.Errorf("%w: the outline itself gives %v, want %v", ErrIoU, maskIoU(m, got), minIoU)
		default:
			hi = mid
		}
	}
	return best, nil
}

// maskIoU returns the intersection over union of masks of the same size, or 1
// if neither has foreground.
func maskIoU(a, b Mask) float64 {
	both, i, j := 0, 0, 0
	apos, bpos := 0, 0
	for i < len(a.runs) && j < len(b.runs) {
		aend, bend := apos+int(a.runs[i]), bpos+int(b.runs[j])
		if i%2 == 1 && j%2 == 1 {
			both += max(0, min(aend, bend)-max(apos, bpos))
		}
		if aend <= bend {
			apos = aend
			i++
		} else {
			bpos = bend
			j++
		}
	}
	union := a.Area() + b.Area() - both
	if union == 0 {
		return 1
	}
	return float64(both) / float64(union)
}

// thinPolygons keeps the points whose weight is above the tolerance. weights
// has one list per ring, in the order of Rings.
func thinPolygons(polygons []Polygon, weights [][]float64, tolerance float64) []Polygon {
	thin := make([]Polygon, len(polygons))
	k := 0
	for i, p := range polygons {
		thin[i].Outer = thinRing(p.Outer, weights[k], tolerance)
		k++
		for _, hole := range p.Holes {
			thin[i].Holes = append(thin[i].Holes, thinRing(hole, weights[k], tolerance))
			k++
		}
	}
	return thin
}

func thinRing(r Ring, weights []float64, tolerance float64) Ring {
	var thin Ring
	for i, p := range r {
		if weights[i] > tolerance {
			thin = append(thin, p)
		}
	}
	return thin
}

// ringWeights returns, for every point of a ring of at least three points, the
// largest tolerance below which the Douglas-Peucker method keeps it. Three
// points have an infinite weight: the first point, the point farthest from it,
// and the point farthest from the line through these two.
func ringWeights(r Ring) []float64 {
	far := 0
	for i, p := range r {
		if length(p[0]-r[0][0], p[1]-r[0][1]) > length(r[far][0]-r[0][0], r[far][1]-r[0][1]) {
			far = i
		}
	}
	if far == 0 { // all points are equal
		far = 1
	}
	weights := make([]float64, len(r))
	weights[0], weights[far] = math.Inf(1), math.Inf(1)
	type chord struct {
		a, b  int // the points between a and b are open; b = len(r) is point 0
		limit float64
	}
	third := -1
	for stack := []chord{{0, far, math.Inf(1)}, {far, len(r), math.Inf(1)}}; len(stack) > 0; {
		c := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if c.b-c.a < 2 {
			continue
		}
		top, height := c.a+1, -1.0
		for i := c.a + 1; i < c.b; i++ {
			if d := distance(r[i], r[c.a], r[c.b%len(r)]); d > height {
				top, height = i, d
			}
		}
		// A point is kept only if the point that splits its chord is kept.
		weights[top] = min(height, c.limit)
		if third < 0 || weights[top] > weights[third] {
			third = top
		}
		stack = append(stack, chord{c.a, top, weights[top]}, chord{top, c.b, weights[top]})
	}
	if third >= 0 {
		weights[third] = math.Inf(1)
	}
	return weights
}

// distance returns the distance from p to the segment from a to b.
func distance(p, a, b Point) float64 {
	ux, uy, vx, vy := b[0]-a[0], b[1]-a[1], p[0]-a[0], p[1]-a[1]
	if n := float64(ux*ux) + float64(uy*uy); n > 0 {
		t := min(max((float64(ux*vx)+float64(uy*vy))/n, 0), 1)
		vx, vy = vx-float64(t*ux), vy-float64(t*uy)
	}
	return length(vx, vy)
}

// length returns the length of a vector. It avoids [math.Hypot], whose last bit
// depends on the machine.
func length(x, y float64) float64 { return math.Sqrt(float64(x*x) + float64(y*y)) }
