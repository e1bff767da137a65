package foldscmd

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagenames"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/placing"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/planfile"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/slide"
)

// cocoImages are the images of a COCO file, which are divided. The file is never held:
// memory grows with the images' ids, names and places only.
type cocoImages struct {
	file   *folds.File
	known  coco.Names
	names  []string // all of known
	places []slide.Place
	placed []bool
	groups *groups
	files  []string // file names; nil: they are not needed
}

// divideCOCO reads the file, and reads the plan or makes it.
func (p *planning) divideCOCO(ctx context.Context, src *cocoSource) (*cocoImages, *division, error) {
	im, err := readImages(ctx, src, p)
	if err != nil {
		return nil, nil, err
	}
	var d *division
	if p.given != "" {
		d, err = im.readPlan(src, p.given)
	} else {
		d, err = im.makePlan(src, &p.method)
	}
	if err == nil {
		err = d.Validate()
	}
	if err != nil {
		return nil, nil, err
	}
	if p.buffer.set {
		number := im.numbers()
		if err := d.KeepApart(p.buffer.pixels, func(id string) (slide.Place, error) {
			return im.places[number[id]], nil
		}); err != nil {
			return nil, nil, &ui.Failure{Code: ui.ExitUsage, Err: err}
		}
	}
	return im, d, nil
}

// readImages reads what a division depends on.
func readImages(ctx context.Context, src *cocoSource, plans *planning) (*cocoImages, error) {
	asked, err := plans.askedKeys()
	if err != nil {
		return nil, err
	}
	table, err := imagekey.Open(src.c, plans.table)
	if err != nil {
		return nil, err
	}
	im := &cocoImages{groups: newGroups(asked, table)}
	src.step = "reading"
	im.file, err = folds.ReadFile(ctx, src.open, func(i int, img *coco.Image) error {
		im.known.Add(img)
		im.groups.add(img)
		im.files = append(im.files, img.FileName)
		return im.addPlace(i, img, plans.needsPlaces())
	})
	if err != nil {
		return nil, src.failed(err)
	}
	if len(im.file.Images) == 0 {
		return nil, fmt.Errorf("%s: %w: no images: nothing to divide", src.last.Name, ui.ErrInput)
	}
	if n := im.file.Orphans; n > 0 {
		src.c.Note("%s: %s to images that the file does not list: in no set", src.last.Name,
			ui.Plural(n, "annotation belongs", "annotations belong"))
	}
	src.table = table
	keys, err := table.Reader(imagenames.Names{All: &im.known}, src.last.Name)
	if err != nil {
		return nil, err
	}
	notes, err := im.groups.complete(keys)
	if err != nil {
		return nil, err
	}
	note(src.c, notes)
	im.names = make([]string, im.known.Len())
	numbered, first := 0, ""
	for i := range im.names {
		im.names[i] = im.known.Name(i)
		if path := im.known.Path(i); path != "" && im.known.ByID(i) {
			if numbered++; numbered == 1 {
				first = path
			}
		}
	}
	if numbered > 0 {
		src.c.Note("%s: %s by id, since another image has the same file or tile, the first is %s: the plan fits no other file", src.last.Name, ui.Plural(numbered, "image is named", "images are named"), wtf8.Quote(first))
	}
	return im, nil
}

// addPlace takes the place of an image.
func (im *cocoImages) addPlace(i int, img *coco.Image, needed bool) error {
	at, ok := imagePlace(img)
	im.places, im.placed = append(im.places, at), append(im.placed, ok)
	if !ok && needed {
		return ui.Failf(ui.ExitUsage, "image %d (id %s) has no position", i+1, img.ID).
			Hint("the spatial methods and --buffer need the fields source_wsi, i (column) and j (row) in slide pixels, height and width in every image")
	}
	return nil
}

// imagePlace is where an image is in its slide, as it says itself. The slide may be known where the place is not.
func imagePlace(img *coco.Image) (slide.Place, bool) {
	rule := placing.Default()
	p, err := rule.Of(img, nil, nil)
	if err != nil {
		p = slide.Place{Width: img.Width, Height: img.Height}
		p.Slide, _ = rule.Fields.Slide.Value(img)
	}
	return p, err == nil && img.Width > 0 && img.Height > 0
}

// numbers finds the images by their names.
func (im *cocoImages) numbers() map[string]int {
	number := make(map[string]int, len(im.names))
	for i, n := range im.names {
		number[n] = i
	}
	return number
}

// readPlan reads a plan and checks it against the file.
func (im *cocoImages) readPlan(src *cocoSource, path string) (*division, error) {
	plan, in, err := planfile.Open(src.c, path)
	if err != nil {
		return nil, err
	}
	in.Flag = "from"
	r, err := planfile.Resolve(plan, in.Name, &im.known)
	if err != nil {
		return nil, err
	}
	plan = r.Plan
	number := im.numbers()
	for i, e := range plan.Entries {
		if _, ok := number[e.ID]; !ok && (e.Fold != folds.NoFold || e.Always) {
			return nil, imagenames.Hint(
				ui.Failf(ui.ExitBadData, "%s: entry %d: no image %s in %s; do they belong to the same dataset?", in.Name, i+1,
					wtf8.Quote(e.ID), src.last.Name), &im.known, e.ID)
		}
	}
	d := &division{Plan: plan, file: in}
	given := plan.Index()
	var entries []folds.Entry
	for _, n := range im.names {
		e, ok := given.Entry(n)
		if !ok {
			e = folds.Entry{ID: n, Fold: folds.NoFold, Why: "not in " + filepath.Base(in.Name)}
			d.missing = append(d.missing, n)
		}
		entries = append(entries, e)
	}
	if n := len(d.missing); n > 0 {
		src.c.Note("%s has no fold for %s of %s, as %s: left out of all sets", in.Name, ui.Plural(n, "image", "images"),
			src.last.Name, d.missing[0])
	}
	plan.Entries = entries
	if plan.Method == "" {
		plan.Method = "from " + filepath.Base(in.Name)
	}
	return d, nil
}

// makePlan makes the plan.
func (im *cocoImages) makePlan(src *cocoSource, m *method) (*division, error) {
	if m.Method == folds.MethodSlide {
		for i := range im.places {
			if im.places[i].Slide == "" {
				return nil, ui.Failf(ui.ExitUsage, "%s: image %d (id %s) has no field \"source_wsi\"", src.last.Name, i+1,
					im.file.Images[i].ID).
					Hint("--method group --group FIELD uses another field")
			}
		}
	}
	images := &folds.Images{Names: im.names, Places: im.places, Instances: make([]int, len(im.names))}
	for i := range im.file.Images {
		images.Instances[i] = im.file.Images[i].Annotations
	}
	images.Column = func(label string) ([]string, error) { return im.groups.labels(label), nil }
	plan, err := m.divide(src.c, images, "image")
	if err != nil {
		return nil, err
	}
	return &division{Plan: plan}, nil
}

// audit reads the file again for what an audit needs to know of its masks, and the images
// in a folder if there is one, and audits the plan.
func (im *cocoImages) audit(ctx context.Context, src *cocoSource, d *division, images string) (*Summary, error) {
	src.step = "reading outlines"
	outlines, err := im.file.Instances(ctx)
	if err != nil {
		return nil, src.failed(err)
	}
	return im.sumUp(ctx, d, outlines, images)
}

// sumUp audits the plan. outlines are those of each image; nil: they were not read. images
// is the folder of the images; empty: they are not read.
func (im *cocoImages) sumUp(ctx context.Context, d *division, outlines [][]folds.Instance, images string) (*Summary,
	error) {
	samples := make([]folds.Sample, len(im.names))
	for i, n := range im.names {
		img := &im.file.Images[i]
		samples[i] = folds.Sample{ID: n, Place: im.places[i], Placed: im.placed[i], Count: img.Annotations,
			Area: int(img.Area)}
		if outlines != nil {
			samples[i].Labelled, samples[i].Instances = true, outlines[i]
		}
	}
	if images != "" {
		if err := im.readImages(ctx, d.Plan, samples, images); err != nil {
			return nil, err
		}
	}
	audit, err := folds.NewAudit(d.Plan, samples, im.groups.audit(samples))
	if err != nil {
		return nil, err
	}
	return newSummary(d, audit), nil
}
