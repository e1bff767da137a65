package slides

import "github.com/hubdata/hubdata/rle"

// simple returns the polygons of a region traced with Conn4 so that no ring meets itself
// at a corner, which the readers of simple features take for an error: a ring is cut where
// it comes to a vertex again. What an outer ring cuts off is a hole.
func simple(list []rle.Polygon) []rle.Polygon {
	seen := map[rle.Point]int{}
	for i := range list {
		p := &list[i]
		var holes []rle.Ring
		for _, hole := range p.Holes {
			holes = append(holes, loops(hole, seen)...)
		}
		outer := loops(p.Outer, seen)
		for k, ring := range outer {
			if clockwise(ring) { // as seen on the screen: the foreground is inside
				p.Outer = ring
			} else {
				holes = append(holes, outer[k])
			}
		}
		p.Holes = holes
	}
	return list
}

// loops cuts a ring into those that come to no vertex twice. seen is cleared.
func loops(ring rle.Ring, seen map[rle.Point]int) []rle.Ring {
	const never = 8 // a ring of fewer vertices never meets itself
	if len(ring) < never {
		return []rle.Ring{ring}
	}
	clear(seen)
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

// Bridged returns a polygon as one ring: holes are joined to the outer ring by a line that
// goes there and back. Filled by the even-odd rule it is the same.
func Bridged(p rle.Polygon) rle.Ring {
	if len(p.Holes) == 0 {
		return p.Outer
	}
	ring := append(rle.Ring(nil), p.Outer...)
	for _, hole := range p.Holes {
		ring = append(append(append(ring, p.Outer[0]), hole...), hole[0])
	}
	return append(ring, p.Outer[0])
}
