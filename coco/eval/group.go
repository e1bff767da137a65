package eval

import (
	"cmp"
	"slices"
)

// A group is what the images have of one category: its records, and what they come to.
type group struct {
	k       int32
	records []*record // in the order of evaluation
	truths  []int32   // by area range: true instances that are not ignored
	plots   []*plot   // by area range and limit; nil: there are no true instances
}

// group fills the groups of the result, in ascending order of their categories. Categories
// without detections and true instances have none.
func (r *Result) group() {
	e, areas := r.e, len(r.Params.Areas)
	records := e.byCategory()
	groups := 0
	for i, rec := range records {
		if i == 0 || rec.k != records[i-1].k {
			groups++
		}
	}
	r.groups = make([]group, 0, groups)
	truths, plots := make([]int32, groups*areas), make([]*plot, groups*areas*len(r.Params.MaxDets))
	for len(records) > 0 {
		n := 1
		for n < len(records) && records[n].k == records[0].k {
			n++
		}
		g := group{k: records[0].k, records: records[:n:n]}
		g.truths, truths = truths[:areas:areas], truths[areas:]
		g.plots, plots = plots[:areas*len(r.Params.MaxDets)], plots[areas*len(r.Params.MaxDets):]
		for _, rec := range g.records {
			c := e.cell(rec)
			for area := range areas {
				for truth := range c.Truth {
					if !c.TruthIgnored(truth, area) {
						g.truths[area]++
					}
				}
			}
		}
		r.groups, records = append(r.groups, g), records[n:]
	}
}

// byCategory returns all records by category, and within one as they are evaluated.
func (e *evaluation) byCategory() []*record {
	n := 0
	for _, list := range e.records {
		n += len(list)
	}
	records := make([]*record, 0, n)
	for _, list := range e.records {
		for i := range list {
			records = append(records, &list[i])
		}
	}
	switch {
	case e.k == 1:
		return records
	case n < e.k/8: // a part of few images
		slices.SortStableFunc(records, func(a, b *record) int { return cmp.Compare(a.k, b.k) })
		return records
	}
	next := make([]int32, e.k+1) // where the next record of each category belongs
	for _, rec := range records {
		next[rec.k+1]++
	}
	for k := range e.k {
		next[k+1] += next[k]
	}
	sorted := make([]*record, n)
	for _, rec := range records {
		sorted[next[rec.k]] = rec
		next[rec.k]++
	}
	return sorted
}

// groupOf returns the group of a category, given by its index; nil: there is none.
func (r *Curves) groupOf(k int) *group {
	at, ok := slices.BinarySearchFunc(r.groups, k, func(g group, k int) int { return cmp.Compare(int(g.k), k) })
	if !ok {
		return nil
	}
	return &r.groups[at]
}

// selected returns the groups of a selection.
func (r *Curves) selected(s *selection) []*group {
	var out []*group
	if s.k == nil {
		for i := range r.groups {
			out = append(out, &r.groups[i])
		}
		return out
	}
	for _, k := range s.k {
		if g := r.groupOf(k); g != nil {
			out = append(out, g)
		}
	}
	return out
}

// plots returns the plots of a selection that have true instances.
func (r *Curves) plots(s *selection) []*plot {
	var out []*plot
	for _, g := range r.selected(s) {
		if p := g.plots[s.area*len(r.Params.MaxDets)+s.limit]; p != nil {
			out = append(out, p)
		}
	}
	return out
}
