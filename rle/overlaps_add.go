package rle

import (
	"fmt"
	"slices"
)

// slabRuns is the number of runs that one allocation holds for masks from text.
const slabRuns = 1 << 14

// Start removes all masks. Masks added from now on must have h x w pixels. If
// there can be no such mask, the error wraps [ErrSize].
func (p *Overlaps) Start(h, w int) error {
	clear(p.o.shapes) // release the previous masks
	p.o.reset(nil, nil)
	p.runs = p.runs[:0]
	p.budget = Budget{}
	p.h, p.w = h, w
	return checkSize(h, w)
}

// Add adds a mask. Its number is the value of [Overlaps.Len] before the call.
// If its size is not the one passed to [Overlaps.Start], the error wraps
// [ErrSize].
func (p *Overlaps) Add(m Mask) error {
	if m.h != p.h || m.w != p.w {
		return fmt.Errorf("%w: a mask is %d x %d, expected %d x %d", ErrSize, m.h, m.w, p.h, p.w)
	}
	p.o.shapes = append(p.o.shapes, measure(m))
	return nil
}

// AddText adds the mask that [ParseText] reads from text, with the same errors,
// but does not allocate memory for each mask.
func (p *Overlaps) AddText(text []byte) error {
	room := p.room(countNumbers(text))
	if s, ok := decodeShape(room, p.h, p.w, text); ok {
		p.runs = p.runs[:len(p.runs)+len(s.m.runs)]
		p.o.shapes = append(p.o.shapes, s)
		return nil
	}
	runs, err := decodeText(room, p.h, p.w, text)
	if err != nil {
		return err
	}
	p.addRuns(runs)
	return nil
}

// AddPolygon adds the mask that [FromPolygon] fills, with the same errors, but
// does not allocate memory for each mask. All polygons of p are in one [Budget].
func (p *Overlaps) AddPolygon(rule Rule, rings ...Ring) error {
	f := fillers.Get().(*filler)
	defer f.release()
	if err := f.fill(p.h, p.w, rule, rings); err != nil {
		return err
	}
	if err := p.budget.Add(Mask{runs: f.runs}, points(rings)); err != nil {
		return err
	}
	runs := p.room(len(f.runs))
	copy(runs, f.runs)
	p.addRuns(runs)
	return nil
}

// room returns memory for n runs, which follows the runs of other masks.
func (p *Overlaps) room(n int) []uint32 {
	if cap(p.runs)-len(p.runs) < n { // earlier masks keep their slab alive
		p.runs = make([]uint32, 0, max(n, slabRuns, min(2*cap(p.runs), 1<<20)))
	}
	at := len(p.runs)
	return p.runs[at : at+n : at+n]
}

// addRuns adds the mask with these runs, which are at the start of the memory
// that room returned last.
func (p *Overlaps) addRuns(runs []uint32) {
	p.runs = p.runs[:len(p.runs)+len(runs)]
	if p.h*p.w == 0 {
		runs = nil
	}
	p.o.shapes = append(p.o.shapes, measure(Mask{h: p.h, w: p.w, runs: runs}))
}

// Mask returns mask i.
func (p *Overlaps) Mask(i int) Mask {
	m := p.o.shapes[i].m
	m.runs = slices.Clone(m.runs) // they may be in a slab
	return m
}

// Bounds returns [Mask.Bounds] of mask i.
func (p *Overlaps) Bounds(i int) Box {
	s := &p.o.shapes[i]
	if s.x1 < s.x0 {
		return Box{}
	}
	return Box{X: float64(s.x0), Y: float64(s.y0), W: float64(s.x1 - s.x0 + 1), H: float64(s.y1 - s.y0 + 1)}
}

// Most returns an upper bound for the number of pixels that masks i and j
// share, computed from their areas and bounds alone.
func (p *Overlaps) Most(i, j int) int {
	a, b := &p.o.shapes[i], &p.o.shapes[j]
	cols, rows := min(a.x1, b.x1)-max(a.x0, b.x0)+1, min(a.y1, b.y1)-max(a.y0, b.y0)+1
	if cols <= 0 || rows <= 0 {
		return 0
	}
	return min(a.area, b.area, cols*rows)
}
