package eval

// Counts are the outcome of detections at one IoU. Ignored instances and detections are
// not counted.
type Counts struct {
	Found  int // true instances with a matching detection, and correct detections
	Missed int // true instances without a matching detection
	False  int // detections without a matching true instance
}

// Instances returns the number of true instances.
func (c Counts) Instances() int { return c.Found + c.Missed }

// Detections returns the number of detections.
func (c Counts) Detections() int { return c.Found + c.False }

// Precision returns the share of detections that are correct, or -1 if there are none.
func (c Counts) Precision() float64 { return quotient(c.Found, c.Detections()) }

// Recall returns the share of true instances that are found, or -1 if there are none.
func (c Counts) Recall() float64 { return quotient(c.Found, c.Instances()) }

// F1 returns the harmonic mean of precision and recall, or -1 if there are neither true
// instances nor detections.
func (c Counts) F1() float64 { return quotient(2*c.Found, 2*c.Found+c.Missed+c.False) }

func quotient(n, of int) float64 {
	if of == 0 {
		return -1
	}
	return float64(n) / float64(of)
}

// Count counts the outcome of a selection at its IoU threshold, or at the first one if
// s names none. If s selects nothing, all counts are 0.
func (r *Result) Count(s Select) Counts {
	sel, ok := r.oneThreshold(s)
	if !ok {
		return Counts{}
	}
	return r.count(&sel)
}

func (r *Result) count(s *selection) Counts {
	c := Counts{Missed: r.instances(s)}
	t, limit := s.iou[0], r.Params.MaxDets[s.limit]
	for _, g := range r.selected(s) {
		for _, rec := range g.records {
			cell := r.e.cell(rec)
			for d := range min(len(cell.Detections), limit) {
				switch {
				case cell.Ignored(d, t, s.area):
				case cell.Matched(d, t, s.area):
					c.Found++
					c.Missed--
				default:
					c.False++
				}
			}
		}
	}
	return c
}

// Instances returns the number of true instances in a selection that are not ignored.
// The IoU and MaxDets of s have no effect.
func (r *Curves) Instances(s Select) int {
	sel, ok := r.allThresholds(Select{Categories: s.Categories, Area: s.Area})
	if !ok {
		return 0
	}
	return r.instances(&sel)
}

func (r *Curves) instances(s *selection) int {
	n := 0
	for _, g := range r.selected(s) {
		n += int(g.truths[s.area])
	}
	return n
}
