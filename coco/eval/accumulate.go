package eval

import (
	"context"
)

// spacing is numpy's spacing(1), which pycocotools adds to a divisor.
const spacing = 0x1p-52

// A curve is the detections of one category from the highest score on, with
// their flags, as far as one limit lets them count.
type curve struct {
	scores           []float64
	matched, ignored []uint64 // grid.words a detection
}

// accumulate fills the arrays of the result.
func (r *Result) accumulate(ctx context.Context) error {
	e, p := r.e, r.Params
	t, n, a, m := len(p.IoU), len(p.Recall), len(p.Areas), len(p.MaxDets)
	r.Precision = absent(t * n * e.k * a * m)
	r.Scores = absent(t * n * e.k * a * m)
	r.Recall = absent(t * e.k * a * m)
	cells := make([][]*Cell, e.k)
	for c := range r.Cells() {
		cells[c.K] = append(cells[c.K], c)
	}
	// By category and limit.
	curves := make([][]curve, e.k)
	err := share(ctx, p.Workers, e.k, 1, func(_, k int) *Error {
		curves[k] = e.curves(cells[k])
		return nil
	})
	if err != nil {
		return err
	}
	scratch := make([]points, p.Workers)
	return share(ctx, p.Workers, e.k*a*m, 1, func(worker, i int) *Error {
		k, area, limit := i/(a*m), i/m%a, i%m
		if npig := e.npig[k*a+area]; npig > 0 {
			r.fill(&scratch[worker], &curves[k][limit], int(npig), k, area, limit)
		}
		return nil
	})
}

// absent returns n times -1, the value of what no instance was there for.
func absent(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = -1
	}
	return v
}

// curves returns the curves of a category, one for each limit. Equal scores keep
// the order of the images, and in an image that of its detections.
func (e *evaluation) curves(cells []*Cell) []curve {
	n := 0
	for _, c := range cells {
		n += len(c.Detections)
	}
	type place struct {
		cell *Cell
		det  int32
	}
	list := make([]ranked, 0, 2*n)
	places := make([]place, 0, n)
	for _, c := range cells {
		for d, s := range c.Scores {
			list = append(list, ranked{scoreKey(s), int32(len(places))})
			places = append(places, place{c, int32(d)})
		}
	}
	list = sortRanked(list, list[n:2*n])
	w := e.grid.words
	curves := make([]curve, len(e.p.MaxDets))
	for i := range curves {
		size := n
		if limit := e.p.MaxDets[i]; i < len(curves)-1 {
			size = 0
			for _, c := range cells {
				size += min(len(c.Detections), limit)
			}
		}
		curves[i] = curve{make([]float64, 0, size), make([]uint64, 0, size*w), make([]uint64, 0, size*w)}
	}
	for _, r := range list {
		p := places[r.at]
		d := int(p.det)
		for i := len(curves) - 1; i >= 0 && d < e.p.MaxDets[i]; i-- {
			c := &curves[i]
			c.scores = append(c.scores, p.cell.Scores[d])
			c.matched = append(c.matched, p.cell.matched[d*w:(d+1)*w]...)
			c.ignored = append(c.ignored, p.cell.ignored[d*w:(d+1)*w]...)
		}
	}
	return curves
}

// points are the places of a curve where a detection is right, which are all
// that matters: precision only falls between them and recall stays.
type points struct {
	need      []int     // by recall threshold: how many must be right to reach it
	precision []float64 // after each
	at        []int     // index in the curve of each
}

// fill fills the arrays for one category, area range and limit, of npig true
// instances.
func (r *Result) fill(s *points, c *curve, npig, k, area, limit int) {
	g := r.e.grid
	s.need = s.need[:0]
	n := 0
	for i, recall := range r.Params.Recall {
		if i > 0 && recall < r.Params.Recall[i-1] {
			n = 0
		}
		for n <= npig && float64(n)/float64(npig) < recall {
			n++
		}
		s.need = append(s.need, n)
	}
	for t := range r.Params.IoU {
		s.precision, s.at = s.precision[:0], s.at[:0]
		bit := area*g.thresholds + t
		word, shift := bit/64, bit%64
		right, wrong := 0, 0
		for i := range c.scores {
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
			// As in pycocotools, after one recall that is not reached none is.
			if reached = reached && need <= right && len(c.scores) > 0; !reached {
				continue
			}
			switch {
			case need > 0:
				r.Precision[at], r.Scores[at] = s.precision[need-1], c.scores[s.at[need-1]]
			default: // the first detection reaches it, right or not
				r.Scores[at] = c.scores[0]
				if right > 0 {
					r.Precision[at] = s.precision[0]
				}
			}
		}
	}
}
