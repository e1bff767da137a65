// Package partials scores by partial results: what some of the images add to a score is written to a file, a line or a
// buffer, and merged to the numbers of one run. The images are a shard of a task, the rows that a cluster sends, or
// a piece of a file of results that is too large for memory.
package partials

import (
	"fmt"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
)

// A Run scores one file of results, some of the images after another.
type Run struct {
	Scorer  *scoring.Scorer // with the images of the ground truth that are scored
	Whole   *preds.Truth    // the ground truth with all of its images
	LeftOut []LeftOut       // the others
	Results string
	More    []string       // further files that say which images there are, and what ids mean; empty ones: none
	Shard   shards.Shard   // of the images that a part is of; zero: all
	Piece   int64          // bytes of results that are scored at once, about, if they are not held in memory
	IDs     *preds.Mapping // of results that are not held in memory

	// Kept is standard input, if Results is "-" and not held in memory.
	Kept *files.KeptStdin
}

// name is the results as messages show them.
func (r *Run) name() string {
	if r.Results == "-" {
		return "standard input"
	}
	return r.Results
}

// LeftOut are images of the ground truth that are not scored.
type LeftOut struct {
	Images map[coco.ID]bool
	Where  string // which images these are, as "on tiles outside fold 1"
}

// Note says how many detections of the results of the name are on the images; empty: none.
func (l *LeftOut) Note(name string, n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%s: %s %s", name, ui.Plural(n, "detection is", "detections are"), l.Where)
}
