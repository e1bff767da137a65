package foldscmd

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/planfile"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/selection"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/wsi"
)

// foldsJob is a plan for the tiles of a dataset folder on its way: it is made or read,
// then audited or its sets are written.
type foldsJob struct {
	*folder.Conversion
	in      *Input
	plans   *Planning
	plan    *folds.Plan
	missing []string // selected tiles that a given plan does not name
	index   *folds.Index
	samples map[string]*folds.Sample
	classes map[int64]string // of the categories
	planned planFiles
}

func runFolds(ctx context.Context, c *ui.Console, o *foldsOptions) error {
	job, err := openFolds(c, &o.Input, &o.Planning)
	if err != nil {
		return err
	}
	defer job.Close()
	if err := job.makePlan(ctx); err != nil {
		return err
	}
	var sum *Summary
	if o.auditOnly {
		sum, err = job.audit(ctx, o.images)
	} else {
		sum, err = job.writeSets(ctx, &o.output, o.images)
	}
	if err != nil || sum == nil {
		return err
	}
	if err := c.Summarize(sum); err != nil {
		return err
	}
	return job.ReportSkipped()
}

// Audit audits a plan for the tiles of a folder or the images of a COCO file, and
// looks for copies among the images of a folder (empty: for none). It writes nothing.
func Audit(ctx context.Context, c *ui.Console, in *Input, plans *Planning, images string) (*Summary, error) {
	if in.Coco != "" {
		job := newCOCOSplit(c, in, plans)
		defer job.close()
		return job.audit(ctx)
	}
	job, err := openFolds(c, in, plans)
	if err != nil {
		return nil, err
	}
	defer job.Close()
	if err := job.makePlan(ctx); err != nil {
		return nil, err
	}
	return job.audit(ctx, images)
}

// openFolds opens the folder's files.
func openFolds(c *ui.Console, in *Input, plans *Planning) (*foldsJob, error) {
	cv, err := folder.OpenConversion(c, &in.SetOptions, &in.Location)
	if err != nil {
		return nil, err
	}
	return &foldsJob{Conversion: cv, in: in, plans: plans, samples: map[string]*folds.Sample{}, classes: map[int64]string{}}, nil
}

// audit reads the outlines, and the images of a folder if there is one, and audits the
// plan.
func (job *foldsJob) audit(ctx context.Context, images string) (*Summary, error) {
	if err := job.Read(ctx, job.describe); err != nil {
		return nil, err
	}
	if images != "" {
		if err := job.readImages(ctx, images); err != nil {
			return nil, err
		}
	}
	audit, err := folds.NewAudit(job.plan, job.sampleList(), nil)
	if err != nil {
		return nil, err
	}
	return newFoldsSummary(job.plan, audit, job.missing), nil
}

// makePlan reads the plan or makes it, and chooses its tiles.
func (job *foldsJob) makePlan(ctx context.Context) error {
	tiles := map[int]int{}
	for t := range job.Table.All() {
		if job.in.Selected(t) {
			tiles[t.Dataset]++
		}
	}
	if len(tiles) == 0 {
		return job.NothingSelected()
	}
	if tiles[wsi.UnlabelledDataset] > 0 {
		return ui.Usagef("dataset %d has no outlines: there is nothing to validate on", wsi.UnlabelledDataset).Hint("pseudo-labels make a set of it, which --coco takes")
	}
	var err error
	if job.plans.Given != "" {
		err = job.readPlan(job.plans.Given)
	} else {
		err = job.divide(ctx)
	}
	if err != nil {
		return err
	}
	if job.plans.buffer.set {
		err := job.plan.KeepApart(job.plans.buffer.pixels, func(id string) (folds.Place, error) {
			t, _ := job.Table.Tile(id)
			return job.place(t)
		})
		if err != nil {
			return &ui.Failure{Code: ui.ExitUsage, Err: err}
		}
	}
	job.index = job.plan.Index()
	job.Rules.Select = func(t wsi.Tile) bool {
		e, ok := job.index.Entry(t.ID)
		return ok && (e.Fold != folds.NoFold || e.Always)
	}
	categories, err := job.categories()
	for _, cat := range categories {
		job.classes[cat.ID] = cat.Name
	}
	return err
}

// categories are those of the sets.
func (job *foldsJob) categories() ([]coco.Category, error) {
	return job.in.SetOptions.Options("").Categories()
}

// divide makes the folds.
func (job *foldsJob) divide(ctx context.Context) error {
	m := &job.plans.method
	var chosen []wsi.Tile
	for t := range job.Table.All() {
		if job.in.Selected(t) {
			chosen = append(chosen, t)
		}
	}
	images := &folds.Images{Names: make([]string, len(chosen)), Places: make([]folds.Place, len(chosen))}
	var err error
	for i, t := range chosen {
		images.Names[i] = t.ID
		if images.Places[i], err = job.place(t); err != nil {
			return err
		}
	}
	var counts map[string]outlineCounts
	if m.Method == folds.MethodSpatial || m.looksAt("vessels") || m.looksAt("glomerulus") {
		if counts, err = job.countOutlines(ctx); err != nil {
			return err
		}
		images.Instances = make([]int, len(chosen))
		for i, t := range chosen {
			images.Instances[i] = counts[t.ID].kept
		}
	}
	images.Column = func(label string) ([]string, error) {
		out := make([]string, len(chosen))
		if label == "glomerulus" && counts != nil {
			for i, t := range chosen {
				out[i] = strconv.Itoa(min(counts[t.ID].glomeruli, 1))
			}
			return out, nil
		}
		values, ok := job.Table.Column(fieldName(label))
		if !ok {
			return nil, ui.Usagef("%s has no column %q", job.Meta.Name, fieldName(label)).
				Hint("labels are wsi, dataset, vessels, glomerulus, and its columns: %s", strings.Join(job.Table.Columns(), ", "))
		}
		for i, t := range chosen {
			out[i] = values[t.Row-1]
		}
		return out, nil
	}
	if job.plan, err = m.divide(job.Console, images, "tile"); err != nil {
		return err
	}
	made := job.plan.Index()
	var entries []folds.Entry
	for t := range job.Table.All() {
		e, ok := made.Entry(t.ID)
		switch {
		case ok:
			entries = append(entries, e)
		case t.Dataset != wsi.UnlabelledDataset:
			entries = append(entries, job.outside(t))
		}
	}
	job.plan.Entries = entries
	return job.plan.Validate()
}

// outside is the entry of a labelled tile that is in no fold.
func (job *foldsJob) outside(t wsi.Tile) folds.Entry {
	e := folds.Entry{ID: t.ID, Fold: folds.NoFold}
	switch {
	case job.plans.always.has(t):
		e.Always = true
	case !job.in.Datasets.Has(t.Dataset):
		e.Why = fmt.Sprintf("dataset %d is not divided", t.Dataset)
	default:
		e.Why = fmt.Sprintf("slide %d is not asked for", t.WSI)
	}
	return e
}

// readPlan reads a plan and holds it against the table.
func (job *foldsJob) readPlan(path string) error {
	plan, in, err := planfile.Open(job.Console, path)
	if err != nil {
		return err
	}
	job.Outputs.Inputs = append(job.Outputs.Inputs, in)
	if plan, _, err = selection.ResolvePlan(plan, in.Name, selection.TableNames(job.Table)); err != nil {
		return err
	}
	given := plan.Index()
	for i, e := range plan.Entries {
		if _, ok := job.Table.Tile(e.ID); !ok {
			return fmt.Errorf("%s: %w: entry %d: tile %q is not in %s; are they of one dataset?", in.Name, ui.ErrInput, i+1, e.ID, job.Meta.Name)
		}
	}
	entries := plan.Entries[:0:0]
	for t := range job.Table.All() {
		e, ok := given.Entry(t.ID)
		switch {
		case ok && e.Fold != folds.NoFold, ok && e.Always:
		case job.plans.always.has(t):
			e = folds.Entry{ID: t.ID, Fold: folds.NoFold, Always: true}
		case ok:
		case job.in.Selected(t):
			job.missing = append(job.missing, t.ID)
			e = folds.Entry{ID: t.ID, Fold: folds.NoFold, Why: "not in " + filepath.Base(in.Name)}
		case t.Dataset == wsi.UnlabelledDataset:
			continue
		default:
			e = job.outside(t)
		}
		entries = append(entries, e)
	}
	plan.Entries = entries
	if plan.Method == "" {
		plan.Method = "from " + filepath.Base(in.Name)
	}
	if n := len(job.missing); n > 0 {
		job.Console.Note("%s has no fold for %s of dataset %s, as %s: left out of all sets", in.Name, ui.Plural(n, "tile", "tiles"), job.in.Datasets, job.missing[0])
	}
	job.plan = plan
	return plan.Validate()
}

// place is where a tile lies.
func (job *foldsJob) place(t wsi.Tile) (folds.Place, error) {
	h, w, err := job.Content.Sizer(job.Source.Dir)(t)
	x, y := t.Origin()
	return folds.Place{Slide: fmt.Sprint(t.WSI), X: x, Y: y, Width: w, Height: h}, err
}

// describe keeps what the audit wants to know of a tile.
func (job *foldsJob) describe(tile *wsi.Converted) error {
	s := &folds.Sample{Labelled: true}
	for i := range tile.Annotations {
		a := &tile.Annotations[i]
		m, err := a.Segmentation.Mask(tile.Image.Height, tile.Image.Width)
		if err != nil {
			return fmt.Errorf("tile %s: %w", tile.Tile.ID, err)
		}
		s.Instances = append(s.Instances, folds.Instance{Class: job.classes[a.CategoryID], Area: int(a.Area), Contacts: folds.Contacts(m)})
	}
	job.samples[tile.Tile.ID] = s
	return nil
}

// sampleList is all that is known of the plan's tiles, in its order.
func (job *foldsJob) sampleList() []folds.Sample {
	var out []folds.Sample
	for _, e := range job.plan.Entries {
		t, _ := job.Table.Tile(e.ID)
		s := folds.Sample{}
		if known := job.samples[e.ID]; known != nil {
			s = *known
		}
		s.ID = e.ID
		if at, err := job.place(t); err == nil {
			s.Place, s.Placed = at, true
		}
		out = append(out, s)
	}
	return out
}
