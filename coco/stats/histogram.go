package stats

import (
	"math"
	"slices"
)

// Bin is a bin of a histogram: the number of values from From up to, but not including,
// To. The last bin of a histogram includes To as well, as in numpy.
type Bin struct {
	From float64 `json:"from"`
	To   float64 `json:"to"`
	N    int     `json:"n"`
}

// Bins returns the edges of the bins for histograms of a measure in some sets, so that
// the histograms can be compared:
//
//   - shares, eccentricity and score: twenty steps of 0.05, from 0 to 1;
//   - pixels and points: 0, 1, then each edge larger by a factor of the square root of 2,
//     rounded up to whole numbers (2, 3, 4, 6, 8, 12, 16, 23, 32, ...), up to 2^30, the
//     most pixels that a mask can have;
//   - instances per tile: steps of 1, 2, 5, 10, 20 and so on, the smallest step with which
//     at most 25 steps exceed the largest value of all sets.
//
// The first two do not depend on the sets.
func (m Measure) Bins(sets ...*Values) []float64 {
	switch m.Unit() {
	case "pixels", "points":
		return halfOctaves()
	case "per tile":
		return wholeSteps(sets)
	}
	return twentieths()
}

func twentieths() []float64 {
	edges := make([]float64, 21)
	for i := range edges {
		edges[i] = float64(i) / 20
	}
	return edges
}

func halfOctaves() []float64 {
	edges := []float64{0, 1}
	for k := 2; k <= 60; k++ {
		edges = append(edges, math.Ceil(math.Exp2(float64(k)/2)))
	}
	return edges
}

func wholeSteps(sets []*Values) []float64 {
	largest := 0.0
	for _, v := range sets {
		if v.settle(); len(v.sorted) > 0 {
			largest = max(largest, float64(v.sorted[len(v.sorted)-1].value)/step)
		}
	}
	width := 1.0
	for k := 0; largest >= 25*width; k++ {
		width *= []float64{2, 2.5, 2}[k%3]
	}
	edges := []float64{0}
	for len(edges) == 1 || edges[len(edges)-1] <= largest {
		edges = append(edges, float64(len(edges))*width)
	}
	return edges
}

// Histogram counts the values between the edges, which must be ascending. Values
// outside of them are in no bin.
func (v *Values) Histogram(edges []float64) []Bin {
	if len(edges) < 2 {
		return nil
	}
	bins := make([]Bin, len(edges)-1)
	for i := range bins {
		bins[i] = Bin{From: edges[i], To: edges[i+1]}
	}
	v.settle()
	i := 0
	for _, t := range v.sorted {
		x := float64(t.value) / step
		for i < len(bins)-1 && x >= bins[i].To {
			i++
		}
		if x >= bins[i].From && (x < bins[i].To || x == edges[len(edges)-1]) {
			bins[i].N += int(t.n)
		}
	}
	return bins
}

// Trim returns the histogram without the empty bins at both ends.
func Trim(bins []Bin) []Bin {
	first := slices.IndexFunc(bins, func(b Bin) bool { return b.N > 0 })
	if first < 0 {
		return nil
	}
	last := len(bins)
	for bins[last-1].N == 0 {
		last--
	}
	return bins[first:last]
}
