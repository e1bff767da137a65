package eval

// A ranking holds the detections of a category in the order of the precision-recall
// curve, with their outcome at one IoU threshold and area range.
type ranking struct {
	scores []float64
	right  []bool
	images []int32 // index in Result.Images, for each
	truth  []int32 // number of true instances that are not ignored, by index in Result.Images
}

// rank returns one ranking of all categories of a selection, at its first threshold,
// without ignored detections.
func (r *Result) rank(s *selection) *ranking {
	threshold, area, limit := s.iou[0], s.area, s.limit
	e := r.e
	out := &ranking{truth: make([]int32, len(e.records))}
	g, w := e.grid, e.grid.words
	list := make([]ranked, 0, 2*len(e.dets)) // the second half is scratch memory for sorting
	images := make([]int32, len(e.dets))
	for i, records := range e.records {
		for j := range records {
			c := &records[j]
			if !s.has(int(c.k)) {
				continue
			}
			cell := e.cell(c)
			for g := range cell.Truth {
				if !cell.TruthIgnored(g, area) {
					out.truth[i]++
				}
			}
			for d := c.det; d < c.det+int32(min(int(c.dets), e.p.MaxDets[limit])); d++ {
				if !g.has(e.ignored[int(d)*w:int(d+1)*w], area, threshold) {
					list = append(list, ranked{key: scoreKey(e.scores[d]), at: d})
					images[d] = int32(i)
				}
			}
		}
	}
	n := len(list)
	list = sortRanked(list, list[n:2*n])
	out.scores, out.right, out.images = make([]float64, n), make([]bool, n), make([]int32, n)
	for i, v := range list {
		d := int(v.at)
		out.scores[i], out.images[i] = e.scores[d], images[d]
		out.right[i] = g.has(e.matched[d*w:(d+1)*w], area, threshold)
	}
	return out
}

// ends reports whether detection i is the last one of its score.
func (c *ranking) ends(i int) bool { return i+1 == len(c.scores) || c.scores[i+1] != c.scores[i] }

// ap returns the average precision if image i counts weights[i] times, or once if
// weights is nil. It returns -1 if there is no true instance.
func (c *ranking) ap(recalls []float64, weights []int32, precision, at []float64) float64 {
	npig := 0
	for i, n := range c.truth {
		if weights == nil {
			npig += int(n)
		} else {
			npig += int(n) * int(weights[i])
		}
	}
	if npig == 0 {
		return -1
	}
	precision, at = precision[:0], at[:0] // and the recall reached with each
	right, wrong := 0, 0
	for i, ok := range c.right {
		w := 1
		if weights != nil {
			w = int(weights[c.images[i]])
		}
		if w == 0 {
			continue
		}
		if !ok {
			wrong += w
			continue
		}
		right += w
		tp, fp := float64(right), float64(wrong)
		precision = append(precision, tp/(fp+tp+spacing))
		at = append(at, tp/float64(npig))
	}
	for i := len(precision) - 1; i > 0; i-- {
		precision[i-1] = max(precision[i-1], precision[i])
	}
	values := make([]float64, 0, 128)
	n := 0
	for _, recall := range recalls {
		for n < len(at) && at[n] < recall {
			n++
		}
		v := 0.0
		if n < len(at) {
			v = precision[n]
		}
		values = append(values, v)
	}
	return mean(values)
}
