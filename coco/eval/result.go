package eval

// Result is the outcome of an evaluation.
type Result struct {
	Params     *Params // with the defaults filled in
	Categories []int64 // in the order of the arrays, which is ascending

	// Precision holds the highest precision at each recall threshold or any higher
	// recall, and Scores the score at which it is reached, both at [Result.Index].
	// Recall holds the highest recall, at [Result.RecallIndex]. An element is -1 if
	// there is no true instance, and 0 if the recall is not reached. The order in
	// memory is that of pycocotools' arrays.
	Precision []float64
	Scores    []float64
	Recall    []float64

	e *evaluation
}

// K returns the number of categories that are scored separately: 1 if categories are
// ignored.
func (r *Result) K() int { return r.e.k }

// Index returns the index in Precision and Scores of an IoU threshold, recall
// threshold, category, area range and limit of detections. Each of them is given by its
// index.
func (r *Result) Index(iou, recall, k, area, limit int) int {
	return (((iou*len(r.Params.Recall)+recall)*r.e.k+k)*len(r.Params.Areas)+area)*len(r.Params.MaxDets) + limit
}

// RecallIndex returns the index in Recall, as [Result.Index] does.
func (r *Result) RecallIndex(iou, k, area, limit int) int {
	return ((iou*r.e.k+k)*len(r.Params.Areas)+area)*len(r.Params.MaxDets) + limit
}
