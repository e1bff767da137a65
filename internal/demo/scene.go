package demo

import "math"

// disc is a circle covered by a thing on a tile.
type disc struct {
	at vec
	r  float64
}

// thing is a vessel or a glomerulus.
type thing struct {
	outline contour
	discs   []disc
}

// scene holds what is visible on a tile, apart from texture.
type scene struct {
	glomeruli []thing
	vessels   []thing
}

// scene generates the things on a tile.
func (s *Set) scene(t *Tile) scene {
	r := newRNG(s.seed, "scene", t.num)
	var sc scene
	var taken []disc
	place := func(list *[]thing, make func(at vec) thing) {
		for range 12 { // a crowded tile gets fewer things
			th := make(vec{r.between(-4, tileSize+4), r.between(-4, tileSize+4)})
			if !meets(th.discs, taken, 5) {
				taken = append(taken, th.discs...)
				*list = append(*list, th)
				return
			}
		}
	}
	if r.chance(0.25) {
		place(&sc.glomeruli, func(at vec) thing { return blob(r, at, r.between(55, 95), 0.05) })
	}
	// The number of vessels: a few on most tiles, many on some.
	n := 2 + int(round(-11.3*math.Log(1-float64(r.float()*0.985))))
	for range n {
		// The length of the outline in pixels.
		length := round(175 * math.Exp(0.78*r.normal()))
		if length < 24 || length > 1250 {
			length = r.between(80, 400)
		}
		if long := length > 300; length > 110 && r.chance(0.4) || long && r.chance(0.6) {
			place(&sc.vessels, func(at vec) thing { return tube(r, at, length) })
		} else {
			place(&sc.vessels, func(at vec) thing { return blob(r, at, length/6.5, 0.16) })
		}
	}
	return sc
}

// meets reports whether a disc of a is nearer than gap to one of b.
func meets(a, b []disc, gap float64) bool {
	for _, p := range a {
		for _, q := range b {
			dx, dy, d := p.at.x-q.at.x, p.at.y-q.at.y, p.r+q.r+gap
			if float64(dx*dx)+float64(dy*dy) < float64(d*d) {
				return true
			}
		}
	}
	return false
}

// blob returns a vessel in cross-section: an ellipse with some waves.
func blob(r *rng, at vec, radius, wave float64) thing {
	const n = 16
	long := radius * r.between(1, 1.25)
	if wave > 0.1 {
		long = radius * r.between(1, 1.7)
	}
	short := radius * radius / long
	turn := direction(r.intN(turns))
	var amp [3]float64
	var phase [3]int
	for h := range amp {
		amp[h] = wave * r.between(-1, 1) / float64(h+1)
		phase[h] = r.intN(turns)
	}
	c := make(contour, n)
	for i := range c {
		d := direction(i * turns / n)
		scale := 1.0
		for h := range amp {
			scale += float64(amp[h] * direction((h+2)*i*turns/n+phase[h]).x)
		}
		x, y := long*scale*d.x, short*scale*d.y
		c[i] = vec{
			at.x + float64(x*turn.x) - float64(y*turn.y),
			at.y + float64(x*turn.y) + float64(y*turn.x),
		}
	}
	return thing{outline: c, discs: []disc{{at, long * (1 + wave)}}}
}

// tube returns a vessel in longitudinal section: a disc swept along a curve.
// The curve begins at at, and ends where it leaves the tile or the outline is
// long enough.
func tube(r *rng, at vec, length float64) thing {
	radius := min(r.between(5, 24), length/r.between(8, 14))
	step := radius
	n := max(3, int((float64(length/2)-float64(3*radius))/step))
	heading := r.between(0, turns)
	// The direction changes by at most 0.4 radians per step. Bends then stay
	// wider than two radii, so the inner side does not cross itself.
	bend, swing := r.between(-5, 5), r.intN(turns)
	var left, right []vec
	var discs []disc
	p := at
	width := func(i int) float64 {
		return radius * (1 + float64(0.14*direction(swing+i*23).x))
	}
	for i := range n {
		d := direction(int(heading))
		w := width(i)
		if i == 0 {
			left = append(left, vec{p.x - float64(w*d.x), p.y - float64(w*d.y)})
		}
		left = append(left, vec{p.x + float64(w*d.y), p.y - float64(w*d.x)})
		right = append(right, vec{p.x - float64(w*d.y), p.y + float64(w*d.x)})
		discs = append(discs, disc{p, w})
		out := 2 * radius
		if last := i == n-1; last || p.x < -out || p.y < -out || p.x > tileSize+out || p.y > tileSize+out {
			left = append(left, vec{p.x + float64(w*d.x), p.y + float64(w*d.y)})
			break
		}
		heading += bend + float64(11*direction(swing+i*31).y)
		d = direction(int(heading + turns*8))
		heading = float64(int(heading + turns*8)) // integer directions, never negative
		p = vec{p.x + float64(step*d.x), p.y + float64(step*d.y)}
	}
	c := contour(left)
	for i := len(right) - 1; i >= 0; i-- {
		c = append(c, right[i])
	}
	return thing{outline: c, discs: discs}
}
