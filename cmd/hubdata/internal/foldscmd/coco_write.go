package foldscmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
)

// writeSets makes or reads the plan, audits it, and writes it and its sets.
func (job *cocoSplit) writeSets(ctx context.Context, o *foldsOutput) (*Summary, error) {
	if err := job.makePlan(ctx); err != nil {
		return nil, err
	}
	if err := o.checkFold(job.plan); err != nil {
		return nil, err
	}
	sum, err := job.sumUp(nil)
	if err != nil {
		return nil, err
	}
	sum.Files, err = job.write(ctx, o)
	return sum, err
}

// write writes the plan and its sets.
func (job *cocoSplit) write(ctx context.Context, o *foldsOutput) ([]ui.SummaryFile, error) {
	plan := job.plan
	base := filepath.Base(job.in.Coco)
	if job.in.Coco == "-" {
		base = "stdin.json"
	}
	stem, suffix, _ := strings.Cut(base, ".json")
	planned := planNames(o.path, fmt.Sprintf("%s_folds%d", stem, plan.K))
	if err := planned.check(&job.outputs); err != nil {
		return nil, err
	}
	var sets []folds.Set
	if !planned.only {
		for _, s := range plan.Sets() {
			if o.writes(s.Fold) {
				sets = append(sets, s)
			}
		}
		if o.full {
			sets = append(sets, allImages)
		}
	}
	path := func(s folds.Set) string { return filepath.Join(o.path, stem+setSuffix(plan, s)+".json"+suffix) }
	for _, s := range sets {
		if err := job.outputs.Check(path(s)); err != nil {
			return nil, err
		}
	}
	from := files.Provenance{Version: ui.Version, Command: "folds", Options: job.plans.provenance(plan), Inputs: []files.FileInfo{job.info}}
	if err := planned.write(&job.outputs, plan, base, from); err != nil {
		return nil, err
	}
	text, err := from.Info("images of "+filepath.Base(job.input.Name), coco.Field{Key: "source", Value: job.file.Member("info")})
	if err != nil {
		return nil, err
	}
	outs := map[folds.Set]*files.Output{}
	job.what = "writing"
	wrote, err := job.file.Split(ctx, plan, job.names, sets, func(s folds.Set) (io.Writer, json.RawMessage, error) {
		out, err := job.outputs.Create(path(s))
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
		return nil, job.failed(err)
	}
	files := planned.files()
	for _, s := range wrote {
		if err := outs[s.Set].Finish(); err != nil {
			return nil, err
		}
		files = append(files, ui.NewSummarySet(path(s.Set), s.Images, s.Annotations))
	}
	return files, job.outputs.Commit()
}
