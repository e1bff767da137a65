package eval

// Result is the outcome of an evaluation.
type Result struct {
	Params     *Params // with the defaults filled in
	Categories []int64 // in ascending order, unless they are ignored

	groups []group // of the categories that have a detection or a true instance
	e      *evaluation
}

// K returns the number of categories that are scored separately: 1 if categories are
// ignored.
func (r *Result) K() int { return r.e.k }

// Precision returns the highest precision at a recall threshold or any higher recall, and the
// score at which it is reached: elements of COCOeval's arrays precision and scores. The IoU
// threshold, recall threshold, category, area range and limit of detections are given by
// their indices. Both numbers are -1 if there is no true instance, and 0 if the recall is not
// reached.
func (r *Result) Precision(iou, recall, k, area, limit int) (precision, score float64) {
	p := r.plot(k, area, limit)
	if p == nil {
		return -1, -1
	}
	at := p.at(iou, recall)
	return at.precision, at.score
}

// Recall returns the highest recall, an element of COCOeval's array recall. It is -1 if there
// is no true instance. The arguments are those of [Result.Precision].
func (r *Result) Recall(iou, k, area, limit int) float64 {
	p := r.plot(k, area, limit)
	if p == nil {
		return -1
	}
	return p.recall(iou)
}

// plot returns the plot of a category, area range and limit; nil: there are no true
// instances.
func (r *Result) plot(k, area, limit int) *plot {
	g := r.groupOf(k)
	if g == nil {
		return nil
	}
	return g.plots[area*len(r.Params.MaxDets)+limit]
}
