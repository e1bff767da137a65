package main

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/wsi"
)

// labelled are the datasets whose tiles have outlines.
var labelled = numbers{text: "1,2", ranges: [][2]int{{1, 2}}}

// outlines tells where the records of a converted folder are from.
type outlines struct {
	file  string
	lines []int   // of each image
	first []int   // place of each image's first annotation
	whole []bool  // all of a line's outlines became annotations
	of    []int32 // the image of each annotation
}

// readFolder reads a folder's table, and converts its outlines in memory.
func (job *checkJob) readFolder(ctx context.Context) error {
	o := job.o
	job.outlines = &outlines{}
	if err := job.checkOutputs(); err != nil {
		return err
	}
	src := source{dir: o.in, tiles: o.tileMeta}
	path := o.tileMeta
	if path == "" {
		var err error
		if path, err = findInput(o.in, "tile_meta.csv"); err != nil {
			return err
		}
	}
	if err := job.readTable(path); err != nil || job.table == nil {
		return err
	}
	in, err := src.open(job.c, o.polygons, "polygons.jsonl")
	if err != nil {
		return err
	}
	defer in.Close()
	job.outputs.inputs = append(job.outputs.inputs, in)
	job.outlines.file = filepath.Base(in.name)
	add, stop := job.c.progress("reading outlines", in.size)
	defer stop()
	in.count.seen = add
	seen, bad := map[string]bool{}, map[string]bool{} // tiles with a line, and those whose line is wrong
	opts := &wsi.ConvertOptions{Classes: wsi.AllClasses(), Segmentation: coco.KindPolygons, Workers: o.workers,
		KeepGoing: func(e *wsi.LineError) {
			bad[e.Tile] = true
			job.add(finding{Code: coco.OutlineInvalid, File: job.outlines.file, Line: e.Line, Tile: e.Tile, Reason: e.Error()})
		}}
	d := &coco.Dataset{}
	if d.Categories, err = opts.Categories(); err != nil {
		return err
	}
	for tile, err := range wsi.Convert(ctx, job.table, in, opts) {
		if err != nil {
			return inFile(in.name, err)
		}
		seen[tile.Tile.ID] = true
		if n := tile.Counts.Dropped.EmptyMask; n > 0 {
			job.add(finding{Code: coco.MaskEmpty, File: job.outlines.file, Line: tile.Line, Tile: tile.Tile.ID,
				Reason: fmt.Sprintf("%s no pixel of the tile", count(n, "outline covers", "outlines cover"))})
		}
		job.outlines.add(d, tile)
	}
	for t := range job.table.All() {
		if labelled.has(t.Dataset) && !seen[t.ID] && !bad[t.ID] {
			job.add(finding{Code: coco.OutlineMissing, File: filepath.Base(path), Tile: t.ID, Reason: fmt.Sprintf("%s has no line of tile %q of dataset %d", job.outlines.file, t.ID, t.Dataset)})
		}
	}
	job.dataset = d
	return nil
}

// add appends the records of a line.
func (o *outlines) add(d *coco.Dataset, tile *wsi.Converted) {
	o.lines = append(o.lines, tile.Line)
	o.first = append(o.first, len(d.Annotations))
	o.whole = append(o.whole, tile.Counts.Dropped.Total() == 0)
	for range tile.Annotations {
		o.of = append(o.of, int32(len(d.Images)))
	}
	d.Images = append(d.Images, tile.Image)
	d.Annotations = append(d.Annotations, tile.Annotations...)
}

var annotationPlace = regexp.MustCompile(`annotations\[(\d+)\]`)

// place adds the problems of the converted outlines by their lines, in the words
// of polygons.jsonl.
func (o *outlines) place(job *checkJob, problems []coco.Problem) {
	for _, p := range problems {
		if p.Image < 0 {
			continue // of the conversion, not of the folder
		}
		f := found(job.dataset, p)
		f.File, f.Line = o.file, o.lines[p.Image]
		f.Path = ""
		local := func(text string) string {
			return annotationPlace.ReplaceAllStringFunc(text, func(place string) string {
				n, err := strconv.Atoi(annotationPlace.FindStringSubmatch(place)[1])
				if err != nil || n >= len(o.of) {
					return place
				}
				if !o.whole[o.of[n]] {
					return "annotations"
				}
				return fmt.Sprintf("annotations[%d]", n-o.first[o.of[n]])
			})
		}
		if strings.HasPrefix(p.Path, "annotations[") {
			f.Path = strings.Replace(local(p.Path), ".segmentation", ".coordinates", 1)
		}
		f.Reason = local(f.Reason)
		job.add(f)
	}
	slices.SortStableFunc(job.findings, func(a, b finding) int {
		if a.File != b.File {
			return strings.Compare(b.File, a.File)
		}
		return a.Line - b.Line
	})
}
