package eval

// A CurvePoint is a point of a curve of precision over recall.
type CurvePoint struct {
	Recall    float64 // one of Params.Recall
	Precision float64 // the highest at that recall or any higher
}

// Curve returns the curve of precision over recall of a selection, a point for each of
// Params.Recall: the mean over the categories that have a true instance, 0 if none
// has. It is of the selection's IoU threshold, without an IoU of the first one, and
// nil where s selects nothing.
func (r *Result) Curve(s Select) []CurvePoint {
	sel, ok := r.one(s)
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
