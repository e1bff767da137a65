package eval

import "math"

// AP returns the average precision of a selection: the mean over the recall thresholds
// and the categories and, if s names no IoU, over all IoU thresholds too. It is -1 if
// there is no true instance, and NaN if s has an IoU, an area range or a limit that the
// parameters do not have.
func (r *Curves) AP(s Select) float64 {
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
func (r *Curves) APAt(iou float64) float64 { return r.AP(Select{IoU: iou}) }

// ap averages in the order of pycocotools, so that rounding is the same.
func (r *Curves) ap(s *selection) float64 {
	plots := r.plots(s)
	if len(plots) == 0 {
		return -1
	}
	recalls := len(r.Params.Recall)
	at := 0
	return meanOf(len(s.iou)*recalls*len(plots), func(v []float64) {
		for i := range v {
			k := at / len(plots)
			v[i] = plots[at%len(plots)].at(s.iou[k/recalls], k%recalls).precision
			at++
		}
	})
}
