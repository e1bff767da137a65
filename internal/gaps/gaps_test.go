package gaps

import (
	"slices"
	"testing"
)

func TestClose(t *testing.T) {
	// Things of length 10: a gap of two things stays, one of a hundred becomes one thing.
	a := Close([][2]float64{{1030, 1040}, {0, 10}, {30, 40}, {5, 15}, {1040, 1050}})
	for v, want := range map[float64]float64{0: 0, 5: 5, 30: 30, 1030: 50, 1040: 60} {
		if got := a.Place(v); got != want {
			t.Errorf("%v is placed at %v, expected %v", v, got, want)
		}
	}
	if !slices.Equal(a.Cuts, []float64{45}) || a.Total != 70 {
		t.Errorf("cuts %v, total %v", a.Cuts, a.Total)
	}
	if a := Close(nil); a.Total != 0 || a.Cuts != nil {
		t.Errorf("of nothing: %+v", a)
	}
}
