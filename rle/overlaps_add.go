package rle

import (
	"fmt"
	"slices"
)

// slabRuns is how many runs are allocated at once for masks from text.
const slabRuns = 1 << 14

// Start begins with no masks, in place of others. Those that are added from now
// on must be of h x w pixels. It is an error that wraps [ErrSize] if there is no
// such mask.
func (p *Overlaps) Start(h, w int) error {
	clear(p.o.shapes) // let go of the masks before
	p.o.reset(nil, nil)
	p.runs = p.runs[:0]
	p.h, p.w = h, w
	return checkSize(h, w)
}

// Add adds a mask, whose number is [Overlaps.Len] before. A mask of another size
// than [Overlaps.Start] was told is an error that wraps [ErrSize].
func (p *Overlaps) Add(m Mask) error {
	if m.h != p.h || m.w != p.w {
		return fmt.Errorf("%w: a mask is %d x %d, want %d x %d", ErrSize, m.h, m.w, p.h, p.w)
	}
	p.o.shapes = append(p.o.shapes, measure(m))
	return nil
}

// AddText adds the mask that [ParseText] reads from text, with the same errors,
// but takes no memory of its own for each mask.
func (p *Overlaps) AddText(text []byte) error {
	runs, err := decodeText(p.room(countNumbers(text)), p.h, p.w, text)
	if err != nil {
		return err
	}
	p.addRuns(runs)
	return nil
}

// AddPolygon adds the mask that [FromPolygon] fills, with the same errors, but
// takes no memory of its own for each mask.
func (p *Overlaps) AddPolygon(rule Rule, rings ...Ring) error {
	f := fillers.Get().(*filler)
	defer f.release()
	if err := f.fill(p.h, p.w, rule, rings); err != nil {
		return err
	}
	runs := p.room(len(f.runs))
	copy(runs, f.runs)
	p.addRuns(runs)
	return nil
}

// room returns memory for n runs, which lies behind those of other masks.
func (p *Overlaps) room(n int) []uint32 {
	if cap(p.runs)-len(p.runs) < n { // masks before keep the slab that they are in
		p.runs = make([]uint32, 0, max(n, slabRuns, min(2*cap(p.runs), 1<<20)))
	}
	at := len(p.runs)
	return p.runs[at : at+n : at+n]
}

// addRuns adds the mask of runs, which begin the memory that room gave last.
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

// Most returns how many pixels masks i and j can share at most, judged by their
// areas and bounds alone.
func (p *Overlaps) Most(i, j int) int {
	a, b := &p.o.shapes[i], &p.o.shapes[j]
	cols, rows := min(a.x1, b.x1)-max(a.x0, b.x0)+1, min(a.y1, b.y1)-max(a.y0, b.y0)+1
	if cols <= 0 || rows <= 0 {
		return 0
	}
	return min(a.area, b.area, cols*rows)
}
