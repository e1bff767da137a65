package folder

import (
	"context"
	"errors"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/spool"
	"github.com/hubdata/hubdata/wsi"
)

// Folder is an open HuBMAP folder: its table of tiles, which is read, and its outlines, which are not yet.
type Folder struct {
	Console        *ui.Console
	Content        *SetOptions
	Source         *Location
	Polygons, Meta *files.Input
	Table          *wsi.Table
}

// Open reads the table of tiles and opens the outlines.
func Open(c *ui.Console, o *SetOptions, l *Location) (*Folder, error) {
	f := &Folder{Console: c, Content: o, Source: l}
	if err := f.open(); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (f *Folder) open() error {
	var err error
	if f.Meta, err = f.Source.Open(f.Console, f.Source.Tiles, "tile_meta.csv"); err != nil {
		return err
	}
	if f.Table, err = wsi.ReadTable(f.Meta); err != nil {
		return ui.InFile(f.Meta.Name, err)
	}
	if _, err = f.Meta.ReadToEnd(); err != nil {
		return err
	}
	f.Polygons, err = f.Source.Open(f.Console, f.Source.Polygons, "polygons.jsonl")
	return err
}

// Close closes the inputs.
func (f *Folder) Close() {
	for _, in := range []*files.Input{f.Meta, f.Polygons} {
		if in != nil {
			in.Close()
		}
	}
}

// NothingSelected is [SetOptions.NothingSelected] for the folder's table.
func (f *Folder) NothingSelected() error { return f.Content.NothingSelected(f.Meta.Name, f.Table) }

// Conversion makes sets of a folder's outlines: what convert and folds share. They add the sets, say in Divided.Route and
// Rules.Select which tile goes where, and then call Prepare, Read and Write.
type Conversion struct {
	*Folder
	Outputs files.Outputs
	Rules   *wsi.ConvertOptions
	Sets    []*Set
	Divided wsi.Sets

	spilled spool.File // of the sets
	skipped skippedLines
}

// OpenConversion opens the folder.
func OpenConversion(c *ui.Console, o *SetOptions, l *Location) (*Conversion, error) {
	f, err := Open(c, o, l)
	if err != nil {
		return nil, err
	}
	cv := &Conversion{Folder: f, Rules: o.Options(l.Dir)}
	cv.Outputs = files.Outputs{Console: c, Force: l.Force, Inputs: []*files.Input{f.Meta, f.Polygons}}
	cv.Rules.Workers, cv.Rules.MaxLine = l.Workers, l.MaxLine
	if l.KeepGoing {
		cv.Rules.KeepGoing = cv.skipped.add
	}
	return cv, nil
}

// Close removes what was not committed, and closes the inputs.
func (cv *Conversion) Close() {
	_ = cv.spilled.Close() // it is removed in any case
	cv.Outputs.Abort()
	cv.Folder.Close()
}

// AddSet adds a set, which is written to path.
func (cv *Conversion) AddSet(path string, categories []coco.Category) *Set {
	s := &Set{Path: path}
	s.Categories = categories
	cv.Sets = append(cv.Sets, s)
	return s
}

// Prepare prepares the sets, and reports early which of them could not be written.
func (cv *Conversion) Prepare() error {
	if len(cv.Sets) > 0 {
		cv.spilled.Dir = cv.Outputs.ScratchFolder(cv.Sets[0].Path)
	}
	for _, s := range cv.Sets {
		s.spoolTo(&cv.spilled, spoolMemory/len(cv.Sets))
		if err := cv.Outputs.Check(s.Path); err != nil {
			return err
		}
	}
	return nil
}

// Read converts the outlines, calls see with each tile, and adds the tile to its sets.
func (cv *Conversion) Read(ctx context.Context, see ...func(*wsi.Converted) error) error {
	add, stop := cv.Console.Progress("reading outlines", cv.Polygons.Size)
	defer stop()
	cv.Polygons.OnRead(add)
	for tile, err := range wsi.Convert(ctx, cv.Table, cv.Polygons, cv.Rules) {
		if err != nil {
			var line *wsi.LineError
			err = ui.InFile(cv.Polygons.Name, err)
			if errors.As(err, &line) && !cv.Source.KeepGoing {
				return (&ui.Failure{Code: ui.ExitBadData, Err: err}).Hint("fix the line, or skip such lines with --keep-going")
			}
			return err
		}
		for _, f := range see {
			if err := f(tile); err != nil {
				return err
			}
		}
		if err := cv.Divided.Add(tile); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err := cv.Polygons.ReadToEnd()
	return err
}

// Inputs identifies what the sets were made from, after Read.
func (cv *Conversion) Inputs() []files.FileInfo {
	return []files.FileInfo{cv.Meta.FileInfo(), cv.Polygons.FileInfo()}
}

// Write writes the sets that have images, with the provenance that from gives for each.
func (cv *Conversion) Write(ctx context.Context, from func(*Set) files.Provenance) (*Summary, error) {
	var filled []*Set
	for _, s := range cv.Sets {
		if s.Images() == 0 {
			cv.Console.Note("no labelled tile for %s: it was not written", s.Path)
		} else {
			filled = append(filled, s)
		}
	}
	if len(filled) == 0 {
		return nil, ui.Failf(ui.ExitBadData, "%s has no line for a selected tile: nothing to write", cv.Polygons.Name).
			Hint("do polygons.jsonl and tile_meta.csv belong to the same dataset?")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := writeSets(&cv.Outputs, filled, from); err != nil {
		return nil, err
	}
	sum := newSummary(cv.Divided.Tally.Groups(), cv.Divided.Lacking(cv.Table, cv.Rules), &cv.skipped)
	sum.outlines = cv.Polygons.Name
	for _, s := range filled {
		sum.Files = append(sum.Files, ui.NewSummarySet(s.Path, s.Images(), s.Annotations()))
	}
	return sum, nil
}

// ReportSkipped prints the lines that were skipped, and returns the failure for them; nil: there are none.
func (cv *Conversion) ReportSkipped() error {
	return reportSkipped(cv.Console, cv.Polygons.Name, &cv.skipped)
}
