package eval

import (
	"context"
	"slices"
)

// spacing is numpy's spacing(1), which pycocotools adds to a divisor.
const spacing = 0x1p-52

// A curve holds the detections of one category in descending order of score, with their
// flags, up to the largest limit of detections. For each smaller limit it holds the
// indices of the detections that count.
type curve struct {
	scores           []float64
	matched, ignored []uint64  // grid.words per detection
	within           [][]int32 // by limit, without the largest
}

// A curveBuilder holds the memory in which curves are made.
type curveBuilder struct {
	list      []ranked
	positions []position
}

// A position says where a detection is stored.
type position struct {
	at    int32 // index in evaluation.dets
	order int32 // in its cell
}

// accumulate fills the arrays of the result.
func (r *Result) accumulate(ctx context.Context) error {
	e, p := r.e, r.Params
	t, n, a, m := len(p.IoU), len(p.Recall), len(p.Areas), len(p.MaxDets)
	r.Precision = undefined(t * n * e.k * a * m)
	r.Scores = undefined(t * n * e.k * a * m)
	r.Recall = undefined(t * e.k * a * m)
	records := make([][]*record, e.k)
	for _, list := range e.records {
		for i := range list {
			if c := &list[i]; c.dets > 0 {
				records[c.k] = append(records[c.k], c)
			}
		}
	}
	curves := make([]curve, e.k)
	builders := make([]curveBuilder, p.Workers)
	err := forEach(ctx, p.Workers, e.k, 1, func(worker, k int) *Error {
		curves[k] = builders[worker].curve(e, records[k])
		return nil
	})
	if err != nil {
		return err
	}
	scratch := make([]points, p.Workers)
	workers := min(p.Workers, 1+len(e.dets)*t/4096) // small inputs do not pay for many workers
	return forEach(ctx, workers, e.k*a*m, 1, func(worker, i int) *Error {
		k, area, limit := i/(a*m), i/m%a, i%m
		if npig := e.npig[k*a+area]; npig > 0 {
			r.fill(&scratch[worker], &curves[k], int(npig), k, area, limit)
		}
		return nil
	})
}

// undefined returns n times -1, the value used where there is no true instance.
func undefined(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = -1
	}
	return v
}

// curve returns the curve of a category. Detections with equal scores keep the order of
// their images and, within an image, the order of its detections.
func (s *curveBuilder) curve(e *evaluation, records []*record) curve {
	limits := e.p.MaxDets[:len(e.p.MaxDets)-1]
	n, sizes := 0, make([]int, len(limits))
	for _, c := range records {
		n += int(c.dets)
		for i, limit := range limits {
			sizes[i] += min(int(c.dets), limit)
		}
	}
	s.list, s.positions = slices.Grow(s.list[:0], 2*n), slices.Grow(s.positions[:0], n)
	for _, c := range records {
		for d := range c.dets {
			s.list = append(s.list, ranked{scoreKey(e.scores[c.det+d]), int32(len(s.positions))})
			s.positions = append(s.positions, position{c.det + d, d})
		}
	}
	w := e.grid.words
	c := curve{
		scores: make([]float64, 0, n), matched: make([]uint64, 0, n*w), ignored: make([]uint64, 0, n*w),
		within: make([][]int32, len(limits)),
	}
	for i, size := range sizes {
		c.within[i] = make([]int32, 0, size)
	}
	for at, r := range sortRanked(s.list, s.list[n:2*n]) {
		p := s.positions[r.at]
		d := int(p.at)
		c.scores = append(c.scores, e.scores[d])
		if w == 1 {
			c.matched, c.ignored = append(c.matched, e.matched[d]), append(c.ignored, e.ignored[d])
		} else {
			c.matched = append(c.matched, e.matched[d*w:(d+1)*w]...)
			c.ignored = append(c.ignored, e.ignored[d*w:(d+1)*w]...)
		}
		for i := len(limits) - 1; i >= 0 && int(p.order) < limits[i]; i-- {
			c.within[i] = append(c.within[i], int32(at))
		}
	}
	return c
}

// points are the places of a curve where a detection is correct. No other place
// matters: between them precision only falls and recall does not change.
type points struct {
	need      []int     // by recall threshold: the number of correct detections needed to reach it
	precision []float64 // after each
	at        []int     // index in the curve of each
}

// needs fills need for npig true instances.
func (s *points) needs(recalls []float64, npig int) {
	s.need = s.need[:0]
	n := 0
	for i, recall := range recalls {
		if i > 0 && recall < recalls[i-1] {
			n = 0
		}
		for n <= npig && float64(n)/float64(npig) < recall {
			n++
		}
		s.need = append(s.need, n)
	}
}

// fill fills the arrays for one category, area range and limit. npig is the number of
// true instances.
func (r *Result) fill(s *points, c *curve, npig, k, area, limit int) {
	g := r.e.grid
	s.needs(r.Params.Recall, npig)
	n, within := len(c.scores), []int32(nil) // indices of the curve that count; nil: all
	if limit < len(c.within) && len(c.within[limit]) < n {
		within = c.within[limit]
		n = len(within)
	}
	for t := range r.Params.IoU {
		s.precision, s.at = s.precision[:0], s.at[:0]
		bit := area*g.thresholds + t
		word, shift := bit/64, bit%64
		right, wrong := 0, 0
		for at := range n {
			i := at
			if within != nil {
				i = int(within[at])
			}
			matched := int(c.matched[i*g.words+word]>>shift) & 1
			counts := int(^c.ignored[i*g.words+word]>>shift) & 1
			wrong += counts &^ matched
			if matched&counts == 1 {
				right++
				tp, fp := float64(right), float64(wrong)
				s.precision = append(s.precision, tp/(fp+tp+spacing))
				s.at = append(s.at, i)
			}
		}
		r.Recall[r.RecallIndex(t, k, area, limit)] = float64(right) / float64(npig)
		for i := len(s.precision) - 1; i > 0; i-- {
			s.precision[i-1] = max(s.precision[i-1], s.precision[i])
		}
		reached := true
		for i, need := range s.need {
			at := r.Index(t, i, k, area, limit)
			r.Precision[at], r.Scores[at] = 0, 0
			// As in pycocotools, once a recall is not reached, no later one is.
			if reached = reached && need <= right && n > 0; !reached {
				continue
			}
			switch {
			case need > 0:
				r.Precision[at], r.Scores[at] = s.precision[need-1], c.scores[s.at[need-1]]
			default: // the first detection reaches it, correct or not
				r.Scores[at] = c.scores[0] // which every limit counts
				if right > 0 {
					r.Precision[at] = s.precision[0]
				}
			}
		}
	}
}
