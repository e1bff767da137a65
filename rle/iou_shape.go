package rle

import (
	"math/bits"
	"slices"
)

// A shape is a mask prepared for intersections with many others: its tight box,
// and its foreground in one of two forms, built when first needed. Most masks
// are compact and take the dense form, in which 64 pixels are compared at a
// time. A mask with few runs in a large box takes the interval form.
type shape struct {
	m              Mask
	x0, y0, x1, y1 int // first and last column and row; x1 < x0 if empty
	area           int
	form           form
	// at is where the form begins in the overlapper: in words if dense, where
	// word row r of column x0+c is at at+r*(x1-x0+1)+c and its bit k is row
	// (y0/64+r)*64+k; in spans otherwise, n of them.
	at, n int
}

type form uint8

const (
	formNone form = iota
	formDense
	formSpans
)

// denseWordsPerSpan is how many words of the dense form cost as much to compare
// as one span, so it decides between the forms. The number is measured.
const denseWordsPerSpan = 6

// A span is a run of foreground: places start to end-1.
type span struct{ start, end uint32 }

// An overlapper holds shapes and the memory of their forms.
type overlapper struct {
	shapes []shape
	words  []uint64
	spans  []span
}

// release returns the memory to the pool, unless it is so large that keeping it
// would be wasteful.
func (s *overlapper) release() {
	if cap(s.words) > 1<<20 || cap(s.spans) > 1<<20 || cap(s.shapes) > 1<<14 {
		return
	}
	clear(s.shapes) // release the masks
	overlapPool.Put(s)
}

// reset starts over with the masks of both lists.
func (s *overlapper) reset(dt, gt []Mask) {
	s.words, s.spans = s.words[:0], s.spans[:0]
	s.shapes = slices.Grow(s.shapes[:0], len(dt)+len(gt))
	for _, m := range dt {
		s.shapes = append(s.shapes, measure(m))
	}
	for _, m := range gt {
		s.shapes = append(s.shapes, measure(m))
	}
}

// measure computes the box and the area of a mask in one pass. Its loop has no branch that
// depends on the shape of the mask, but for runs that continue in the next column.
func measure(m Mask) shape {
	h, runs := m.h, m.runs
	if len(runs) < 2 {
		return shape{m: m, x0: m.w, y0: h, x1: -1, y1: -1}
	}
	col := newColumns(h)
	pos, area, y0, y1 := 0, 0, h, 0
	for i := 1; i < len(runs); i += 2 {
		pos += int(runs[i-1])
		y, n := pos-col.of(pos)*h, int(runs[i])
		pos += n
		area += n
		y0 = min(y0, y)
		if y += n; y > h { // continues in the next column
			y0, y = 0, h
		}
		y1 = max(y1, y)
	}
	return shape{m: m, x0: col.of(int(runs[0])), y0: y0, x1: col.of(pos - 1), y1: y1 - 1, area: area}
}

// prepare builds the form of a shape that has foreground.
func (s *overlapper) prepare(p *shape) {
	runs, h := p.m.runs, p.m.h
	cols := p.x1 - p.x0 + 1
	base := p.y0 >> 6
	size := cols * (p.y1>>6 - base + 1)
	if size > denseWordsPerSpan*(len(runs)/2) {
		p.form, p.at, p.n = formSpans, len(s.spans), len(runs)/2
		pos := uint32(0)
		for i := 1; i < len(runs); i += 2 {
			start := pos + runs[i-1]
			pos = start + runs[i]
			s.spans = append(s.spans, span{start, pos})
		}
		return
	}
	p.form, p.at = formDense, len(s.words)
	s.words = slices.Grow(s.words, size)[:p.at+size]
	words := s.words[p.at:]
	clear(words)
	col, pos := newColumns(h), 0
	for i := 1; i < len(runs); i += 2 {
		pos += int(runs[i-1])
		x := col.of(pos)
		y := pos - x*h
		end := y + int(runs[i])
		pos += int(runs[i])
		x -= p.x0
		for ; end > h; x++ { // continues in the next column
			fillRows(words[x:], cols, y-base<<6, h-base<<6)
			y, end = 0, end-h
		}
		if r := y >> 6; r == (end-1)>>6 {
			words[(r-base)*cols+x] |= ^uint64(0) << (y & 63) & (^uint64(0) >> (-end & 63))
			continue
		}
		fillRows(words[x:], cols, y-base<<6, end-base<<6)
	}
}

// fillRows sets rows y to end-1, at least one, of the first column of words.
func fillRows(words []uint64, cols, y, end int) {
	first, last := y>>6*cols, (end-1)>>6*cols
	lo := ^uint64(0) << (y & 63)
	hi := ^uint64(0) >> (-end & 63)
	if first == last {
		words[first] |= lo & hi
		return
	}
	words[first] |= lo
	for i := first + cols; i < last; i += cols {
		words[i] = ^uint64(0)
	}
	words[last] |= hi
}

// intersection counts the pixels that are foreground in both shapes, whose
// boxes must share a pixel.
func (s *overlapper) intersection(a, b *shape) int {
	if a.form == formNone {
		s.prepare(a)
	}
	if b.form == formNone {
		s.prepare(b)
	}
	switch {
	case a.form == formDense && b.form == formDense:
		return s.denseDense(a, b)
	case a.form == formDense:
		return s.denseSpans(a, b)
	case b.form == formDense:
		return s.denseSpans(b, a)
	}
	return s.spansSpans(a, b)
}

// denseDense loops over the shared columns and rows, 64 rows at a time.
func (s *overlapper) denseDense(a, b *shape) int {
	aw, bw := a.x1-a.x0+1, b.x1-b.x0+1
	x0, x1 := max(a.x0, b.x0), min(a.x1, b.x1)
	n := 0
	for r, last := max(a.y0, b.y0)>>6, min(a.y1, b.y1)>>6; r <= last; r++ {
		i := a.at + (r-a.y0>>6)*aw + x0 - a.x0
		j := b.at + (r-b.y0>>6)*bw + x0 - b.x0
		n += countBoth(s.words[i:i+x1-x0+1], s.words[j:j+x1-x0+1])
	}
	return n
}

// countBoth counts the bits that are set in both lists, which have the same
// length.
func countBoth(a, b []uint64) int {
	n := 0
	b = b[:len(a)]
	for i, v := range a {
		n += bits.OnesCount64(v & b[i])
	}
	return n
}

// denseSpans counts the set bits of the dense shape a under the spans of b.
func (s *overlapper) denseSpans(a, b *shape) int {
	h, cols := a.m.h, a.x1-a.x0+1
	words := s.words[a.at:]
	base := a.y0 >> 6
	n := 0
	for _, p := range s.shared(b, a.x0*h+a.y0, a.x1*h+a.y1+1) {
		// Take the part of the span between the first and the last place of a,
		// column by column.
		pos, end := max(int(p.start), a.x0*h), min(int(p.end), (a.x1+1)*h)
		x := pos / h
		for y := pos - x*h; pos < end; x, y = x+1, 0 {
			to := min(h, y+end-pos)
			pos += to - y
			lo, hi := max(y, a.y0), min(to, a.y1+1)
			if lo >= hi {
				continue
			}
			first, last := lo>>6, (hi-1)>>6
			for r := first; r <= last; r++ {
				v := words[(r-base)*cols+x-a.x0]
				if r == first {
					v &= ^uint64(0) << (lo & 63)
				}
				if r == last {
					v &= ^uint64(0) >> (-hi & 63)
				}
				n += bits.OnesCount64(v)
			}
		}
	}
	return n
}

// spansSpans merges the spans of both shapes between the first and the last
// place that they share.
func (s *overlapper) spansSpans(a, b *shape) int {
	h := a.m.h
	from := max(a.x0, b.x0)*h + max(a.y0, b.y0)
	to := min(a.x1, b.x1)*h + min(a.y1, b.y1) + 1
	p, q := s.shared(a, from, to), s.shared(b, from, to)
	n, i, j := 0, 0, 0
	for i < len(p) && j < len(q) {
		n += max(0, int(min(p[i].end, q[j].end))-int(max(p[i].start, q[j].start)))
		if p[i].end < q[j].end {
			i++
		} else {
			j++
		}
	}
	return n
}

// shared returns the spans of a shape that reach into places from to to-1.
func (s *overlapper) shared(p *shape, from, to int) []span {
	spans := s.spans[p.at : p.at+p.n]
	first := search(spans, func(v span) bool { return int(v.end) > from })
	last := search(spans, func(v span) bool { return int(v.start) >= to })
	return spans[first:max(first, last)]
}

// search finds the first span for which f is true. f must be false for all
// spans before it and true for all after it.
func search(spans []span, f func(span) bool) int {
	lo, hi := 0, len(spans)
	for lo < hi {
		if mid := (lo + hi) / 2; f(spans[mid]) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}
