package tilecmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/slide"
)

// inputFiles are the COCO files that arguments name: files, and folders of files.
func inputFiles(args []string) ([]string, error) {
	var list []string
	for _, arg := range args {
		st, err := os.Stat(arg)
		if arg == "-" || err == nil && !st.IsDir() {
			list = append(list, arg)
			continue
		}
		if err != nil {
			return nil, err
		}
		entries, err := os.ReadDir(arg)
		if err != nil {
			return nil, err
		}
		n := len(list)
		for _, e := range entries {
			name := e.Name()
			if !e.IsDir() && name[0] != '.' && strings.EqualFold(filepath.Ext(files.UnpackedName(name)), ".json") {
				list = append(list, filepath.Join(arg, name))
			}
		}
		if len(list) == n {
			return nil, ui.Failf(ui.ExitBadData,
				"%s: found no COCO file: expected files that end in .json, .json.gz or .json.zst", arg)
		}
	}
	return list, nil
}

// errOrder says that annotations come before the images of a file.
var errOrder = errors.New("annotations come before images")

// reading is the inputs being read.
type reading struct {
	c       *ui.Console
	opts    *options
	outputs *files.Outputs
	listed  *table // nil: tiles lie in a grid

	files      int
	pictures   []*picture
	categories []coco.Category
	from       []string // the file of each category
	licenses   json.RawMessage
	info       json.RawMessage
	tiles      int
	wholes     int64
	orphans    int
	classes    map[int64]*classUse
	strangers  strangers
}

// classUse is the annotations of a category id.
type classUse struct {
	n     int
	where string // the first
}

// strangers are annotations of categories that no file has. They are kept as they are.
type strangers struct {
	n     int
	first string
}

// findStrangers counts the annotations of categories that no file has, once all are read.
func (r *reading) findStrangers() {
	for _, id := range slices.Sorted(maps.Keys(r.classes)) {
		if slices.ContainsFunc(r.categories, func(c coco.Category) bool { return c.ID == id }) {
			continue
		}
		use := r.classes[id]
		if r.strangers.n += use.n; r.strangers.first == "" {
			r.strangers.first = fmt.Sprintf("%d in %s", id, use.where)
		}
	}
}

// batch is how many instances are cut at a time.
const batch = 64

// instances returns the instances of all files, some at a time, and reads all else of them.
func (r *reading) instances(ctx context.Context, paths []string) iter.Seq2[[]instance, error] {
	return func(yield func([]instance, error) bool) {
		for _, path := range paths {
			categories := len(r.categories)
			err := r.file(ctx, path, nil, yield)
			if errors.Is(err, errOrder) {
				r.categories, r.from = r.categories[:categories], r.from[:categories]
				if err = r.again(ctx, path, yield); err == nil {
					continue
				}
			}
			if errors.Is(err, errStopped) {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// errStopped says that no more instances are needed.
var errStopped = errors.New("stopped")

// again reads a file whose annotations come first: its images, then the rest.
func (r *reading) again(ctx context.Context, path string, yield func([]instance, error) bool) error {
	if path == "-" {
		return ui.Failf(ui.ExitBadData, "standard input: %v", errOrder).Hint("save it as a file, which can be read twice")
	}
	in, err := files.OpenInput(r.c, path)
	if err != nil {
		return err
	}
	defer in.Close()
	d, err := files.ReadCOCOImages(in)
	if err != nil {
		return ui.InFile(in.Name, err)
	}
	return r.file(ctx, path, append([]coco.Image{}, d.Images...), yield)
}

// fileReading is a file being read.
type fileReading struct {
	*reading
	name     string
	byID     map[coco.ID]*picture
	known    bool // the images are
	images   int
	at       int // annotations
	inherits map[string]int64
	batch    []instance
	yield    func([]instance, error) bool
}

// file reads a file, of which images may be known.
func (r *reading) file(ctx context.Context, path string, images []coco.Image,
	yield func([]instance, error) bool) error {
	in, err := files.OpenInput(r.c, path)
	if err != nil {
		return err
	}
	defer in.Close()
	if images == nil {
		r.outputs.Inputs = append(r.outputs.Inputs, in)
		r.files++
	} else {
		r.outputs.Inputs[len(r.outputs.Inputs)-1] = in
	}
	f := &fileReading{reading: r, name: in.Name, byID: map[coco.ID]*picture{}, yield: yield, inherits: map[string]int64{}}
	for i := range images {
		if err := f.image(&images[i]); err != nil {
			return err
		}
	}
	f.known = images != nil
	records := coco.NewReader(in)
	records.SetMaxRecord(maxRecord)
	for rec, err := range records.Records() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return ui.InFile(in.Name, err)
		}
		if err := f.record(rec); err != nil {
			return err
		}
	}
	if err := f.flush(); err != nil {
		return err
	}
	_, err = in.ReadToEnd()
	return err
}

// record reads a record.
func (f *fileReading) record(rec coco.Record) error {
	switch rec := rec.(type) {
	case *coco.Image:
		if f.known {
			return nil
		}
		img := *rec
		return f.image(&img)
	case *coco.Category:
		return f.category(*rec)
	case *coco.Annotation:
		return f.annotation(rec)
	case *coco.Member:
		switch rec.Key {
		case "info":
			f.info = rec.Value
		case "licenses":
			f.licenses = rec.Value
		}
	}
	return nil
}

// image adds a picture.
func (f *fileReading) image(img *coco.Image) error {
	p := &picture{file: f.name, at: f.images, image: *img, scale: f.opts.scale, first: f.tiles}
	f.images++
	fault := func(err error) error { return ui.InFile(p.where(), err) }
	if f.opts.images != "" {
		if err := f.opts.findPixels(p); err != nil {
			return fault(err)
		}
	}
	if err := size(&p.image); err != nil {
		return fault(err)
	}
	var err error
	if p.place, err = placeOf(&p.image); err != nil {
		return fault(err)
	}
	if _, twice := f.byID[img.ID]; twice {
		return fault(fmt.Errorf("%w: another image has the id %s too", ui.ErrInput, img.ID.AppendJSON(nil)))
	}
	f.byID[img.ID] = p
	f.pictures = append(f.pictures, p)
	if f.listed == nil || !f.listed.isSet {
		if p.labelled, err = slide.ReadCover(p.image.Extra.Get(slide.LabelledMember), p.image.Width,
			p.image.Height); err != nil {
			return ui.Failf(ui.ExitBadData, "%s.%w", p.where(), err)
		}
	}
	if f.listed != nil {
		if err := f.listed.give(p); err != nil {
			return err
		}
		return f.count(p)
	}
	n := f.opts.scale
	grid := &slide.Grid{
		Width: (p.image.Width + n - 1) / n, Height: (p.image.Height + n - 1) / n, TileWidth: f.opts.width,
		TileHeight: f.opts.height,
		StrideX:    f.opts.strideX, StrideY: f.opts.strideY, Edge: f.opts.edge,
	}
	if err := grid.Lay(); err != nil {
		return fault(&ui.Failure{Code: ui.ExitBadData, Err: err})
	}
	p.tiles = grid
	return f.count(p)
}

// maxTiles is the largest number of tiles of a run.
const maxTiles = 1 << 26

// count counts the tiles of a picture.
func (r *reading) count(p *picture) error {
	p.first = r.tiles
	r.tiles += p.tiles.Len()
	if r.tiles > maxTiles {
		return ui.Failf(ui.ExitBadData, "found more than %s tiles of all slides", ui.Thousands(maxTiles)).Hint(
			"make them larger, or tile some slides at a time")
	}
	return nil
}

// category adds a category, which files may share.
func (f *fileReading) category(c coco.Category) error {
	same := func(o coco.Category) bool { return o.ID == c.ID || o.Name == c.Name }
	i := slices.IndexFunc(f.categories, same)
	switch {
	case i < 0 || f.from[i] == f.name: // what is wrong within a file stays as it is
		f.categories, f.from = append(f.categories, c), append(f.from, f.name)
	case f.categories[i].ID != c.ID || f.categories[i].Name != c.Name:
		o := f.categories[i]
		return ui.Failf(ui.ExitBadData, "%s: found the category %d, %s, and in %s the category %d, %s", f.name, c.ID,
			wtf8.Quote(c.Name), f.from[i], o.ID, wtf8.Quote(o.Name)).
			Hint(`"hubdata merge --renumber-categories" makes one file of several`)
	}
	return nil
}

// annotation adds an instance.
func (f *fileReading) annotation(a *coco.Annotation) error {
	if len(f.byID) == 0 && !f.known {
		return errOrder
	}
	at := f.at
	f.at++
	p := f.byID[a.ImageID]
	if p == nil {
		f.orphans++
		return nil
	}
	use := f.classes[a.CategoryID]
	if use == nil {
		use = &classUse{where: fmt.Sprintf("%s: annotations[%d]", f.name, at)}
		f.classes[a.CategoryID] = use
	}
	use.n++
	f.batch = append(f.batch, instance{of: p, at: at, whole: f.whole(a), Annotation: a})
	if len(f.batch) < batch {
		return nil
	}
	return f.flush()
}

// whole numbers an instance. Parts of one instance keep a number in common.
func (f *fileReading) whole(a *coco.Annotation) int64 {
	own, has := a.Extra.Text(wholeMember)
	if n := f.inherits[own]; has && n != 0 {
		return n
	}
	f.wholes++
	if has {
		f.inherits[own] = f.wholes
	}
	return f.wholes
}

// flush passes instances on.
func (f *fileReading) flush() error {
	if len(f.batch) == 0 {
		return nil
	}
	list := f.batch
	f.batch = nil
	if !f.yield(list, nil) {
		return errStopped
	}
	return nil
}

// maxRecord is the largest text of an annotation in bytes: an outline of a slide may have a million points.
const maxRecord = 64 << 20
