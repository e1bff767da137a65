package eval

import (
	"context"
	"slices"
)

// Subset returns what [Evaluate] returns for some of the images alone, without
// comparing masks again. images are indices in [Result.Images], ascending and without
// duplicates. Subset may be called by several goroutines.
func (r *Result) Subset(ctx context.Context, images []int) (*Result, error) {
	return r.subset(ctx, images, r.Params, new(partMemory))
}

// Part returns what [Result.Subset] returns, with only the first area range and the
// largest limit of detections. It takes a seventh of the time, and is enough for the
// average precision of many small parts.
func (r *Result) Part(ctx context.Context, images []int) (*Result, error) {
	return r.subset(ctx, images, r.Params.part(), new(partMemory))
}

// part returns the parameters of a part.
func (p *Params) part() *Params {
	out := *p
	out.Areas, out.MaxDets = p.Areas[:1], p.MaxDets[len(p.MaxDets)-1:]
	return &out
}

// partMemory is the memory in which one goroutine makes parts, one after another: each
// takes the place of the one before.
type partMemory struct {
	e        evaluation
	records  []record
	plotters []plotter
}

// subset evaluates with the parameters p, whose area ranges are the first ones of r and
// whose limits are the last ones.
func (r *Result) subset(ctx context.Context, images []int, p *Params, m *partMemory) (*Result, error) {
	e, w := r.e, r.e.grid.words
	dets, trues, cells := 0, 0, 0
	for _, i := range images {
		dets += int(e.detStart[i+1] - e.detStart[i])
		trues += int(e.truthStart[i+1] - e.truthStart[i])
		cells += len(e.records[i])
	}
	before := m.e
	m.e = *e
	part := &m.e
	part.p, part.empty = p, nil
	part.images, part.records, m.records = empty(before.images, len(images)), empty(before.records, len(images)), empty(m.records, cells)
	part.detStart, part.truthStart = append(empty(before.detStart, len(images)+1), 0), append(empty(before.truthStart, len(images)+1), 0)
	part.dets, part.scores, part.truth = empty(before.dets, dets), empty(before.scores, dets), empty(before.truth, trues)
	part.matched, part.ignored = empty(before.matched, dets*w), empty(before.ignored, dets*w)
	for _, i := range images {
		records := e.records[i]
		det, detEnd := e.detStart[i], e.detStart[i+1]
		truth, truthEnd := e.truthStart[i], e.truthStart[i+1]
		for _, rec := range records {
			rec.image = int32(len(part.images))
			rec.det += int32(len(part.dets)) - det
			rec.truth += int32(len(part.truth)) - truth
			m.records = append(m.records, rec)
		}
		n := len(m.records)
		part.records = append(part.records, m.records[n-len(records):n:n])
		part.images = append(part.images, e.images[i])
		part.dets = append(part.dets, e.dets[det:detEnd]...)
		part.scores = append(part.scores, e.scores[det:detEnd]...)
		part.matched = append(part.matched, e.matched[int(det)*w:int(detEnd)*w]...)
		part.ignored = append(part.ignored, e.ignored[int(det)*w:int(detEnd)*w]...)
		part.truth = append(part.truth, e.truth[truth:truthEnd]...)
		part.detStart = append(part.detStart, int32(len(part.dets)))
		part.truthStart = append(part.truthStart, int32(len(part.truth)))
	}
	out := &Result{part.curves(), part}
	if err := out.accumulate(ctx, &m.plotters); err != nil {
		return nil, err
	}
	return out, nil
}

// empty returns s without elements, and with room for n.
func empty[T any](s []T, n int) []T { return slices.Grow(s[:0], n) }

// Images returns the indices in the ground truth of the images that count, in the order
// of evaluation.
func (r *Result) Images() []int32 { return r.e.images }
