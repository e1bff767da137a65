package folder

import (
	"context"
	"errors"
	"fmt"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/spool"
	"github.com/hubdata/hubdata/wsi"
)

// Folder is an open HuBMAP folder: its table of tiles, which is read, and its
// outlines, which are not yet.
type Folder struct {
	C              *ui.Console
	Content        *SetOptions
	Source         *Location
	Polygons, Meta *files.Input
	Table          *wsi.Table
}

// Open reads the tiles' table and opens the outlines.
func Open(c *ui.Console, ct *SetOptions, src *Location) (*Folder, error) {
	f := &Folder{C: c, Content: ct, Source: src}
	if err := f.open(); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (f *Folder) open() error {
	var err error
	if f.Meta, err = f.Source.Open(f.C, f.Source.Tiles, "tile_meta.csv"); err != nil {
		return err
	}
	if f.Table, err = wsi.ReadTable(f.Meta); err != nil {
		return ui.InFile(f.Meta.Name, err)
	}
	if _, err = f.Meta.Provenance(); err != nil {
		return err
	}
	f.Polygons, err = f.Source.Open(f.C, f.Source.Polygons, "polygons.jsonl")
	return err
}

func (f *Folder) Close() {
	for _, in := range []*files.Input{f.Meta, f.Polygons} {
		if in != nil {
			in.Close()
		}
	}
}

// NothingSelected says which tiles there are instead of those that were requested.
func (f *Folder) NothingSelected() error { return f.Content.NothingSelected(f.Meta.Name, f.Table) }

// Conversion writes sets of a folder's outlines: what convert and folds share. They add
// the sets, and say in divided.Route and rules.Select which tile goes where.
type Conversion struct {
	*Folder
	Outputs files.Outputs
	Rules   *wsi.ConvertOptions
	Sets    []*Set
	Divided wsi.Sets
	spilled spool.File // of the sets
	skipped []skippedLine
}

// OpenConversion opens the folder.
func OpenConversion(c *ui.Console, ct *SetOptions, src *Location) (*Conversion, error) {
	f, err := Open(c, ct, src)
	if err != nil {
		return nil, err
	}
	cv := &Conversion{Folder: f, Rules: ct.Options(src.Dir)}
	cv.Outputs = files.Outputs{C: c, Force: src.Force, Inputs: []*files.Input{f.Meta, f.Polygons}}
	cv.Rules.Workers, cv.Rules.MaxLine = src.Workers, src.MaxLine
	if src.KeepGoing {
		cv.Rules.KeepGoing = func(e *wsi.LineError) {
			cv.skipped = append(cv.skipped, skippedLine{Line: e.Line, Reason: e.Error()})
		}
	}
	return cv, nil
}

func (cv *Conversion) Close() {
	_ = cv.spilled.Close() // it is gone in any case
	cv.Outputs.Abort()
	cv.Folder.Close()
}

// AddSet adds a set, and returns what takes its tiles.
func (cv *Conversion) AddSet(path string, categories []coco.Category) *Set {
	s := &Set{Path: path}
	s.Categories = categories
	cv.Sets = append(cv.Sets, s)
	return s
}

// Prepare readies the sets, and refuses early what could not be written.
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

// Read converts the outlines, gives each tile to its sets, and shows it to all of see.
func (cv *Conversion) Read(ctx context.Context, see ...func(*wsi.Converted) error) error {
	add, stop := cv.C.Progress("reading outlines", cv.Polygons.Size)
	defer stop()
	cv.Polygons.Count.Seen = add
	for tile, err := range wsi.Convert(ctx, cv.Table, cv.Polygons, cv.Rules) {
		if err != nil {
			var line *wsi.LineError
			err = ui.InFile(cv.Polygons.Name, err)
			if errors.As(err, &line) && !cv.Source.KeepGoing {
				return (&ui.Failure{Code: ui.ExitBadData, Err: err}).Hint("mend the line, or skip such lines with --keep-going")
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
	_, err := cv.Polygons.Provenance()
	return err
}

// Inputs says what the sets were made from, once that is read.
func (cv *Conversion) Inputs() []files.FileInfo {
	return []files.FileInfo{cv.Meta.Told, cv.Polygons.Told}
}

// Write writes the sets and sums up.
func (cv *Conversion) Write(ctx context.Context, from func(*Set) files.Provenance) (*Summary, error) {
	var filled []*Set
	for _, s := range cv.Sets {
		if s.Images() == 0 {
			cv.C.Note("no labelled tile for %s: not written", s.Path)
		} else {
			filled = append(filled, s)
		}
	}
	if len(filled) == 0 {
		return nil, ui.Failf(ui.ExitBadData, "%s has no line of any selected tile: nothing to write", cv.Polygons.Name).
			Hint("are polygons.jsonl and tile_meta.csv of one dataset?")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := writeSets(&cv.Outputs, filled, from); err != nil {
		return nil, err
	}
	sum := newSummary(cv.Divided.Tally.Groups(), cv.Divided.Lacking(cv.Table, cv.Rules), cv.skipped)
	for _, s := range filled {
		sum.Files = append(sum.Files, ui.NewSummarySet(s.Path, s.Images(), s.Annotations()))
	}
	return sum, nil
}

// ReportSkipped lists the lines that --keep-going skipped.
func (cv *Conversion) ReportSkipped() error {
	n := len(cv.skipped)
	if n == 0 {
		return nil
	}
	if err := cv.C.Flush(); err != nil {
		return err
	}
	for _, s := range cv.skipped[:min(n, 20)] {
		cv.C.Problem(fmt.Sprintf("%s: %s", cv.Polygons.Name, s.Reason))
	}
	if n > 20 {
		cv.C.Problem(fmt.Sprintf("... and %d more", n-20))
	}
	return ui.Failf(ui.ExitSkipped, "skipped %s of %s; their tiles are in no set", ui.Plural(n, "bad line", "bad lines"), cv.Polygons.Name)
}
