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
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/wsi"
)

// Labelled are the datasets whose tiles have outlines.
var Labelled = flags.MustNumbers("1,2")

// folderRules are the rules of what only a HuBMAP folder has.
var folderRules = []check.Rule{
	{Code: wsi.OutlineInvalid, Severity: coco.SeverityError, About: "a line of polygons.jsonl is not valid",
		Why: "hubdata convert stops there"},
	{Code: wsi.OutlineMissing, Severity: coco.SeverityNote, About: "a tile of dataset 1 or 2 has no line in polygons.jsonl",
		Why: "no training set has an image of it"},
	{Code: wsi.TableInvalid, Severity: coco.SeverityError, About: "a row of tile_meta.csv is not valid",
		Why: "hubdata convert stops there"},
}

// folderOutlines are the converted outlines of a folder.
type folderOutlines struct {
	wsi.Outlines
	name string // of their file
}

// readFolder reads a folder's table, and converts its outlines in memory.
func (s *Subject) readFolder(ctx context.Context) error {
	table := s.o.TileMeta
	if table == "" {
		var err error
		if table, err = files.FindInput(s.o.In, "tile_meta.csv"); err != nil {
			return err
		}
	}
	if err := s.readTable(table); err != nil || s.table == nil {
		return err
	}
	location := folder.Location{Dir: s.o.In}
	in, err := location.Open(s.c, s.o.Polygons, "polygons.jsonl")
	if err != nil {
		return err
	}
	defer in.Close()
	s.inputs = append(s.inputs, in)
	s.folder.name = filepath.Base(in.Name)
	add, stop := s.c.Progress("reading outlines", in.Size)
	defer stop()
	in.OnRead(add)
	return s.convert(ctx, in, filepath.Base(table))
}

// convert converts outlines, and compares their tiles with those of the table, whose file has the name tableName.
func (s *Subject) convert(ctx context.Context, in *files.Input, tableName string) error {
	lines, bad := map[string]bool{}, map[string]bool{} // tiles of the table with a line, and those whose line is wrong
	opts := &wsi.ConvertOptions{Classes: wsi.AllClasses(), Segmentation: coco.KindPolygons, Workers: s.o.Workers,
		KeepGoing: func(e *wsi.LineError) {
			if _, known := s.table.Tile(e.Tile); known {
				bad[e.Tile] = true
			}
			s.add(coco.Finding{Code: wsi.OutlineInvalid, File: s.folder.name, Line: e.Line, Image: e.Tile, Reason: e.Error()})
		}}
	d := &s.folder.Dataset
	var err error
	if d.Categories, err = opts.Categories(); err != nil {
		return err
	}
	for tile, err := range wsi.Convert(ctx, s.table, in, opts) {
		if err != nil {
			return ui.InFile(in.Name, err)
		}
		lines[tile.Tile.ID] = true
		if n := tile.Counts.Dropped.EmptyMask; n > 0 {
			s.add(coco.Finding{Code: check.MaskEmpty, File: s.folder.name, Line: tile.Line, Image: tile.Tile.ID,
				Reason: fmt.Sprintf("%s no pixel of the tile", ui.Plural(n, "outline covers", "outlines cover"))})
		}
		s.folder.Add(tile)
	}
	for t := range s.table.All() {
		if Labelled.Has(t.Dataset) && !lines[t.ID] && !bad[t.ID] {
			s.add(coco.Finding{Code: wsi.OutlineMissing, File: tableName, Image: t.ID, Reason: fmt.Sprintf("%s has no line for tile %s of dataset %d", s.folder.name, wtf8.Quote(t.ID), t.Dataset)})
		}
	}
	s.Dataset = d
	return nil
}

// locate adds what is found in the converted outlines, by their lines.
func (s *Subject) locate(found *findings, list []coco.Finding) {
	list = s.kept(list)
	for i := range list {
		if f, ok := s.folder.Locate(list[i]); ok { // else it is of the conversion, not of the folder
			f.File = s.folder.name
			f.Severity = Rule(f.Code).Severity
			list[i] = f
		} else {
			list[i].Code = ""
		}
	}
	list = slices.DeleteFunc(list, func(f coco.Finding) bool { return f.Code == "" })
	slices.SortStableFunc(list, byLine)
	for i := range list {
		found.add(list[i])
	}
}

// byLine orders findings of a folder by file and line.
func byLine(a, b coco.Finding) int {
	if a.File != b.File {
		return strings.Compare(b.File, a.File)
	}
	return a.Line - b.Line
}
