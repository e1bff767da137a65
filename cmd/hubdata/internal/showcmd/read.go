package showcmd

import (
	"context"
	"os"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagenames"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/selection"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/internal/figures"
	"github.com/hubdata/hubdata/wsi"
)

// input is what was read.
type input struct {
	scene *paint.Scene
	rules *selection.OpenRules
	table *wsi.Table // of a folder or of --tile-meta; nil: none
}

// labels are a dataset before it is known what of it is drawn.
type labels struct {
	*files.COCOFile
	table      *wsi.Table       // of a folder; nil: none
	unlabelled map[coco.ID]bool // images of a folder's tiles without a line of outlines
}

// read reads the dataset and the predictions.
func read(ctx context.Context, c *ui.Console, outs *files.Outputs, o *options) (*input, error) {
	var l *labels
	st, err := os.Stat(o.in)
	if o.in != "-" && err == nil && st.IsDir() {
		l, err = readFolder(ctx, c, outs, o)
	} else {
		l, err = readFile(ctx, c, outs, o)
	}
	if err != nil {
		return nil, err
	}
	for i := range l.Annotations {
		if _, _, err := l.Annotations[i].Score(); err != nil {
			return nil, ui.Failf(ui.ExitBadData, "%s: annotations[%d].score: %w", l.Input.Name, i, err)
		}
	}
	all := paint.Labels{Dataset: l.Dataset, File: l.Input.Name, Names: imagenames.Of(l.Images), Unlabelled: l.unlabelled}
	if n := len(l.Index().Orphans()); n > 0 {
		c.Note("%s to no image", ui.Plural(n, "annotation belongs", "annotations belong"))
	}
	in := &input{table: l.table}
	if in.rules, err = o.rules.Open(c, outs, l.COCOFile); err != nil {
		return nil, err
	}
	if in.table == nil {
		in.table = in.rules.Table
	}
	in.scene = paint.NewScene(all, paint.Filter{Classes: in.rules.Class, MinScore: o.minScore})
	if o.predictions == "" {
		return in, ctx.Err()
	}
	return in, readPredictions(ctx, c, o, in.scene)
}

// readFolder converts a folder's outlines in memory, of all classes: those that are
// not drawn are left out later.
func readFolder(ctx context.Context, c *ui.Console, outs *files.Outputs, o *options) (*labels, error) {
	set := folder.DefaultSetOptions()
	set.Classes = wsi.AllClasses()
	set.TileIDs, set.CategoryStart = o.tileIDs, o.categoryStart
	set.Datasets, set.Wsis = o.rules.Datasets, o.rules.Wsis
	if set.Datasets.String() == "" && o.predictions == "" && !o.isMap {
		set.Datasets = labelled
	}
	src := folder.Location{Dir: o.in, Tiles: o.rules.TileMeta, Workers: o.workers, MaxLine: wsi.DefaultMaxLine}
	f, err := folder.Open(c, &set, &src)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	outs.Inputs = append(outs.Inputs, f.Meta, f.Polygons)
	opts := set.Options(o.in)
	opts.Workers = o.workers
	d := &coco.Dataset{}
	if d.Categories, err = opts.Categories(); err != nil {
		return nil, err
	}
	l := &labels{COCOFile: &files.COCOFile{Dataset: d, Input: f.Polygons}, table: f.Table, unlabelled: map[coco.ID]bool{}}
	seen := map[string]bool{}
	for tile, err := range wsi.Convert(ctx, f.Table, f.Polygons, opts) {
		if err != nil {
			return nil, ui.InFile(f.Polygons.Name, err)
		}
		seen[tile.Tile.ID] = true
		d.Images = append(d.Images, tile.Image)
		d.Annotations = append(d.Annotations, tile.Annotations...)
	}
	for t := range f.Table.All() {
		if set.Selected(t) && !seen[t.ID] && (t.Dataset == wsi.UnlabelledDataset || o.isMap) {
			img, err := opts.Image(t)
			if err != nil {
				return nil, err
			}
			d.Images = append(d.Images, img)
			l.unlabelled[img.ID] = true
		}
	}
	if len(d.Images) == 0 {
		return nil, f.NothingSelected()
	}
	slices.SortStableFunc(d.Images, func(a, b coco.Image) int { return figures.CompareNumbers(a.ID.String(), b.ID.String()) })
	return l, nil
}

// readFile reads a COCO file.
func readFile(ctx context.Context, c *ui.Console, outs *files.Outputs, o *options) (*labels, error) {
	f, err := preds.OpenResults(c, o.in, nil)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if f.Dataset == nil {
		for _, err := range f.Records { // or it is no list either
			if err != nil {
				return nil, ui.InFile(f.Name, err)
			}
			break
		}
		return nil, ui.Usagef("%s is a list of results, without images", f.Name).
			Hint("name the dataset or folder first: hubdata show all.json %s", o.in)
	}
	if _, err := f.ReadToEnd(); err != nil {
		return nil, err
	}
	outs.Inputs = append(outs.Inputs, f.Input)
	return &labels{COCOFile: &files.COCOFile{Dataset: f.Dataset, Input: f.Input}}, ctx.Err()
}

// readPredictions reads what a model predicted, and matches it with the labels.
func readPredictions(ctx context.Context, c *ui.Console, o *options, s *paint.Scene) error {
	size := int64(-1)
	if st, err := os.Stat(o.predictions); err == nil {
		if other, err := os.Stat(o.in); err == nil && os.SameFile(st, other) {
			return ui.Usagef("%s is both the dataset and the predictions", o.in)
		}
		if st.Mode().IsRegular() {
			size = st.Size()
		}
	}
	add, stop := c.Progress("reading predictions", size)
	defer stop()
	d, err := preds.ReadDetections(c, o.predictions, o.in, eval.Segm, add)
	if err != nil {
		return err
	}
	t := &preds.Truth{Dataset: s.Dataset, Name: s.File, Names: s.Names}
	if err := preds.Align(c, o.ids, o.categoryStart, t, d); err != nil {
		return err
	}
	for _, n := range d.Notes {
		c.Note("%s: %s", d.Name, n)
	}
	if err := s.Predict(ctx, d, o.iou, o.workers); err != nil {
		return err
	}
	if s.MatchesBoxes() {
		c.Note("matched by boxes: not all instances and predictions have a mask")
	}
	return nil
}
