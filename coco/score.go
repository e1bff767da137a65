package coco

import (
	"fmt"
	"iter"

	"github.com/hubdata/hubdata/internal/jsonscan"
)

// scoreKey is the member of an annotation that holds its score.
const scoreKey = "score"

// Score returns the member score of an annotation, which a model assigned. It reports
// false if the member is missing, or null, NaN, [] or "". Anything else that is not a number is an
// error.
func (a *Annotation) Score() (score float64, ok bool, err error) {
	text := a.Extra.Get(scoreKey)
	if text == nil {
		return 0, false, nil
	}
	p := parser{c: jsonscan.New(text)}
	if p.absent(true) {
		return 0, false, nil
	}
	if score, err = p.c.Float(); err != nil {
		return 0, false, fmt.Errorf("found %s, expected a number", text)
	}
	return score, true, nil
}

// Results returns the annotations as results: a dataset whose annotations have scores
// holds detections. A result of an annotation without a score has [FieldScore] in
// Missing, like a record of a results file without a score. Unknown members are
// omitted. A score that is not a number ends the sequence with an error that names the
// annotation.
func (d *Dataset) Results() iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		for i := range d.Annotations {
			a := &d.Annotations[i]
			r := Result{ImageID: a.ImageID, CategoryID: a.CategoryID, BBox: a.BBox, Segmentation: a.Segmentation, Missing: a.Missing &^ (FieldArea | FieldIsCrowd)}
			score, ok, err := a.Score()
			if err != nil {
				yield(r, fmt.Errorf("annotations[%d].%s: %w", i, scoreKey, err))
				return
			}
			if r.Score = score; !ok {
				r.Missing |= FieldScore
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}
