package stats

import (
	"math"
	"sort"
)

// Summary summarises values. All fields are 0 if there are none.
type Summary struct {
	N      int     `json:"n"`
	Mean   float64 `json:"mean"`
	Std    float64 `json:"std"` // divided by N, as in numpy's std
	Min    float64 `json:"min"`
	P05    float64 `json:"p05"` // 5 % of the values are below, by numpy's linear quantile
	P25    float64 `json:"p25"`
	Median float64 `json:"median"`
	P75    float64 `json:"p75"`
	P95    float64 `json:"p95"`
	Max    float64 `json:"max"`
}

// Summary returns a summary of the values.
func (v *Values) Summary() Summary {
	n := v.N()
	if n == 0 {
		return Summary{}
	}
	s := Summary{N: n, Mean: v.sum() / float64(n) / step}
	q := v.Quantiles(0, 0.05, 0.25, 0.5, 0.75, 0.95, 1)
	s.Min, s.P05, s.P25, s.Median, s.P75, s.P95, s.Max = q[0], q[1], q[2], q[3], q[4], q[5], q[6]
	squares := 0.0
	for _, t := range v.sorted {
		d := float64(t.value)/step - s.Mean
		squares += float64(float64(t.n) * d * d)
	}
	s.Std = math.Sqrt(squares / float64(n))
	return s
}

// Quantiles returns the values below which the given parts of all values lie, by
// numpy's linear quantile, which interpolates linearly between neighbours. A part is
// from 0 to 1. There must be at least one value.
func (v *Values) Quantiles(parts ...float64) []float64 {
	v.settle()
	upTo := make([]int64, len(v.sorted)) // number of values up to this one
	n := int64(0)
	for i, t := range v.sorted {
		n += t.n
		upTo[i] = n
	}
	value := func(rank int64) float64 {
		i := sort.Search(len(upTo), func(i int) bool { return upTo[i] > rank })
		return float64(v.sorted[i].value) / step
	}
	out := make([]float64, len(parts))
	for k, part := range parts {
		at := float64(min(max(part, 0), 1) * float64(n-1))
		i := int64(at)
		a, b := value(i), value(min(i+1, n-1))
		if t := at - float64(i); t < 0.5 {
			out[k] = a + float64((b-a)*t)
		} else { // from the nearer end, as in numpy
			out[k] = b - float64((b-a)*(1-t))
		}
	}
	return out
}
