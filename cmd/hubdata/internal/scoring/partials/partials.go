// Package partials scores by partial results: what some of the images add to a score is written to a file, a line or a
// buffer, and merged to the numbers of one run. The images are a shard of a task, the rows that a cluster sends, or
// a piece of a file of results that is too large for memory.
package partials

import (
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring"
)

// A Run scores one file of results, some of the images after another.
type Run struct {
	Truth   preds.TruthSource
	Results string
	Piece   int64 // bytes of results that [Run.Stream] scores at once, about
	scoring.Scoring
}

// scorer returns what scores against the ground truth.
func (r *Run) scorer(truth *preds.Truth) (*scoring.Scorer, error) {
	s := &scoring.Scorer{Scoring: r.Scoring, Truth: truth}
	var err error
	s.Params.Categories, err = truth.CategoryIDs(r.Truth.Classes)
	return s, err
}
