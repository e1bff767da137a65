package foldscmd

import (
	"context"
	"errors"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/wsi"
)

// outlineCounts are the outlines of a tile.
type outlineCounts struct {
	kept      int // of the requested classes
	glomeruli int
}

// countOutlines reads the outlines once to count them: some methods divide by
// what is on the tiles.
func (t *tiles) countOutlines(ctx context.Context) (map[string]outlineCounts, error) {
	if t.Source.Polygons == "-" {
		return nil, ui.Usagef("these folds depend on the outlines, which are read twice: standard input can be read only once").
			Hint("save them in a file for --polygons, or use a method and labels that do not need them")
	}
	in, err := files.OpenInput(t.Console, t.Polygons.Name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	counts := map[string]outlineCounts{}
	opts := &wsi.ReadOptions{MaxLine: t.Source.MaxLine}
	for p, err := range wsi.ReadPolygons(in, opts) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			var line *wsi.LineError
			if errors.As(err, &line) && t.Source.KeepGoing {
				continue
			}
			return nil, ui.InFile(in.Name, err)
		}
		var n outlineCounts
		for _, o := range p.Outlines {
			if slices.Contains(t.Content.Classes, o.Class) {
				n.kept++
			}
			if o.Class == "glomerulus" {
				n.glomeruli++
			}
		}
		counts[p.Tile] = n
	}
	t.counted, err = in.ReadToEnd()
	return counts, err
}
