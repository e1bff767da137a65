package folder

import (
	"context"
	"errors"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/wsi"
)

// ReadSet reads a dataset folder as one set, with all tiles that have outlines and all classes, as convert converts it
// by default, and its table of tiles. Its files become inputs of the run.
func ReadSet(ctx context.Context, c *ui.Console, o *files.Outputs, dir string, workers int) (*files.COCOFile, *wsi.Table, error) {
	set := DefaultSetOptions()
	set.Datasets, set.Classes = flags.Numbers{}, wsi.AllClasses()
	at := Location{Dir: dir, Workers: workers, MaxLine: wsi.DefaultMaxLine}
	f, err := Open(c, &set, &at)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	o.Inputs = append(o.Inputs, f.Meta, f.Polygons)
	rules := set.Options(dir)
	rules.Workers, rules.MaxLine = at.Workers, at.MaxLine
	out := &files.COCOFile{Dataset: &coco.Dataset{}, Input: f.Polygons}
	if out.Categories, err = rules.Categories(); err != nil {
		return nil, nil, err
	}
	add, stop := c.Progress("reading outlines", f.Polygons.Size)
	defer stop()
	f.Polygons.OnRead(add)
	for t, err := range wsi.Convert(ctx, f.Table, f.Polygons, rules) {
		if err != nil {
			var line *wsi.LineError
			if err = ui.InFile(f.Polygons.Name, err); errors.As(err, &line) {
				return nil, nil, (&ui.Failure{Code: ui.ExitBadData, Err: err}).Hint(`fix the line, or convert with "hubdata convert --keep-going" and read its sets`)
			}
			return nil, nil, err
		}
		out.Images = append(out.Images, t.Image)
		out.Annotations = append(out.Annotations, t.Annotations...)
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	_, err = f.Polygons.ReadToEnd()
	return out, f.Table, err
}
