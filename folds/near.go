package folds

import "slices"

// eachNear calls f once for every pair of images of one slide whose [Gap] is at most
// most slide pixels, with a before b, in ascending order of a, then b.
//
// It hashes images into cells as large as the widest image plus most, so that it has to
// compare only neighbouring cells.
func eachNear(places []Place, most int, f func(a, b, gap int)) {
	edge := 1
	for _, p := range places {
		edge = max(edge, p.Width, p.Height)
	}
	edge += max(most, 0)
	type cell struct {
		slide string
		x, y  int
	}
	at := func(p Place) cell { return cell{p.Slide, floorDiv(p.X, edge), floorDiv(p.Y, edge)} }
	cells := map[cell][]int{}
	for i, p := range places {
		if p.Slide != "" {
			c := at(p)
			cells[c] = append(cells[c], i)
		}
	}
	type found struct{ b, gap int }
	var near []found
	for a, p := range places {
		if p.Slide == "" {
			continue
		}
		near = near[:0]
		c := at(p)
		for dx := -1; dx <= 1; dx++ {
			for dy := -1; dy <= 1; dy++ {
				for _, b := range cells[cell{c.slide, c.x + dx, c.y + dy}] {
					if b <= a {
						continue
					}
					if gap, ok := Gap(p, places[b]); ok && gap <= most {
						near = append(near, found{b, gap})
					}
				}
			}
		}
		slices.SortFunc(near, func(x, y found) int { return x.b - y.b })
		for _, n := range near {
			f(a, n.b, n.gap)
		}
	}
}

// floorDiv returns a/b rounded down.
func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
