package checkcmd

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
	"github.com/hubdata/hubdata/wsi"
)

// Labelled are the datasets whose tiles have outlines.
var Labelled = flags.MustNumbers("1,2")

// folderRules are the rules of what only a HuBMAP folder has.
var folderRules = []check.Rule{
	{Code: wsi.OutlineInvalid, Severity: coco.SeverityError, About: "a line of polygons.jsonl is wrong",
		Why: "hubdata convert stops there"},
	{Code: wsi.OutlineMissing, Severity: coco.SeverityNote, About: "a tile of dataset 1 or 2 has no line in polygons.jsonl",
		Why: "it becomes no image of a training set"},
	{Code: wsi.TableInvalid, Severity: coco.SeverityError, About: "a row of tile_meta.csv is wrong",
		Why: "hubdata convert stops there"},
}

// readFolder reads a folder's table, and converts its outlines in memory.
func (job *Job) readFolder(ctx context.Context) error {
	o := job.Options
	job.outlines = &wsi.Outlines{}
	if err := job.checkOutputs(); err != nil {
		return err
	}
	src := folder.Location{Dir: o.In, Tiles: o.TileMeta}
	path := o.TileMeta
	if path == "" {
		var err error
		if path, err = files.FindInput(o.In, "tile_meta.csv"); err != nil {
			return err
		}
	}
	if err := job.readTable(path); err != nil || job.table == nil {
		return err
	}
	in, err := src.Open(job.Console, o.Polygons, "polygons.jsonl")
	if err != nil {
		return err
	}
	defer in.Close()
	job.Outputs.Inputs = append(job.Outputs.Inputs, in)
	job.polygons = filepath.Base(in.Name)
	add, stop := job.Console.Progress("reading outlines", in.Size)
	defer stop()
	in.OnRead(add)
	seen, bad := map[string]bool{}, map[string]bool{} // tiles with a line, and those whose line is wrong
	opts := &wsi.ConvertOptions{Classes: wsi.AllClasses(), Segmentation: coco.KindPolygons, Workers: o.Workers,
		KeepGoing: func(e *wsi.LineError) {
			bad[e.Tile] = true
			job.add(coco.Finding{Code: wsi.OutlineInvalid, File: job.polygons, Line: e.Line, Image: e.Tile, Reason: e.Error()})
		}}
	d := &job.outlines.Dataset
	if d.Categories, err = opts.Categories(); err != nil {
		return err
	}
	for tile, err := range wsi.Convert(ctx, job.table, in, opts) {
		if err != nil {
			return ui.InFile(in.Name, err)
		}
		seen[tile.Tile.ID] = true
		if n := tile.Counts.Dropped.EmptyMask; n > 0 {
			job.add(coco.Finding{Code: check.MaskEmpty, File: job.polygons, Line: tile.Line, Image: tile.Tile.ID,
				Reason: fmt.Sprintf("%s no pixel of the tile", ui.Plural(n, "outline covers", "outlines cover"))})
		}
		job.outlines.Add(tile)
	}
	for t := range job.table.All() {
		if Labelled.Has(t.Dataset) && !seen[t.ID] && !bad[t.ID] {
			job.add(coco.Finding{Code: wsi.OutlineMissing, File: filepath.Base(path), Image: t.ID, Reason: fmt.Sprintf("%s has no line of tile %q of dataset %d", job.polygons, t.ID, t.Dataset)})
		}
	}
	job.Dataset = d
	return nil
}

// locate adds what is found in the converted outlines by their lines.
func (job *Job) locate(list []coco.Finding) {
	for _, f := range list {
		if f, ok := job.outlines.Locate(f); ok { // else it is of the conversion, not of the folder
			f.File = job.polygons
			job.add(f)
		}
	}
	slices.SortStableFunc(job.Findings, func(a, b coco.Finding) int {
		if a.File != b.File {
			return strings.Compare(b.File, a.File)
		}
		return a.Line - b.Line
	})
}
