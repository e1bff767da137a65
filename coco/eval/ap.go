package eval

// AP returns the average precision at one IoU threshold, area range and limit of
// detections, all by index: the mean over the recall thresholds and, with k
// below 0, over the categories; otherwise that of category k. It is -1 where there
// is no true instance.
func (r *Result) AP(iou, k, area, limit int) float64 {
	first, last := k, k
	if k < 0 {
		first, last = 0, r.e.k-1
	}
	var values []float64
	for n := range r.Params.Recall {
		for k := first; k <= last; k++ {
			if v := r.Precision[r.Index(iou, n, k, area, limit)]; v > -1 {
				values = append(values, v)
			}
		}
	}
	if len(values) == 0 {
		return -1
	}
	return mean(values)
}
