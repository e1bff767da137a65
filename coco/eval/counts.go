package eval

// Counts say what detections found at one IoU. What is ignored is not counted.
type Counts struct {
	Found  int // true instances that a detection found, and as many right detections
	Missed int // true instances that none found
	False  int // detections that found none
}

// Instances is how many true instances there are.
func (c Counts) Instances() int { return c.Found + c.Missed }

// Detections is how many detections there are.
func (c Counts) Detections() int { return c.Found + c.False }

// Precision is the part of the detections that are right; -1 without a detection.
func (c Counts) Precision() float64 { return quotient(c.Found, c.Detections()) }

// Recall is the part of the true instances that are found; -1 without one.
func (c Counts) Recall() float64 { return quotient(c.Found, c.Instances()) }

// F1 is the harmonic mean of precision and recall; -1 without a true instance or a
// detection.
func (c Counts) F1() float64 { return quotient(2*c.Found, 2*c.Found+c.Missed+c.False) }

func quotient(n, of int) float64 {
	if of == 0 {
		return -1
	}
	return float64(n) / float64(of)
}

// Count counts what the detections of a selection found at its IoU threshold, without
// an IoU at the first one. Where s selects nothing all counts are 0.
func (r *Result) Count(s Select) Counts {
	sel, ok := r.one(s)
	if !ok {
		return Counts{}
	}
	return r.count(&sel)
}

func (r *Result) count(s *selection) Counts {
	c := Counts{Missed: r.instances(s)}
	wanted := make([]bool, r.e.k)
	for _, k := range s.k {
		wanted[k] = true
	}
	t, limit := s.iou[0], r.Params.MaxDets[s.limit]
	for cell := range r.Cells() {
		if !wanted[cell.K] {
			continue
		}
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
	return c
}

// Instances returns how many true instances of a selection there are that are not
// ignored. IoU and MaxDets do not matter.
func (r *Result) Instances(s Select) int {
	sel, ok := r.find(Select{Categories: s.Categories, Area: s.Area})
	if !ok {
		return 0
	}
	return r.instances(&sel)
}

func (r *Result) instances(s *selection) int {
	n := 0
	for _, k := range s.k {
		n += int(r.e.npig[k*len(r.Params.Areas)+s.area])
	}
	return n
}
