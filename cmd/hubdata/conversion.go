package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/spool"
	"github.com/hubdata/hubdata/wsi"
)

// folderInput is an open HuBMAP folder: its table of tiles, which is read, and its
// outlines, which are not yet.
type folderInput struct {
	c              *console
	content        *content
	source         *source
	polygons, meta *input
	table          *wsi.Table
}

// openFolder reads the tiles' table and opens the outlines.
func openFolder(c *console, ct *content, src *source) (*folderInput, error) {
	f := &folderInput{c: c, content: ct, source: src}
	if err := f.open(); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

func (f *folderInput) open() error {
	var err error
	if f.meta, err = f.source.open(f.c, f.source.tiles, "tile_meta.csv"); err != nil {
		return err
	}
	if f.table, err = wsi.ReadTable(f.meta); err != nil {
		return inFile(f.meta.name, err)
	}
	if _, err = f.meta.provenance(); err != nil {
		return err
	}
	f.polygons, err = f.source.open(f.c, f.source.polygons, "polygons.jsonl")
	return err
}

func (f *folderInput) close() {
	for _, in := range []*input{f.meta, f.polygons} {
		if in != nil {
			in.Close()
		}
	}
}

// nothingSelected says which tiles there are instead of those that were requested.
func (f *folderInput) nothingSelected() error { return f.content.nothingSelected(f.meta.name, f.table) }

// conversion writes sets of a folder's outlines: what convert and folds share. They add
// the sets, and say in divided.Route and rules.Select which tile goes where.
type conversion struct {
	*folderInput
	outputs outputs
	rules   *wsi.ConvertOptions
	sets    []*set
	divided wsi.Sets
	spilled spool.File // of the sets
	skipped []skippedLine
}

// openConversion opens the folder.
func openConversion(c *console, ct *content, src *source) (*conversion, error) {
	f, err := openFolder(c, ct, src)
	if err != nil {
		return nil, err
	}
	cv := &conversion{folderInput: f, rules: ct.options(src.dir)}
	cv.outputs = outputs{c: c, force: src.force, inputs: []*input{f.meta, f.polygons}}
	cv.rules.Workers, cv.rules.MaxLine = src.workers, src.maxLine
	if src.keepGoing {
		cv.rules.KeepGoing = func(e *wsi.LineError) {
			cv.skipped = append(cv.skipped, skippedLine{Line: e.Line, Reason: e.Error()})
		}
	}
	return cv, nil
}

func (cv *conversion) close() {
	_ = cv.spilled.Close() // it is gone in any case
	cv.outputs.abort()
	cv.folderInput.close()
}

// addSet adds a set, and returns what takes its tiles.
func (cv *conversion) addSet(path string, categories []coco.Category) *set {
	s := &set{path: path}
	s.Categories = categories
	cv.sets = append(cv.sets, s)
	return s
}

// prepare readies the sets, and refuses early what could not be written.
func (cv *conversion) prepare() error {
	if len(cv.sets) > 0 {
		cv.spilled.Dir = cv.outputs.scratchFolder(cv.sets[0].path)
	}
	for _, s := range cv.sets {
		s.spoolTo(&cv.spilled, spoolMemory/len(cv.sets))
		if err := cv.outputs.check(s.path); err != nil {
			return err
		}
	}
	return nil
}

// read converts the outlines, gives each tile to its sets, and shows it to all of see.
func (cv *conversion) read(ctx context.Context, see ...func(*wsi.Converted) error) error {
	add, stop := cv.c.progress("reading outlines", cv.polygons.size)
	defer stop()
	cv.polygons.count.seen = add
	for tile, err := range wsi.Convert(ctx, cv.table, cv.polygons, cv.rules) {
		if err != nil {
			var line *wsi.LineError
			err = inFile(cv.polygons.name, err)
			if errors.As(err, &line) && !cv.source.keepGoing {
				return (&failure{code: exitBadData, err: err}).hint("mend the line, or skip such lines with --keep-going")
			}
			return err
		}
		for _, f := range see {
			if err := f(tile); err != nil {
				return err
			}
		}
		if err := cv.divided.Add(tile); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err := cv.polygons.provenance()
	return err
}

// inputs says what the sets were made from, once that is read.
func (cv *conversion) inputs() []inputInfo { return []inputInfo{cv.meta.told, cv.polygons.told} }

// write writes the sets and sums up.
func (cv *conversion) write(ctx context.Context, from func(*set) provenance) (*summary, error) {
	var filled []*set
	for _, s := range cv.sets {
		if s.Images() == 0 {
			cv.c.note("no labelled tile for %s: not written", s.path)
		} else {
			filled = append(filled, s)
		}
	}
	if len(filled) == 0 {
		return nil, failf(exitBadData, "%s has no line of any selected tile: nothing to write", cv.polygons.name).
			hint("are polygons.jsonl and tile_meta.csv of one dataset?")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := writeSets(&cv.outputs, filled, from); err != nil {
		return nil, err
	}
	sum := newSummary(cv.divided.Tally.Groups(), cv.divided.Lacking(cv.table, cv.rules), cv.skipped)
	for _, s := range filled {
		sum.Files = append(sum.Files, newSummarySet(s.path, s.Images(), s.Annotations()))
	}
	return sum, nil
}

// reportSkipped lists the lines that --keep-going skipped.
func (cv *conversion) reportSkipped() error {
	n := len(cv.skipped)
	if n == 0 {
		return nil
	}
	if err := cv.c.flush(); err != nil {
		return err
	}
	for _, s := range cv.skipped[:min(n, 20)] {
		cv.c.problem(fmt.Sprintf("%s: %s", cv.polygons.name, s.Reason))
	}
	if n > 20 {
		cv.c.problem(fmt.Sprintf("... and %d more", n-20))
	}
	return failf(exitSkipped, "skipped %s of %s; their tiles are in no set", count(n, "bad line", "bad lines"), cv.polygons.name)
}
