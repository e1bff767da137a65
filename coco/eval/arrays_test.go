package eval

import "slices"

// arrays are the arrays of COCOeval.eval, in full.
type arrays struct {
	p                         *Params
	k                         int // number of categories
	precision, scores, recall []float64
}

func newArrays(p *Params, k int) *arrays {
	n := len(p.IoU) * k * len(p.Areas) * len(p.MaxDets)
	undefined := func(n int) []float64 { return slices.Repeat([]float64{-1}, n) }
	return &arrays{p, k, undefined(n * len(p.Recall)), undefined(n * len(p.Recall)), undefined(n)}
}

// arraysOf returns the arrays of a result, from its methods.
func arraysOf(r *Curves) *arrays {
	out := newArrays(r.Params, r.K())
	for t := range r.Params.IoU {
		for k := range r.K() {
			for a := range r.Params.Areas {
				for m := range r.Params.MaxDets {
					out.recall[out.recallIndex(t, k, a, m)] = r.Recall(t, k, a, m)
					for n := range r.Params.Recall {
						at := out.index(t, n, k, a, m)
						out.precision[at], out.scores[at] = r.Precision(t, n, k, a, m)
					}
				}
			}
		}
	}
	return out
}

// sameArrays reports whether two results have the same numbers.
func sameArrays(a, b *Result) bool {
	x, y := arraysOf(&a.Curves), arraysOf(&b.Curves)
	return slices.Equal(x.precision, y.precision) && slices.Equal(x.scores, y.scores) && slices.Equal(x.recall, y.recall)
}

func (r *arrays) index(iou, recall, k, area, limit int) int {
	return (((iou*len(r.p.Recall)+recall)*r.k+k)*len(r.p.Areas)+area)*len(r.p.MaxDets) + limit
}

func (r *arrays) recallIndex(iou, k, area, limit int) int {
	return ((iou*r.k+k)*len(r.p.Areas)+area)*len(r.p.MaxDets) + limit
}

// stats averages the arrays as summarize of COCOeval does.
func (r *arrays) stats() []float64 {
	lines := (&Curves{Params: r.p}).lines()
	stats := make([]float64, len(lines))
	for i, l := range lines {
		recalls, from := len(r.p.Recall), r.precision
		if l.recall {
			recalls, from = 1, r.recall
		}
		var values []float64
		for t, iou := range r.p.IoU {
			for n := range recalls {
				for k := range r.k {
					for area, a := range r.p.Areas {
						for limit, most := range r.p.MaxDets {
							at := r.recallIndex(t, k, area, limit)
							if !l.recall {
								at = r.index(t, n, k, area, limit)
							}
							if (l.iou == 0 || iou == l.iou) && a.Name == l.area && most == l.limit && from[at] > -1 {
								values = append(values, from[at])
							}
						}
					}
				}
			}
		}
		if stats[i] = -1; len(values) > 0 {
			stats[i] = mean(values)
		}
	}
	return stats
}
