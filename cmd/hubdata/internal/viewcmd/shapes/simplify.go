package shapes

import "github.com/hubdata/hubdata/rle"

// simplified leaves out vertices of a ring that are within a tolerance of the line without them (Douglas and Peucker,
// 1973); 0: none. The first vertex and the one farthest from it stay.
func simplified(ring rle.Ring, tolerance float64) rle.Ring {
	if tolerance <= 0 || len(ring) < 4 {
		return ring
	}
	far, most := 0, 0.0
	for i, p := range ring {
		if d := distance2(p, ring[0]); d > most {
			far, most = i, d
		}
	}
	keep := make([]bool, len(ring)+1)
	keep[0], keep[far] = true, true
	closed := append(ring[:len(ring):len(ring)], ring[0])
	limit := float64(tolerance * tolerance)
	type part struct{ from, to int }
	for open := []part{{0, far}, {far, len(ring)}}; len(open) > 0; {
		p := open[len(open)-1]
		open = open[:len(open)-1]
		at, most := -1, limit
		for i := p.from + 1; i < p.to; i++ {
			if d := offset2(closed[i], closed[p.from], closed[p.to]); d > most {
				at, most = i, d
			}
		}
		if at >= 0 {
			keep[at] = true
			open = append(open, part{p.from, at}, part{at, p.to})
		}
	}
	var out rle.Ring
	for i, p := range ring {
		if keep[i] {
			out = append(out, p)
		}
	}
	return out
}

// distance2 is the square of the distance of two points.
func distance2(a, b rle.Point) float64 {
	dx, dy := a[0]-b[0], a[1]-b[1]
	return float64(dx*dx) + float64(dy*dy)
}

// offset2 is the square of the distance of a point from a line from a to b.
func offset2(p, a, b rle.Point) float64 {
	dx, dy := b[0]-a[0], b[1]-a[1]
	n := float64(dx*dx) + float64(dy*dy)
	if n == 0 {
		return distance2(p, a)
	}
	t := min(max((float64((p[0]-a[0])*dx)+float64((p[1]-a[1])*dy))/n, 0), 1)
	return distance2(p, rle.Point{a[0] + float64(t*dx), a[1] + float64(t*dy)})
}
