package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/internal/spool"
	"github.com/hubdata/hubdata/wsi"
)

// cocoSplit is a run of folds over a COCO file. The file is read twice, or three
// times if annotations stand before images, and never held: memory grows with
// the images' ids and names only.
type cocoSplit struct {
	c          *console
	opts       *foldsOptions
	outputs    outputs
	copy       spool.File // of standard input
	name       string
	info       inputInfo
	members    []coco.Member
	categories []coco.Category
	order      map[coco.ID]int32 // number of each image
	ids        []coco.ID
	found      coco.Names // the names as they are read
	names      []string   // all of them
	instances  []int32    // annotations of each image
	area       []int64
	places     []folds.Place
	placed     []bool
	columns    map[string][]string // labels that the flags ask for
	outlines   [][]folds.Instance  // of each image; nil: not looked at
	late       bool                // annotations stand before images
	orphans    int
	plan       *folds.Plan
	missing    []string
}

func runFoldsCOCO(ctx context.Context, c *console, opts *foldsOptions) error {
	job := newCOCOSplit(c, opts)
	defer job.outputs.abort()
	defer func() { _ = job.copy.Close() }() // it is gone in any case
	if opts.coco == "-" {
		if err := job.keepStdin(); err != nil {
			return err
		}
	}
	if opts.always.text != "" {
		return usagef("--always-train chooses datasets of a HuBMAP folder: it does not go with --coco")
	}
	sum, err := job.audit(ctx)
	if err != nil {
		return err
	}
	if opts.audit == "" {
		if sum.Files, err = job.write(ctx); err != nil {
			return err
		}
	}
	return c.summarize(sum, opts.out)
}

func newCOCOSplit(c *console, opts *foldsOptions) *cocoSplit {
	return &cocoSplit{c: c, opts: opts, order: map[coco.ID]int32{}, columns: map[string][]string{}, outputs: outputs{c: c, force: opts.force}}
}

// audit reads the file, makes or reads the plan and audits it.
func (job *cocoSplit) audit(ctx context.Context) (*foldsSummary, error) {
	if err := job.scan(ctx); err != nil {
		return nil, err
	}
	if err := job.makePlan(); err != nil {
		return nil, err
	}
	if job.opts.audit != "" {
		if err := job.readOutlines(ctx); err != nil {
			return nil, err
		}
	}
	audit, err := folds.NewAudit(job.plan, job.samples(), nil)
	if err != nil {
		return nil, err
	}
	return &foldsSummary{Plan: job.plan, Audit: audit, Method: job.plan.Method, K: job.plan.K, Missing: job.missing, Files: []summaryFile{}}, nil
}

// keepStdin copies standard input to the disk, to be read again.
func (job *cocoSplit) keepStdin() error {
	in, err := openInput(job.c, "-")
	if err != nil {
		return err
	}
	job.copy.Dir = job.outputs.scratchFolder("-")
	if _, err := io.Copy(&job.copy, in); err != nil {
		return inFile(in.name, err)
	}
	if !job.opts.outSet {
		job.opts.out = "."
	}
	return nil
}

// open opens the file, or the copy of standard input, once more.
func (job *cocoSplit) open() (*input, error) {
	if job.opts.coco != "-" {
		return openInput(job.c, job.opts.coco)
	}
	in, err := openInput(job.c, "-")
	if err != nil {
		return nil, err
	}
	in.size, in.count.r = job.copy.Size(), io.NewSectionReader(&job.copy, 0, job.copy.Size())
	return in, nil
}

// records reads the file's records, words its errors and stops when told to.
func (job *cocoSplit) records(ctx context.Context, what string, f func(coco.Record) error) (*input, error) {
	in, err := job.open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	add, stop := job.c.progress(what, in.size)
	defer stop()
	in.count.seen = add
	n := 0
	for r, err := range coco.NewReader(in).Records() {
		if n++; n&1023 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil {
			err = f(r)
		}
		if err != nil {
			return nil, inFile(in.name, err)
		}
	}
	info, err := in.provenance()
	if err != nil {
		return nil, err
	}
	if job.info.SHA256 != "" && job.info.SHA256 != info.SHA256 {
		return nil, failf(exitFailure, "%s changed while it was read", in.name).hint("run again when nothing writes to it")
	}
	job.info, job.name = info, in.name
	return in, nil
}

// scan reads what the division depends on.
func (job *cocoSplit) scan(ctx context.Context) error {
	wanted := slices.Clone(job.opts.stratify)
	if job.opts.group != "" {
		wanted = append(wanted, job.opts.group)
	}
	wanted = slices.DeleteFunc(wanted, func(s string) bool { return s == "vessels" || s == "annotations" })
	pending := map[coco.ID][2]int64{} // of annotations before their image
	in, err := job.records(ctx, "reading", func(r coco.Record) error {
		switch r := r.(type) {
		case *coco.Member:
			job.members = append(job.members, coco.Member{Key: r.Key, Value: bytes.Clone(r.Value)})
		case *coco.Category:
			job.categories = append(job.categories, *r)
		case *coco.Image:
			return job.image(r, wanted)
		case *coco.Annotation:
			if i, ok := job.order[r.ImageID]; ok {
				job.instances[i]++
				job.area[i] += int64(r.Area)
			} else {
				p := pending[r.ImageID]
				pending[r.ImageID] = [2]int64{p[0] + 1, p[1] + int64(r.Area)}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	job.outputs.inputs = append(job.outputs.inputs, in)
	for id, p := range pending {
		if i, ok := job.order[id]; ok {
			job.late = true
			job.instances[i] += int32(p[0])
			job.area[i] += p[1]
		} else {
			job.orphans += int(p[0])
		}
	}
	if len(job.ids) == 0 {
		return fmt.Errorf("%s: %w: it has no image: nothing to divide", job.name, errInput)
	}
	if job.orphans > 0 {
		job.c.note("%s: %s of images that it does not list: in no set", job.name, count(job.orphans, "annotation is", "annotations are"))
	}
	job.names = allNames(&job.found)
	return nil
}

// image takes an image.
func (job *cocoSplit) image(img *coco.Image, wanted []string) error {
	if i, ok := job.order[img.ID]; ok {
		return fmt.Errorf("%w: images %d and %d have the same id %s: give one another, and its annotations too", errInput, i+1, len(job.ids)+1, img.ID)
	}
	job.order[img.ID] = int32(len(job.ids))
	job.ids = append(job.ids, img.ID)
	job.found.Add(img)
	job.instances, job.area = append(job.instances, 0), append(job.area, 0)
	for _, name := range wanted {
		v, ok := img.Text(fieldName(name))
		if !ok {
			var have []string
			for _, f := range img.Extra {
				have = append(have, f.Key)
			}
			return failf(exitUsage, "%s: image %d (id %s) has no field %q", job.opts.coco, len(job.ids), img.ID, fieldName(name)).
				hint("labels are vessels (the number of annotations) and the image's fields: file_name, height, width%s", listBehind(have))
		}
		job.columns[name] = append(job.columns[name], v)
	}
	at, ok := imagePlace(img)
	job.places, job.placed = append(job.places, at), append(job.placed, ok)
	if !ok && (job.opts.method == "spatial" || job.opts.method == "quantile" || job.opts.bufferSet && job.opts.buffer > 0) {
		return failf(exitUsage, "%s: image %d (id %s) has no position", job.opts.coco, len(job.ids), img.ID).
			hint("the spatial methods and --buffer want source_wsi, i (column) and j (row) in slide pixels, height and width with every image")
	}
	return nil
}

func listBehind(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return ", " + strings.Join(names, ", ")
}

// makePlan reads the plan or makes it.
func (job *cocoSplit) makePlan() error {
	opts := job.opts
	given := opts.from + opts.audit
	number := map[string]int{}
	if given != "" || opts.bufferSet {
		for i, n := range job.names {
			number[n] = i
		}
	}
	if given != "" {
		plan, in, err := openPlan(job.c, given)
		if err != nil {
			return err
		}
		job.outputs.inputs = append(job.outputs.inputs, in)
		if plan, _, err = resolvePlan(plan, in.name, &job.found); err != nil {
			return err
		}
		uses := plan.Uses()
		for i, e := range plan.Entries {
			if _, ok := number[e.ID]; !ok && (e.Fold != folds.NoFold || e.Always) {
				return fmt.Errorf("%s: %w: entry %d: no image %q in %s; are they of one dataset?", in.name, errInput, i+1, e.ID, job.name)
			}
		}
		var entries []folds.Entry
		for _, n := range job.names {
			e, ok := uses.Entry(n)
			if !ok {
				e = folds.Entry{ID: n, Fold: folds.NoFold, Why: "not in " + filepath.Base(in.name)}
				job.missing = append(job.missing, n)
			}
			entries = append(entries, e)
		}
		if n := len(job.missing); n > 0 {
			job.c.note("%s has no fold for %s of %s, as %s: left out of all sets", in.name, count(n, "image", "images"), job.name, job.missing[0])
		}
		plan.Entries = entries
		if plan.Method == "" {
			plan.Method = "from " + filepath.Base(in.name)
		}
		job.plan = plan
	} else {
		d := &division{opts: opts, ids: job.names, what: "image", places: job.places, warn: func(err error) { job.c.note("%v", err) }}
		d.instances = make([]int, len(job.instances))
		for i, n := range job.instances {
			d.instances[i] = int(n)
		}
		d.column = func(name string) ([]string, error) {
			if v, ok := job.columns[name]; ok {
				return v, nil
			}
			// Leave one slide out: the label is not among the flags.
			var out []string
			for i := range job.places {
				if job.places[i].Slide == "" {
					return nil, failf(exitUsage, "%s: image %d (id %s) has no field \"source_wsi\"", job.name, i+1, job.ids[i]).
						hint("--method group --group FIELD takes another field")
				}
				out = append(out, job.places[i].Slide)
			}
			return out, nil
		}
		fold, k, err := d.assign()
		if err != nil {
			return err
		}
		if job.plan, err = folds.NewPlan(opts.method, job.names, fold, k); err != nil {
			return err
		}
	}
	if err := job.plan.Validate(); err != nil {
		return err
	}
	if f := opts.only; opts.onlySet && (f < job.plan.First || f >= job.plan.First+job.plan.K) {
		return usagef("--fold: there is no fold %d: the plan has %d to %d", f, job.plan.First, job.plan.First+job.plan.K-1)
	}
	if !opts.bufferSet {
		return nil
	}
	if err := job.plan.KeepApart(opts.buffer, func(id string) (folds.Place, error) { return job.places[number[id]], nil }); err != nil {
		return &failure{code: exitUsage, err: err}
	}
	return nil
}

// samples is what the audit may know of the images. Masks are looked at by
// --audit alone, which keeps their contacts with the borders.
func (job *cocoSplit) samples() []folds.Sample {
	out := make([]folds.Sample, len(job.names))
	for i, n := range job.names {
		out[i] = folds.Sample{ID: n, Place: job.places[i], Placed: job.placed[i], Count: int(job.instances[i]), Area: int(job.area[i])}
		if job.outlines != nil {
			out[i].Labelled, out[i].Instances = true, job.outlines[i]
		}
	}
	return out
}

// readOutlines reads the file again for what the audit wants to know of its masks.
func (job *cocoSplit) readOutlines(ctx context.Context) error {
	class := map[int64]string{}
	for _, cat := range job.categories {
		class[cat.ID] = cat.Name
	}
	job.outlines = make([][]folds.Instance, len(job.ids))
	_, err := job.records(ctx, "reading outlines", func(r coco.Record) error {
		a, ok := r.(*coco.Annotation)
		if !ok {
			return nil
		}
		i, ok := job.order[a.ImageID]
		if !ok {
			return nil
		}
		in := folds.Instance{Class: class[a.CategoryID], Area: int(a.Area)}
		if at := job.places[i]; a.Segmentation.Kind() != coco.KindNone && at.Width > 0 && at.Height > 0 {
			m, err := a.Segmentation.Mask(at.Height, at.Width)
			if err != nil {
				return fmt.Errorf("%w: annotation %s: %w", errInput, a.ID, err)
			}
			in.Contacts = folds.Contacts(m)
		}
		job.outlines[i] = append(job.outlines[i], in)
		return nil
	})
	return err
}

// fieldName is the field of a label's short name.
func fieldName(label string) string {
	if label == "wsi" {
		return string(wsi.MemberWSI)
	}
	return label
}

// imagePlace is where an image lies in its slide, as its members say. The slide may be
// known where the place is not.
func imagePlace(img *coco.Image) (folds.Place, bool) {
	p := folds.Place{Width: img.Width, Height: img.Height}
	p.Slide, _ = wsi.MemberWSI.Text(img, nil)
	var errX, errY error
	p.X, errX = wsi.MemberI.Number(img, nil)
	p.Y, errY = wsi.MemberJ.Number(img, nil)
	return p, p.Slide != "" && errX == nil && errY == nil && img.Width > 0 && img.Height > 0
}
