package eval

import "context"

// Subset returns what [Evaluate] gives for the images alone that keep says yes
// to, by their place in the truth, without comparing masks again.
func (r *Result) Subset(ctx context.Context, keep func(image int) bool) (*Result, error) {
	part := *r.e
	part.cells, part.images = nil, nil
	part.npig = make([]int32, len(r.e.npig))
	areas := len(r.Params.Areas)
	for i, cells := range r.e.cells {
		if !keep(int(r.e.images[i])) {
			continue
		}
		part.cells, part.images = append(part.cells, cells), append(part.images, r.e.images[i])
		for j := range cells {
			c := &cells[j]
			for area := range areas {
				for g := range c.Truth {
					if !c.TruthIgnored(g, area) {
						part.npig[c.K*areas+area]++
					}
				}
			}
		}
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
