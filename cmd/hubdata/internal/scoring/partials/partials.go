// Package partials scores by partial results: what some of the images add to a score is written to a file, a line or a
// buffer, and merged to the numbers of one run. The images are a shard of a task, the rows that a cluster sends, or
// a piece of a file of results that is too large for memory.
package partials

import (
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// A Run scores one file of results, some of the images after another.
type Run struct {
	Truth   preds.TruthSource
	Results string
	Table   string       // of further values of the images; empty: none
	More    []string     // further files that say which images there are, and what ids mean; empty ones: none
	Shard   shards.Shard // of the images that a part is of; zero: all
	Piece   int64        // bytes of results that are scored at once, about, if they are not held in memory
	scoring.Scoring
}

// scorer returns what scores against the ground truth.
func (r *Run) scorer(c *ui.Console, truth *preds.Truth) (*scoring.Scorer, error) {
	s := &scoring.Scorer{Scoring: r.Scoring, Truth: truth}
	var err error
	if s.Keys, err = imagekey.Open(c, r.Table); err != nil {
		return nil, err
	}
	s.Params.Categories, err = truth.CategoryIDs(r.Truth.Classes)
	return s, err
}
