package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/wsi"
)

// foldsJob is a run of folds over a dataset folder.
type foldsJob struct {
	*conversion
	opts    *foldsOptions
	plan    *folds.Plan
	missing []string // selected tiles that a given plan does not name
	uses    *folds.Uses
	samples map[string]*folds.Sample
	classes map[int64]string // of the categories
	planned planFiles
}

func runFolds(ctx context.Context, c *console, opts *foldsOptions) error {
	job, err := openFolds(c, opts)
	if err != nil {
		return err
	}
	defer job.close()
	if err := job.makePlan(ctx); err != nil {
		return err
	}
	if err := job.layOut(); err != nil {
		return err
	}
	if job.opts.out == "-" || isPlanFile(job.opts.out) {
		return job.writePlanOnly()
	}
	sum, err := job.audit(ctx)
	if err != nil {
		return err
	}
	if opts.audit == "" {
		sum.Unlabelled = job.divided.Lacking(job.table, job.rules)
		if err := job.writePlan(); err != nil {
			return err
		}
		wrote, err := job.write(ctx, job.from)
		if err != nil {
			return err
		}
		sum.Files = append(job.planned.files(), wrote.Files...)
	}
	if err := c.summarize(sum); err != nil {
		return err
	}
	return job.reportSkipped()
}

// openFolds opens the folder's files.
func openFolds(c *console, opts *foldsOptions) (*foldsJob, error) {
	cv, err := openConversion(c, &opts.content, &opts.source)
	if err != nil {
		return nil, err
	}
	return &foldsJob{conversion: cv, opts: opts, samples: map[string]*folds.Sample{}, classes: map[int64]string{}}, nil
}

// audit reads the outlines, and the images if asked for, and audits the plan.
func (job *foldsJob) audit(ctx context.Context) (*foldsSummary, error) {
	if err := job.read(ctx, job.describe); err != nil {
		return nil, err
	}
	if job.opts.images {
		if err := job.readImages(ctx); err != nil {
			return nil, err
		}
	}
	audit, err := folds.NewAudit(job.plan, job.sampleList(), nil)
	if err != nil {
		return nil, err
	}
	return &foldsSummary{Plan: job.plan, Audit: audit, Method: job.plan.Method, K: job.plan.K, Missing: job.missing, Files: []summaryFile{}}, nil
}

// makePlan reads the plan or makes it.
func (job *foldsJob) makePlan(ctx context.Context) error {
	opts := job.opts
	tiles := map[int]int{}
	for t := range job.table.All() {
		if opts.selected(t) {
			tiles[t.Dataset]++
		}
	}
	if len(tiles) == 0 {
		return job.nothingSelected()
	}
	if tiles[wsi.UnlabelledDataset] > 0 {
		return usagef("dataset %d has no outlines: there is nothing to validate on", wsi.UnlabelledDataset).hint("pseudo-labels make a set of it, which --coco takes")
	}
	var err error
	if given := opts.from + opts.audit; given != "" {
		err = job.readPlan(given)
	} else {
		err = job.divide(ctx)
	}
	if err != nil {
		return err
	}
	if opts.bufferSet {
		err := job.plan.KeepApart(opts.buffer, func(id string) (folds.Place, error) {
			t, _ := job.table.Tile(id)
			return job.place(t)
		})
		if err != nil {
			return &failure{code: exitUsage, err: err}
		}
	}
	job.uses = job.plan.Uses()
	if f := opts.only; opts.onlySet && (f < job.plan.First || f >= job.plan.First+job.plan.K) {
		return usagef("--fold: there is no fold %d: the plan has %d to %d", f, job.plan.First, job.plan.First+job.plan.K-1)
	}
	return nil
}

// divide makes the folds.
func (job *foldsJob) divide(ctx context.Context) error {
	opts := job.opts
	var chosen []wsi.Tile
	for t := range job.table.All() {
		if opts.selected(t) {
			chosen = append(chosen, t)
		}
	}
	d := &division{opts: opts, ids: make([]string, len(chosen)), what: "tile", places: make([]folds.Place, len(chosen)), warn: func(err error) { job.c.note("%v", err) }}
	var err error
	for i, t := range chosen {
		d.ids[i] = t.ID
		if d.places[i], err = job.place(t); err != nil {
			return err
		}
	}
	if opts.method == "spatial" || d.wants("vessels") || d.wants("glomerulus") {
		counts, err := job.countOutlines(ctx)
		if err != nil {
			return err
		}
		d.instances = make([]int, len(chosen))
		d.glomerulus = make([]bool, len(chosen))
		for i, t := range chosen {
			d.instances[i], d.glomerulus[i] = counts[t.ID].kept, counts[t.ID].glomeruli > 0
		}
	}
	d.column = func(name string) ([]string, error) {
		column := map[string]string{"wsi": "source_wsi"}[name]
		if column == "" {
			column = name
		}
		values, ok := job.table.Column(column)
		if !ok {
			return nil, usagef("%s has no column %q", job.meta.name, column).
				hint("labels are wsi, dataset, vessels, glomerulus, and its columns: %s", strings.Join(job.table.Columns(), ", "))
		}
		out := make([]string, len(chosen))
		for i, t := range chosen {
			out[i] = values[t.Row-1]
		}
		return out, nil
	}
	fold, k, err := d.assign()
	if err != nil {
		return err
	}
	of := make(map[string]int, len(chosen))
	for i, t := range chosen {
		of[t.ID] = fold[i]
	}
	job.plan = &folds.Plan{Method: opts.method, First: 1, K: k}
	for t := range job.table.All() {
		f, ok := of[t.ID]
		switch {
		case ok:
			job.plan.Entries = append(job.plan.Entries, folds.Entry{ID: t.ID, Fold: f + 1})
		case t.Dataset != wsi.UnlabelledDataset:
			job.plan.Entries = append(job.plan.Entries, job.outside(t))
		}
	}
	return job.plan.Validate()
}

// outside is the entry of a labelled tile that is in no fold.
func (job *foldsJob) outside(t wsi.Tile) folds.Entry {
	e := folds.Entry{ID: t.ID, Fold: folds.NoFold}
	switch {
	case job.opts.always.has(t):
		e.Always = true
	case !job.opts.datasets.has(t.Dataset):
		e.Why = fmt.Sprintf("dataset %d is not divided", t.Dataset)
	default:
		e.Why = fmt.Sprintf("slide %d is not asked for", t.WSI)
	}
	return e
}

// readPlan reads a plan and holds it against the table.
func (job *foldsJob) readPlan(path string) error {
	plan, in, err := openPlan(job.c, path)
	if err != nil {
		return err
	}
	job.outputs.inputs = append(job.outputs.inputs, in)
	if plan, _, err = resolvePlan(plan, in.name, tableNames(job.table)); err != nil {
		return err
	}
	given := plan.Uses()
	for i, e := range plan.Entries {
		if _, ok := job.table.Tile(e.ID); !ok {
			return fmt.Errorf("%s: %w: entry %d: tile %q is not in %s; are they of one dataset?", in.name, errInput, i+1, e.ID, job.meta.name)
		}
	}
	entries := plan.Entries[:0:0]
	for t := range job.table.All() {
		e, ok := given.Entry(t.ID)
		switch {
		case ok && e.Fold != folds.NoFold, ok && e.Always:
		case job.opts.always.has(t):
			e = folds.Entry{ID: t.ID, Fold: folds.NoFold, Always: true}
		case ok:
		case job.opts.selected(t):
			job.missing = append(job.missing, t.ID)
			e = folds.Entry{ID: t.ID, Fold: folds.NoFold, Why: "not in " + filepath.Base(in.name)}
		case t.Dataset == wsi.UnlabelledDataset:
			continue
		default:
			e = job.outside(t)
		}
		entries = append(entries, e)
	}
	plan.Entries = entries
	if plan.Method == "" {
		plan.Method = "from " + filepath.Base(in.name)
	}
	if n := len(job.missing); n > 0 {
		job.c.note("%s has no fold for %s of dataset %s, as %s: left out of all sets", in.name, count(n, "tile", "tiles"), job.opts.datasets, job.missing[0])
	}
	job.plan = plan
	return plan.Validate()
}

// place is where a tile lies.
func (job *foldsJob) place(t wsi.Tile) (folds.Place, error) {
	h, w, err := job.content.sizer(job.source.dir)(t)
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
		t, _ := job.table.Tile(e.ID)
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
