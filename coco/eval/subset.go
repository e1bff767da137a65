package eval

import "context"

// Subset returns what [Evaluate] gives for the images alone that keep says yes
// to, by their place in the truth, without comparing masks again.
func (r *Result) Subset(ctx context.Context, keep func(image int) bool) (*Result, error) {
	e := r.e
	part := *e
	w, areas := e.grid.words, len(r.Params.Areas)
	part.images, part.records, part.dets, part.scores, part.matched, part.ignored, part.truth = nil, nil, nil, nil, nil, nil, nil
	part.detStart, part.truthStart = []int32{0}, []int32{0}
	part.npig = make([]int32, len(e.npig))
	for i, records := range e.records {
		if !keep(int(e.images[i])) {
			continue
		}
		det, detEnd := e.detStart[i], e.detStart[i+1]
		truth, truthEnd := e.truthStart[i], e.truthStart[i+1]
		moved := make([]record, len(records))
		for j, rec := range records {
			c := e.cell(&records[j])
			for area := range areas {
				for g := range c.Truth {
					if !c.TruthIgnored(g, area) {
						part.npig[c.K*areas+area]++
					}
				}
			}
			rec.image = int32(len(part.images))
			rec.det += int32(len(part.dets)) - det
			rec.truth += int32(len(part.truth)) - truth
			moved[j] = rec
		}
		part.records = append(part.records, moved)
		part.images = append(part.images, e.images[i])
		part.dets = append(part.dets, e.dets[det:detEnd]...)
		part.scores = append(part.scores, e.scores[det:detEnd]...)
		part.matched = append(part.matched, e.matched[int(det)*w:int(detEnd)*w]...)
		part.ignored = append(part.ignored, e.ignored[int(det)*w:int(detEnd)*w]...)
		part.truth = append(part.truth, e.truth[truth:truthEnd]...)
		part.detStart = append(part.detStart, int32(len(part.dets)))
		part.truthStart = append(part.truthStart, int32(len(part.truth)))
	}
	out := &Result{Params: r.Params, Categories: r.Categories, e: &part}
	if err := out.accumulate(ctx); err != nil {
		return nil, err
	}
	return out, nil
}

// Images gives the places in the truth of the images that count, in the order of
// evaluation.
func (r *Result) Images() []int32 { return r.e.images }
