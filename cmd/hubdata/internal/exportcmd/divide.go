package exportcmd

import (
	"fmt"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/planfile"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/internal/wtf8"
)

// The splits of a fold plan.
const (
	trainSplit = "train"
	valSplit   = "val"
)

// divider says what split and fold each image of a file is of.
type divider struct {
	opts  *options
	file  *files.COCOFile
	names *coco.Names
	uses  *folds.Index // nil: no plan
}

func openDivider(c *ui.Console, o *files.Outputs, opts *options, f *files.COCOFile) (*divider, error) {
	d := &divider{opts: opts, file: f, names: coco.NewNames(f.Images)}
	if opts.plan == "" {
		return d, nil
	}
	plan, in, err := planfile.Open(c, opts.plan)
	if err != nil {
		return nil, err
	}
	in.Flag = "folds"
	o.Inputs = append(o.Inputs, in)
	if opts.divided && !plan.HasFold(opts.fold) {
		return nil, ui.Usagef("--fold: no fold %d: the plan has folds %d to %d", opts.fold, plan.First, plan.First+plan.K-1)
	}
	if plan, err = planfile.Apply(c, plan, in.Name, d.names, f.Input.Name); err != nil {
		return nil, err
	}
	d.uses = plan.Index()
	return d, nil
}

// split is the split of image i, empty if the set is not divided; or the reason why it is in none.
func (d *divider) split(i int) (split, reason string, err error) {
	switch {
	case d.opts.divided:
		return d.ofPlan(d.names.Name(i))
	case d.opts.splitBy != nil:
		value, ok := d.opts.splitBy.Value(&d.file.Images[i])
		if !ok {
			return "", "without " + d.opts.splitBy.Name, nil
		}
		if !isSplitName(value) {
			return "", "", fmt.Errorf("images[%d]: %w: --split-by %s: found %s, expected %s", i, ui.ErrInput, d.opts.splitBy.Name, wtf8.Quote(value), splitNameExpected)
		}
		return value, "", nil
	}
	return d.opts.split, "", nil
}

func (d *divider) ofPlan(name string) (split, reason string, err error) {
	switch d.uses.Use(name, d.opts.fold) {
	case folds.Train:
		return trainSplit, "", nil
	case folds.Validate:
		return valSplit, "", nil
	case folds.Apart:
		return "", "kept apart by the plan's buffer", nil
	}
	if _, ok := d.uses.Entry(name); !ok {
		return "", "not in the plan", nil
	}
	return "", "in no fold of the plan", nil
}

// fold is the fold of image i; -1: none.
func (d *divider) fold(i int) int {
	if d.uses != nil {
		if e, ok := d.uses.Entry(d.names.Name(i)); ok && e.Fold != folds.NoFold {
			return e.Fold
		}
	}
	return -1
}
