package eval

import (
	"cmp"
	"slices"
)

// allPairs compares the detections of an image with all of its true instances, whatever
// their categories. It holds the memory with which one goroutine does so for image after
// image.
type allPairs struct {
	e         *evaluation
	maxDets   int
	tie       func(x, y int32) int // the order of detections of equal scores
	recompare bool                 // the pairs of the evaluation are not enough
	shape     comparer
	cell      Cell
}

// init prepares for an evaluation: for pairs from an IoU of least on, and the maxDets
// detections of an image with the highest scores, of all categories together. tie orders
// detections of equal scores; those of one category have to stay in the order of the file.
func (a *allPairs) init(e *evaluation, least float64, maxDets int, tie func(x, y int32) int) {
	a.maxDets, a.tie = maxDets, tie
	a.recompare = len(e.categories) > 1 || e.leastIoU() > least || e.p.MaxDets[len(e.p.MaxDets)-1] < maxDets
	if a.recompare { // like the evaluation, with another lowest IoU
		p := *e.p
		p.PairIoU = least
		other := *e
		other.p = &p
		e = &other
	}
	a.e = e
}

// fill fills the cell with the detections of image i that count, all of its true
// instances in the order of the file, and their pairs.
func (a *allPairs) fill(i int) *Error {
	e, c := a.e, &a.cell
	*c = Cell{Image: int(e.images[i]), Detections: c.Detections[:0], Truth: c.Truth[:0], e: e}
	if !a.recompare {
		if len(e.records[i]) > 0 {
			*c = e.cell(&e.records[i][0])
			c.Detections = c.Detections[:min(len(c.Detections), a.maxDets):len(c.Detections)]
		}
		return nil
	}
	c.Detections = append(c.Detections, e.dets[e.detStart[i]:e.detStart[i+1]]...)
	slices.SortFunc(c.Detections, func(x, y int32) int {
		return cmp.Or(cmp.Compare(scoreKey(e.dt.Score(int(x))), scoreKey(e.dt.Score(int(y)))), a.tie(x, y))
	})
	c.Detections = c.Detections[:min(len(c.Detections), a.maxDets)]
	for j := range e.records[i] {
		c.Truth = append(c.Truth, e.cell(&e.records[i][j]).Truth...)
	}
	slices.Sort(c.Truth)
	a.shape.store = a.shape.store[:0]
	return a.shape.compare(e, c)
}

// classOf returns the class of true instance g.
func (a *allPairs) classOf(g int32) int32 { return a.e.class(a.cell.truth(g).CategoryID) }

// countPairs returns how many of the first pairs belong to detection d.
func countPairs(pairs []Pair, d int) int {
	n := 0
	for n < len(pairs) && int(pairs[n].Detection) == d {
		n++
	}
	return n
}
