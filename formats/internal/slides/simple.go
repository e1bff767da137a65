package slides

import "github.com/hubdata/hubdata/rle"

// simple returns the polygons of a region traced with Conn4 so that no ring meets itself
// at a corner, which the readers of simple features take for an error: a ring is cut where
// it comes to a vertex again. What an outer ring cuts off is a hole.
func simple(list []rle.Polygon) []rle.Polygon {
	var seen corners
	for i := range list {
		p := &list[i]
		var holes []rle.Ring
		for k, hole := range p.Holes {
			if seen.repeat(hole) && holes == nil {
				holes = append(make([]rle.Ring, 0, len(p.Holes)+1), p.Holes[:k]...)
			}
			if holes != nil {
				holes = append(holes, loops(hole)...)
			}
		}
		if holes != nil {
			p.Holes = holes
		}
		if !seen.repeat(p.Outer) {
			continue
		}
		for _, ring := range loops(p.Outer) {
			if clockwise(ring) { // as seen on the screen: the foreground is inside
				p.Outer = ring
			} else {
				p.Holes = append(p.Holes, ring)
			}
		}
	}
	return list
}

// corners is a set of the corners of pixels in a box, a bit for each.
type corners []uint64

// maxCorners is the size of the largest box that has a bit for each corner.
const maxCorners = 1 << 22

// repeat reports whether a ring, whose vertices are corners of pixels, comes to one of them
// twice. Of rings in a large box it says so without looking.
func (c *corners) repeat(ring rle.Ring) bool {
	const least = 8 // a ring of fewer vertices never meets itself
	if len(ring) < least {
		return false
	}
	lo, hi := ring[0], ring[0]
	for _, p := range ring {
		lo = rle.Point{min(lo[0], p[0]), min(lo[1], p[1])}
		hi = rle.Point{max(hi[0], p[0]), max(hi[1], p[1])}
	}
	width, height := int(hi[0]-lo[0])+1, int(hi[1]-lo[1])+1
	if width > maxCorners || height > maxCorners || width*height > maxCorners {
		return true
	}
	words := width*height/64 + 1
	if cap(*c) < words {
		*c = make(corners, words)
	}
	set := (*c)[:words]
	clear(set)
	for _, p := range ring {
		at := int(p[1]-lo[1])*width + int(p[0]-lo[0])
		if set[at/64]>>(at%64)&1 == 1 {
			return true
		}
		set[at/64] |= 1 << (at % 64)
	}
	return false
}

// loops cuts a ring into those that come to no vertex twice.
func loops(ring rle.Ring) []rle.Ring {
	seen := make(map[rle.Point]int, len(ring))
	var list []rle.Ring
	path := make(rle.Ring, 0, len(ring))
	for _, p := range ring {
		if at, ok := seen[p]; ok {
			loop := append(rle.Ring(nil), path[at:]...)
			for _, q := range loop {
				delete(seen, q)
			}
			list, path = append(list, loop), path[:at]
		}
		seen[p] = len(path)
		path = append(path, p)
	}
	return append(list, path)
}

// clockwise reports whether a ring goes clockwise as seen on the screen.
func clockwise(ring rle.Ring) bool {
	sum, o := 0.0, ring[0]
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		sum += float64((p[0]-o[0])*(q[1]-o[1])) - float64((q[0]-o[0])*(p[1]-o[1]))
	}
	return sum > 0
}

// bridged returns a polygon as one ring: holes are joined to the outer ring by a line that
// goes there and back. Filled by the even-odd rule it is the same.
func bridged(p rle.Polygon) rle.Ring {
	if len(p.Holes) == 0 {
		return p.Outer
	}
	ring := append(rle.Ring(nil), p.Outer...)
	for _, hole := range p.Holes {
		ring = append(append(append(ring, p.Outer[0]), hole...), hole[0])
	}
	return append(ring, p.Outer[0])
}
