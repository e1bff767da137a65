package eval

// Result is the outcome of an evaluation.
type Result struct {
	Curves
	e *evaluation
}

// Curves are the curves of precision over recall of all categories, thresholds, area ranges
// and limits, and what is averaged from them. A [Result] and a [Merged] have them.
type Curves struct {
	Params     *Params // with the defaults filled in
	Categories []int64 // in ascending order, unless they are ignored

	k         int              // number of categories that are scored separately
	groups    []group          // of the categories that have a detection or a true instance
	frequency map[int64]string // of categories, for the rules of LVIS
}

// K returns the number of categories that are scored separately: 1 if categories are
// ignored.
func (r *Curves) K() int { return r.k }

// Precision returns the highest precision at a recall threshold or any higher recall, and the
// score at which it is reached: elements of COCOeval's arrays precision and scores. The IoU
// threshold, recall threshold, category, area range and limit of detections are given by
// their indices. Both numbers are -1 if there is no true instance, and 0 if the recall is not
// reached.
func (r *Curves) Precision(iou, recall, k, area, limit int) (precision, score float64) {
	p := r.plot(k, area, limit)
	if p == nil {
		return -1, -1
	}
	at := p.at(iou, recall)
	return at.precision, at.score
}

// Recall returns the highest recall, an element of COCOeval's array recall. It is -1 if there
// is no true instance. The arguments are those of [Result.Precision].
func (r *Curves) Recall(iou, k, area, limit int) float64 {
	p := r.plot(k, area, limit)
	if p == nil {
		return -1
	}
	return p.recall(iou)
}

// plot returns the plot of a category, area range and limit; nil: there are no true
// instances.
func (r *Curves) plot(k, area, limit int) *plot {
	g := r.groupOf(k)
	if g == nil {
		return nil
	}
	return g.plots[area*len(r.Params.MaxDets)+limit]
}
