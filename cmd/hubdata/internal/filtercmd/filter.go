package filtercmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
)

// run writes the part of the file that the rules keep.
func run(ctx context.Context, c *ui.Console, opts *options) error {
	o := &files.Outputs{Console: c, Force: opts.force}
	defer o.Abort()
	in, err := files.OpenInput(c, opts.in)
	if err != nil {
		return err
	}
	o.Inputs = append(o.Inputs, in)
	if err := o.Check(opts.out); err != nil {
		in.Close()
		return err
	}
	f, err := files.ReadCOCO(ctx, c, in)
	if err != nil {
		return err
	}
	rules, err := opts.rules.Open(c, o, f)
	if err != nil {
		return err
	}
	annotation := rules.Annotation
	if opts.decisions.path != "" {
		verdict, err := opts.decisions.open(c, o, f)
		if err != nil {
			return err
		}
		annotation = func(i int) (string, error) {
			if reason, err := rules.Annotation(i); reason != "" || err != nil {
				return reason, err
			}
			return verdict(i), nil
		}
	}
	filter := &coco.Filter{Image: rules.Image, Annotation: annotation, DropEmpty: opts.dropEmpty, Renumber: opts.renumber}
	if len(opts.rules.Classes) > 0 && !opts.keepCategories {
		filter.Category = func(cat *coco.Category) bool { return slices.Contains(opts.rules.Classes, cat.Name) }
	}
	part, err := f.Filter(filter)
	if errors.Is(err, coco.ErrDuplicateID) {
		err = fmt.Errorf("%w: %w", ui.ErrInput, err)
	}
	if err != nil {
		return ui.InFile(in.Name, err)
	}
	d := part.Dataset
	if d.Info, err = opts.info(o, f); err != nil {
		return err
	}
	if d.Licenses == nil {
		d.Licenses = json.RawMessage(`[]`)
	}
	sum := newSummary(opts, f, part)
	if err := sum.empty(in.Name); err != nil && !opts.allowEmpty {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := files.WriteCOCO(o, opts.out, d); err != nil {
		return err
	}
	if err := o.Commit(); err != nil {
		return err
	}
	return c.Summarize(sum, opts.out)
}

// info makes the info object, which keeps that of the input.
func (o *options) info(out *files.Outputs, f *files.COCOFile) (json.RawMessage, error) {
	from := files.Provenance{Version: ui.Version, Command: "filter", Options: o.provenanceFlags}
	for _, in := range out.Inputs {
		from.Inputs = append(from.Inputs, in.FileInfo())
	}
	return from.Info("part of "+filepath.Base(f.Input.Name), coco.Field{Key: "source", Value: f.Info})
}
