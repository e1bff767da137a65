package eval

import "math"

// AP returns the average precision of a selection: the mean over the recall thresholds
// and the categories and, if s names no IoU, over all IoU thresholds too. It is -1 if
// there is no true instance, and NaN if s has an IoU, an area range or a limit that the
// parameters do not have.
func (r *Result) AP(s Select) float64 {
	sel, ok := r.allThresholds(s)
	if !ok {
		return math.NaN()
	}
	return r.ap(&sel)
}

// APAt returns the average precision at one IoU threshold, over all categories, with
// the first area range and the largest limit of detections. It is [Result.AP] of
// Select{IoU: iou}: NaN if iou is not a threshold. The number of the HuBMAP challenge is another one, computed in
// another way: see [HuBMAP].
func (r *Result) APAt(iou float64) float64 { return r.AP(Select{IoU: iou}) }

// ap averages in the order of pycocotools, so that rounding is the same.
func (r *Result) ap(s *selection) float64 {
	values := make([]float64, 0, len(s.iou)*len(r.Params.Recall)*len(s.k))
	for _, t := range s.iou {
		for n := range r.Params.Recall {
			for _, k := range s.k {
				if v := r.Precision[r.Index(t, n, k, s.area, s.limit)]; v > -1 {
					values = append(values, v)
				}
			}
		}
	}
	if len(values) == 0 {
		return -1
	}
	return mean(values)
}
