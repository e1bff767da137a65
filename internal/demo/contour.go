package demo

import "math"

// vec is a point of the tile, or a direction. Pixel (x, y) has its centre at
// integer x and y.
type vec struct{ x, y float64 }

// turns is the number of directions in circle.
const turns = 256

// circle holds the unit vectors of the angles k/turns of a full turn.
var circle = func() (c [turns]vec) {
	for k := range c {
		sin, cos := math.Sincos(2 * math.Pi * float64(k) / turns)
		c[k] = vec{round(cos), round(sin)}
	}
	return c
}()

// round removes the last bits, in which sines and logarithms differ between
// machines.
func round(v float64) float64 { return math.Round(v*(1<<32)) / (1 << 32) }

// direction returns the unit vector of angle k/turns of a full turn.
func direction(k int) vec { return circle[k&(turns-1)] }

// contour is a closed smooth curve through its points: a uniform Catmull-Rom
// spline. The points go clockwise as seen on the screen (y grows downwards).
type contour []vec

// The float64 conversions here and elsewhere in this package keep the compiler
// from fusing a product and a sum. On machines with such an instruction the
// result would be rounded differently.

// spline returns the point at t in [0, 1] between b and c.
func spline(a, b, c, d, t float64) float64 {
	p3 := float64(3*float64(b-c)) + d - a
	p2 := float64(2*a) - float64(5*b) + float64(4*c) - d
	return b + float64(0.5*float64(t*(c-a+float64(t*(p2+float64(t*p3))))))
}

// moved returns the contour shifted by shift, pushed outwards by grow pixels
// (inwards if negative) and, along the way round, by a wave of up to about
// wobble pixels.
func (c contour) moved(r *rng, shift vec, grow, wobble float64) contour {
	out := make(contour, len(c))
	var amp [4]float64
	var phase [4]int
	for h := range amp {
		amp[h] = wobble * r.between(0.2, 1) / float64(h+2)
		phase[h] = r.intN(turns)
	}
	n := len(c)
	for i, p := range c {
		a, b := c[(i+n-1)%n], c[(i+1)%n]
		push := grow
		for h := range amp {
			push += float64(amp[h] * direction((h+2)*i*turns/n+phase[h]).x)
		}
		tx, ty := b.x-a.x, b.y-a.y
		if l := math.Sqrt(float64(tx*tx) + float64(ty*ty)); l > 1e-9 {
			p.x += float64(push * ty / l)
			p.y -= float64(push * tx / l)
		}
		out[i] = vec{p.x + shift.x, p.y + shift.y}
	}
	return out
}

// pixel is a vertex of an outline: column and row.
type pixel struct{ x, y int16 }

// trace appends the outline of the contour in the form of annotation tools: one
// vertex per pixel, each a neighbour of the previous one, with the part outside
// the tile flattened onto its border, and the last vertex equal to the first.
// With repeats, a vertex is sometimes repeated, as in the real data. A contour
// without points inside the tile has no outline, and trace returns dst
// unchanged.
func (c contour) trace(dst []pixel, r *rng, repeats bool) []pixel {
	n, first := len(c), -1
	for i, p := range c {
		_, inX := toPixel(p.x)
		_, inY := toPixel(p.y)
		if inX && inY {
			first = i
			break
		}
	}
	if first < 0 {
		return dst
	}
	base := len(dst)
	push := func(p pixel) {
		// Where the contour leaves the border of the tile and returns, there
		// would be a line out and back along the border. Remove it.
		if k := len(dst); k > base+1 && p == dst[k-2] && p.onBorder() && dst[k-1].onBorder() {
			dst = dst[:k-1]
			return
		}
		dst = append(dst, p)
	}
	to := func(p pixel) {
		for last := dst[len(dst)-1]; last != p; { // usually p is a neighbour
			last.x += max(-1, min(1, p.x-last.x))
			last.y += max(-1, min(1, p.y-last.y))
			push(last)
		}
	}
	for i := range n {
		i += first
		p0, p1, p2, p3 := c[(i+n-1)%n], c[i%n], c[(i+1)%n], c[(i+2)%n]
		steps := int((math.Abs(p2.x-p1.x)+math.Abs(p2.y-p1.y))*1.1) + 1
		for k := range steps {
			t := float64(k) / float64(steps)
			px, inX := toPixel(spline(p0.x, p1.x, p2.x, p3.x, t))
			py, inY := toPixel(spline(p0.y, p1.y, p2.y, p3.y, t))
			p := pixel{px, py}
			switch {
			case len(dst) == base:
				dst = append(dst, p)
			case p != dst[len(dst)-1]:
				to(p)
			case repeats && inX && inY && !p.onBorder() && r.Uint64()&7 < 2:
				dst = append(dst, p)
			}
		}
	}
	to(dst[base])
	return dst
}

// onBorder reports whether p is in the first or last column or row of the tile.
func (p pixel) onBorder() bool {
	return p.x == 0 || p.y == 0 || p.x == tileSize-1 || p.y == tileSize-1
}

// toPixel rounds a coordinate to the nearest pixel of the tile, and reports
// whether it is inside.
func toPixel(v float64) (p int16, in bool) {
	switch {
	case v < 0:
		return 0, false
	case v > tileSize-1:
		return tileSize - 1, false
	}
	return int16(v + 0.5), true
}
