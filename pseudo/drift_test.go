package pseudo

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestDrift compares with values of numpy 2.4 (quantile) and scipy 1.17
// (ks_2samp), and the distance with its definition.
func TestDrift(t *testing.T) {
	d := NewDrift([]int{5, 1, 4, 2, 3}, []int{10, 2, 3, 30})
	if want := (Distribution{N: 5, P05: 1.2, P25: 2, Median: 3, P75: 4, P95: 4.8}); !near(d.Labelled, want) {
		t.Errorf("labelled %+v, want %+v", d.Labelled, want)
	}
	if want := (Distribution{N: 4, P05: 2.15, P25: 2.75, Median: 6.5, P75: 15, P95: 27}); !near(d.Found, want) {
		t.Errorf("found %+v, want %+v", d.Found, want)
	}
	if math.Abs(d.KS-0.5) > 1e-12 {
		t.Errorf("distance %v, want 0.5", d.KS)
	}
	if d := NewDrift(nil, []int{1}); d.KS != 0 || d.Labelled != (Distribution{}) || d.Found.Median != 1 {
		t.Errorf("with an empty set: %+v", d)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for range 500 {
		a, b := make([]int, 1+rng.IntN(20)), make([]int, 1+rng.IntN(20))
		for i := range a {
			a[i] = rng.IntN(12)
		}
		for i := range b {
			b[i] = rng.IntN(15)
		}
		want := 0.0
		for v := range 15 {
			part := func(list []int) float64 {
				n := 0
				for _, x := range list {
					if x <= v {
						n++
					}
				}
				return float64(n) / float64(len(list))
			}
			want = max(want, math.Abs(part(a)-part(b)))
		}
		if got := NewDrift(a, b).KS; got != want {
			t.Fatalf("%v and %v: %v, want %v", a, b, got, want)
		}
	}
}

func near(a, b Distribution) bool {
	for _, v := range [][2]float64{{a.P05, b.P05}, {a.P25, b.P25}, {a.Median, b.Median}, {a.P75, b.P75}, {a.P95, b.P95}} {
		if math.Abs(v[0]-v[1]) > 1e-12 {
			return false
		}
	}
	return a.N == b.N
}
