package foldscmd

import (
	"context"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/folds"
)

// division is a plan for the images at hand, made or read.
type division struct {
	*folds.Plan
	index   *folds.Index
	file    *files.Input // that the plan was read from; nil: it was made
	missing []string     // images that the file does not name
}

// run audits a plan, or writes it and its sets.
func run(ctx context.Context, c *ui.Console, o *options) error {
	if o.Coco != "" {
		return runCOCO(ctx, c, o)
	}
	return runTiles(ctx, c, o)
}

// runTiles divides the tiles of a folder.
func runTiles(ctx context.Context, c *ui.Console, o *options) error {
	t, err := openTiles(c, &o.Input, &o.planning)
	if err != nil {
		return err
	}
	defer t.Close()
	d, err := t.divide(ctx)
	if err != nil {
		return err
	}
	var sum *Summary
	switch plan := planOutputs(&o.output, d.Plan, ""); {
	case o.audit:
		sum, err = t.audit(ctx, d, o.images)
	case !plan.Only:
		sum, err = t.writeSets(ctx, d, plan, &o.output, o.images)
	default:
		return t.writePlanOnly(d, plan, &o.output)
	}
	if err != nil {
		return err
	}
	if err := c.Summarize(sum); err != nil {
		return err
	}
	return t.ReportSkipped()
}

// runCOCO divides the images of a COCO file.
func runCOCO(ctx context.Context, c *ui.Console, o *options) error {
	outputs := files.Outputs{Console: c, Force: o.Force}
	defer outputs.Abort()
	src := newCOCOSource(c, o.Coco)
	defer src.close()
	if o.Coco == "-" {
		if err := src.keepStdin(outputs.ScratchFolder("-")); err != nil {
			return err
		}
		if !o.output.pathSet {
			o.output.path = "."
		}
	}
	if o.always.text != "" {
		return ui.Usagef("--always-train selects datasets of a HuBMAP folder: it cannot be used with --coco")
	}
	im, d, err := o.divideCOCO(ctx, src)
	if err != nil {
		return err
	}
	var sum *Summary
	if o.audit {
		sum, err = im.audit(ctx, src, d, o.images)
	} else {
		sum, err = im.writeSets(ctx, src, d, &o.planning, &o.output, &outputs, o.images)
	}
	if err != nil {
		return err
	}
	return c.Summarize(sum, o.output.path)
}

// Audited says which plan is audited, and what for.
type Audited struct {
	Plan   string   // file
	Images string   // folder, whose images are compared; empty: none are
	By     []string // FIELDs that training and validation images should not share
	Table  string   // file with further values of the images; empty: none
}

// Audit audits the plan of a file for the tiles of a folder or the images of a COCO file. It writes nothing.
func Audit(ctx context.Context, c *ui.Console, in *Input, a Audited) (*Summary, error) {
	p := &planning{given: a.Plan, auditBy: a.By, table: a.Table}
	if in.Coco != "" {
		src := newCOCOSource(c, in.Coco)
		defer src.close()
		im, d, err := p.divideCOCO(ctx, src)
		if err != nil {
			return nil, err
		}
		return im.audit(ctx, src, d, a.Images)
	}
	t, err := openTiles(c, in, p)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	d, err := t.divide(ctx)
	if err != nil {
		return nil, err
	}
	return t.audit(ctx, d, a.Images)
}

// openTiles opens the folder's files.
func openTiles(c *ui.Console, in *Input, plans *planning) (*tiles, error) {
	cv, err := folder.OpenConversion(c, &in.SetOptions, &in.Location)
	if err != nil {
		return nil, err
	}
	t := &tiles{Conversion: cv, in: in, plans: plans}
	if t.keys, err = imagekey.Open(c, plans.table); err != nil {
		cv.Close()
		return nil, err
	}
	if t.keys != nil {
		t.Outputs.Inputs = append(t.Outputs.Inputs, t.keys.Input)
	}
	return t, nil
}
