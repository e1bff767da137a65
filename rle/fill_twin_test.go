package rle

import (
	"math"
	"math/big"
	"slices"
)

// The naive twins each fill an h x w row-major bitmap with the plain loops that
// define a rule.

// plainOpenCV draws every edge point by point, then fills every row between
// its sorted crossings.
func plainOpenCV(h, w int, rings []Ring) []byte {
	pix := make([]byte, h*w)
	type edge struct{ y0, y1, x, dx int }
	var edges []edge
	for _, ring := range rings {
		for i := range ring {
			p, q := ring[(i+len(ring)-1)%len(ring)], ring[i]
			x0, y0, x1, y1 := int(p[0]), int(p[1]), int(q[0]), int(q[1])
			a := [4]int{x0, y0, x1, y1}
			c, ok := plainClip(h, w, a)
			if ok {
				plainLine(c, func(x, y int) { pix[y*w+x] = 1 })
			}
			if y0 == y1 {
				continue
			}
			a[0], a[2] = c[0], c[2]
			if c[1] != c[3] {
				a = c
			}
			dx := (a[2] - a[0]) * 65536 / (a[3] - a[1])
			e := edge{y0, y1, a[0]*65536 + (y0-a[1])*dx, dx}
			if y0 > y1 {
				e = edge{y1, y0, a[2]*65536 + (y1-a[3])*dx, dx}
			}
			edges = append(edges, e)
		}
	}
	for y := range h {
		var xs []int
		for _, e := range edges {
			if e.y0 <= y && y < e.y1 {
				xs = append(xs, e.x+(y-e.y0)*e.dx)
			}
		}
		slices.Sort(xs)
		for i := 0; i+1 < len(xs); i += 2 {
			for x := range w {
				if xs[i] <= x*65536 && x*65536 <= xs[i+1] {
					pix[y*w+x] = 1
				}
			}
		}
	}
	return pix
}

// plainClip clips a line x0, y0, x1, y1 with the outcodes of OpenCV's clipLine:
// 1 left, 2 right, 4 above, 8 below.
func plainClip(h, w int, l [4]int) ([4]int, bool) {
	code := func(x, y int) (c int) {
		for i, out := range []bool{x < 0, x >= w, y < 0, y >= h} {
			if out {
				c |= 1 << i
			}
		}
		return c
	}
	for axis := 1; axis >= 0; axis-- { // rows, then columns
		if code(l[0], l[1])&code(l[2], l[3]) != 0 {
			return l, false
		}
		last := [2]int{w - 1, h - 1}[axis]
		for end := 0; end < 4; end += 2 {
			at := l[end+axis]
			to := min(max(at, 0), last)
			if to == at {
				continue
			}
			other := end + 1 - axis
			l[other] += int(float64(to-at) * float64(l[3-axis]-l[1-axis]) / float64(l[2+axis]-l[axis]))
			l[end+axis] = to
		}
	}
	return l, code(l[0], l[1])|code(l[2], l[3]) == 0
}

// plainLine visits one pixel per step along the longer axis, from left to
// right. At step k the shorter axis has moved by k*short/long, with halves
// rounded down.
func plainLine(l [4]int, visit func(x, y int)) {
	if l[2] < l[0] {
		l = [4]int{l[2], l[3], l[0], l[1]}
	}
	dx, dy := l[2]-l[0], l[3]-l[1]
	long := max(abs(dx), abs(dy))
	for k := 0; k <= long; k++ {
		move := func(d int) int {
			switch {
			case abs(d) == long:
				return k * d / max(long, 1)
			case d < 0:
				return -((2*k*-d + long - 1) / (2 * long))
			}
			return (2*k*d + long - 1) / (2 * long)
		}
		visit(l[0]+move(dx), l[1]+move(dy))
	}
}

// plainCOCO fills the union of the dense walks of the rings.
func plainCOCO(h, w int, rings []Ring) []byte {
	pix := make([]byte, h*w)
	for _, ring := range rings {
		flips := plainWalk(h, w, ring)
		slices.Sort(flips)
		on := false
		for at, i := 0, 0; at < h*w; at++ {
			for ; i < len(flips) && flips[i] == at; i++ {
				on = !on
			}
			if on {
				pix[at%h*w+at/h] = 1
			}
		}
	}
	return pix
}

// plainWalk walks the whole boundary of a ring on the lattice of fifths of a
// pixel, and returns the column-major positions at which it flips.
func plainWalk(h, w int, ring Ring) (flips []int) {
	type point struct{ x, y int }
	var walk []point
	for i := range ring {
		p, q := ring[i], ring[(i+1)%len(ring)]
		xs, ys := int(float64(5*p[0])+.5), int(float64(5*p[1])+.5)
		xe, ye := int(float64(5*q[0])+.5), int(float64(5*q[1])+.5)
		if xs == xe && ys == ye {
			walk = append(walk, point{xs, ys})
			continue
		}
		dx, dy := abs(xe-xs), abs(ye-ys)
		flip := dx >= dy && xs > xe || dx < dy && ys > ye
		if flip {
			xs, ys, xe, ye = xe, ye, xs, ys
		}
		for d := 0; d <= max(dx, dy); d++ {
			t := d
			if flip {
				t = max(dx, dy) - d
			}
			if dx >= dy {
				s := float64(ye-ys) / float64(dx)
				walk = append(walk, point{t + xs, int(float64(ys) + float64(s*float64(t)) + .5)})
			} else {
				s := float64(xe-xs) / float64(dy)
				walk = append(walk, point{int(float64(xs) + float64(s*float64(t)) + .5), t + ys})
			}
		}
	}
	for i := 1; i < len(walk); i++ {
		p, q := walk[i-1], walk[i]
		if p.x == q.x {
			continue
		}
		x := (float64(min(p.x, q.x))+.5)/5 - .5
		if q.x > p.x {
			x = (float64(q.x-1)+.5)/5 - .5
		}
		if x != math.Floor(x) || x < 0 || x > float64(w-1) {
			continue
		}
		y := (float64(min(p.y, q.y))+.5)/5 - .5
		y = math.Ceil(min(max(y, 0), float64(h)))
		flips = append(flips, int(x)*h+int(y))
	}
	return flips
}

// plainCenter counts, for every pixel, the edges at its centre or to the left
// of it.
func plainCenter(h, w int, rings []Ring) []byte {
	pix := make([]byte, h*w)
	rat := func(v float64) *big.Rat { return new(big.Rat).SetFloat64(v) }
	for _, ring := range rings {
		for i := range ring {
			p, q := ring[(i+len(ring)-1)%len(ring)], ring[i]
			if p[1] > q[1] {
				p, q = q, p
			}
			for y := range h {
				yc := rat(float64(y) + .5)
				if rat(p[1]).Cmp(yc) > 0 || yc.Cmp(rat(q[1])) >= 0 {
					continue
				}
				// at = p.x + (yc - p.y) * (q.x - p.x) / (q.y - p.y)
				at := yc.Sub(yc, rat(p[1]))
				at.Mul(at, new(big.Rat).Sub(rat(q[0]), rat(p[0])))
				at.Quo(at, new(big.Rat).Sub(rat(q[1]), rat(p[1])))
				at.Add(at, rat(p[0]))
				for x := range w {
					if rat(float64(x)+.5).Cmp(at) >= 0 {
						pix[y*w+x] ^= 1
					}
				}
			}
		}
	}
	return pix
}
