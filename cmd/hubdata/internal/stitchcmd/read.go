package stitchcmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagenames"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/wholes"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/slide"
	"github.com/hubdata/hubdata/wsi"
)

// input is what is joined.
type input struct {
	set     *files.COCOFile   // the tiles, with their annotations if results is nil
	results *preds.Detections // nil: none
	placed  *wholes.Placed
	file    string  // that the instances are in
	of      []int32 // the image of each instance; -1: it is left out
	scored  bool
	out     map[string]int // left out, by reason
	notes   []string

	strangers int    // instances of categories that the file lacks, which are kept
	stranger  string // the first
}

const (
	ofNoImage = "of images that the file lacks"
	belowMin  = "with a lower score"
)

// read reads the input, and puts its images on their slides.
func read(ctx context.Context, c *ui.Console, o *files.Outputs, opts *options) (*input, error) {
	in := &input{out: map[string]int{}}
	path := opts.in
	if opts.images != "" {
		path = opts.images
	}
	table, err := in.readTiles(ctx, c, o, opts, path)
	if err != nil {
		return nil, err
	}
	in.file = in.set.Input.Name
	if opts.images != "" {
		in.set.Input.Flag = "images"
		if err := in.readResults(c, o, opts); err != nil {
			return nil, err
		}
	}
	if opts.tileMeta != "" {
		if table, err = readTable(c, o, opts.tileMeta); err != nil {
			return nil, err
		}
	}
	keys, err := imagekey.Open(c, opts.table)
	if err != nil {
		return nil, err
	}
	if keys != nil {
		o.Inputs = append(o.Inputs, keys.Input)
	}
	if err := opts.check(o); err != nil {
		return nil, err
	}
	source := &wholes.Source{File: in.set.Input.Name, Images: in.set.Images, Names: imagenames.Of(in.set.Images),
		Rule: opts.rule, Tiles: table, Table: keys,
		Folder: "give --slide-field path:dir",
		Hint:   "an image says so by its members source_wsi, i and j, by its row in tile_meta.csv (--tile-meta), by columns of --table, or by its name (--name-pattern)"}
	if in.placed, err = source.Place(); err != nil {
		return nil, err
	}
	in.notes = append(in.notes, in.placed.Notes...)
	return in, in.choose(opts)
}

// readTiles reads a dataset folder, with its table of tiles, or a COCO file.
func (in *input) readTiles(ctx context.Context, c *ui.Console, o *files.Outputs, opts *options,
	path string) (*wsi.Table, error) {
	st, err := os.Stat(path)
	if path == "" || err == nil && st.IsDir() {
		dir, err := folder.DataFolder(path)
		if err != nil {
			return nil, err
		}
		var table *wsi.Table
		in.set, table, err = folder.ReadSet(ctx, c, o, dir, opts.workers)
		if file := filepath.Join(dir, "tiles.json"); err != nil && ctx.Err() == nil {
			if _, none := os.Stat(file); none == nil {
				return nil, ui.Failf(ui.ExitFailure, "%w",
					err).Hint("%s is a COCO file, as \"hubdata tile\" writes it: name it instead of the folder", file)
			}
			if found := slidesIn(dir); found != "" {
				return nil, ui.Failf(ui.ExitFailure, "%s is not a dataset folder: found COCO files such as %s", dir, found).
					Hint("slides that \"hubdata stitch\" wrote are joined already; of COCO files of tiles, name one: hubdata stitch -o %s %s", opts.out, filepath.Join(dir, found))
			}
		}
		return table, err
	}
	file, err := files.OpenInput(c, path)
	if err != nil {
		return nil, err
	}
	o.Inputs = append(o.Inputs, file)
	in.set, err = files.DecodeCOCO(ctx, c, file, func(r io.Reader) (*coco.Dataset, error) {
		text := files.PeekResults(r, file, 4096)
		if preds.FirstByte(text.Reader) == '[' {
			return nil, ui.Failf(ui.ExitBadData, "found a list, as of results, expected a COCO file with images").
				Hint("hubdata stitch --images TILES -o %s %s", opts.out, path)
		}
		return coco.Decode(text)
	})
	return nil, err
}

// slidesIn returns a COCO file of a folder that has no table of tiles, such as a slide; empty: there is none.
func slidesIn(dir string) string {
	if _, err := os.Stat(filepath.Join(dir, "tile_meta.csv")); err == nil {
		return ""
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	for _, e := range entries {
		if name := e.Name(); !e.IsDir() && name[0] != '.' && filepath.Ext(files.UnpackedName(name)) == ".json" {
			return name
		}
	}
	return ""
}

func readTable(c *ui.Console, o *files.Outputs, path string) (*wsi.Table, error) {
	in, err := files.OpenInput(c, path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	in.Flag = "tile-meta"
	o.Inputs = append(o.Inputs, in)
	table, err := wsi.ReadTable(in)
	if err != nil {
		return nil, ui.InFile(in.Name, err)
	}
	_, err = in.ReadToEnd()
	return table, err
}

// readResults reads the results, and gives them the ids of the tiles.
func (in *input) readResults(c *ui.Console, o *files.Outputs, opts *options) error {
	file, err := files.OpenInput(c, opts.in)
	if err != nil {
		return err
	}
	defer file.Close()
	o.Inputs = append(o.Inputs, file)
	list, err := coco.DecodeResults(files.PeekResults(file, file, 4096))
	if err != nil {
		return ui.InFile(file.Name, err)
	}
	if _, err := file.ReadToEnd(); err != nil {
		return err
	}
	in.results = &preds.Detections{Name: file.Name, List: *list}
	truth := &preds.Truth{Dataset: in.set.Dataset, Name: in.set.Input.Name, Names: imagenames.Of(in.set.Images)}
	if err := preds.Align(c, "", 1, truth, in.results); err != nil {
		return err
	}
	in.notes = in.results.Notes
	in.file = file.Name
	return nil
}

// len is how many instances there are.
func (in *input) len() int {
	if in.results != nil {
		return in.results.List.Len()
	}
	return len(in.set.Annotations)
}

// at is an instance. Its image is among those of the file.
func (in *input) at(i int) wholes.Instance {
	if in.results != nil {
		r := in.results.List.At(i)
		return wholes.Instance{Image: int(in.of[i]), Category: r.CategoryID, Segmentation: r.Segmentation, BBox: r.BBox,
			Missing: r.Missing, Extra: r.Extra}
	}
	a := &in.set.Annotations[i]
	return wholes.Instance{Image: int(in.of[i]), Category: a.CategoryID, Crowd: a.IsCrowd, Segmentation: a.Segmentation,
		BBox: a.BBox, Missing: a.Missing, Extra: a.Extra}
}

// members are the members of an instance, its score among them.
func (in *input) members(i int) coco.Fields {
	if in.results == nil {
		return in.set.Annotations[i].Extra
	}
	r := in.results.List.At(i)
	if r.Missing.Has(coco.FieldScore) {
		return r.Extra
	}
	return append(coco.Fields{{Key: "score", Value: appendScore(r.Score)}}, r.Extra...)
}

// where says which instance is meant.
func (in *input) where(i int) string {
	if in.results != nil {
		return fmt.Sprintf("%s: [%d]", in.file, in.results.Position(i))
	}
	return fmt.Sprintf("%s: annotations[%d]", in.file, i)
}

// id is that of an annotation, or the place of a result in its file.
func (in *input) id(i int) coco.ID {
	if in.results != nil {
		return coco.IntID(int64(in.results.Position(i)))
	}
	return in.set.Annotations[i].ID
}

// choose finds the image of each instance, and which are left out.
func (in *input) choose(opts *options) error {
	index := in.set.Index()
	in.of = make([]int32, in.len())
	classes := map[int64]bool{}
	for i := range in.set.Categories {
		classes[in.set.Categories[i].ID] = true
	}
	for i := range in.of {
		var id coco.ID
		var class int64
		var score float64
		var ok bool
		if in.results != nil {
			class = in.results.List.CategoryID(i)
			id, score, ok = in.results.List.ImageID(i), in.results.List.Score(i), !in.results.List.Missing(i).Has(
				coco.FieldScore)
		} else {
			a := &in.set.Annotations[i]
			id, class = a.ImageID, a.CategoryID
			var err error
			if score, ok, err = a.Score(); err != nil {
				return fmt.Errorf("%s: annotations[%d].score: %w: %w", in.file, i, ui.ErrInput, err)
			}
		}
		in.scored = in.scored || ok
		at, known := index.ImageAt(id)
		switch {
		case !known:
			in.of[i] = -1
			in.out[ofNoImage]++
		case ok && score < opts.minScore:
			in.of[i] = -1
			in.out[belowMin]++
		default:
			in.of[i] = int32(at)
			if !classes[class] {
				if in.strangers++; in.strangers == 1 {
					in.stranger = fmt.Sprintf("%d in %s", class, in.where(i))
				}
			}
		}
	}
	return nil
}

// kept are the instances that are not left out.
func (in *input) kept() []int {
	var list []int
	for i, at := range in.of {
		if at >= 0 {
			list = append(list, i)
		}
	}
	return list
}

// join joins the instances. kept are their places in the file.
func (in *input) join(ctx context.Context, opts *options, kept []int) ([]wholes.Joined, int, error) {
	if !opts.depthSet {
		opts.joining.Depth = slide.DefaultOptions(in.scored).Depth
	}
	how := wholes.Joining{Options: opts.joining, Anew: opts.anew, Where: func(i int) string { return in.where(kept[i]) },
		Workers: opts.workers}
	return in.placed.Join(ctx, len(kept), func(i int) wholes.Instance { return in.at(kept[i]) }, how)
}

func appendScore(v float64) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil { // NaN and infinities
		return json.RawMessage("null")
	}
	return text
}

// eachWhole calls yield with the annotation of each whole of a slide, in their order. first is the id of the first.
func (in *input) eachWhole(ctx context.Context, opts *options, j *wholes.Joined, kept []int, image coco.ID, first int64,
	sum *summary, yield func(*coco.Annotation) error) error {
	type made struct {
		annotation *coco.Annotation
		differ     []string
	}
	for m, err := range parallel.Map(ctx, opts.workers, parallel.Indices(len(j.Wholes)), func(k int) (*made, error) {
		a, differ, err := in.annotation(opts, j, kept, k)
		if err != nil {
			return nil, err
		}
		a.ID, a.ImageID = coco.IntID(first+int64(k)), image
		return &made{a, differ}, nil
	}) {
		if err != nil {
			return err
		}
		for _, name := range m.differ {
			sum.Differ[name]++
		}
		if err := yield(m.annotation); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// annotation is that of a whole, without ids.
func (in *input) annotation(opts *options, j *wholes.Joined, kept []int, k int) (*coco.Annotation, []string, error) {
	w := &j.Wholes[k]
	parts := make([]slide.Part, len(w.Parts))
	masks := true
	for n, p := range w.Parts {
		i := kept[j.From[p]]
		parts[n] = slide.Part{Image: in.placed.Name(int(in.of[i])), ID: in.id(i), Area: j.Instances[p].Region.Area(),
			Extra: in.members(i)}
		masks = masks && in.at(i).Segmentation.Kind() != coco.KindNone
	}
	region, err := j.Region(k)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: slide %s: %w: %w", in.file, j.Frame.Slide, ui.ErrInput, err)
	}
	one := &j.Instances[w.Parts[0]]
	a := &coco.Annotation{CategoryID: one.Class, IsCrowd: one.Crowd}
	var differ []string
	if a.Extra, differ, err = slide.Members(parts, opts.score); err != nil {
		if bad := new(slide.PartError); errors.As(err, &bad) {
			return nil, nil, fmt.Errorf("%s.score: %w: %w", in.where(kept[j.From[w.Parts[bad.Part]]]), ui.ErrInput, bad.Err)
		}
		return nil, nil, fmt.Errorf("%s: slide %s: %w: %w", in.file, j.Frame.Slide, ui.ErrInput, err)
	}
	region.Annotate(a)
	if !masks { // boxes have no outline
		a.Segmentation = coco.Segmentation{}
		a.Missing |= coco.FieldSegmentation
		a.Area = a.BBox.W * a.BBox.H
	}
	if n := w.Open(); n > 0 {
		a.Extra = append(a.Extra, coco.Field{Key: "open_ends", Value: json.RawMessage(fmt.Sprint(n))})
	}
	return a, differ, nil
}
