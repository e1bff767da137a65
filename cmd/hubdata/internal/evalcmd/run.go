package evalcmd

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"sync"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/placing"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/planfile"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring/partials"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/selection"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/folds"
)

// options say what a run reads and computes.
type options struct {
	truth   preds.TruthSource
	results []string        // files
	table   string          // of further values of the images; empty: none
	images  string          // file whose ids the results have; empty: the ground truth's
	plan    string          // file of a plan; empty: none
	fold    int             // of plan
	foldSet bool            // score its validation tiles alone
	rules   selection.Rules // of the images that are scored
	placing *placing.Rule   // where images lie on their slides
	shard   shards.Shard    // of the images; zero: all
	scoring.Scoring
	compare bool // the first file of results with each other one, by a bootstrap
	samples int
	seed    uint64
}

// result is what a run comes to.
type result struct {
	reports  []*scoring.Report
	compared []comparison // the first with each other one
	notes    []string     // of the run, in addition to those of the reports
}

// run scores files of results against one ground truth.
func run(ctx context.Context, c *ui.Console, o *options) (*result, error) {
	var streamed *result
	yes, end, err := o.byPieces(c, func(kept *files.KeptStdin) (err error) {
		streamed, err = o.stream(ctx, c, kept)
		return err
	})
	defer end()
	if yes {
		return streamed, err
	}
	p, err := prepare(ctx, c, o)
	if err != nil {
		return nil, err
	}
	out := &result{notes: p.notes}
	if o.Stitch {
		more, err := p.scorer.OpenWholes(ctx, o.placing)
		if err != nil {
			return nil, err
		}
		out.notes = append(out.notes, more...)
	}
	for _, d := range p.results {
		r, err := p.scorer.Score(ctx, d)
		if err != nil {
			return nil, err
		}
		out.reports = append(out.reports, r)
	}
	if o.compare {
		out.compared, err = compare(ctx, out.reports, o.samples, o.seed)
	}
	return out, err
}

// prepared is what is scored of the results.
type prepared struct {
	*chosen
	results []*preds.Detections
	read    int // detections of the first file, before images were left out
}

// prepare reads the ground truth and the results, and leaves of them what is scored.
func prepare(ctx context.Context, c *ui.Console, o *options) (*prepared, error) {
	truth, results, err := read(ctx, c, o)
	if err != nil {
		return nil, err
	}
	p := &prepared{results: results, read: results[0].List.Len()}
	if p.chosen, err = o.choose(c, truth); err != nil {
		return nil, err
	}
	for _, left := range p.left {
		notes, err := drop(results, &left)
		if err != nil {
			return nil, err
		}
		p.notes = append(p.notes, notes...)
	}
	p.whole = nil // no longer needed
	return p, nil
}

// chosen is a ground truth, and what of it is scored.
type chosen struct {
	scorer *scoring.Scorer    // with the images that are scored
	whole  *preds.Truth       // with all
	left   []partials.LeftOut // the others
	notes  []string
}

// choose leaves of the ground truth the images that are scored.
func (o *options) choose(c *ui.Console, whole *preds.Truth) (*chosen, error) {
	some := *whole
	truth := &some
	t := &chosen{scorer: &scoring.Scorer{Scoring: o.Scoring, Truth: truth}, whole: whole}
	var err error
	if t.scorer.Keys, err = imagekey.Open(c, o.table); err != nil {
		return nil, err
	}
	if o.rules.SelectImages() {
		o.rules.Where.Open = t.scorer.Keys
		if err := t.selectImages(c, &o.rules); err != nil {
			return nil, err
		}
	}
	if o.plan != "" {
		plan, err := openPlan(c, o, truth)
		if err != nil {
			return nil, err
		}
		t.scorer.Folds = plan.index
		if o.foldSet {
			if err := t.validateOnly(o, plan); err != nil {
				return nil, err
			}
		}
	}
	t.scorer.Params.Categories, err = truth.CategoryIDs(o.truth.Classes)
	return t, err
}

// read reads the ground truth and the results in parallel, and gives these the ground truth's ids.
func read(ctx context.Context, c *ui.Console, o *options) (*preds.Truth, []*preds.Detections, error) {
	total := int64(0)
	for _, path := range o.results {
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() {
			total += st.Size()
		}
	}
	seen, stop := c.Progress("reading results", total)
	defer stop()
	kind := o.Params.Type
	if o.images != "" || o.plan != "" || o.rules.SelectImages() {
		kind = eval.Segm // the first that is scored may have no box, and areas are those of masks then
	}
	var truth *preds.Truth
	results := make([]*preds.Detections, len(o.results))
	errs := make([]error, len(o.results)+1)
	var wg sync.WaitGroup
	wg.Go(func() { truth, errs[0] = o.truth.Read(ctx, c) })
	wg.Go(func() { // one after the other: each is parsed by all cores
		for i, path := range o.results {
			if results[i], errs[i+1] = preds.ReadDetections(c, path, o.truth.Path, kind, seen); errs[i+1] != nil {
				return
			}
		}
	})
	wg.Wait()
	if err := cmp.Or(errs...); err != nil {
		return nil, nil, o.swapped(c, err)
	}
	if err := refuseOneFile(truth, results); err != nil {
		return nil, nil, err
	}
	if err := preds.Align(c, o.images, o.truth.Content.CategoryStart, truth, results...); err != nil {
		return nil, nil, err
	}
	return truth, results, nil
}

// refuseOneFile refuses a file that is named twice.
func refuseOneFile(truth *preds.Truth, results []*preds.Detections) error {
	for i, d := range results {
		for _, other := range truth.Info {
			if d.Info != nil && other != nil && os.SameFile(d.Info, other) {
				return ui.Usagef("%s is named as both the ground truth and the results", d.Name)
			}
		}
		for _, other := range results[:i] {
			if d.Info != nil && other.Info != nil && os.SameFile(d.Info, other.Info) {
				return ui.Usagef("%s and %s are the same file", other.Name, d.Name)
			}
		}
	}
	return nil
}

// truthPlan is a plan of folds for the ground truth's tiles.
type truthPlan struct {
	*folds.Plan
	index *folds.Index
}

// openPlan reads the plan.
func openPlan(c *ui.Console, o *options, truth *preds.Truth) (*truthPlan, error) {
	given, file, err := planfile.Open(c, o.plan)
	if err != nil {
		return nil, err
	}
	plan, err := planfile.Apply(c, given, file.Name, truth.Names.All, truth.Name)
	if err != nil {
		return nil, err
	}
	return &truthPlan{Plan: plan, index: plan.Index()}, nil
}

// validateOnly leaves the validation tiles of --fold.
func (t *chosen) validateOnly(o *options, p *truthPlan) error {
	if !p.HasFold(o.fold) {
		return ui.Usagef("--fold: no fold %d: the plan has folds %d to %d", o.fold, p.First, p.First+p.K-1)
	}
	truth := t.scorer.Truth
	dropped := truth.Only(func(i int) bool { return p.index.Use(truth.Names.Name(i), o.fold) == folds.Validate })
	if len(truth.Images) == 0 {
		return ui.Failf(ui.ExitBadData, "%s has no validation tile of fold %d of %s", truth.Name, o.fold, o.plan)
	}
	t.left = append(t.left, partials.LeftOut{Images: dropped, Where: fmt.Sprintf("on tiles outside fold %d", o.fold)})
	return nil
}

// selectImages leaves the images that the rules select, and notes how many.
func (t *chosen) selectImages(c *ui.Console, rules *selection.Rules) error {
	truth := t.scorer.Truth
	open, err := rules.Open(c, new(files.Outputs), &files.COCOFile{Dataset: truth.Dataset, Input: &files.Input{Name: truth.Name}})
	if err != nil {
		return err
	}
	all := len(truth.Images)
	dropped := truth.Only(func(i int) bool {
		reason, fault := open.Image(i)
		err = cmp.Or(err, fault)
		return reason == ""
	})
	switch {
	case err != nil:
		return ui.InFile(truth.Name, err)
	case len(truth.Images) == 0:
		return ui.Failf(ui.ExitUsage, "the flags select no image of %s", truth.Name)
	}
	t.left = append(t.left, partials.LeftOut{Images: dropped, Where: "on images that are left out"})
	t.notes = append(t.notes, fmt.Sprintf("%s of %s scored", ui.Thousands(len(truth.Images)), ui.Plural(all, "image is", "images are")))
	return nil
}

// drop drops the detections on images that are not scored, and notes how many.
func drop(results []*preds.Detections, left *partials.LeftOut) (notes []string, err error) {
	for _, d := range results {
		n := d.List.Len()
		if err := d.Keep(func(r *coco.Result) (bool, error) { return !left.Images[r.ImageID], nil }); err != nil {
			return nil, err
		}
		if note := left.Note(d.Name, n-d.List.Len()); note != "" {
			notes = append(notes, note)
		}
	}
	return notes, nil
}
