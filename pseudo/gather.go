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
	Model   int // place among the models
	Records iter.Seq2[coco.Result, error]
}

// Group is all predictions on one tile: those of the first source, in the order
// of its records, then those of the next.
type Group struct {
	Tile        int     // as the caller of Gather numbers it
	Image       coco.ID // of the first prediction
	Predictions []Prediction
}

// ErrOrder is returned by [Gather] if a source comes back to a tile that was
// taken for complete. Gather again and hold all.
var ErrOrder = errors.New("pseudo: predictions of a tile are not together")

// Gather brings the predictions of several sources together, tile by tile.
//
// tile is told of every record and gives the number of its tile, or ok false to
// pass over it; it may change the record's category. It is called by one
// goroutine for each source, so what it changes must be that source's own.
//
// A tile is given as soon as it is complete: every source has given it, or has
// ended, or is beyond it as long as all sources go by rising numbers. So little is in
// memory where the sources follow the same order, whatever it is; of sources
// that go by rising numbers, the tiles come by rising numbers. Where the
// assumption fails, the sequence ends with an error that wraps [ErrOrder]. With
// hold, all is read before the first tile is given, so that any order will do;
// tiles then come by rising numbers.
//
// An error about a record is a [*PredictionError] or what the source gave,
// wrapped in a [*SourceError]; it is the last thing in the sequence. What comes
// in which order depends on the records alone.
//
// When the sequence ends, or the loop is left, Gather waits for its goroutines,
// and so for a record that a source is reading; only if ctx ends does it not wait,
// and they end by themselves when the source gives its next record.
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

// SourceError is an error of a source, with its place among the sources.
type SourceError struct {
	Source int
	Err    error
}

// Error gives the reason.
func (e *SourceError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *SourceError) Unwrap() error { return e.Err }

// part is records of one tile that follow one another in a source.
type part struct {
	tile        int
	image       coco.ID
	predictions []Prediction
	err         error // the source's last part
}

// read sends the source's parts, and closes the channel at the end.
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
			p, err = fromResult(&r, s.Model, source, record)
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

// run is a source as the gatherer sees it.
type run struct {
	groups chan part
	ended  bool
	last   int
}

// pending is a tile that is not complete yet.
type pending struct {
	tile   int
	parts  [][]Prediction // by source; nil: not given
	images []coco.ID      // by source
}

// gatherer holds the tiles that are not complete.
type gatherer struct {
	runs   []*run
	byTile map[int]*pending
	queue  tileQueue
	done   map[int]bool // tiles that were given
	hold   bool
	rising bool // all sources go by rising numbers so far
}

// next returns the next complete tile, nil after the last.
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

// blocking returns a source that must be read before the first tile of the queue
// is complete, or any at all if there is none; -1 if there is no such source.
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

// pull takes a part from a source.
func (g *gatherer) pull(ctx context.Context, source int) error {
	r := g.runs[source]
	select {
	case p, ok := <-r.groups:
		if !ok {
			if err := context.Cause(ctx); err != nil { // why the source ended
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
		return fmt.Errorf("%w: record %d of source %d is of one that came before", ErrOrder, at.Record, at.Source)
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

// Push appends a tile; it is for package heap.
func (q *tileQueue) Push(x any) { *q = append(*q, x.(*pending)) }

// Pop removes the last tile; it is for package heap.
func (q *tileQueue) Pop() any {
	last := len(*q) - 1
	p := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return p
}
