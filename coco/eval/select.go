package eval

import (
	"math"
	"slices"
)

// Select says of what a number of a [Result] is: by the values of its [Params], not
// by their places. The zero Select is everything: all categories, the first area
// range, which is all of COCO's, and the largest limit of detections. What the
// parameters do not have selects nothing.
type Select struct {
	// IoU is one of Params.IoU, give or take 1e-9. What 0 means each method says.
	IoU float64
	// Categories are ids of categories; nil: all. If categories are ignored it does
	// nothing.
	Categories []int64
	// Area is the name of one of Params.Areas; empty: the first.
	Area string
	// MaxDets is one of Params.MaxDets; 0: the largest.
	MaxDets int
}

// A selection is a Select by places in the arrays of a result.
type selection struct {
	iou         []int // of one threshold, or of all
	k           []int
	area, limit int
}

// one finds a selection with one threshold: the first if none is named.
func (r *Result) one(s Select) (selection, bool) {
	sel, ok := r.find(s)
	if ok {
		sel.iou = sel.iou[:1]
	}
	return sel, ok
}

// find finds a selection, of all thresholds if none is named. It is not ok if there is
// no such threshold, area range or limit.
func (r *Result) find(s Select) (selection, bool) {
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
	for k := range r.e.k {
		if s.Categories == nil || p.IgnoreCategories || slices.Contains(s.Categories, r.Categories[k]) {
			out.k = append(out.k, k)
		}
	}
	if s.Area != "" {
		out.area = slices.IndexFunc(p.Areas, func(a AreaRange) bool { return a.Name == s.Area })
	}
	if s.MaxDets != 0 {
		out.limit = slices.Index(p.MaxDets, s.MaxDets)
	}
	return out, len(out.iou) > 0 && out.area >= 0 && out.limit >= 0
}
