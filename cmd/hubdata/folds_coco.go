package main

import (
	"context"
	"errors"
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

// cocoSplit is a plan for the images of a COCO file on its way. The file is never held:
// memory grows with the images' ids, names and places only.
type cocoSplit struct {
	c       *console
	in      *foldsInput
	plans   *foldsPlanning
	outputs outputs
	copy    spool.File // of standard input
	input   *input     // the last that was opened
	info    inputInfo
	what    string // is done with the file, for the progress
	file    *folds.File
	known   coco.Names // of the images
	names   []string   // all of known
	places  []folds.Place
	placed  []bool
	columns map[string][]string // labels that the flags ask for
	plan    *folds.Plan
	missing []string
}

func runFoldsCOCO(ctx context.Context, c *console, o *foldsOptions) error {
	job := newCOCOSplit(c, &o.foldsInput, &o.foldsPlanning)
	defer job.close()
	if o.coco == "-" {
		if err := job.keepStdin(); err != nil {
			return err
		}
		if !o.output.pathSet {
			o.output.path = "."
		}
	}
	if o.always.text != "" {
		return usagef("--always-train chooses datasets of a HuBMAP folder: it does not go with --coco")
	}
	var sum *foldsSummary
	var err error
	if o.auditOnly {
		sum, err = job.audit(ctx)
	} else {
		sum, err = job.writeSets(ctx, &o.output)
	}
	if err != nil {
		return err
	}
	return c.summarize(sum, o.output.path)
}

func newCOCOSplit(c *console, in *foldsInput, plans *foldsPlanning) *cocoSplit {
	return &cocoSplit{c: c, in: in, plans: plans, columns: map[string][]string{}, outputs: outputs{c: c, force: in.force}}
}

func (job *cocoSplit) close() {
	_ = job.copy.Close() // it is gone in any case
	job.outputs.abort()
}

// audit makes or reads the plan, reads the file again for what the audit wants to know of
// its masks, and audits the plan.
func (job *cocoSplit) audit(ctx context.Context) (*foldsSummary, error) {
	if err := job.makePlan(ctx); err != nil {
		return nil, err
	}
	job.what = "reading outlines"
	outlines, err := job.file.Instances(ctx)
	if err != nil {
		return nil, job.failed(err)
	}
	return job.sumUp(outlines)
}

// sumUp audits the plan. outlines are those of each image; nil: they were not looked at.
func (job *cocoSplit) sumUp(outlines [][]folds.Instance) (*foldsSummary, error) {
	samples := make([]folds.Sample, len(job.names))
	for i, n := range job.names {
		img := &job.file.Images[i]
		samples[i] = folds.Sample{ID: n, Place: job.places[i], Placed: job.placed[i], Count: img.Annotations, Area: int(img.Area)}
		if outlines != nil {
			samples[i].Labelled, samples[i].Instances = true, outlines[i]
		}
	}
	audit, err := folds.NewAudit(job.plan, samples, nil)
	if err != nil {
		return nil, err
	}
	return newFoldsSummary(job.plan, audit, job.missing), nil
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
	return nil
}

// open opens the file, or the copy of standard input, once more.
func (job *cocoSplit) open() (io.ReadCloser, error) {
	path := job.in.coco
	in, err := openInput(job.c, path)
	if err != nil {
		return nil, &outsideError{err}
	}
	if path == "-" {
		in.size, in.count.r = job.copy.Size(), io.NewSectionReader(&job.copy, 0, job.copy.Size())
	}
	job.input = in
	add, stop := job.c.progress(job.what, in.size)
	in.count.seen = add
	return &cocoReading{job: job, input: in, stop: stop}, nil
}

// cocoReading is the file while it is read once.
type cocoReading struct {
	*input
	job   *cocoSplit
	stop  func() // the progress
	whole bool   // it was read to its end
}

func (r *cocoReading) Read(p []byte) (int, error) {
	n, err := r.input.Read(p)
	r.whole = r.whole || err == io.EOF
	return n, err
}

// Close refuses a file that is not what it was before.
func (r *cocoReading) Close() error {
	defer r.input.Close()
	defer r.stop()
	if !r.whole {
		return nil
	}
	info, err := r.provenance()
	if err != nil {
		return &outsideError{err}
	}
	if before := r.job.info.SHA256; before != "" && before != info.SHA256 {
		return &outsideError{failf(exitFailure, "%s changed while it was read", r.name).hint("run again when nothing writes to it")}
	}
	r.job.info = info
	return nil
}

// outsideError is one of opening or closing the file, which says where it is from.
type outsideError struct{ error }

// failed words an error of reading the file.
func (job *cocoSplit) failed(err error) error {
	var outside *outsideError
	var content *folds.FileError
	switch {
	case errors.As(err, &outside):
		return outside.error
	case errors.As(err, &content):
		err = fmt.Errorf("%w: %w", errInput, err)
	}
	return inFile(job.input.name, err)
}

// read reads what the division depends on.
func (job *cocoSplit) read(ctx context.Context) error {
	m := &job.plans.method
	var wanted []string
	for _, label := range append(slices.Clone(m.Stratify), m.Group) {
		if label != "" && !folds.CountsInstances(label) {
			wanted = append(wanted, label)
		}
	}
	var err error
	job.what = "reading"
	job.file, err = folds.ReadFile(ctx, job.open, func(i int, img *coco.Image) error {
		job.known.Add(img)
		return job.image(i, img, wanted)
	})
	if err != nil {
		return job.failed(err)
	}
	job.outputs.inputs = append(job.outputs.inputs, job.input)
	if len(job.file.Images) == 0 {
		return fmt.Errorf("%s: %w: it has no image: nothing to divide", job.input.name, errInput)
	}
	if n := job.file.Orphans; n > 0 {
		job.c.note("%s: %s of images that it does not list: in no set", job.input.name, count(n, "annotation is", "annotations are"))
	}
	job.names = allNames(&job.known)
	return nil
}

// image takes the labels and the place of an image.
func (job *cocoSplit) image(i int, img *coco.Image, wanted []string) error {
	for _, name := range wanted {
		v, ok := img.Text(fieldName(name))
		if !ok {
			var have []string
			for _, f := range img.Extra {
				have = append(have, f.Key)
			}
			return failf(exitUsage, "%s: image %d (id %s) has no field %q", job.in.coco, i+1, img.ID, fieldName(name)).
				hint("labels are vessels (the number of annotations) and the image's fields: file_name, height, width%s", listBehind(have))
		}
		job.columns[name] = append(job.columns[name], v)
	}
	at, ok := imagePlace(img)
	job.places, job.placed = append(job.places, at), append(job.placed, ok)
	method, buffer := job.plans.method.Method, job.plans.buffer
	if !ok && (method == folds.MethodSpatial || method == folds.MethodQuantile || buffer.set && buffer.pixels > 0) {
		return failf(exitUsage, "%s: image %d (id %s) has no position", job.in.coco, i+1, img.ID).
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

// makePlan reads the file, and reads the plan or makes it.
func (job *cocoSplit) makePlan(ctx context.Context) error {
	if err := job.read(ctx); err != nil {
		return err
	}
	var err error
	if job.plans.given != "" {
		err = job.readPlan(job.plans.given)
	} else {
		err = job.divide()
	}
	if err != nil {
		return err
	}
	if err := job.plan.Validate(); err != nil {
		return err
	}
	if !job.plans.buffer.set {
		return nil
	}
	number := job.numbers()
	if err := job.plan.KeepApart(job.plans.buffer.pixels, func(id string) (folds.Place, error) { return job.places[number[id]], nil }); err != nil {
		return &failure{code: exitUsage, err: err}
	}
	return nil
}

// numbers finds the images by their names.
func (job *cocoSplit) numbers() map[string]int {
	number := make(map[string]int, len(job.names))
	for i, n := range job.names {
		number[n] = i
	}
	return number
}

// readPlan reads a plan and holds it against the file.
func (job *cocoSplit) readPlan(path string) error {
	plan, in, err := openPlan(job.c, path)
	if err != nil {
		return err
	}
	job.outputs.inputs = append(job.outputs.inputs, in)
	if plan, _, err = resolvePlan(plan, in.name, &job.known); err != nil {
		return err
	}
	number := job.numbers()
	for i, e := range plan.Entries {
		if _, ok := number[e.ID]; !ok && (e.Fold != folds.NoFold || e.Always) {
			return fmt.Errorf("%s: %w: entry %d: no image %q in %s; are they of one dataset?", in.name, errInput, i+1, e.ID, job.input.name)
		}
	}
	given := plan.Index()
	var entries []folds.Entry
	for _, n := range job.names {
		e, ok := given.Entry(n)
		if !ok {
			e = folds.Entry{ID: n, Fold: folds.NoFold, Why: "not in " + filepath.Base(in.name)}
			job.missing = append(job.missing, n)
		}
		entries = append(entries, e)
	}
	if n := len(job.missing); n > 0 {
		job.c.note("%s has no fold for %s of %s, as %s: left out of all sets", in.name, count(n, "image", "images"), job.input.name, job.missing[0])
	}
	plan.Entries = entries
	if plan.Method == "" {
		plan.Method = "from " + filepath.Base(in.name)
	}
	job.plan = plan
	return nil
}

// divide makes the plan.
func (job *cocoSplit) divide() error {
	if job.plans.method.Method == folds.MethodSlide {
		for i := range job.places {
			if job.places[i].Slide == "" {
				return failf(exitUsage, "%s: image %d (id %s) has no field \"source_wsi\"", job.input.name, i+1, job.file.Images[i].ID).
					hint("--method group --group FIELD takes another field")
			}
		}
	}
	images := &folds.Images{Names: job.names, Places: job.places, Instances: make([]int, len(job.names))}
	for i := range job.file.Images {
		images.Instances[i] = job.file.Images[i].Annotations
	}
	images.Column = func(label string) ([]string, error) { return job.columns[label], nil }
	var err error
	job.plan, err = job.plans.method.divide(job.c, images, "image")
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
