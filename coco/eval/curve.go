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
func (r *Curves) Curve(s Select) []CurvePoint {
	sel, ok := r.oneThreshold(s)
	if !ok {
		return nil
	}
	out := make([]CurvePoint, len(r.Params.Recall))
	plots := r.plots(&sel)
	for i, recall := range r.Params.Recall {
		sum := 0.0
		for _, p := range plots {
			sum += p.at(sel.iou[0], i).precision
		}
		out[i].Recall = recall
		if len(plots) > 0 {
			out[i].Precision = sum / float64(len(plots))
		}
	}
	return out
}
