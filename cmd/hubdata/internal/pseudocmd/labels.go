package pseudocmd

import (
	"context"
	"fmt"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/stats"
	"github.com/hubdata/hubdata/wsi"
)

// labelledAreas are the areas of the labelled instances of the folder, to compare with those of the pseudo-labels.
type labelledAreas struct {
	areas stats.Values
	file  *files.FileInfo // that they are in; nil: not read to its end
	err   error
}

// startLabels measures the labelled instances of the folder in a goroutine of its own. Without a table there are none.
func startLabels(ctx context.Context, c *ui.Console, o *options, table *wsi.Table) <-chan labelledAreas {
	done := make(chan labelledAreas, 1)
	if table == nil {
		done <- labelledAreas{}
		return done
	}
	go func() {
		var labels labelledAreas
		labels.file, labels.err = measureLabels(ctx, c, o, table, &labels.areas)
		done <- labels
	}()
	return done
}

// measureLabels adds the areas of the labelled instances, and identifies their file. Bad lines are counted, and reported at the end.
func measureLabels(ctx context.Context, c *ui.Console, o *options, table *wsi.Table, areas *stats.Values) (*files.FileInfo, error) {
	path, err := files.FindInput(o.Dir, "polygons.jsonl")
	if err != nil {
		return nil, err
	}
	in, err := files.OpenInput(c, path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	set := folder.DefaultSetOptions()
	set.Classes, set.TileSize = o.Classes, o.TileSize
	opts := set.Options(o.Dir)
	opts.Workers = 1
	bad := 0
	opts.KeepGoing = func(*wsi.LineError) { bad++ }
	for tile, err := range wsi.Convert(ctx, table, in, opts) {
		if err != nil {
			return nil, ui.InFile(path, err)
		}
		for i := range tile.Annotations {
			areas.Add(tile.Annotations[i].Area)
		}
	}
	file, err := in.ReadToEnd()
	if err != nil {
		return nil, err
	}
	if bad > 0 {
		return &file, fmt.Errorf("%s has %s, which the comparison of areas leaves out", path, ui.Plural(bad, "bad line", "bad lines"))
	}
	return &file, nil
}
