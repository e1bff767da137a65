package pseudo

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"sync"

	"github.com/hubdata/hubdata/coco"
)

// Source is a file of predictions.
type Source struct {
	Model   int // index of the model
	Records iter.Seq2[coco.Result, error]
}

// Group holds all predictions on one tile: those of the first source in the
// order of its records, then those of the next source.
type Group struct {
	Tile        int     // as numbered by the caller of Gather
	Image       coco.ID // of the first prediction
	Predictions []Prediction
}

// ErrOrder is returned by [Gather] if a source returns to a tile that was
// considered complete. Call Gather again with hold.
var ErrOrder = errors.New("pseudo: predictions of a tile are not consecutive")

// Gather collects the predictions of several sources tile by tile.
//
// tile is called for every record and returns the number of its tile, or false
// to skip the record. It may change the category of the record. Each source has
// its own goroutine that calls tile, so state that tile changes must belong to
// that source alone.
//
// Gather yields a tile as soon as it is complete. For that, each source must have
// yielded its records of the tile, have ended, or be at a higher number while all
// sources are in ascending order. Memory use is therefore small if the sources follow
// the same order, whatever it is. If the sources are in ascending order, so are the
// tiles. If a source returns to a tile that was already yielded, the sequence ends
// with an error that wraps [ErrOrder]. With hold, everything is read before the first
// tile is yielded. The sources may then be in any order, and the tiles are in
// ascending order.
//
// An error about a record is a [*PredictionError] or the error of the source,
// wrapped in a [*SourceError]. It ends the sequence. The contents and the order
// of the sequence depend only on the records.
//
// When the sequence ends or the caller leaves the loop, Gather waits for its
// goroutines, and therefore for a record that a source is reading. If ctx ends,
// it does not wait; the goroutines end when the source yields its next record.
func Gather(ctx context.Context, sources []Source, tile func(source int, r *coco.Result) (n int, ok bool, err error), hold bool) iter.Seq2[*Group, error] {
	return func(yield func(*Group, error) bool) {
		inner, cancel := context.WithCancel(ctx)
		var readers sync.WaitGroup
		finished := make(chan struct{})
		defer func() {
			cancel()
			go func() {
				readers.Wait()
				close(finished)
			}()
			select {
			case <-finished:
			case <-ctx.Done():
			}
		}()
		g := &gatherer{byTile: map[int]*pending{}, done: map[int]bool{}, hold: hold, rising: true}
		for i, s := range sources {
			r := &run{groups: make(chan part, 8), last: math.MinInt}
			g.runs = append(g.runs, r)
			readers.Go(func() { s.read(inner, i, tile, r.groups) })
		}
		for {
			group, err := g.next(ctx)
			if err != nil {
				yield(nil, err)
				return
			}
			if group == nil || !yield(group, nil) {
				return
			}
		}
	}
}

// SourceError is an error of a source, with the index of the source.
type SourceError struct {
	Source int
	Err    error
}

// Error returns the reason.
func (e *SourceError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *SourceError) Unwrap() error { return e.Err }

// part holds consecutive records of one tile in a source.
type part struct {
	tile        int
	image       coco.ID
	predictions []Prediction
	err         error // error of the source, in its last part
}

// read sends the parts of the source, and closes the channel at the end.
func (s *Source) read(ctx context.Context, source int, tile func(int, *coco.Result) (int, bool, error), parts chan<- part) {
	defer close(parts)
	send := func(p part) bool {
		select {
		case parts <- p:
			return true
		case <-ctx.Done():
			return false
		}
	}
	var open part
	record := 0
	for r, err := range s.Records {
		if err != nil {
			send(part{err: &SourceError{source, err}})
			return
		}
		n, ok, err := tile(source, &r)
		var p Prediction
		if err == nil {
			p, err = NewPrediction(&r, s.Model, source, record)
		} else {
			err = &PredictionError{Source: source, Record: record, Err: err}
		}
		if err != nil {
			send(part{err: err})
			return
		}
		record++
		if !ok {
			continue
		}
		if len(open.predictions) > 0 && n != open.tile {
			if !send(open) {
				return
			}
			open.predictions = make([]Prediction, 0, len(open.predictions))
		}
		if len(open.predictions) == 0 {
			open.tile, open.image = n, r.ImageID
		}
		open.predictions = append(open.predictions, p)
	}
	if len(open.predictions) > 0 {
		send(open)
	}
}

// run is the state of a source in the gatherer.
type run struct {
	groups chan part
	ended  bool
	last   int
}

// pending is a tile that is not complete yet.
type pending struct {
	tile   int
	parts  [][]Prediction // by source; nil: none yet
	images []coco.ID      // by source
}

// gatherer holds the tiles that are not complete.
type gatherer struct {
	runs   []*run
	byTile map[int]*pending
	queue  tileQueue
	done   map[int]bool // tiles that were yielded
	hold   bool
	rising bool // all sources have been in ascending order so far
}

// next returns the next complete tile, or nil after the last.
func (g *gatherer) next(ctx context.Context) (*Group, error) {
	for {
		r := g.blocking()
		if r < 0 {
			break
		}
		if err := g.pull(ctx, r); err != nil {
			return nil, err
		}
	}
	if len(g.queue) == 0 {
		return nil, nil
	}
	p := heap.Pop(&g.queue).(*pending)
	delete(g.byTile, p.tile)
	g.done[p.tile] = true
	n := 0
	for _, list := range p.parts {
		n += len(list)
	}
	group := &Group{Tile: p.tile, Predictions: make([]Prediction, 0, n)}
	for i, list := range p.parts {
		if len(group.Predictions) == 0 {
			group.Image = p.images[i]
		}
		group.Predictions = append(group.Predictions, list...)
	}
	return group, nil
}

// blocking returns a source that must be read before the first tile of the
// queue can be complete, or any unfinished source if the queue is empty. It
// returns -1 if there is no such source.
func (g *gatherer) blocking() int {
	for i, r := range g.runs {
		if r.ended {
			continue
		}
		if g.hold || len(g.queue) == 0 {
			return i
		}
		if first := g.queue[0]; first.parts[i] == nil && (!g.rising || r.last <= first.tile) {
			return i
		}
	}
	return -1
}

// pull reads a part from a source.
func (g *gatherer) pull(ctx context.Context, source int) error {
	r := g.runs[source]
	select {
	case p, ok := <-r.groups:
		if !ok {
			if err := context.Cause(ctx); err != nil { // the reason why the source ended
				return err
			}
			r.ended = true
			return nil
		}
		if p.err != nil {
			return p.err
		}
		return g.add(source, r, p)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (g *gatherer) add(source int, r *run, p part) error {
	g.rising = g.rising && p.tile > r.last
	r.last = p.tile
	if g.done[p.tile] {
		at := p.predictions[0]
		return fmt.Errorf("%w: record %d of source %d belongs to a tile that was already complete", ErrOrder, at.Record, at.Source)
	}
	t := g.byTile[p.tile]
	if t == nil {
		t = &pending{tile: p.tile, parts: make([][]Prediction, len(g.runs)), images: make([]coco.ID, len(g.runs))}
		g.byTile[p.tile] = t
		heap.Push(&g.queue, t)
	}
	if t.parts[source] == nil {
		t.parts[source], t.images[source] = p.predictions, p.image
	} else {
		t.parts[source] = append(t.parts[source], p.predictions...)
	}
	return nil
}

// tileQueue is a heap by tile.
type tileQueue []*pending

func (q tileQueue) Len() int           { return len(q) }
func (q tileQueue) Less(i, j int) bool { return q[i].tile < q[j].tile }
func (q tileQueue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }

// Push appends a tile. It implements [heap.Interface].
func (q *tileQueue) Push(x any) { *q = append(*q, x.(*pending)) }

// Pop removes the last tile. It implements [heap.Interface].
func (q *tileQueue) Pop() any {
	last := len(*q) - 1
	p := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return p
}
