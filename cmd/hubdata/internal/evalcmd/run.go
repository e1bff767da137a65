package evalcmd

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/planfile"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/selection"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/folds"
)

func runEval(ctx context.Context, c *ui.Console, o *evalOptions) error {
	if o.curve != "" {
		if err := (&files.Outputs{Console: c, Force: o.force}).Check(o.curve); err != nil {
			return err
		}
	}
	in, err := readEval(ctx, c, o)
	if err != nil {
		return err
	}
	out := &evalOutput{notes: in.notes}
	for _, d := range in.results {
		r, err := in.Score(ctx, d)
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
	Scorer
	results []*preds.Detections
	notes   []string
}

// readEval reads the truth and the results side by side, then what chooses among
// their images and classes.
func readEval(ctx context.Context, c *ui.Console, o *evalOptions) (*evalInput, error) {
	total := int64(0)
	for _, path := range o.results {
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() {
			total += st.Size()
		}
	}
	seen, stop := c.Progress("reading results", total)
	defer stop()
	in := &evalInput{Scorer: Scorer{Scoring: o.Scoring}, results: make([]*preds.Detections, len(o.results))}
	errs := make([]error, len(o.results)+1)
	var wg sync.WaitGroup
	wg.Go(func() {
		from := preds.TruthSource{Path: o.truth, Content: o.SetOptions, Classes: o.scored, Boxes: o.Params.Type == eval.BBox, Workers: o.Params.Workers}
		in.Truth, errs[0] = from.Read(ctx, c)
	})
	wg.Go(func() { // one after the other: each is parsed by all cores
		for i, path := range o.results {
			if in.results[i], errs[i+1] = preds.ReadDetections(c, path, o.Params.Type, seen); errs[i+1] != nil {
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
		if err := preds.TranslateDetections(c, o.images, o.CategoryStart, in.Truth, in.results...); err != nil {
			return nil, err
		}
	}
	if o.plan != "" {
		if err := in.takePlan(c, o); err != nil {
			return nil, err
		}
	}
	var err error
	in.Params.Categories, err = in.Truth.CategoryIDs(o.scored)
	return in, err
}

// refuseOneFile refuses a file that is named twice.
func (in *evalInput) refuseOneFile() error {
	for i, d := range in.results {
		for _, other := range in.Truth.Info {
			if d.Info != nil && other != nil && os.SameFile(d.Info, other) {
				return ui.Usagef("%s is the truth and the results", d.Name)
			}
		}
		for _, other := range in.results[:i] {
			if d.Info != nil && other.Info != nil && os.SameFile(d.Info, other.Info) {
				return ui.Usagef("%s and %s are one file", other.Name, d.Name)
			}
		}
	}
	return nil
}

// takePlan reads the plan, and drops what is not on the validation tiles of --fold.
func (in *evalInput) takePlan(c *ui.Console, o *evalOptions) error {
	plan, file, err := planfile.Open(c, o.plan)
	if err != nil {
		return err
	}
	if err := plan.Validate(); err != nil {
		return fmt.Errorf("%s: %w: %w", file.Name, ui.ErrInput, err)
	}
	matched := 0
	if plan, matched, err = selection.ResolvePlan(plan, file.Name, in.Truth.Names.All); err != nil {
		return err
	}
	in.uses = plan.Index()
	if !o.foldSet {
		if matched == 0 {
			in.notes = append(in.notes, fmt.Sprintf("%s names no tile of %s", file.Name, in.Truth.Name))
		}
		return nil
	}
	if o.fold < plan.First || o.fold >= plan.First+plan.K {
		return ui.Usagef("--fold: there is no fold %d: the plan has %d to %d", o.fold, plan.First, plan.First+plan.K-1)
	}
	dropped := in.Truth.Only(func(i int) bool { return in.uses.Use(in.Truth.Names.Name(i), o.fold) == folds.Validate })
	if len(in.Truth.Images) == 0 {
		return ui.Failf(ui.ExitBadData, "%s has no validation tile of fold %d of %s", in.Truth.Name, o.fold, o.plan)
	}
	for _, d := range in.results {
		n := len(d.List)
		d.List = slices.DeleteFunc(d.List, func(r coco.Result) bool { return dropped[r.ImageID] })
		if n -= len(d.List); n > 0 {
			in.notes = append(in.notes, fmt.Sprintf("%s: %s on tiles outside fold %d", d.Name, ui.Plural(n, "detection is", "detections are"), o.fold))
		}
	}
	return nil
}
