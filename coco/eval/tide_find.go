package eval

import (
	"cmp"
	"slices"
)

// A point is a detection that counts for the precision-recall curve.
type point struct {
	score   float64
	class   int32
	mistake int32 // index in the list of mistakes; -1: it is correct
}

// imageMistakes holds the detections of an image in descending order of score, and its
// mistakes.
type imageMistakes struct {
	points   []point
	mistakes []Mistake
}

// A finder holds the memory with which one goroutine processes image after image.
type finder struct {
	allPairs
	o         MistakeOptions
	instances []int32 // by class, of the images so far
	unmatched []int32

	// For each true instance of the image: the detection that has taken it, or -1, and
	// whether a fix of a mistake would take it.
	taken  []int32
	usable []bool
	right  []bool // for each detection
}

// init prepares the finder for an evaluation.
func (f *finder) init(e *evaluation, o MistakeOptions) {
	f.o = o
	f.instances, f.unmatched = make([]int32, e.k), make([]int32, e.k)
	f.allPairs.init(e, o.Background, o.MaxDets, cmp.Compare[int32])
}

// image finds the mistakes of image i of the evaluation.
func (f *finder) image(i int) (imageMistakes, *Error) {
	if err := f.fill(i); err != nil {
		return imageMistakes{}, err
	}
	e, c := f.e, &f.cell
	f.match()
	wrong := 0 // detections and instances, as many as there are mistakes at most
	for _, right := range f.right {
		if !right {
			wrong++
		}
	}
	for _, at := range f.taken {
		if at < 0 {
			wrong++
		}
	}
	out := imageMistakes{points: make([]point, 0, len(c.Detections)), mistakes: make([]Mistake, 0, wrong)}
	f.usable = slices.Grow(f.usable[:0], len(c.Truth))[:len(c.Truth)]
	clear(f.usable)
	pairs := c.Pairs
	for d, at := range c.Detections {
		n := countPairs(pairs, d)
		p := point{e.dt.Score(int(at)), e.class(e.dt.CategoryID(int(at))), -1}
		if !f.right[d] {
			p.mistake = int32(len(out.mistakes))
			out.mistakes = append(out.mistakes, f.judge(d, pairs[:n]))
		}
		out.points = append(out.points, p)
		pairs = pairs[n:]
	}
	for g, at := range c.Truth {
		if c.truth(int32(g)).IsCrowd {
			continue
		}
		k := f.classOf(int32(g))
		f.instances[k]++
		if f.taken[g] >= 0 {
			continue
		}
		f.unmatched[k]++
		if !f.usable[g] {
			out.mistakes = append(out.mistakes, Mistake{Kind: MistakeMissed, Image: int32(c.Image), Detection: -1, Truth: at, TakenBy: -1})
		}
	}
	return out, nil
}

// match assigns to each detection, in descending order of score, the free instance of
// its class with the highest IoU. Of equal ones it takes the first.
func (f *finder) match() {
	c := &f.cell
	f.taken = slices.Grow(f.taken[:0], len(c.Truth))[:len(c.Truth)]
	for g := range f.taken {
		f.taken[g] = -1
	}
	f.right = slices.Grow(f.right[:0], len(c.Detections))[:len(c.Detections)]
	pairs := c.Pairs
	for d, at := range c.Detections {
		n := countPairs(pairs, d)
		class := f.e.class(f.e.dt.CategoryID(int(at)))
		best := nearest(pairs[:n], func(g int32) bool {
			return f.taken[g] < 0 && !c.truth(g).IsCrowd && f.classOf(g) == class
		})
		f.right[d] = best.IoU >= f.o.Positive
		if f.right[d] {
			f.taken[best.Truth] = at
		}
		pairs = pairs[n:]
	}
}

// nearest returns the pair with the highest IoU among those whose instance is eligible.
// Of equal ones it returns the pair with the first instance. If there is none, the IoU
// is 0.
func nearest(pairs []Pair, eligible func(g int32) bool) Pair {
	best := Pair{Truth: -1}
	for _, p := range pairs { // in descending order of IoU
		if p.IoU < best.IoU {
			break
		}
		if p.IoU > best.IoU || p.Truth < best.Truth {
			if eligible(p.Truth) {
				best = p
			}
		}
	}
	return best
}

// judge classifies the mistake of detection d, which has these pairs.
func (f *finder) judge(d int, pairs []Pair) Mistake {
	c := &f.cell
	at := c.Detections[d]
	class := f.e.class(f.e.dt.CategoryID(int(at)))
	among := func(same bool) Pair {
		return nearest(pairs, func(g int32) bool { return !c.truth(g).IsCrowd && (f.classOf(g) == class) == same })
	}
	m := Mistake{Image: int32(c.Image), Detection: at, Truth: -1, TakenBy: -1}
	for _, p := range pairs {
		if c.truth(p.Truth).IsCrowd && p.IoU > f.o.Positive && f.classOf(p.Truth) == class {
			m.Ignored = true
		}
	}
	own, other := among(true), among(false)
	near := own
	switch {
	case f.o.Background <= own.IoU && own.IoU <= f.o.Positive:
		m.Kind = MistakeLocalisation
	case other.IoU >= f.o.Positive:
		m.Kind, near = MistakeClass, other
	case own.IoU > f.o.Positive: // otherwise the detection would match it
		m.Kind = MistakeDuplicate
		near = nearest(pairs, func(g int32) bool {
			return f.taken[g] >= 0 && f.classOf(g) == class
		})
	case other.IoU <= f.o.Background:
		m.Kind = MistakeBackground
		return m
	default:
		m.Kind, near = MistakeBoth, other
	}
	m.Truth, m.IoU, m.TakenBy = c.Truth[near.Truth], near.IoU, f.taken[near.Truth]
	if m.TakenBy < 0 && (m.Kind == MistakeClass || m.Kind == MistakeLocalisation) {
		m.BecomesCorrect = !f.usable[near.Truth] // a fix corrects the best detection and removes the others
		f.usable[near.Truth] = true
	}
	return m
}
