// Package planfile reads and writes plans of folds: a table as .csv, or .json.
package planfile

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
)

// Open reads a plan, CSV or JSON by its name. The plan is valid, and the input is closed.
func Open(c *ui.Console, path string) (*folds.Plan, *files.Input, error) {
	in, err := files.OpenInput(c, path)
	if err != nil {
		return nil, nil, err
	}
	defer in.Close()
	var plan *folds.Plan
	if bare := files.UnpackedName(path); filepath.Ext(bare) == ".json" {
		plan, err = folds.ReadPlanJSON(in)
	} else {
		plan, err = folds.ReadPlanCSV(in)
	}
	if err != nil {
		if errors.Is(err, folds.ErrPlan) {
			err = fmt.Errorf("%w: %w", ui.ErrInput, err)
		}
		return nil, nil, ui.InFile(in.Name, err)
	}
	if _, err := in.Provenance(); err != nil {
		return nil, nil, err
	}
	return plan, in, nil
}

// Resolve gives the plan of a file the full names of images; matched is how many it names.
func Resolve(plan *folds.Plan, file string, names *coco.Names) (resolved *folds.Plan, matched int, err error) {
	if resolved, matched, err = plan.Resolve(names); err != nil {
		err = fmt.Errorf("%s: %w: %w", file, ui.ErrInput, err)
	}
	return resolved, matched, err
}
