// Package planfile reads and writes plans of folds: a table as .csv, or .json.
package planfile

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagenames"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/internal/wtf8"
)

// Open reads a plan, CSV or JSON by its name. The plan is valid, and the input is closed.
func Open(c *ui.Console, path string) (*folds.Plan, *files.Input, error) {
	in, err := files.OpenInput(c, path)
	if err != nil {
		return nil, nil, err
	}
	defer in.Close()
	var plan *folds.Plan
	if bare := files.UnpackedName(path); strings.EqualFold(filepath.Ext(bare), ".json") {
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
	if _, err := in.ReadToEnd(); err != nil {
		return nil, nil, err
	}
	return plan, in, nil
}

// Resolve gives the plan of a file the full names of images.
func Resolve(plan *folds.Plan, file string, names *coco.Names) (*folds.Resolved, error) {
	r, err := plan.Resolve(names)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", file, ui.ErrInput, err)
	}
	return r, nil
}

// Apply gives the plan of a file the full names of the images of a dataset, of which it must name at least one. A plan
// whose entries are ids is noted.
func Apply(c *ui.Console, plan *folds.Plan, file string, names *coco.Names, dataset string) (*folds.Plan, error) {
	r, err := Resolve(plan, file, names)
	switch {
	case err != nil:
		return nil, err
	case r.Matched == 0 && names.Len() > 0 && len(plan.Entries) > 0:
		return nil, imagenames.Hint(ui.Failf(ui.ExitBadData, "%s names no image of %s", file, dataset).
			Hint("the plan begins with %s, the dataset with %s", wtf8.Quote(plan.Entries[0].ID), wtf8.Quote(names.Name(0))), names, plan.Entries[0].ID)
	case r.ByID:
		c.Note("%s: its entries are read as ids of images", file)
	}
	if n := len(r.Unknown); n > 0 && r.Matched < names.Len() { // else the plan is of more images
		first := plan.Entries[r.Unknown[0]].ID
		near := imagenames.Near(names, first)
		if near != "" {
			near = "; " + near
		}
		c.Note("%s: %s of %s no image of %s, the first is %s%s", file, ui.Thousands(n), ui.Plural(len(plan.Entries), "entry names", "entries name"), dataset, wtf8.Quote(first), near)
	}
	return r.Plan, nil
}
