package stats

import "slices"

// Bin is a part of a histogram: how many values are from From up to, but not
// including, To. The last bin of a histogram takes in To as well, as numpy's does.
type Bin struct {
	From float64 `json:"from"`
	To   float64 `json:"to"`
	N    int     `json:"n"`
}

// Bins returns the borders of the bins that a measure is shown in. They are fixed,
// so that histograms of different sets lie one upon the other.
//
// Shares, eccentricity and score go in twenty steps of 0.05 from 0 to 1. All others
// double every second bin: 0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32 and so on to 2^30,
// the most that a mask can have.
func (m Measure) Bins() []float64 { return measures[m].bins() }

func twentieths() []float64 {
	edges := make([]float64, 21)
	for i := range edges {
		edges[i] = float64(i) / 20
	}
	return edges
}

func doubling() []float64 {
	edges := []float64{0, 1, 2}
	for v := 2; v < 1<<30; v *= 2 {
		edges = append(edges, float64(v/2*3), float64(2*v))
	}
	return edges
}

// Histogram counts the values between the borders, which must rise. Values
// outside are in no bin.
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
