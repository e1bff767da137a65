package eval

// AP returns the average precision of what s selects: the mean over the recall
// thresholds and the categories, without an IoU over all thresholds of IoU too. It
// is -1 where there is no true instance, and where s selects nothing.
func (r *Result) AP(s Select) float64 {
	sel, ok := r.find(s)
	if !ok {
		return -1
	}
	return r.ap(&sel)
}

// APAt returns the average precision at one IoU threshold, over all categories, with
// every area and the largest limit of detections: [Result.AP] of Select{IoU: iou}.
func (r *Result) APAt(iou float64) float64 { return r.AP(Select{IoU: iou}) }

// ap averages in the order of pycocotools.
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
