package check

import (
	"cmp"
	"math"
	"slices"
)

// maxCompared is the maximum number of pairs of spans that meeting compares.
const maxCompared = 500_000_000

// A span is the part of the plane that a thing covers, by its place in a list.
type span struct {
	index          int
	x0, y0, x1, y1 float64
}

// meeting calls visit with the indices of every two spans that share a point, each pair
// once, until visit reports false. It reports whether it visited all of them; it gives
// up after [maxCompared] pairs. Spans are
// cut into rows, about as high as the spans are on average, and each row is swept from
// left to right: the time grows with the number of spans that lie above or beside each
// other within a row, not with the square of their number.
func meeting(spans []span, visit func(i, j int) bool) bool {
	if len(spans) < 2 {
		return true
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.x0, b.x0), cmp.Compare(a.index, b.index)) })
	top, bottom, heights := math.Inf(1), math.Inf(-1), 0.0
	for _, s := range spans {
		top, bottom = min(top, s.y0), max(bottom, s.y1)
		heights += s.y1 - s.y0
	}
	row := max(heights/float64(len(spans)), (bottom-top)/float64(len(spans)))
	if !(row > 0) || math.IsInf(row, 0) {
		row = math.Inf(1) // a single row
	}
	rowOf := func(y float64) int {
		if math.IsInf(row, 0) {
			return 0
		}
		return int((y - top) / row)
	}
	budget := maxCompared
	rows := make([][]int32, rowOf(bottom)+1)
	for i := range spans {
		for r := rowOf(spans[i].y0); r <= rowOf(spans[i].y1); r++ {
			rows[r] = append(rows[r], int32(i))
		}
	}
	for r, list := range rows {
		for k, i := range list {
			a := &spans[i]
			for _, j := range list[k+1:] {
				b := &spans[j]
				if b.x0 > a.x1 {
					break
				}
				if budget == 0 {
					return false
				}
				budget--
				if b.y0 > a.y1 || a.y0 > b.y1 || rowOf(max(a.y0, b.y0)) != r { // or another row has the pair
					continue
				}
				if !visit(a.index, b.index) {
					return false
				}
			}
		}
	}
	return true
}
