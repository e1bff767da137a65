package eval

// Result is the outcome of an evaluation.
type Result struct {
	Params     *Params // with the defaults filled in
	Categories []int64 // in the order of the arrays, from the lowest id on

	// Precision holds the highest precision at each recall threshold or any
	// higher, Scores the score at which it is reached, both at [Result.Index].
	// Recall holds the highest recall, at [Result.RecallIndex]. All are -1 where
	// there is no true instance, else 0 where nothing is reached. In memory the
	// order is that of pycocotools' arrays.
	Precision []float64
	Scores    []float64
	Recall    []float64

	e *evaluation
}

// K returns how many categories are scored apart: 1 if they are ignored.
func (r *Result) K() int { return r.e.k }

// Index returns the place in Precision and Scores of an IoU threshold, recall
// threshold, category, area range and limit of detections, all by index.
func (r *Result) Index(iou, recall, k, area, limit int) int {
	return (((iou*len(r.Params.Recall)+recall)*r.e.k+k)*len(r.Params.Areas)+area)*len(r.Params.MaxDets) + limit
}

// RecallIndex returns the place in Recall, as [Result.Index] does.
func (r *Result) RecallIndex(iou, k, area, limit int) int {
	return ((iou*r.e.k+k)*len(r.Params.Areas)+area)*len(r.Params.MaxDets) + limit
}
