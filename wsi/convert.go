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

// Converted is a line of polygons.jsonl as COCO records.
type Converted struct {
	Tile        Tile
	Line        int // counted from 1
	Image       coco.Image
	Annotations []coco.Annotation // in the order of the line
	Vertices    []int             // of each annotation: points of the rings that it was made of, as they are written
	Counts      Counts            // of this tile
}

// Convert turns the lines of polygons.jsonl into COCO images and annotations,
// in the order of the file. Annotation ids count over the whole conversion
// from 1; image ids are as [ConvertOptions] says. An annotation's area is the
// number of pixels of its mask, its bbox the mask's first column, first row
// and last - first + 1 of each; iscrowd is 0. A tile of which no outline is
// kept gives an image without annotations.
//
// Bad lines are those of [ReadPolygons], and lines whose tile is not in tiles
// or was on a good line before, or whose outlines cannot be filled. The first
// one ends the sequence with its [*LineError], unless opts.KeepGoing takes
// them. Errors of the reader and of opts.TileSize always end it, as does the
// end of ctx, with the cause.
//
// The memory needed does not grow with the length of the file, except for a
// few bytes a tile that tell whether it was seen. It is bounded by the workers
// times a small multiple of the longest line.
//
// When the sequence ends, or the loop is left, Convert waits for its
// goroutines, and so for a Read of polygons that is under way; only if ctx
// ends does it not wait, and they end by themselves when that Read returns.
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

// conversion is what the goroutines of a Convert share. None of it changes.
type conversion struct {
	set   *settings
	tiles *Table
}

// item is what a line became.
type item struct {
	line   int
	conv   *Converted // nil if bad or not selected
	tile   int        // row of a good line's tile
	id     string     // its id
	column int        // where the id stands
	bad    *LineError
	err    error // ends the conversion
}

// batch is what a block became.
type batch struct {
	seq   int
	items []item
}

// run reads blocks, has workers convert them and yields in file order.
//
// A worker holds the source while it reads a block, takes the block's number
// with it, and works on it alone. A worker needs a ticket before it reads, and
// the consumer gives the ticket back once the batch is used up, so that no
// more than a window of batches is ever held.
func (c *conversion) run(ctx context.Context, src *blocks, yield func(*Converted, error) bool) {
	workers := c.set.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	window := 2*workers + 2
	inner, cancel := context.WithCancel(ctx)
	source := make(chan *blocks, 1)
	tickets := make(chan struct{}, window)
	done := make(chan batch, window) // never full: a batch holds a ticket
	for range window {
		tickets <- struct{}{}
	}
	source <- src
	var group sync.WaitGroup
	for range workers {
		group.Go(func() { c.work(inner, source, tickets, done) })
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
	waiting := make(map[int]batch, window) // batches that are ahead of their turn
	take := func(b batch) bool {
		waiting[b.seq] = b
		for {
			b, ok := waiting[m.seq]
			if !ok {
				return true
			}
			delete(waiting, m.seq)
			m.seq++
			for _, it := range b.items {
				if ctx.Err() != nil {
					yield(nil, context.Cause(ctx))
					return false
				}
				if !m.take(it) {
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
			if !take(b) {
				return
			}
		case <-finished:
			for {
				select {
				case b := <-done:
					if !take(b) {
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
func (c *conversion) work(ctx context.Context, source chan *blocks, tickets <-chan struct{}, done chan<- batch) {
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
		case src = <-source:
		}
		ok := ctx.Err() == nil && src.next(&b)
		source <- src
		if !ok {
			return
		}
		done <- batch{b.seq, w.convert(ctx, &b)}
	}
}

// merger brings what depends on earlier lines.
type merger struct {
	seq       int   // of the next batch
	seen      []int // by tile: line of its outlines, 0: none yet
	next      int64 // annotation ids given
	keepGoing func(*LineError)
	yield     func(*Converted, error) bool
}

// take yields a line. It returns false if the conversion ends with it.
func (m *merger) take(it item) bool {
	if it.err != nil {
		m.yield(nil, it.err)
		return false
	}
	bad := it.bad
	if bad == nil {
		if first := m.seen[it.tile-1]; first != 0 {
			bad = &LineError{Line: it.line, Column: it.column, Tile: it.id, Err: fmt.Errorf("the tile is on line %d already: remove one of the lines", first)}
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

// worker is one goroutine's memory.
type worker struct {
	*conversion
	p    lineParser
	seen map[duplicateKey]struct{}
	text []byte
}

// duplicateKey is the same for equal masks of one class on a tile.
type duplicateKey struct {
	class class
	text  string
}

// convert converts the lines of a block.
func (w *worker) convert(ctx context.Context, b *block) []item {
	var items []item
	b.records(w.set.MaxLine, &w.p, func(number int, bad *LineError) bool {
		it := item{line: number, bad: bad}
		if bad == nil {
			it = w.line(number)
		}
		items = append(items, it)
		return it.err == nil && ctx.Err() == nil
	})
	return items
}

// line converts the line that was parsed.
func (w *worker) line(number int) item {
	it := item{line: number}
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

// outline converts an outline and counts what became of it.
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

// segmentation writes a mask, or the rings it was made from.
func (s *settings) segmentation(mask rle.Mask, rings []rle.Ring) coco.Segmentation {
	switch s.Segmentation {
	case coco.KindPolygons:
		return coco.Polygons(rings)
	case coco.KindCounts:
		return coco.Counts(mask)
	}
	return coco.RLE(mask)
}

// outside counts the points that lie outside an h x w tile: for FillOpenCV a
// point is a pixel, for the other rules a place between 0 and h or w.
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
