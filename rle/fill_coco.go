package rle

import (
	"math"
	"math/bits"
	"slices"
)

// This file implements FillCOCO. In pycocotools' rleFrPoly, vertices are scaled
// by 5 and rounded, and each edge becomes a dense walk of lattice points. Where
// the walk steps between lattice columns 5k+2 and 5k+3 (the middle of pixel
// column k), it flips column k from some row downwards. The sorted positions of
// all flips are the bounds of the runs.
//
// This code computes only those steps, with the same expressions as the walk.
// It stores the flips in a bit image, whose set bits, in order, are the run
// bounds.

// maxCOCO is the largest absolute value of a coordinate under FillCOCO. It
// keeps 5 times the difference of two coordinates within the reference's 32-bit
// int.
const maxCOCO = 1e8

// coco fills rings by FillCOCO and stores the runs in f.runs. The mask's top left pixel is
// pixel f.left, f.top of the plane.
func (f *filler) coco(h, w int, rings []Ring) error {
	// bounds holds the bounds of the runs of all rings, one after the other.
	bounds, ends := f.edge[0][:0], f.ends[0][:0]
	for r, ring := range rings {
		box, err := f.scale(w, r, ring)
		if err != nil {
			return err
		}
		if h*w == 0 || box[0] >= box[1] {
			continue
		}
		y0, y1 := latticeRow(box[2], f.top, h), latticeRow(box[3], f.top, h)
		base := len(bounds)
		for x, width := box[0], f.bandWidth(y1-y0+1); x < box[1]; x += width {
			f.win.reset(x, y0, min(width, box[1]-x), y1-y0+1)
			f.flips(h)
			var ok bool
			if bounds, ok = f.appendBounds(bounds, base, h); !ok {
				f.edge[0] = bounds
				return f.tooManyRuns(h, w, rings)
			}
		}
		ends = append(ends, len(bounds))
	}
	f.edge[0], f.ends[0] = bounds, ends
	if len(ends) > 1 {
		bounds = f.union()
	}
	if n := len(bounds); n > 0 && int(bounds[n-1]) == h*w {
		bounds = bounds[:n-1]
	}
	runs, pos := resize(f.runs, len(bounds)+1), uint32(0)
	for i, b := range bounds {
		runs[i] = b - pos
		pos = b
	}
	runs[len(bounds)] = uint32(h*w) - pos
	f.runs = runs
	return nil
}

// latticeRow returns the pixel row from which a step at lattice row v flips its
// column: the first of n rows from row first of the plane on whose middle is at v or
// below it, else n. In the same way it finds the first pixel column whose middle is at
// v or to the right of it.
func latticeRow(v, first, n int) int { return min(max((v+2)/5-first, 0), n) }

// scale fills f.pts with the lattice points of ring number r, and f.cols with
// their pixel columns in 0..w. It returns the least and greatest columns (the
// greatest is not itself crossed), and the least and greatest lattice rows.
func (f *filler) scale(w, r int, ring Ring) (box [4]int, err error) {
	f.pts, f.cols = resize(f.pts, len(ring)), resize(f.cols, len(ring))
	pts, cols := f.pts[:len(ring)], f.cols[:len(ring)]
	loX, hiX, loY, hiY := w, 0, math.MaxInt, math.MinInt
	for i, p := range ring {
		if !(p[0] >= -maxCOCO && p[0] <= maxCOCO && p[1] >= -maxCOCO && p[1] <= maxCOCO) {
			return box, badPoint(r, i, p, "from -1e8 to 1e8 for coco")
		}
		// The conversions prevent fused multiply-add; int truncates towards
		// zero, as in C.
		x, y := int(float64(5*p[0])+.5), int(float64(5*p[1])+.5)
		col := latticeRow(x, f.left, w)
		pts[i], cols[i] = vertex{int32(x), int32(y)}, int32(col)
		loX, hiX = min(loX, col), max(hiX, col)
		loY, hiY = min(loY, y), max(hiY, y)
	}
	return [4]int{loX, hiX, loY, hiY}, nil
}

// flips sets the bits of the window where the walk along f.pts flips one of its
// columns.
func (f *filler) flips(h int) {
	pts := f.pts
	cols := f.cols[:len(pts)]
	win := &f.win
	plane, stride, ox, oy, right := win.bits, win.stride, win.x0, win.y0, win.x0+win.w
	p, pc := pts[len(pts)-1], int(cols[len(pts)-1])
	for i, q := range pts {
		qc := int(cols[i])
		a, b, first, end := p, q, pc, qc
		p, pc = q, qc
		if first == end {
			continue
		}
		first, end = max(min(first, end), ox), min(max(first, end), right)
		dx, dy := int(b.x)-int(a.x), int(b.y)-int(a.y)
		if abs(dx) >= abs(dy) {
			if dx < 0 {
				a, dx, dy = b, -dx, -dy
			}
			s, ys := float64(dy)/float64(dx), float64(a.y)
			t := 5*(f.left+first) + 2 - int(a.x)
			if dy < 0 { // the higher end of the step counts
				t++
			}
			for k := first; k < end; k++ {
				v := int(ys + float64(s*float64(t)) + .5)
				y := latticeRow(v, f.top, h) - oy
				plane[(k-ox)*stride+y>>6] ^= 1 << (y & 63)
				t += 5
			}
			continue
		}
		if dy < 0 {
			a, dx, dy = b, -dx, -dy
		}
		s, xs, inv := float64(dx)/float64(dy), float64(a.x), float64(dy)/float64(dx)
		for k := first; k < end; k++ {
			t := stepAt(xs, s, inv, float64(5*(f.left+k)+3))
			y := latticeRow(int(a.y)+t-1, f.top, h) - oy
			plane[(k-ox)*stride+y>>6] ^= 1 << (y & 63)
		}
	}
}

// stepAt returns the first t at which xs + s*t + .5, which is monotonic in t,
// has passed x. That means it is at least x if s > 0, and below x if s < 0. inv
// is about 1/s.
func stepAt(xs, s, inv, x float64) int {
	t := int((x - .5 - xs) * inv)
	if s > 0 {
		for xs+float64(s*float64(t))+.5 >= x {
			t--
		}
		for xs+float64(s*float64(t))+.5 < x {
			t++
		}
		return t
	}
	for xs+float64(s*float64(t))+.5 < x {
		t--
	}
	for xs+float64(s*float64(t))+.5 >= x {
		t++
	}
	return t
}

func abs(v int) int {
	if v < 0 {
		return -v
	}
	return v
}

// appendBounds appends the positions of the window's set bits in the mask of
// height h. A flip at row h, just below the last row, is a flip at row 0 of the
// next column, and two flips at the same place cancel. dst[base:] are the bounds
// of the same ring in the columns to the left. If there are more than
// f.limit, appendBounds gives up.
func (f *filler) appendBounds(dst []uint32, base, h int) (bounds []uint32, ok bool) {
	win := &f.win
	i := 0
	for x := win.x0; x < win.x0+win.w; x++ {
		if len(dst) > f.limit {
			return dst, false
		}
		origin := x*h + win.y0
		for range win.stride {
			for word := win.bits[i]; word != 0; word &= word - 1 {
				at := uint32(origin + bits.TrailingZeros64(word))
				if n := len(dst); n > base && dst[n-1] == at {
					dst = dst[:n-1]
				} else {
					dst = append(dst, at)
				}
			}
			origin += 64
			i++
		}
	}
	return dst, len(dst) <= f.limit
}

// union merges the bounds of the rings in f.edge[0], which end at f.ends[0],
// into the bounds of their union. It merges in pairs, so the work is that of a
// merge sort.
func (f *filler) union() []uint32 {
	src, dst := 0, 1
	for len(f.ends[src]) > 1 {
		in, ends := f.edge[src], f.ends[src]
		out, outEnds := f.edge[dst][:0], f.ends[dst][:0]
		start := 0
		for i := 0; i < len(ends); i += 2 {
			if i+1 == len(ends) {
				out = append(out, in[start:ends[i]]...)
			} else {
				out = appendUnion(out, in[start:ends[i]], in[ends[i]:ends[i+1]])
				start = ends[i+1]
			}
			outEnds = append(outEnds, len(out))
		}
		f.edge[dst], f.ends[dst] = out, outEnds
		src, dst = dst, src
	}
	return f.edge[src]
}

// appendUnion appends the bounds of the union of two masks, given the bounds of
// each.
func appendUnion(dst, a, b []uint32) []uint32 {
	dst = slices.Grow(dst, len(a)+len(b))
	i, j := 0, 0
	on := false
	for i < len(a) || j < len(b) {
		var at uint32
		switch {
		case j == len(b) || i < len(a) && a[i] < b[j]:
			at = a[i]
			i++
		case i == len(a) || b[j] < a[i]:
			at = b[j]
			j++
		default:
			at = a[i]
			i, j = i+1, j+1
		}
		if now := i%2 == 1 || j%2 == 1; now != on {
			dst = append(dst, at)
			on = now
		}
	}
	return dst
}
