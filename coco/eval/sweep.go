package eval

import (
	"math"
	"slices"
	"sort"
)

// A Sweep holds the outcome at every threshold of the score, at one IoU.
type Sweep struct {
	Truth  int          // true instances that are not ignored
	Points []SweepPoint // in descending order of score, one for each distinct score
	Bins   [10]ScoreBin // by score: below 0.1, 0.1 to below 0.2, ..., 0.9 and above
}

// A SweepPoint is the outcome of keeping all detections whose score is at least Score.
type SweepPoint struct {
	Score     float64 `json:"score"`
	Kept      int     `json:"kept"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"` // 0 if there is no true instance
	F1        float64 `json:"f1"`
}

// A ScoreBin compares the scores in a tenth of their range with the share of correct
// detections.
type ScoreBin struct {
	N         int     `json:"n"`
	Score     float64 `json:"mean_score"` // 0 if N is 0
	Precision float64 `json:"precision"`  // 0 if N is 0
}

// Sweep returns the sweep of all categories of a selection together, at its IoU
// threshold, or at the first one if of names none. Ignored detections are not counted.
// If of selects nothing, the sweep is empty.
func (r *Result) Sweep(of Select) *Sweep {
	s := &Sweep{}
	sel, ok := r.oneThreshold(of)
	if !ok {
		return s
	}
	c := r.rank(&sel)
	for _, n := range c.truth {
		s.Truth += int(n)
	}
	n := 0 // points
	for i := range c.scores {
		if c.ends(i) {
			n++
		}
	}
	s.Points = slices.Grow(s.Points, n)
	right := 0
	hits := [10]int{}
	for i, ok := range c.right {
		bin := &s.Bins[int(max(0, min(9, math.Floor(c.scores[i]*10))))]
		bin.N++
		bin.Score += c.scores[i]
		if ok {
			right++
			hits[int(max(0, min(9, math.Floor(c.scores[i]*10))))]++
		}
		if !c.ends(i) {
			continue
		}
		p := SweepPoint{Score: c.scores[i], Kept: i + 1, Precision: float64(right) / float64(i+1)}
		if s.Truth > 0 {
			p.Recall = float64(right) / float64(s.Truth)
		}
		if right > 0 {
			p.F1 = 2 * float64(right) / float64(i+1+s.Truth)
		}
		s.Points = append(s.Points, p)
	}
	for i := range s.Bins {
		if b := &s.Bins[i]; b.N > 0 {
			b.Score /= float64(b.N)
			b.Precision = float64(hits[i]) / float64(b.N)
		}
	}
	return s
}

// Best returns the point with the best F1. Of several it returns the one with the
// highest score. It reports false if there is no point.
func (s *Sweep) Best() (best SweepPoint, ok bool) {
	for _, p := range s.Points {
		if !ok || p.F1 > best.F1 {
			best, ok = p, true
		}
	}
	return best, ok
}

// Above returns the outcome of keeping all detections whose score is strictly above a
// threshold. The Score of the point is the threshold.
func (s *Sweep) Above(threshold float64) SweepPoint {
	out := SweepPoint{}
	if n := sort.Search(len(s.Points), func(i int) bool { return !(s.Points[i].Score > threshold) }); n > 0 {
		out = s.Points[n-1]
	}
	out.Score = threshold
	return out
}

// CalibrationError returns the expected calibration error: the mean distance between
// score and precision of the bins, weighted by their number of detections.
func (s *Sweep) CalibrationError() float64 {
	sum, n := 0.0, 0
	for _, b := range s.Bins {
		sum += float64(float64(b.N) * math.Abs(b.Score-b.Precision))
		n += b.N
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}
