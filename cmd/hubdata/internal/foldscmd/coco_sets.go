package foldscmd

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
)

// cocoNames names the files of sets after the file that is divided.
type cocoNames struct {
	folder       string
	base         string // of the file
	stem, suffix string // of base, around ".json"
}

func newCOCONames(folder, path string) cocoNames {
	n := cocoNames{folder: folder, base: filepath.Base(path)}
	if path == "-" {
		n.base = "stdin.json"
	}
	n.stem, n.suffix, _ = strings.Cut(n.base, ".json")
	return n
}

// path is that of a set.
func (n *cocoNames) path(plan *folds.Plan, s folds.Set) string {
	return filepath.Join(n.folder, n.stem+setSuffix(plan, s)+".json"+n.suffix)
}

// writeSets audits the plan, and writes it and its sets.
func (im *cocoImages) writeSets(ctx context.Context, src *cocoSource, d *division, plans *planning, o *output, outputs *files.Outputs, images string) (*Summary, error) {
	if err := o.checkFold(d.Plan); err != nil {
		return nil, err
	}
	sum, err := im.sumUp(ctx, d, nil, images)
	if err != nil {
		return nil, err
	}
	outputs.Inputs = append(outputs.Inputs, src.last)
	if src.table != nil {
		outputs.Inputs = append(outputs.Inputs, src.table.Input)
	}
	if d.file != nil {
		outputs.Inputs = append(outputs.Inputs, d.file)
	}
	names := newCOCONames(o.path, src.path)
	plan := planOutputs(o, d.Plan, names.stem+"_")
	var sets []folds.Set
	if !plan.Only {
		sets = o.sets(d.Plan)
	}
	if err := plan.Check(outputs); err != nil {
		return nil, err
	}
	var paths []string
	for _, s := range sets {
		path := names.path(d.Plan, s)
		if err := outputs.Check(path); err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	if !plan.Only {
		err := refuseStale(outputs.Console, names.folder, paths, plans.provenance(d.Plan),
			func(name string) bool { return name == names.stem }, func(options map[string]any) map[string]any { return options })
		if err != nil {
			return nil, err
		}
	}
	from := files.Provenance{Version: ui.Version, Command: "folds", Options: plans.provenance(d.Plan), Inputs: append([]files.FileInfo{src.info}, flagged(outputs.Inputs)...)}
	if err := plan.Write(outputs, d.Plan, names.base, from); err != nil {
		return nil, err
	}
	wrote, err := im.split(ctx, src, d.Plan, sets, names, from, outputs)
	if err != nil {
		return nil, err
	}
	sum.Files = append(plan.Files(), wrote...)
	return sum, outputs.Commit()
}

// sets are the sets of a plan that are written.
func (o *output) sets(plan *folds.Plan) []folds.Set {
	var sets []folds.Set
	for _, s := range plan.Sets() {
		if o.writes(s.Fold) {
			sets = append(sets, s)
		}
	}
	if o.full {
		sets = append(sets, allImages)
	}
	return sets
}

// split reads the file again and writes the sets; the caller commits.
func (im *cocoImages) split(ctx context.Context, src *cocoSource, plan *folds.Plan, sets []folds.Set, names cocoNames, from files.Provenance, outputs *files.Outputs) ([]ui.SummaryFile, error) {
	text, err := from.Info("images of "+filepath.Base(src.last.Name), coco.Field{Key: "source", Value: im.file.Member("info")})
	if err != nil {
		return nil, err
	}
	outs := map[folds.Set]*files.Output{}
	src.step = "writing"
	wrote, err := im.file.Split(ctx, plan, im.names, sets, func(s folds.Set) (io.Writer, json.RawMessage, error) {
		out, err := outputs.Create(names.path(plan, s))
		if err != nil {
			return nil, nil, &outsideError{err}
		}
		outs[s] = out
		return out, text, nil
	})
	var bad *folds.SetError
	switch {
	case errors.As(err, &bad):
		return nil, outs[bad.Set].Failed(bad.Err)
	case err != nil:
		return nil, src.failed(err)
	}
	var list []ui.SummaryFile
	for _, s := range wrote {
		if err := outs[s.Set].Finish(); err != nil {
			return nil, err
		}
		list = append(list, ui.NewSummarySet(names.path(plan, s.Set), s.Images, s.Annotations))
	}
	return list, nil
}
