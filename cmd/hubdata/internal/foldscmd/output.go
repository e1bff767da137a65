package foldscmd

import (
	"fmt"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/planfile"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/folds"
)

// output says what is written, and where to.
type output struct {
	path    string
	pathSet bool
	fold    int // whose sets are written
	foldSet bool
	full    bool // also the training set of all images
}

// checkFold refuses a fold that the plan does not have.
func (o *output) checkFold(plan *folds.Plan) error {
	if o.foldSet && !plan.HasFold(o.fold) {
		return ui.Usagef("--fold: no fold %d: the plan has folds %d to %d", o.fold, plan.First, plan.First+plan.K-1)
	}
	return nil
}

// writes says whether the sets of a fold are written.
func (o *output) writes(fold int) bool { return !o.foldSet || fold == o.fold }

// planOutputs are the files of a plan; stem is what their names begin with in a folder.
func planOutputs(o *output, plan *folds.Plan, stem string) planfile.Outputs {
	return planfile.OutputsFor(o.path, fmt.Sprintf("%sfolds%d", stem, plan.K))
}

// allImages is the set of all images that a fold uses.
var allImages = folds.Set{Fold: folds.NoFold, Use: folds.Train}

// setSuffix is what the name of a set's file ends in.
func setSuffix(plan *folds.Plan, s folds.Set) string {
	switch {
	case s.Fold == folds.NoFold:
		return "_train_full_includes_valid"
	case s.Use == folds.Validate:
		return fmt.Sprintf("_valid_fold%d", s.Fold)
	case plan.Buffer > 0:
		return fmt.Sprintf("_train_buffer%d_fold%d", plan.Buffer, s.Fold)
	}
	return fmt.Sprintf("_train_fold%d", s.Fold)
}
