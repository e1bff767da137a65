package eval

import (
	"math"
	"slices"
)

// Select selects a number of a [Result] by the values of its [Params], rather than by
// their indices. The zero Select selects all categories, the first area range (all
// areas with COCO's) and the largest limit of detections. An IoU, an area range
// or a limit that the parameters do not have selects nothing: an average precision is
// NaN then, so that a typing error is not taken for -1, which means no true instance.
type Select struct {
	// IoU is one of Params.IoU, to within 1e-9. Each method documents what 0 means.
	IoU float64
	// Categories are ids of categories; nil: all. If categories are ignored, it has no
	// effect.
	Categories []int64
	// Area is the name of one of Params.Areas; empty: the first.
	Area string
	// MaxDets is one of Params.MaxDets; 0: the largest.
	MaxDets int
}

// A selection is a Select with indices in the arrays of a result.
type selection struct {
	iou         []int // one threshold, or all
	k           []int // ascending; nil: all
	area, limit int
}

// oneThreshold returns a selection with one threshold: the first if s names none.
func (r *Curves) oneThreshold(s Select) (selection, bool) {
	sel, ok := r.allThresholds(s)
	if ok {
		sel.iou = sel.iou[:1]
	}
	return sel, ok
}

// allThresholds returns a selection with all thresholds if s names none. It reports false if
// there is no such threshold, area range or limit.
func (r *Curves) allThresholds(s Select) (selection, bool) {
	p := r.Params
	out := selection{limit: len(p.MaxDets) - 1}
	for t, v := range p.IoU {
		if s.IoU == 0 || math.Abs(v-s.IoU) < 1e-9 {
			out.iou = append(out.iou, t)
			if s.IoU != 0 {
				break
			}
		}
	}
	if s.Categories != nil && !p.IgnoreCategories {
		out.k = []int{}
		for _, id := range s.Categories {
			if k, ok := slices.BinarySearch(r.Categories, id); ok {
				out.k = append(out.k, k)
			}
		}
		slices.Sort(out.k)
		out.k = slices.Compact(out.k)
	}
	if s.Area != "" {
		out.area = slices.IndexFunc(p.Areas, func(a AreaRange) bool { return a.Name == s.Area })
	}
	if s.MaxDets != 0 {
		out.limit = slices.Index(p.MaxDets, s.MaxDets)
	}
	return out, len(out.iou) > 0 && out.area >= 0 && out.limit >= 0
}

// has reports whether a category is selected.
func (s *selection) has(k int) bool {
	if s.k == nil {
		return true
	}
	_, ok := slices.BinarySearch(s.k, k)
	return ok
}
