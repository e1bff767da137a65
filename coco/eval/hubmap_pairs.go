package eval

import (
	"slices"

	"github.com/hubdata/hubdata/coco"
)

// span is a part of a list.
type span struct{ from, to int32 }

// pairsKept returns the evaluation that compared the masks of these data, if it kept
// all pairs that reach the threshold; else nil.
func pairsKept(r *Result, gt *coco.Dataset, dt *coco.Results, iou float64) *evaluation {
	if r == nil {
		return nil
	}
	e := r.e
	if e.gt != gt || e.dt != dt || e.empty == nil || e.p.Type != Segm || e.p.IgnoreCategories || e.federated != nil || e.leastIoU() > iou {
		return nil
	}
	return e
}

// comparedBefore finds the pairs of each detection of image i, and notes which detections
// are empty. It returns false if the evaluation did not compare these detections and true
// instances, or others with them.
func (s *hubmapMatcher) comparedBefore(img *hubmapImage, i int) (pairsOf func(k int) []Pair, ok bool) {
	e := s.before
	if e == nil || len(img.detections) == 0 || len(img.annotations) == 0 || e.rank[i] < 0 {
		return nil, false
	}
	k := int32(e.kOf[e.gt.Annotations[img.annotations[0]].CategoryID])
	records := e.records[e.rank[i]]
	at := slices.IndexFunc(records, func(r record) bool { return r.k == k })
	if at < 0 {
		return nil, false
	}
	c := e.cell(&records[at])
	if len(c.Detections) != len(img.detections) || !slices.Equal(c.Truth, img.annotations) {
		return nil, false
	}
	s.spans = slices.Grow(s.spans[:0], len(c.Detections))[:len(c.Detections)]
	next := 0
	for d, at := range c.Detections {
		place, found := slices.BinarySearch(img.detections, at)
		if !found || e.dt.Missing(int(at)).Has(coco.FieldSegmentation) { // its box was compared
			return nil, false
		}
		first := next
		for next < len(c.Pairs) && int(c.Pairs[next].Detection) == d {
			next++
		}
		s.spans[place] = span{int32(first), int32(next)}
		s.empty[place] = c.empty[d]
	}
	return func(k int) []Pair { return c.Pairs[s.spans[k].from:s.spans[k].to] }, true
}
