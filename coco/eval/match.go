package eval

import (
	"cmp"
	"context"
	"slices"

	"github.com/hubdata/hubdata/coco"
)

// A matcher holds the memory with which one goroutine matches image after image.
type matcher struct {
	e     *evaluation
	shape comparer
	order []detection
	next  []int32 // by category: where its next detection belongs
	// For each true instance of the cell grid.words bits:
	taken   []uint64 // matched, for which pairs of area range and threshold
	outside []uint64 // ignored
	records []record // of the images so far, up to its capacity
}

// A detection is an entry of the list of an image's detections that is sorted.
type detection struct {
	k   int32
	at  int32 // index in the results
	key uint64
}

// matchImages matches all images and fills the fields of the evaluation that depend on
// it.
func (e *evaluation) matchImages(ctx context.Context) error {
	e.records = make([][]record, len(e.images))
	matchers := make([]matcher, e.p.Workers)
	for i := range matchers {
		matchers[i].e = e
	}
	return forEach(ctx, e.p.Workers, len(e.images), 4, func(worker, i int) *Error { return matchers[worker].image(i) })
}

// image divides an image into cells and matches each.
func (m *matcher) image(i int) *Error {
	e := m.e
	dets, truth := m.sortDetections(i), m.sortTruth(i)
	start := len(m.records)
	at, first := e.detStart[i], e.truthStart[i]
	for len(dets)+len(truth) > 0 {
		// The lower of the next categories of detections and true instances.
		k, nd, nt := 0, len(dets), len(truth)
		if !e.p.IgnoreCategories {
			k = e.k
			if len(dets) > 0 {
				k = int(m.order[len(m.order)-len(dets)].k)
			}
			if len(truth) > 0 {
				k = min(k, e.kOf[e.gt.Annotations[truth[0]].CategoryID])
			}
			for nd = 0; nd < len(dets) && int(m.order[len(m.order)-len(dets)+nd].k) == k; {
				nd++
			}
			for nt = 0; nt < len(truth) && e.kOf[e.gt.Annotations[truth[nt]].CategoryID] == k; {
				nt++
			}
		}
		kept := min(nd, e.p.MaxDets[len(e.p.MaxDets)-1])
		if len(m.records) == cap(m.records) { // records of earlier images stay in the old memory
			m.records = append(make([]record, 0, max(1024, 2*(len(m.records)-start))), m.records[start:]...)
			start = 0
		}
		r := record{k: int32(k), image: int32(i), det: at, dets: int32(kept), truth: first, trues: int32(nt)}
		c := e.cell(&r)
		if err := m.match(&c); err != nil {
			return err
		}
		r.pairs = c.Pairs
		m.records = append(m.records, r)
		at, first = at+int32(nd), first+int32(nt)
		dets, truth = dets[nd:], truth[nt:]
	}
	e.records[i] = m.records[start:len(m.records):len(m.records)]
	return nil
}

// sortDetections orders the detections of an image by category, then by descending
// score, then as in the results. If categories are ignored, the category only decides
// between equal scores.
func (m *matcher) sortDetections(i int) []int32 {
	e := m.e
	dets := e.dets[e.detStart[i]:e.detStart[i+1]]
	m.order = m.order[:0]
	if !e.p.IgnoreCategories && e.k <= 4*len(dets) {
		m.sortByCategory(dets)
		return m.sorted(i, dets)
	}
	for _, at := range dets {
		m.order = append(m.order, detection{e.resultCategories[e.dt.Category(int(at))], at, scoreKey(e.dt.Score(int(at)))})
	}
	if e.p.IgnoreCategories {
		slices.SortFunc(m.order, func(a, b detection) int {
			if a.key != b.key {
				return cmp.Compare(a.key, b.key)
			}
			return cmp.Compare(int64(a.k)<<32|int64(a.at), int64(b.k)<<32|int64(b.at))
		})
	} else {
		slices.SortFunc(m.order, func(a, b detection) int {
			switch {
			case a.k != b.k:
				return cmp.Compare(a.k, b.k)
			case a.key != b.key:
				return cmp.Compare(a.key, b.key)
			}
			return cmp.Compare(a.at, b.at)
		})
	}
	return m.sorted(i, dets)
}

// sorted stores the detections of an image, and their scores, in the order that was found.
func (m *matcher) sorted(i int, dets []int32) []int32 {
	e := m.e
	for j, d := range m.order {
		dets[j] = d.at
		e.scores[int(e.detStart[i])+j] = e.dt.Score(int(d.at))
	}
	return dets
}

// sortByCategory fills order: it puts the detections in the places of their categories, and
// sorts each of these few by score. They often are in that order.
func (m *matcher) sortByCategory(dets []int32) {
	e := m.e
	m.next = zeros(m.next, e.k+1)
	for _, at := range dets {
		m.next[e.resultCategories[e.dt.Category(int(at))]+1]++
	}
	for k := range e.k {
		m.next[k+1] += m.next[k]
	}
	m.order = slices.Grow(m.order, len(dets))[:len(dets)]
	for _, at := range dets {
		k := e.resultCategories[e.dt.Category(int(at))]
		m.order[m.next[k]] = detection{k, at, scoreKey(e.dt.Score(int(at)))}
		m.next[k]++
	}
	start := int32(0)
	for _, end := range m.next[:e.k] {
		if cell := m.order[start:end]; !slices.IsSortedFunc(cell, byScore) {
			slices.SortFunc(cell, byScore)
		}
		start = end
	}
}

// byScore orders detections of one category.
func byScore(a, b detection) int {
	switch {
	case a.key < b.key:
		return -1
	case a.key > b.key:
		return 1
	}
	return int(a.at - b.at)
}

// sortTruth stores the true instances of an image that count, by category and, within
// one category, as in the file.
func (m *matcher) sortTruth(i int) []int32 {
	e := m.e
	list := e.truth[e.truthStart[i]:e.truthStart[i]:e.truthStart[i+1]]
	for _, at := range e.ix.Annotations(e.gt.Images[e.images[i]].ID) {
		if k, ok := e.kOf[e.gt.Annotations[at].CategoryID]; ok && k >= 0 && e.hasArea(e.gt.Annotations[at].Area) {
			list = append(list, at)
		}
	}
	slices.SortStableFunc(list, func(a, b int32) int {
		return cmp.Compare(e.kOf[e.gt.Annotations[a].CategoryID], e.kOf[e.gt.Annotations[b].CategoryID])
	})
	return list
}

// match fills the pairs and flags of a cell. For every detection, in descending order
// of score, pycocotools tries the true instances for each threshold and area range
// separately: first instances that count and are free, then ignored ones, each in the
// order of their IoU and the last of equal ones. Here each instance is tried once, and
// the bits of the grid say for which thresholds and area ranges it is the match.
func (m *matcher) match(c *Cell) *Error {
	e, g := m.e, m.e.grid
	w := g.words
	if err := m.shape.compare(e, c); err != nil {
		return err
	}
	m.taken = zeros(m.taken, len(c.Truth)*w)
	m.outside = zeros(m.outside, len(c.Truth)*w)
	for i, at := range c.Truth {
		a := &e.gt.Annotations[at]
		out := m.outside[i*w : (i+1)*w]
		if e.ignoresTruth(at) {
			copy(out, g.all)
		} else {
			g.outside(out, a.Area)
		}
	}
	pairs := c.Pairs
	for d := range c.Detections {
		n := 0
		for n < len(pairs) && int(pairs[n].Detection) == d {
			n++
		}
		matched, ignored := c.matched[d*w:(d+1)*w], c.ignored[d*w:(d+1)*w]
		m.pick(c, pairs[:n], matched, ignored)
		pairs = pairs[n:]
		// A detection without a match is ignored if it is outside the area range.
		for i, out := range m.shape.outside[d*w : (d+1)*w] {
			ignored[i] |= out &^ matched[i]
		}
	}
	return nil
}

// pick finds the matches of one detection in its pairs, which are in descending order
// of IoU.
func (m *matcher) pick(c *Cell, pairs []Pair, matched, ignored []uint64) {
	if len(pairs) == 0 {
		return
	}
	g := m.e.grid
	w := g.words
	for i := range matched {
		todo := g.all[i]
		for _, mayIgnore := range []bool{false, true} {
			for _, p := range pairs {
				at := int(p.Truth)*w + i
				a := c.truth(p.Truth)
				bits := todo & g.reachedBy(p.IoU)[i]
				if out := m.outside[at]; mayIgnore {
					bits &= out
				} else {
					bits &^= out
				}
				if !m.e.isCrowd(c.Truth[p.Truth]) {
					bits &^= m.taken[at]
				}
				m.taken[at] |= bits
				todo &^= bits
				if mayIgnore {
					ignored[i] |= bits
				}
				if !m.e.p.StrictPycocotools || a.ID != (coco.ID{}) {
					matched[i] |= bits
				}
			}
		}
	}
}

// zeros returns s resized to n zeros.
func zeros[T uint64 | int32](s []T, n int) []T {
	s = slices.Grow(s[:0], n)[:n]
	clear(s)
	return s
}
