package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/wsi"
)

// conversion is outlines on their way into sets: what all commands share that
// write sets from a dataset folder. A command says in sets, route and selected
// which tile goes where.
type conversion struct {
	c              *console
	content        *content
	source         *source
	outputs        outputs
	polygons, meta *input
	metaInfo       inputInfo
	polygonInfo    inputInfo
	table          *wsi.Table
	sets           []*set
	scratch        scratch // of the sets
	selected       func(wsi.Tile) bool
	route          func(wsi.Tile) []*set
	see            func(*wsi.Converted) error // is shown each tile; nil: nobody is
	tallies        tallies
	tile           encoded // scratch of take
	skipped        []skippedLine
	labelled       map[string]bool // tiles with a line
	unlabelled     int
}

// openConversion reads the tiles' table and opens the outlines.
func openConversion(c *console, ct *content, src *source) (*conversion, error) {
	cv := &conversion{c: c, content: ct, source: src, selected: ct.selected, tallies: tallies{}, labelled: map[string]bool{}}
	cv.outputs = outputs{c: c, force: src.force}
	ok := false
	defer func() {
		if !ok {
			cv.close()
		}
	}()
	var err error
	if cv.meta, err = src.open(c, src.tiles, "tile_meta.csv"); err != nil {
		return nil, err
	}
	if cv.table, err = wsi.ReadTable(cv.meta); err != nil {
		return nil, inFile(cv.meta.name, err)
	}
	if cv.metaInfo, err = cv.meta.provenance(); err != nil {
		return nil, err
	}
	if cv.polygons, err = src.open(c, src.polygons, "polygons.jsonl"); err != nil {
		return nil, err
	}
	cv.outputs.inputs = []*input{cv.meta, cv.polygons}
	ok = true
	return cv, nil
}

func (cv *conversion) close() {
	cv.scratch.close()
	cv.outputs.abort()
	for _, in := range []*input{cv.meta, cv.polygons} {
		if in != nil {
			in.Close()
		}
	}
}

// prepare readies the sets, and refuses early what could not be written.
func (cv *conversion) prepare() error {
	if len(cv.sets) > 0 {
		cv.scratch.dir = cv.outputs.scratchFolder(cv.sets[0].path)
	}
	for _, s := range cv.sets {
		s.spoolTo(&cv.scratch, spoolMemory/len(cv.sets))
		if err := cv.outputs.check(s.path); err != nil {
			return err
		}
	}
	return nil
}

func (cv *conversion) nothingSelected() error {
	return cv.content.nothingSelected(cv.meta.name, cv.table)
}

// read converts the outlines and routes each tile to its sets.
func (cv *conversion) read(ctx context.Context) error {
	opts := cv.content.options(cv.source.dir)
	opts.Workers, opts.MaxLine = cv.source.workers, cv.source.maxLine
	opts.Select = cv.selected
	if cv.source.keepGoing {
		opts.KeepGoing = func(e *wsi.LineError) {
			cv.skipped = append(cv.skipped, skippedLine{Line: e.Line, Reason: e.Error()})
		}
	}
	add, stop := cv.c.progress("reading outlines", cv.polygons.size)
	defer stop()
	cv.polygons.count.seen = add
	for tile, err := range wsi.Convert(ctx, cv.table, cv.polygons, opts) {
		if err != nil {
			var line *wsi.LineError
			err = inFile(cv.polygons.name, err)
			if errors.As(err, &line) && !cv.source.keepGoing {
				return (&failure{code: exitBadData, err: err}).hint("mend the line, or skip such lines with --keep-going")
			}
			return err
		}
		if err := cv.take(tile); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	var err error
	cv.polygonInfo, err = cv.polygons.provenance()
	return err
}

// take adds a converted tile to its sets.
func (cv *conversion) take(tile *wsi.Converted) error {
	cv.labelled[tile.Tile.ID] = true
	cv.tallies.of(tile.Tile).add(tile.Counts)
	if err := cv.tile.encode(&tile.Image, tile.Annotations); err != nil {
		return err
	}
	if cv.see != nil {
		if err := cv.see(tile); err != nil {
			return err
		}
	}
	for _, s := range cv.route(tile.Tile) {
		if err := s.add(&cv.tile); err != nil {
			return err
		}
	}
	return nil
}

// unlabelledTier is the dataset that has no outlines: its tiles are listed without.
const unlabelledTier = 3

// listUnlabelled adds the images of the unlabelled tier, in the table's order,
// and counts tiles of the others that have no line.
func (cv *conversion) listUnlabelled() error {
	opts := cv.content.options(cv.source.dir)
	for t := range cv.table.All() {
		if !cv.selected(t) || cv.labelled[t.ID] {
			continue
		}
		if t.Dataset != unlabelledTier {
			cv.unlabelled++
			continue
		}
		img, err := opts.Image(t)
		if err != nil {
			return err
		}
		if err := cv.tile.encode(&img, nil); err != nil {
			return err
		}
		g := cv.tallies.of(t)
		g.Tiles++
		g.Empty++
		for _, s := range cv.route(t) {
			if err := s.add(&cv.tile); err != nil {
				return err
			}
		}
	}
	return nil
}

// write writes the sets and sums up.
func (cv *conversion) write(ctx context.Context, from func(*set) setFrom) (*summary, error) {
	all := cv.sets
	cv.sets = slices.DeleteFunc(slices.Clone(all), func(s *set) bool { return s.images.count == 0 })
	defer func() { cv.sets = all }()
	for _, s := range all {
		if s.images.count == 0 {
			cv.c.note("no labelled tile for %s: not written", s.path)
		}
	}
	if len(cv.sets) == 0 {
		return nil, failf(exitBadData, "%s has no line of any selected tile: nothing to write", cv.polygons.name).
			hint("are polygons.jsonl and tile_meta.csv of one dataset?")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := writeSets(&cv.outputs, cv.sets, from); err != nil {
		return nil, err
	}
	sum := &summary{Files: []summaryFile{}, Groups: cv.tallies.sorted(), Total: newTally(), Unlabelled: cv.unlabelled, Skipped: cv.skipped}
	if sum.Skipped == nil {
		sum.Skipped = []skippedLine{}
	}
	for _, s := range cv.sets {
		sum.Files = append(sum.Files, newSummarySet(s.path, s.images.count, s.annotations.count))
	}
	for _, g := range sum.Groups {
		sum.Total.merge(g)
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
