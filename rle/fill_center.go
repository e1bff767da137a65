package rle

import (
	"math"
	"math/big"
)

// This file implements FillCenter. An edge from y0 to y1 (y0 < y1) crosses the
// line y+0.5 through the centres of a row if y0 <= y+0.5 < y1. It then flips
// the pixels of the row whose centres are at the crossing or to the right of
// it. A flip is stored as a bit of the window at the first flipped pixel, and
// one sweep over the columns turns flips into filled pixels. All decisions are
// exact.

// maxCenter is the largest absolute value of a coordinate under FillCenter.
const maxCenter = 1e8

// Coordinates that are multiples of 1/grid up to maxGrid are computed in
// integers; products of these stay below 2^60.
const (
	grid    = 256
	maxGrid = 1 << 20
)

// center fills rings by FillCenter and stores the runs in f.runs.
func (f *filler) center(h, w int, rings []Ring) error {
	n := 0
	for _, ring := range rings {
		n += len(ring)
	}
	f.pts = resize(f.pts, n)
	loX, loY, hiX, hiY := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	onGrid, whole := true, true
	i := 0
	for r, ring := range rings {
		for j, p := range ring {
			x, y := p[0], p[1]
			if !(x >= -maxCenter && x <= maxCenter && y >= -maxCenter && y <= maxCenter) {
				return badPoint(r, j, p, "from -1e8 to 1e8 for center")
			}
			loX, hiX, loY, hiY = min(loX, x), max(hiX, x), min(loY, y), max(hiY, y)
			gx, gy := int64(x*grid), int64(y*grid)
			onGrid = onGrid && float64(gx) == x*grid && float64(gy) == y*grid
			whole = whole && (gx|gy)&(grid-1) == 0
			f.pts[i] = vertex{int32(gx), int32(gy)}
			i++
		}
	}
	if h*w == 0 {
		return nil
	}
	x0, y0 := max(centerAt(loX, w), 0), max(centerAt(loY, h), 0)
	x1, y1 := centerAt(hiX, w), centerAt(hiY, h)
	if n == 0 || x0 >= x1 || y0 >= y1 {
		f.runs = append(f.runs[:0], uint32(h*w))
		return nil
	}
	onGrid = onGrid && max(-loX, hiX, -loY, hiY) <= maxGrid
	width := f.bandWidth(y1 - y0)
	inside := loX >= 0 && loY >= 0 && hiX <= float64(w) && hiY <= float64(h) && x1-x0 <= width
	f.runs = f.runs[:0]
	pos := 0
	for x := x0; x < x1; x += width {
		f.win.reset(x, y0, min(width, x1-x), y1-y0)
		pts := f.pts
		for _, ring := range rings {
			n := len(ring)
			switch {
			case n == 0:
			case onGrid && whole && inside:
				f.flipWhole(pts[:n])
			case onGrid:
				f.flipGrid(pts[:n])
			default:
				f.flipExact(ring)
			}
			pts = pts[n:]
		}
		parity(f.win.bits, f.win.stride)
		var ok bool
		if f.runs, pos, ok = f.win.continueRuns(f.runs, pos, h, w, f.limit); !ok {
			return f.tooManyRuns(h, w, rings)
		}
	}
	f.runs = closeRuns(f.runs, pos, h*w)
	return nil
}

// centerAt returns the first pixel of 0..n-1 whose centre is at v or to the
// right of it, or n if there is none. Rounding v-0.5 cannot change a result in
// that range.
func centerAt(v float64, n int) int {
	return int(math.Ceil(min(max(v-.5, 0), float64(n))))
}

// flip flips pixel c of row y and all pixels to the right of it, in window
// coordinates.
func (f *filler) flip(c, y int) {
	if c < f.win.w {
		f.win.bits[max(c, 0)*f.win.stride+y>>6] ^= 1 << (y & 63)
	}
}

// flipWhole is flipGrid for a ring of integer coordinates inside the image. An
// edge between neighbouring pixels crosses at most one row, at its left end or
// just to the right of it.
func (f *filler) flipWhole(pts []vertex) {
	bits, stride, w := f.win.bits, f.win.stride, f.win.w
	ox, oy := f.win.x0, f.win.y0
	last := pts[len(pts)-1]
	x0, y0 := int(last.x)/grid-ox, int(last.y)/grid-oy
	for i, p := range pts {
		x1, y1 := int(p.x)/grid-ox, int(p.y)/grid-oy
		dx, dy := x1-x0, y1-y0
		switch c, y := min(x0, x1), min(y0, y1); {
		case uint(dx+1) > 2 || uint(dy+1) > 2:
			q := last
			if i > 0 {
				q = pts[i-1]
			}
			f.flipEdge(q, p)
		case dy != 0 && c < w:
			bits[c*stride+y>>6] ^= 1 << (y & 63)
		}
		x0, y0 = x1, y1
	}
}

// flipGrid flips where the edges of a ring on the grid cross rows.
func (f *filler) flipGrid(pts []vertex) {
	p := pts[len(pts)-1]
	for _, q := range pts {
		f.flipEdge(p, q)
		p = q
	}
}

// flipEdge flips where the edge between two grid points crosses rows. The first
// flipped pixel is the least c for which c+0.5 is at least the crossing. It is
// the quotient, rounded up, of
//
//	((x0 - grid/2)*(y1-y0) + (centre - y0)*(x1-x0)) / (grid*(y1-y0))
//
// From row to row this changes by a fixed quotient and remainder.
func (f *filler) flipEdge(p, q vertex) {
	if p.y > q.y {
		p, q = q, p
	}
	win := &f.win
	x0, y0 := int64(p.x), int64(p.y)
	dx, dy := int64(q.x)-x0, int64(q.y)-y0
	// Rounding up gives the first row whose centre is at or below an end.
	first := max(int((y0+grid/2-1)>>8)-win.y0, 0)
	end := min(int((y0+dy+grid/2-1)>>8)-win.y0, win.h)
	if first >= end {
		return
	}
	den := grid * dy
	num := (x0-grid/2)*dy + (int64(first+win.y0)*grid+grid/2-y0)*dx
	c, rem := floorDiv(num+den-1, den)
	stepC, stepRem := floorDiv(grid*dx, den)
	for y, c := first, c-int64(win.x0); y < end; y++ {
		f.flip(int(c), y)
		c += stepC
		if rem += stepRem; rem >= den {
			rem -= den
			c++
		}
	}
}

// floorDiv returns a/b rounded down, and the remainder, which is not negative.
// b must be positive.
func floorDiv(a, b int64) (quo, rem int64) {
	quo, rem = a/b, a%b
	if rem < 0 {
		return quo - 1, rem + b
	}
	return quo, rem
}

// flipExact flips where the edges of any ring cross rows. It computes in
// floating point, and in rational numbers where the result is too close to
// decide.
func (f *filler) flipExact(ring Ring) {
	win := &f.win
	p := ring[len(ring)-1]
	for _, q := range ring {
		a, b := p, q
		p = q
		if a[1] > b[1] {
			a, b = b, a
		}
		first := max(centerAt(a[1], win.y0+win.h), win.y0)
		end := centerAt(b[1], win.y0+win.h)
		dx, dy := b[0]-a[0], b[1]-a[1]
		// slack exceeds the rounding errors of the six operations below.
		slack := (math.Abs(a[0]) + math.Abs(b[0]) + 1) * 0x1p-48
		for y := first; y < end; y++ {
			if dx == 0 {
				f.flip(centerAt(a[0], win.x0+win.w)-win.x0, y-win.y0)
				continue
			}
			at := a[0] + (float64(y)+.5-a[1])*dx/dy - .5 // c for the centre of pixel c
			c := math.Ceil(at)
			if near := math.Round(at); math.Abs(at-near) <= slack {
				c = near
				if !atOrRight(near, float64(y), a, b) {
					c++
				}
			}
			f.flip(int(c)-win.x0, y-win.y0)
		}
	}
}

// atOrRight reports whether the centre of pixel (x, y) is on the line through a
// and b, where a is above b, or to the right of it. Half pixels up to maxCenter
// need no rational numbers, because their products stay below 2^60.
func atOrRight(x, y float64, a, b Point) bool {
	ax, ay, bx, by := int64(2*a[0]), int64(2*a[1]), int64(2*b[0]), int64(2*b[1])
	if float64(ax) == 2*a[0] && float64(ay) == 2*a[1] && float64(bx) == 2*b[0] && float64(by) == 2*b[1] {
		return (int64(2*x)+1-ax)*(by-ay) >= (int64(2*y)+1-ay)*(bx-ax)
	}
	rat := func(v float64) *big.Rat { return new(big.Rat).SetFloat64(v) }
	sub := func(u, v float64) *big.Rat { return new(big.Rat).Sub(rat(u), rat(v)) }
	left := new(big.Rat).Mul(sub(x+.5, a[0]), sub(b[1], a[1]))
	right := new(big.Rat).Mul(sub(y+.5, a[1]), sub(b[0], a[0]))
	return left.Cmp(right) >= 0
}
