package showcmd

import (
	"context"
	"os"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/selection"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/wsi"
)

// input is what was read.
type input struct {
	scene *paint.Scene
	rules *selection.OpenRules
	table *wsi.Table // of a folder or of --tile-meta; nil: none
}

// read reads the dataset and the predictions.
func read(ctx context.Context, c *ui.Console, outs *files.Outputs, o *options) (*input, error) {
	from := paint.Source{In: o.in, Command: "show", Datasets: o.rules.Datasets, Wsis: o.rules.Wsis, TileMeta: o.rules.TileMeta,
		TileIDs: o.tileIDs, CategoryStart: o.categoryStart, AllTiles: o.isMap, Workers: o.workers}
	if from.Datasets.String() == "" && o.predictions == "" && !o.isMap {
		from.Datasets = labelled
	}
	l, err := from.Read(ctx, c, outs)
	if err != nil {
		return nil, err
	}
	in := &input{table: l.Table}
	if in.rules, err = o.rules.Open(c, outs, l.COCOFile); err != nil {
		return nil, err
	}
	if in.table == nil {
		in.table = in.rules.Table
	}
	in.scene = paint.NewScene(l.Labels(), paint.Filter{Classes: in.rules.Class, MinScore: o.minScore})
	if o.predictions == "" {
		return in, ctx.Err()
	}
	return in, readPredictions(ctx, c, o, in.scene)
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
