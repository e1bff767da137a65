package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
)

// cocoSplit is a run of folds over a COCO file. The file is read twice, or three
// times if annotations stand before images, and never held: memory grows with
// the images' ids and names only.
type cocoSplit struct {
	c          *console
	opts       *foldsOptions
	outputs    outputs
	copy       scratch // of standard input
	name       string
	info       inputInfo
	members    []coco.Member
	categories []coco.Category
	order      map[coco.ID]int32 // number of each image
	ids        []coco.ID
	names      []string // in the plan
	files      []string // file names without suffix
	instances  []int32  // annotations of each image
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
	defer job.copy.close()
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
	job.copy.dir = job.outputs.scratchFolder("-")
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
	in.size, in.count.r = job.copy.size, job.copy.piece(spoolPiece{0, job.copy.size})
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
	job.names, job.files = imageNames(job.names, job.files, job.ids), nil
	return nil
}

// image takes an image.
func (job *cocoSplit) image(img *coco.Image, wanted []string) error {
	if i, ok := job.order[img.ID]; ok {
		return fmt.Errorf("%w: images %d and %d have the same id %s: give one another, and its annotations too", errInput, i+1, len(job.ids)+1, img.ID)
	}
	job.order[img.ID] = int32(len(job.ids))
	job.ids = append(job.ids, img.ID)
	job.names = append(job.names, coco.ImageName(img))
	job.files = append(job.files, fileStem(img))
	job.instances, job.area = append(job.instances, 0), append(job.area, 0)
	for _, name := range wanted {
		v, ok := imageField(img, fieldName(name))
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

// fieldName is the field of a label's short name.
func fieldName(label string) string {
	if label == "wsi" {
		return "source_wsi"
	}
	return label
}

// imageField gives a field of an image as text.
func imageField(img *coco.Image, name string) (string, bool) {
	switch name {
	case "file_name":
		return img.FileName, true
	case "height":
		return strconv.Itoa(img.Height), true
	case "width":
		return strconv.Itoa(img.Width), true
	}
	v := img.Extra.Get(name)
	if v == nil || string(v) == "null" {
		return "", false
	}
	var text string
	if json.Unmarshal(v, &text) == nil {
		return text, true
	}
	return string(v), true
}

// imagePlace gives an image's place, as hubdata's sets tell it. The slide may be
// known where the place is not.
func imagePlace(img *coco.Image) (folds.Place, bool) {
	p := folds.Place{Width: img.Width, Height: img.Height}
	p.Slide, _ = imageField(img, "source_wsi")
	var err [2]error
	for k, at := range []*int{&p.X, &p.Y} {
		v, _ := imageField(img, []string{"i", "j"}[k])
		*at, err[k] = strconv.Atoi(v)
	}
	return p, p.Slide != "" && err[0] == nil && err[1] == nil && img.Width > 0 && img.Height > 0
}

// makePlan reads the plan or makes it.
func (job *cocoSplit) makePlan() error {
	opts := job.opts
	number := make(map[string]int, len(job.names))
	for i, n := range job.names {
		number[n] = i
	}
	if given := opts.from + opts.audit; given != "" {
		plan, in, err := openPlan(job.c, given)
		if err != nil {
			return err
		}
		job.outputs.inputs = append(job.outputs.inputs, in)
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

// write writes the plan and its sets.
func (job *cocoSplit) write(ctx context.Context) ([]summaryFile, error) {
	opts, plan := job.opts, job.plan
	base := filepath.Base(opts.coco)
	if opts.coco == "-" {
		base = "stdin.json"
	}
	stem, suffix, _ := strings.Cut(base, ".json")
	planned := planNames(opts.out, fmt.Sprintf("%s_folds%d", stem, plan.K))
	if err := planned.check(&job.outputs); err != nil {
		return nil, err
	}
	info := planInfo{Description: "folds of " + base, Hubdata: planFrom{Version: version, Command: "folds",
		Options: opts.provenance(plan), Inputs: []inputInfo{job.info}}}
	uses := plan.Uses()
	byImage := make([][]*part, len(job.ids))
	var parts []*part
	if !planned.only {
		apart := ""
		if plan.Buffer > 0 {
			apart = fmt.Sprintf("_buffer%d", plan.Buffer)
		}
		add := func(format string, args ...any) *part {
			p := &part{path: filepath.Join(opts.out, stem+fmt.Sprintf(format, args...)+".json"+suffix)}
			parts = append(parts, p)
			return p
		}
		// Images of one fold share their list of sets, unless a buffer differs.
		lists := map[string][]*part{}
		trains, valids := make([]*part, plan.K), make([]*part, plan.K)
		for f := range plan.K {
			if !opts.onlySet || plan.First+f == opts.only {
				trains[f], valids[f] = add("_train%s_fold%d", apart, plan.First+f), add("_valid_fold%d", plan.First+f)
			}
		}
		var full *part
		if opts.full {
			full = add("_train_full_includes_valid")
		}
		key := make([]byte, plan.K)
		for i, n := range job.names {
			for f := range plan.K {
				key[f] = byte(uses.Of(n, plan.First+f))
			}
			list, ok := lists[string(key)]
			if !ok {
				used := false
				for f := range plan.K {
					use := folds.Use(key[f])
					used = used || use == folds.Train || use == folds.Validate
					switch {
					case trains[f] == nil:
					case use == folds.Train:
						list = append(list, trains[f])
					case use == folds.Validate:
						list = append(list, valids[f])
					}
				}
				if full != nil && used {
					list = append(list, full)
				}
				lists[string(key)] = list
			}
			byImage[i] = list
		}
	}
	for _, p := range parts {
		if err := job.outputs.check(p.path); err != nil {
			return nil, err
		}
	}
	if err := planned.write(&job.outputs, plan, info); err != nil {
		return nil, err
	}
	files := planned.files()
	for _, p := range parts {
		if err := p.open(job, opts.provenance(plan)); err != nil {
			return nil, err
		}
	}
	if len(parts) > 0 {
		if err := job.fill(ctx, byImage); err != nil {
			return nil, err
		}
	}
	for _, p := range parts {
		if err := p.close(); err != nil {
			return nil, err
		}
		files = append(files, newSummarySet(p.path, p.images, p.annotations))
	}
	return files, job.outputs.commit()
}

// fill reads the file again and gives each record to its sets, images first.
func (job *cocoSplit) fill(ctx context.Context, byImage [][]*part) error {
	var text []byte
	copyRecords := func(images, annotations bool) error {
		_, err := job.records(ctx, "writing", func(r coco.Record) error {
			var err error
			switch r := r.(type) {
			case *coco.Image:
				if !images {
					return nil
				}
				if text, err = coco.AppendImage(text[:0], r); err != nil {
					return err
				}
				for _, p := range byImage[job.order[r.ID]] {
					if err := p.add(text, true); err != nil {
						return err
					}
				}
			case *coco.Annotation:
				i, ok := job.order[r.ImageID]
				if !annotations || !ok {
					return nil
				}
				if text, err = coco.AppendAnnotation(text[:0], r); err != nil {
					return err
				}
				for _, p := range byImage[i] {
					if err := p.add(text, false); err != nil {
						return err
					}
				}
			}
			return nil
		})
		return err
	}
	if !job.late {
		return copyRecords(true, true)
	}
	if err := copyRecords(true, false); err != nil {
		return err
	}
	return copyRecords(false, true)
}

// part is a COCO file that takes some records of another.
type part struct {
	path                string
	out                 *output
	w                   *coco.Writer
	block               []byte // records of one section
	isImages            bool   // what block holds
	images, annotations int
}

// partBlock is the size at which a part's records go on.
const partBlock = 64 << 10

// open begins the file: all of the source but images and annotations.
func (p *part) open(job *cocoSplit, options map[string]any) error {
	var err error
	if p.out, err = job.outputs.create(p.path); err != nil {
		return err
	}
	info, err := json.Marshal(planInfo{
		Description: fmt.Sprintf("images of %s", filepath.Base(job.name)),
		Hubdata:     planFrom{Version: version, Command: "folds", Options: options, Inputs: []inputInfo{job.info}},
	})
	if err != nil {
		return err
	}
	p.w = coco.NewWriter(p.out)
	licenses := json.RawMessage(`[]`)
	var source json.RawMessage
	for _, m := range job.members {
		switch m.Key {
		case "info":
			source = m.Value
		case "licenses":
			licenses = m.Value
		}
	}
	if err := p.w.Header(withSource(info, source), licenses); err != nil {
		return p.out.failed(err)
	}
	for _, m := range job.members {
		if m.Key != "info" && m.Key != "licenses" {
			if err := p.w.Member(m.Key, m.Value); err != nil {
				return p.out.failed(err)
			}
		}
	}
	for i := range job.categories {
		if err := p.w.Category(&job.categories[i]); err != nil {
			return p.out.failed(err)
		}
	}
	return nil
}

// withSource adds the source's info object as a member of info.
func withSource(info, source json.RawMessage) json.RawMessage {
	if source == nil {
		return info
	}
	text := append(bytes.Clone(info[:len(info)-1]), `,"source":`...)
	return append(append(text, source...), '}')
}

// add takes an encoded record. All images come before all annotations.
func (p *part) add(text []byte, image bool) error {
	if image {
		p.images++
	} else {
		p.annotations++
	}
	if image != p.isImages || len(p.block) >= partBlock {
		if err := p.flush(); err != nil {
			return err
		}
		p.isImages = image
	}
	if len(p.block) > 0 {
		p.block = append(p.block, ",\n"...)
	}
	p.block = append(p.block, text...)
	return nil
}

func (p *part) flush() error {
	if len(p.block) == 0 {
		return nil
	}
	write := p.w.Annotations
	if p.isImages {
		write = p.w.Images
	}
	if err := write(bytes.NewReader(p.block)); err != nil {
		return p.out.failed(err)
	}
	p.block = p.block[:0]
	return nil
}

func (p *part) close() error {
	if err := p.flush(); err != nil {
		return err
	}
	if err := p.w.Close(); err != nil {
		return p.out.failed(err)
	}
	return p.out.finish()
}
