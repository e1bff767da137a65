package statscmd

import (
	"context"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/stats"
	"github.com/hubdata/hubdata/wsi"
)

// folder measures the outlines of a HuBMAP folder as they are converted.
func (in *reader) folder(ctx context.Context, dir string) (*stats.Collector, error) {
	ct := folder.DefaultSetOptions()
	ct.Datasets, ct.Wsis, ct.TileSize, ct.Classes = in.o.datasets, in.o.wsis, in.o.TileSize, wsi.AllClasses()
	if in.o.classes != nil {
		var err error
		if ct.Classes, err = flags.ChooseClasses(in.o.classes, wsi.AllClasses(), dir); err != nil {
			return nil, err
		}
	}
	src := folder.Location{Dir: dir, Polygons: in.o.Polygons, Tiles: in.o.TileMeta, Workers: in.o.Workers, MaxLine: wsi.DefaultMaxLine}
	folder, err := folder.Open(in.c, &ct, &src)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	folder.Polygons.WithoutChecksum()
	add, stop := in.c.Progress("reading outlines", folder.Polygons.Size)
	defer stop()
	folder.Polygons.OnRead(add)
	opts := ct.Options(dir)
	opts.Workers = src.Workers
	if in.categories, err = opts.Categories(); err != nil {
		return nil, err
	}
	if in.o.SkipBad {
		opts.KeepGoing = func(*wsi.LineError) {}
	}
	in.hasTiles = folder.Table.Len() > 0
	names := folder.Table.Names()
	if in.grouping, err = in.aids.grouping(names, dir); err != nil {
		return nil, err
	}
	begun := false
	return in.measure(ctx, func(yield func(*tile, error) bool) {
		for t, err := range wsi.Convert(ctx, folder.Table, folder.Polygons, opts) {
			if err != nil {
				yield(nil, ui.InFile(folder.Polygons.Name, err))
				return
			}
			joined := &stats.AnnotatedImage{Image: &t.Image, Annotations: t.Annotations}
			keys, err := in.grouping.groups(&t.Image, t.Tile.Row-1)
			if err != nil {
				yield(nil, err)
				return
			}
			if !begun { // all tiles have the same members
				err = in.beginRows([]coco.Image{t.Image}, membersOf(t.Annotations, func(a *coco.Annotation) coco.Fields { return a.Extra }))
				if err != nil {
					yield(nil, err)
					return
				}
				begun = true
			}
			if !yield(&tile{AnnotatedImage: joined, name: t.Tile.ID, keys: keys, vertices: t.Vertices}, nil) {
				return
			}
		}
	})
}
