package eval

import (
	"context"
	"slices"
)

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

// accumulate fills the numbers of the result.
func (r *Result) accumulate(ctx context.Context) error {
	e, p := r.e, r.Params
	r.group()
	curves := make([]curve, len(r.groups))
	builders := make([]curveBuilder, p.Workers)
	err := forEach(ctx, p.Workers, len(r.groups), 1, func(worker, i int) *Error {
		curves[i] = builders[worker].curve(e, r.groups[i].records)
		return nil
	})
	if err != nil {
		return err
	}
	plotters := make([]plotter, p.Workers)
	areas := len(p.Areas)
	workers := min(p.Workers, 1+len(e.dets)*len(p.IoU)/4096) // small inputs do not pay for many workers
	return forEach(ctx, workers, len(r.groups)*areas, 1, func(worker, i int) *Error {
		g, area := &r.groups[i/areas], i%areas
		if g.truths[area] > 0 {
			plotters[worker].plot(r, g, &curves[i/areas], area)
		}
		return nil
	})
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
