package check

import (
	"math"
	"slices"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/boxindex"
	"github.com/hubdata/hubdata/rle"
)

// A ring is open if it has enough points to be a drawn outline, and its closing edge is
// longer than openLength pixels and than openRatio times every other edge.
const (
	openPoints = 16
	openLength = 10
	openRatio  = 5
)

// edgeBudget is the number of pairs of edges that are compared per edge of a ring, as
// they lie from left to right. If it does not suffice, the edges whose boxes meet are
// compared, of which pairBudget is the maximum number of pairs of a ring.
const (
	edgeBudget = 200
	pairBudget = 20_000_000
)

// outline checks rings of at least three points each.
func (v *validator) outline(rings []rle.Ring, img *coco.Image, at coco.Place, f *findings) {
	for i, r := range rings {
		repeats, longest := 0, 0.0
		for k := 1; k < len(r); k++ {
			if r[k] == r[k-1] {
				repeats++
			}
			longest = max(longest, squared(r[k], r[k-1]))
		}
		longest = math.Sqrt(longest)
		if repeats > 0 {
			f.add(RingRepeat, ringAt(at, i), "found %d points that repeat the previous one", repeats)
		}
		if gap := math.Sqrt(squared(r[0], r[len(r)-1])); len(r) >= openPoints && gap > openLength && gap > openRatio*longest {
			f.add(RingOpen, ringAt(at, i), "it ends %.0f pixels from where it starts, but its longest edge has %.0f", gap, longest)
		}
		if p, q, ok, all := crossing(r); ok {
			f.add(RingCrossing, ringAt(at, i), "the edges that start at points %d and %d cross", p, q)
		} else if !all {
			f.add(NotChecked, ringAt(at, i), "whether the ring crosses itself: too many of its %d edges lie next to each other", len(r))
		}
		if sized(img) {
			right, bottom := float64(img.Width)+boxSlack, float64(img.Height)+boxSlack
			if v.o.OpenCV { // here vertices are pixels, not points of the plane
				right, bottom = right-1, bottom-1
			}
			for k, p := range r {
				if p[0] < -boxSlack || p[1] < -boxSlack || p[0] > right || p[1] > bottom {
					f.add(RingOutside, ringAt(at, i), "point %d is at %v, %v, but the image is %d wide and %d high", k, p[0], p[1], img.Width, img.Height)
					break
				}
			}
		}
	}
}

// squared returns the square of the distance of two points.
func squared(a, b rle.Point) float64 {
	x, y := a[0]-b[0], a[1]-b[1]
	return float64(x*x) + float64(y*y)
}

// crossing returns two edges of a ring that cross in their interior. Each edge is given
// by the index of its first point; of several pairs the one with the lowest indices is
// returned. Edges that only touch do not cross. If too many edges of a ring lie next to
// each other, the comparison ends early, and all is false.
func crossing(r rle.Ring) (p, q int, ok, all bool) {
	// Edges are ordered by their left ends, in keys that sort fast: the coordinate to
	// 24 bits, then the edge's index.
	edges := make([]uint64, 0, len(r))
	for i, a := range r {
		if b := r[(i+1)%len(r)]; a != b {
			left, _ := rank(min(a[0], b[0]))
			edges = append(edges, left<<32|uint64(i))
		}
	}
	slices.Sort(edges)
	budget := edgeBudget * len(edges)
	for i, e := range edges {
		if budget == 0 {
			return crossingByBox(r)
		}
		at := int(uint32(e))
		a, b := r[at], r[(at+1)%len(r)]
		right, top, bottom := max(a[0], b[0]), min(a[1], b[1]), max(a[1], b[1])
		beyond, exact := rank(right)
		if !exact { // edges of that rank may begin left of it
			beyond++
		}
		for k := i + 1; k < len(edges) && edges[k]>>32 < beyond && budget > 0; k++ {
			budget--
			g := int(uint32(edges[k]))
			c, d := r[g], r[(g+1)%len(r)]
			if min(c[1], d[1]) >= bottom || max(c[1], d[1]) <= top || !across(a, b, c, d) || !across(c, d, a, b) {
				continue
			}
			lo, hi := min(at, g), max(at, g)
			if !ok || lo < p || lo == p && hi < q {
				p, q, ok = lo, hi, true
			}
		}
	}
	return p, q, ok, true
}

// crossingByBox is crossing for rings of many edges that lie above each other.
func crossingByBox(r rle.Ring) (p, q int, ok, all bool) {
	var boxes []boxindex.Box
	var edges []int // the edge of each, by its first point
	for i, a := range r {
		if b := r[(i+1)%len(r)]; a != b {
			boxes = append(boxes, boxindex.Box{X0: min(a[0], b[0]), Y0: min(a[1], b[1]), X1: max(a[0], b[0]), Y1: max(a[1], b[1])})
			edges = append(edges, i)
		}
	}
	budget := pairBudget
	all = new(boxindex.Index).Pairs(boxes, func(later, earlier int) bool {
		if budget == 0 {
			return false
		}
		budget--
		i, j := edges[later], edges[earlier]
		a, b, c, d := r[i], r[(i+1)%len(r)], r[j], r[(j+1)%len(r)]
		if lo, hi := min(i, j), max(i, j); (!ok || lo < p || lo == p && hi < q) && across(a, b, c, d) && across(c, d, a, b) {
			p, q, ok = lo, hi, true
		}
		return true
	})
	return p, q, ok, all
}

// rank turns a coordinate into a 32-bit integer that preserves the order. Coordinates
// that 24 bits cannot distinguish have the same rank. exact reports whether no smaller
// coordinate has that rank.
func rank(v float64) (n uint64, exact bool) {
	if v == 0 {
		v = 0 // positive or negative zero
	}
	f := float32(v)
	if float64(f) > v {
		f = math.Nextafter32(f, float32(math.Inf(-1)))
	}
	bits := math.Float32bits(f)
	if bits>>31 != 0 {
		bits = ^bits
	} else {
		bits |= 1 << 31
	}
	return uint64(bits), float64(f) == v
}

// across reports whether c and d lie on different sides of the line through a and b. It
// reports false if one of them is on the line.
func across(a, b, c, d rle.Point) bool {
	s, t := side(a, b, c), side(a, b, d)
	return s > 0 && t < 0 || s < 0 && t > 0
}

// side returns the side of the line through a and b on which the point c lies. It is 0
// if c is on the line, or too close to it to decide.
func side(a, b, c rle.Point) float64 {
	l, r := float64((b[0]-a[0])*(c[1]-a[1])), float64((b[1]-a[1])*(c[0]-a[0]))
	if s := l - r; math.Abs(s) > 1e-12*(math.Abs(l)+math.Abs(r)) {
		return s
	}
	return 0
}
