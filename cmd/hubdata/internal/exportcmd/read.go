package exportcmd

import (
	"context"
	"errors"
	"os"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/wsi"
)

// read reads the set: a COCO file, or a dataset folder as convert converts it by default, with all tiles and classes.
func read(ctx context.Context, c *ui.Console, o *files.Outputs, opts *options) (*files.COCOFile, error) {
	if st, err := os.Stat(opts.in); err == nil && st.IsDir() {
		return readFolder(ctx, c, o, opts)
	}
	in, err := files.OpenInput(c, opts.in)
	if err != nil {
		return nil, err
	}
	o.Inputs = append(o.Inputs, in)
	return files.ReadCOCO(ctx, c, in)
}

func readFolder(ctx context.Context, c *ui.Console, o *files.Outputs, opts *options) (*files.COCOFile, error) {
	set := folder.DefaultSetOptions()
	set.Datasets, set.Classes = flags.Numbers{}, wsi.AllClasses()
	at := folder.Location{Dir: opts.in, Workers: opts.workers, MaxLine: wsi.DefaultMaxLine}
	f, err := folder.Open(c, &set, &at)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	o.Inputs = append(o.Inputs, f.Meta, f.Polygons)
	rules := set.Options(opts.in)
	rules.Workers, rules.MaxLine = at.Workers, at.MaxLine
	out := &files.COCOFile{Dataset: &coco.Dataset{}, Input: f.Polygons}
	if out.Categories, err = rules.Categories(); err != nil {
		return nil, err
	}
	add, stop := c.Progress("reading outlines", f.Polygons.Size)
	defer stop()
	f.Polygons.OnRead(add)
	for t, err := range wsi.Convert(ctx, f.Table, f.Polygons, rules) {
		if err != nil {
			var line *wsi.LineError
			if err = ui.InFile(f.Polygons.Name, err); errors.As(err, &line) {
				return nil, (&ui.Failure{Code: ui.ExitBadData, Err: err}).Hint(`fix the line, or convert with "hubdata convert --keep-going" and export its sets`)
			}
			return nil, err
		}
		out.Images = append(out.Images, t.Image)
		out.Annotations = append(out.Annotations, t.Annotations...)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	_, err = f.Polygons.ReadToEnd()
	return out, err
}
