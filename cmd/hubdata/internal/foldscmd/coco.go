package foldscmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/planfile"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/selection"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/internal/spool"
	"github.com/hubdata/hubdata/wsi"
)

// cocoSplit is a plan for the images of a COCO file on its way. The file is never held:
// memory grows with the images' ids, names and places only.
type cocoSplit struct {
	c       *ui.Console
	in      *Input
	plans   *Planning
	outputs files.Outputs
	copy    spool.File   // of standard input
	input   *files.Input // the last that was opened
	info    files.FileInfo
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

func runFoldsCOCO(ctx context.Context, c *ui.Console, o *foldsOptions) error {
	job := newCOCOSplit(c, &o.Input, &o.Planning)
	defer job.close()
	if o.Coco == "-" {
		if err := job.keepStdin(); err != nil {
			return err
		}
		if !o.output.pathSet {
			o.output.path = "."
		}
	}
	if o.always.text != "" {
		return ui.Usagef("--always-train chooses datasets of a HuBMAP folder: it does not go with --coco")
	}
	var sum *Summary
	var err error
	if o.auditOnly {
		sum, err = job.audit(ctx)
	} else {
		sum, err = job.writeSets(ctx, &o.output)
	}
	if err != nil {
		return err
	}
	return c.Summarize(sum, o.output.path)
}

func newCOCOSplit(c *ui.Console, in *Input, plans *Planning) *cocoSplit {
	return &cocoSplit{c: c, in: in, plans: plans, columns: map[string][]string{}, outputs: files.Outputs{Console: c, Force: in.Force}}
}

func (job *cocoSplit) close() {
	_ = job.copy.Close() // it is gone in any case
	job.outputs.Abort()
}

// audit makes or reads the plan, reads the file again for what the audit wants to know of
// its masks, and audits the plan.
func (job *cocoSplit) audit(ctx context.Context) (*Summary, error) {
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
func (job *cocoSplit) sumUp(outlines [][]folds.Instance) (*Summary, error) {
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
	in, err := files.OpenInput(job.c, "-")
	if err != nil {
		return err
	}
	job.copy.Dir = job.outputs.ScratchFolder("-")
	if _, err := io.Copy(&job.copy, in); err != nil {
		return ui.InFile(in.Name, err)
	}
	return nil
}

// open opens the file, or the copy of standard input, once more.
func (job *cocoSplit) open() (io.ReadCloser, error) {
	path := job.in.Coco
	in, err := files.OpenInput(job.c, path)
	if err != nil {
		return nil, &outsideError{err}
	}
	if path == "-" {
		in.ReplaceWith(io.NewSectionReader(&job.copy, 0, job.copy.Size()), job.copy.Size())
	}
	job.input = in
	add, stop := job.c.Progress(job.what, in.Size)
	in.OnRead(add)
	return &cocoReading{job: job, Input: in, stop: stop}, nil
}

// cocoReading is the file while it is read once.
type cocoReading struct {
	*files.Input
	job   *cocoSplit
	stop  func() // the progress
	whole bool   // it was read to its end
}

func (r *cocoReading) Read(p []byte) (int, error) {
	n, err := r.Input.Read(p)
	r.whole = r.whole || err == io.EOF
	return n, err
}

// Close refuses a file that is not what it was before.
func (r *cocoReading) Close() error {
	defer r.Input.Close()
	defer r.stop()
	if !r.whole {
		return nil
	}
	info, err := r.ReadToEnd()
	if err != nil {
		return &outsideError{err}
	}
	if before := r.job.info.SHA256; before != "" && before != info.SHA256 {
		return &outsideError{ui.Failf(ui.ExitFailure, "%s changed while it was read", r.Name).Hint("run again when nothing writes to it")}
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
		err = fmt.Errorf("%w: %w", ui.ErrInput, err)
	}
	return ui.InFile(job.input.Name, err)
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
	job.outputs.Inputs = append(job.outputs.Inputs, job.input)
	if len(job.file.Images) == 0 {
		return fmt.Errorf("%s: %w: it has no image: nothing to divide", job.input.Name, ui.ErrInput)
	}
	if n := job.file.Orphans; n > 0 {
		job.c.Note("%s: %s of images that it does not list: in no set", job.input.Name, ui.Plural(n, "annotation is", "annotations are"))
	}
	job.names = selection.AllNames(&job.known)
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
			return ui.Failf(ui.ExitUsage, "%s: image %d (id %s) has no field %q", job.in.Coco, i+1, img.ID, fieldName(name)).
				Hint("labels are vessels (the number of annotations) and the image's fields: file_name, height, width%s", listBehind(have))
		}
		job.columns[name] = append(job.columns[name], v)
	}
	at, ok := imagePlace(img)
	job.places, job.placed = append(job.places, at), append(job.placed, ok)
	method, buffer := job.plans.method.Method, job.plans.buffer
	if !ok && (method == folds.MethodSpatial || method == folds.MethodQuantile || buffer.set && buffer.pixels > 0) {
		return ui.Failf(ui.ExitUsage, "%s: image %d (id %s) has no position", job.in.Coco, i+1, img.ID).
			Hint("the spatial methods and --buffer want source_wsi, i (column) and j (row) in slide pixels, height and width with every image")
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
	if job.plans.Given != "" {
		err = job.readPlan(job.plans.Given)
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
		return &ui.Failure{Code: ui.ExitUsage, Err: err}
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
	plan, in, err := planfile.Open(job.c, path)
	if err != nil {
		return err
	}
	job.outputs.Inputs = append(job.outputs.Inputs, in)
	if plan, _, err = selection.ResolvePlan(plan, in.Name, &job.known); err != nil {
		return err
	}
	number := job.numbers()
	for i, e := range plan.Entries {
		if _, ok := number[e.ID]; !ok && (e.Fold != folds.NoFold || e.Always) {
			return fmt.Errorf("%s: %w: entry %d: no image %q in %s; are they of one dataset?", in.Name, ui.ErrInput, i+1, e.ID, job.input.Name)
		}
	}
	given := plan.Index()
	var entries []folds.Entry
	for _, n := range job.names {
		e, ok := given.Entry(n)
		if !ok {
			e = folds.Entry{ID: n, Fold: folds.NoFold, Why: "not in " + filepath.Base(in.Name)}
			job.missing = append(job.missing, n)
		}
		entries = append(entries, e)
	}
	if n := len(job.missing); n > 0 {
		job.c.Note("%s has no fold for %s of %s, as %s: left out of all sets", in.Name, ui.Plural(n, "image", "images"), job.input.Name, job.missing[0])
	}
	plan.Entries = entries
	if plan.Method == "" {
		plan.Method = "from " + filepath.Base(in.Name)
	}
	job.plan = plan
	return nil
}

// divide makes the plan.
func (job *cocoSplit) divide() error {
	if job.plans.method.Method == folds.MethodSlide {
		for i := range job.places {
			if job.places[i].Slide == "" {
				return ui.Failf(ui.ExitUsage, "%s: image %d (id %s) has no field \"source_wsi\"", job.input.Name, i+1, job.file.Images[i].ID).
					Hint("--method group --group FIELD takes another field")
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
