package wsi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"sync"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// Converted holds the COCO records of one line of polygons.jsonl.
type Converted struct {
	Tile        Tile
	Line        int // counted from 1
	Image       coco.Image
	Annotations []coco.Annotation // in the order of the line
	Vertices    []int             // for each annotation, the number of points in its rings as written in the line
	Counts      Counts            // what became of the outlines of this tile
}

// Convert turns the lines of polygons.jsonl into COCO images and annotations,
// in the order of the file. Annotation ids count from 1 over the whole
// conversion; [ConvertOptions] determines the image ids. The area of an
// annotation is the number of pixels of its mask. Its bbox is the first column
// and row of the mask, and last - first + 1 of each; iscrowd is 0. A tile
// without any kept outline gives an image without annotations.
//
// A line is bad if [ReadPolygons] rejects it, if its tile is not in tiles or
// was on an earlier good line, or if its outlines cannot be filled. The first
// bad line ends the sequence with its [*LineError], unless opts.KeepGoing is
// set. Errors of the reader and of opts.TileSize always end the sequence. So
// does the end of ctx, with its cause.
//
// Memory use does not grow with the length of the file, except for a few bytes
// per tile that record whether the tile was seen. It is bounded by the number
// of workers times a small multiple of the longest line.
//
// When the sequence ends or the caller leaves the loop, Convert waits for its
// goroutines, and therefore for a pending Read of polygons. If ctx ends, it
// does not wait; the goroutines end when that Read returns.
func Convert(ctx context.Context, tiles *Table, polygons io.Reader, opts *ConvertOptions) iter.Seq2[*Converted, error] {
	return func(yield func(*Converted, error) bool) {
		set, err := opts.check()
		if err != nil {
			yield(nil, err)
			return
		}
		c := &conversion{set: set, tiles: tiles}
		c.run(ctx, newBlocks(polygons, set.MaxLine), yield)
	}
}

// ConvertDataset converts all of polygons.jsonl to one dataset. See [Convert].
func ConvertDataset(ctx context.Context, tiles *Table, polygons io.Reader, opts *ConvertOptions) (*coco.Dataset, Counts, error) {
	var counts Counts
	categories, err := opts.Categories()
	if err != nil {
		return nil, counts, err
	}
	d := &coco.Dataset{Categories: categories, Images: []coco.Image{}, Annotations: []coco.Annotation{}}
	for c, err := range Convert(ctx, tiles, polygons, opts) {
		if err != nil {
			return nil, counts, err
		}
		d.Images = append(d.Images, c.Image)
		d.Annotations = append(d.Annotations, c.Annotations...)
		counts.Add(c.Counts)
	}
	return d, counts, nil
}

// conversion is the state that the goroutines of a Convert share. It never
// changes.
type conversion struct {
	set   *settings
	tiles *Table
}

// lineResult is the result of converting a line.
type lineResult struct {
	line   int
	conv   *Converted // nil if bad or not selected
	tile   int        // row of a good line's tile
	id     string     // its id
	column int        // position of the id
	bad    *LineError
	err    error // ends the conversion
}

// blockResult holds the results of the lines of a block.
type blockResult struct {
	seq     int
	results []lineResult
}

// run reads blocks, has workers convert them, and yields the results in file
// order.
//
// A worker holds the block reader while it reads a block with its number, and
// then works on the block alone. A worker needs a ticket before it reads. The
// consumer returns the ticket after it has used all results of the block, so
// there are never more results than the window allows.
func (c *conversion) run(ctx context.Context, src *blocks, yield func(*Converted, error) bool) {
	workers := c.set.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	window := 2*workers + 2
	inner, cancel := context.WithCancel(ctx)
	src.ended = inner.Err
	reader := make(chan *blocks, 1)
	tickets := make(chan struct{}, window)
	done := make(chan blockResult, window) // never full: each result holds a ticket
	for range window {
		tickets <- struct{}{}
	}
	reader <- src
	var group sync.WaitGroup
	for range workers {
		group.Go(func() { c.work(inner, reader, tickets, done) })
	}
	finished := make(chan struct{})
	go func() {
		group.Wait()
		close(finished)
	}()
	defer func() {
		cancel()
		select {
		case <-finished:
		case <-ctx.Done():
		}
	}()

	m := merger{seen: make([]int, len(c.tiles.tiles)), keepGoing: c.set.KeepGoing, yield: yield}
	waiting := make(map[int]blockResult, window) // results that arrived ahead of their turn
	deliver := func(b blockResult) bool {
		waiting[b.seq] = b
		for {
			b, ok := waiting[m.seq]
			if !ok {
				return true
			}
			delete(waiting, m.seq)
			m.seq++
			for _, it := range b.results {
				if ctx.Err() != nil {
					yield(nil, context.Cause(ctx))
					return false
				}
				if !m.add(it) {
					return false
				}
			}
			tickets <- struct{}{}
		}
	}
	for {
		select {
		case <-ctx.Done():
			yield(nil, context.Cause(ctx))
			return
		case b := <-done:
			if !deliver(b) {
				return
			}
		case <-finished:
			for {
				select {
				case b := <-done:
					if !deliver(b) {
						return
					}
					continue
				default:
				}
				break
			}
			if ctx.Err() != nil {
				yield(nil, context.Cause(ctx))
			} else if src.err != nil {
				yield(nil, readError(src))
			}
			return
		}
	}
}

// work converts blocks until there are no more.
func (c *conversion) work(ctx context.Context, reader chan *blocks, tickets <-chan struct{}, done chan<- blockResult) {
	w := worker{conversion: c}
	var b block
	for {
		select {
		case <-ctx.Done():
			return
		case <-tickets:
		}
		var src *blocks
		select {
		case <-ctx.Done():
			return
		case src = <-reader:
		}
		ok := ctx.Err() == nil && src.next(&b)
		reader <- src
		if !ok {
			return
		}
		done <- blockResult{b.seq, w.convert(ctx, &b)}
	}
}

// merger adds what depends on earlier lines: annotation ids and duplicate
// tiles.
type merger struct {
	seq       int   // of the next block
	seen      []int // by tile: line of its outlines, 0: none yet
	next      int64 // annotation ids assigned so far
	keepGoing func(*LineError)
	yield     func(*Converted, error) bool
}

// add yields the result of a line. It returns false if the conversion ends
// there.
func (m *merger) add(it lineResult) bool {
	if it.err != nil {
		m.yield(nil, it.err)
		return false
	}
	bad := it.bad
	if bad == nil {
		if first := m.seen[it.tile-1]; first != 0 {
			bad = &LineError{Line: it.line, Column: it.column, Tile: it.id, Err: fmt.Errorf("the tile is already on line %d: remove one of the lines", first)}
		}
	}
	if bad != nil {
		if m.keepGoing == nil {
			m.yield(nil, bad)
			return false
		}
		m.keepGoing(bad)
		return true
	}
	m.seen[it.tile-1] = it.line
	if it.conv == nil {
		return true
	}
	for k := range it.conv.Annotations {
		m.next++
		it.conv.Annotations[k].ID = coco.IntID(m.next)
	}
	return m.yield(it.conv, nil)
}

// worker holds the memory of one goroutine.
type worker struct {
	*conversion
	p    lineParser
	seen map[duplicateKey]struct{}
	text []byte
	held rle.Budget // of the tile
}

// duplicateKey is equal for equal masks of the same class on a tile.
type duplicateKey struct {
	class class
	text  string
}

// convert converts the lines of a block.
func (w *worker) convert(ctx context.Context, b *block) []lineResult {
	var results []lineResult
	b.records(w.set.MaxLine, &w.p, func(number int, bad *LineError) bool {
		it := lineResult{line: number, bad: bad}
		if bad == nil {
			it = w.line(number)
		}
		results = append(results, it)
		return it.err == nil && ctx.Err() == nil
	})
	return results
}

// line converts the line that p has parsed.
func (w *worker) line(number int) lineResult {
	it := lineResult{line: number}
	id := string(w.p.tile)
	tile, ok := w.tiles.Tile(id)
	if !ok {
		it.bad = &LineError{Line: number, Column: w.p.tileColumn, Tile: id, Err: errNoTile}
		return it
	}
	it.tile, it.id, it.column = tile.Row, tile.ID, w.p.tileColumn
	if !w.set.selected(tile) {
		return it
	}
	image, err := w.set.Image(tile)
	if err != nil {
		it.err = err
		return it
	}
	conv := &Converted{Tile: tile, Line: number, Image: image}
	conv.Counts.Tiles = 1
	clear(w.seen)
	w.held = rle.Budget{}
	for k := range w.p.outlines {
		if err := w.outline(conv, &w.p.outlines[k]); err != nil {
			it.bad = &LineError{
				Line: number, Column: w.p.outlines[k].column, Tile: id,
				Err: fmt.Errorf("annotation %d: %w", k+1, err),
			}
			return it
		}
	}
	conv.Counts.Kept = len(conv.Annotations)
	if len(conv.Annotations) == 0 {
		conv.Counts.Empty = 1
	}
	it.conv = conv
	return it
}

var errNoTile = errors.New("the tile is not in the tile table (tile_meta.csv): do the files belong together?")

// outline converts an outline and counts the outcome.
func (w *worker) outline(conv *Converted, o *parsedOutline) error {
	counts := &conv.Counts
	counts.Outlines++
	counts.Vertices += o.vertices
	if !w.set.keep[o.class] {
		if counts.Dropped.Class == nil {
			counts.Dropped.Class = map[string]int{}
		}
		counts.Dropped.Class[classNames[o.class]]++
		return nil
	}
	rings := w.set.rings(w.p.rings[o.first:o.last])
	mask, err := rle.FromPolygon(conv.Image.Height, conv.Image.Width, w.set.Fill, rings...)
	if err == nil {
		err = w.held.Add(mask, o.vertices)
	}
	if err != nil {
		return err
	}
	counts.OutsidePoints += outside(rings, conv.Image.Height, conv.Image.Width, w.set.Fill)
	area := mask.Area()
	switch {
	case area == 0:
		counts.Dropped.EmptyMask++
		return nil
	case area < w.set.MinArea:
		counts.Dropped.MinArea++
		return nil
	}
	if w.set.DropDuplicates {
		w.text, err = mask.AppendText(w.text[:0])
		if err != nil {
			return err
		}
		key := duplicateKey{o.class, string(w.text)}
		if _, ok := w.seen[key]; ok {
			counts.Dropped.Duplicate++
			return nil
		}
		if w.seen == nil {
			w.seen = map[duplicateKey]struct{}{}
		}
		w.seen[key] = struct{}{}
	}
	if conv.Annotations == nil {
		conv.Annotations = make([]coco.Annotation, 0, len(w.p.outlines))
		conv.Vertices = make([]int, 0, len(w.p.outlines))
	}
	conv.Annotations = append(conv.Annotations, coco.Annotation{
		ImageID: conv.Image.ID, CategoryID: w.set.category[o.class],
		Segmentation: w.set.segmentation(mask, rings), Area: float64(area), BBox: mask.Bounds(),
	})
	vertices := 0
	for _, r := range rings {
		vertices += len(r)
	}
	conv.Vertices = append(conv.Vertices, vertices)
	return nil
}

// segmentation returns the segmentation of a mask, or the rings from which it
// was filled.
func (s *settings) segmentation(mask rle.Mask, rings []rle.Ring) coco.Segmentation {
	switch s.Segmentation {
	case coco.KindPolygons:
		return coco.Polygons(rings)
	case coco.KindCounts:
		return coco.Counts(mask)
	}
	return coco.RLE(mask)
}

// outside counts the points that lie outside an h x w tile. For FillOpenCV a
// point is a pixel; for the other rules it is a position from 0 to w and h.
func outside(rings []rle.Ring, h, w int, rule rle.Rule) int {
	right, bottom := float64(w), float64(h)
	if rule == rle.FillOpenCV {
		right, bottom = right-1, bottom-1
	}
	n := 0
	for _, ring := range rings {
		for _, p := range ring {
			if p[0] < 0 || p[1] < 0 || p[0] > right || p[1] > bottom {
				n++
			}
		}
	}
	return n
}
