package eval

// A CurvePoint is a point of a precision-recall curve.
type CurvePoint struct {
	Recall    float64 // one of Params.Recall
	Precision float64 // the highest at that recall or any higher
}

// Curve returns the precision-recall curve of a selection, with one point for each of
// Params.Recall. Precision is the mean over the categories that have a true instance,
// or 0 if none has. The curve is computed at the selection's IoU threshold, or at the
// first one if s names none. If s selects nothing, Curve returns nil.
func (r *Result) Curve(s Select) []CurvePoint {
	sel, ok := r.oneThreshold(s)
	if !ok {
		return nil
	}
	out := make([]CurvePoint, len(r.Params.Recall))
	for i, recall := range r.Params.Recall {
		sum, n := 0.0, 0
		for _, k := range sel.k {
			if v := r.Precision[r.Index(sel.iou[0], i, k, sel.area, sel.limit)]; v > -1 {
				sum, n = sum+v, n+1
			}
		}
		out[i].Recall = recall
		if n > 0 {
			out[i].Precision = sum / float64(n)
		}
	}
	return out
}
