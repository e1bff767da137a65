package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/folds"
)

func runEval(ctx context.Context, c *console, o *evalOptions) error {
	if o.curve != "" {
		if err := (&outputs{c: c, force: o.force}).check(o.curve); err != nil {
			return err
		}
	}
	in, err := readEval(ctx, c, o)
	if err != nil {
		return err
	}
	out := &evalOutput{notes: in.notes}
	for _, d := range in.results {
		r, err := in.score(ctx, d)
		if err != nil {
			return err
		}
		out.reports = append(out.reports, r)
	}
	if o.compare {
		if out.compared, err = compareReports(ctx, out.reports, o.samples, o.seed); err != nil {
			return err
		}
	}
	if o.curve != "" {
		if err := drawCurves(c, o.curve, out.reports); err != nil {
			return err
		}
	}
	return out.print(c, o.worst)
}

// evalInput is what a run of eval reads.
type evalInput struct {
	scorer
	results []*detections
	notes   []string
}

// readEval reads the truth and the results side by side, then what chooses among
// their images and classes.
func readEval(ctx context.Context, c *console, o *evalOptions) (*evalInput, error) {
	total := int64(0)
	for _, path := range o.results {
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() {
			total += st.Size()
		}
	}
	seen, stop := c.progress("reading results", total)
	defer stop()
	in := &evalInput{scorer: scorer{scoring: o.scoring}, results: make([]*detections, len(o.results))}
	errs := make([]error, len(o.results)+1)
	var wg sync.WaitGroup
	wg.Go(func() {
		from := truthSource{path: o.truth, content: o.content, classes: o.scored, boxes: o.params.Type == eval.BBox, workers: o.params.Workers}
		in.truth, errs[0] = from.read(ctx, c)
	})
	wg.Go(func() { // one after the other: each is parsed by all cores
		for i, path := range o.results {
			if in.results[i], errs[i+1] = readDetections(c, path, o.params.Type, seen); errs[i+1] != nil {
				return
			}
		}
	})
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	if err := in.refuseOneFile(); err != nil {
		return nil, err
	}
	if o.images != "" {
		if err := translateDetections(c, o.images, o.categoryStart, in.truth, in.results...); err != nil {
			return nil, err
		}
	}
	if o.plan != "" {
		if err := in.takePlan(c, o); err != nil {
			return nil, err
		}
	}
	var err error
	in.params.Categories, err = in.truth.categories(o.scored)
	return in, err
}

// refuseOneFile refuses a file that is named twice.
func (in *evalInput) refuseOneFile() error {
	for i, d := range in.results {
		for _, other := range in.truth.info {
			if d.info != nil && other != nil && os.SameFile(d.info, other) {
				return usagef("%s is the truth and the results", d.name)
			}
		}
		for _, other := range in.results[:i] {
			if d.info != nil && other.info != nil && os.SameFile(d.info, other.info) {
				return usagef("%s and %s are one file", other.name, d.name)
			}
		}
	}
	return nil
}

// takePlan reads the plan, and drops what is not on the validation tiles of --fold.
func (in *evalInput) takePlan(c *console, o *evalOptions) error {
	plan, file, err := openPlan(c, o.plan)
	if err != nil {
		return err
	}
	if err := plan.Validate(); err != nil {
		return fmt.Errorf("%s: %w: %w", file.name, errInput, err)
	}
	matched := 0
	if plan, matched, err = resolvePlan(plan, file.name, in.truth.images.all); err != nil {
		return err
	}
	in.uses = plan.Index()
	if !o.foldSet {
		if matched == 0 {
			in.notes = append(in.notes, fmt.Sprintf("%s names no tile of %s", file.name, in.truth.name))
		}
		return nil
	}
	if o.fold < plan.First || o.fold >= plan.First+plan.K {
		return usagef("--fold: there is no fold %d: the plan has %d to %d", o.fold, plan.First, plan.First+plan.K-1)
	}
	dropped := in.truth.only(func(i int) bool { return in.uses.Use(in.truth.images.name(i), o.fold) == folds.Validate })
	if len(in.truth.Images) == 0 {
		return failf(exitBadData, "%s has no validation tile of fold %d of %s", in.truth.name, o.fold, o.plan)
	}
	for _, d := range in.results {
		n := len(d.list)
		d.list = slices.DeleteFunc(d.list, func(r coco.Result) bool { return dropped[r.ImageID] })
		if n -= len(d.list); n > 0 {
			in.notes = append(in.notes, fmt.Sprintf("%s: %s on tiles outside fold %d", d.name, count(n, "detection is", "detections are"), o.fold))
		}
	}
	return nil
}
