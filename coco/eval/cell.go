package eval

import (
	"iter"

	"github.com/hubdata/hubdata/coco"
)

// A Cell holds the detections and true instances of one image and one category, and the
// pairs of them that overlap. Detections are limited to the largest limit. A category
// without detections and true instances on an image has no cell.
type Cell struct {
	K     int // index into Result.Categories; 0 if categories are ignored
	Image int // index in the ground truth's images
	// Detections are indices in the results, in descending order of score. Callers must
	// not change the slices.
	Detections []int32
	Scores     []float64 // of the detections
	// Truth are indices in the ground truth's annotations.
	Truth []int32
	// Pairs are the pairs whose IoU reaches the lowest threshold, or Params.PairIoU.
	// They are ordered by detection and, for each detection, by descending IoU. Of
	// pairs with equal IoU the later true instance comes first.
	Pairs []Pair

	matched, ignored []uint64
	empty            []bool // detections without a pixel, if their masks were read; nil: not noted
	e                *evaluation
}

// A Pair is a detection and a true instance that overlap.
type Pair struct {
	Detection, Truth int32 // indices into the cell's lists
	IoU              float64
}

// A record is the compact form in which cells are stored, since there may be very many.
type record struct {
	k, image     int32 // category and image, both as indices of evaluation
	det, dets    int32 // detections: index of the first in evaluation.dets, and their number
	truth, trues int32 // the same for true instances
	pairs        []Pair
}

// cell returns the cell of a record.
func (e *evaluation) cell(r *record) Cell {
	w := e.grid.words
	det, end := int(r.det), int(r.det+r.dets)
	c := Cell{
		K: int(r.k), Image: int(e.images[r.image]),
		Detections: e.dets[det:end:end], Scores: e.scores[det:end:end],
		Truth: e.truth[r.truth : r.truth+r.trues : r.truth+r.trues], Pairs: r.pairs,
		matched: e.matched[det*w : end*w], ignored: e.ignored[det*w : end*w], e: e,
	}
	if e.empty != nil {
		c.empty = e.empty[det:end]
	}
	return c
}

// Cells returns the cells image by image in the order of evaluation, and within an
// image by category.
func (r *Result) Cells() iter.Seq[*Cell] {
	return func(yield func(*Cell) bool) {
		for _, records := range r.e.records {
			for i := range records {
				c := r.e.cell(&records[i])
				if !yield(&c) {
					return
				}
			}
		}
	}
}

// Matched reports whether detection d matches a true instance at the IoU threshold and
// in the area range of these indices. The instance may be an ignored one: see
// [Cell.Ignored].
func (c *Cell) Matched(d, threshold, area int) bool {
	w := c.e.grid.words
	return c.e.grid.has(c.matched[d*w:(d+1)*w], area, threshold)
}

// Ignored reports whether detection d counts neither as correct nor as false.
func (c *Cell) Ignored(d, threshold, area int) bool {
	w := c.e.grid.words
	return c.e.grid.has(c.ignored[d*w:(d+1)*w], area, threshold)
}

// TruthIgnored reports whether true instance g does not count as missed when nothing
// matches it, because it is a crowd, marked to be ignored or outside the area range.
func (c *Cell) TruthIgnored(g, area int) bool {
	r, a := c.e.p.Areas[area], c.truth(int32(g)).Area
	return c.e.ignoresTruth(c.Truth[g]) || a < r.Min || a > r.Max
}

// AppendMatches appends to dst, for every detection, the index in Truth of the instance
// that it matches, or -1. It computes the matches again from the pairs.
func (c *Cell) AppendMatches(dst []int32, threshold, area int) []int32 {
	minIoU := min(c.e.p.IoU[threshold], maxThreshold)
	taken := make([]bool, len(c.Truth))
	pairs := c.Pairs
	for d := range c.Detections {
		n := 0
		for n < len(pairs) && int(pairs[n].Detection) == d && pairs[n].IoU >= minIoU {
			n++
		}
		match := int32(-1)
		for _, ignored := range []bool{false, true} {
			for _, p := range pairs[:n] {
				if match < 0 && c.TruthIgnored(int(p.Truth), area) == ignored && (!taken[p.Truth] || c.e.isCrowd(c.Truth[p.Truth])) {
					match = p.Truth
				}
			}
		}
		for n < len(pairs) && int(pairs[n].Detection) == d {
			n++
		}
		pairs = pairs[n:]
		if match >= 0 {
			taken[match] = true
		}
		dst = append(dst, match)
	}
	return dst
}

func (c *Cell) truth(g int32) *coco.Annotation { return &c.e.gt.Annotations[c.Truth[g]] }
