package check

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestMeeting compares the sweep with all pairs.
func TestMeeting(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 300 {
		n := rng.IntN(60)
		size := []float64{1, 10, 100, 0}[round%4]
		var spans []span
		for i := range n {
			x, y := math.Floor(rng.Float64()*100), math.Floor(rng.Float64()*100)
			w, h := math.Floor(rng.Float64()*size), math.Floor(rng.Float64()*size*rng.Float64())
			spans = append(spans, span{i, x, y, x + w, y + h})
		}
		if round%10 == 0 && n > 1 {
			spans[0].y1, spans[1].y0 = math.MaxFloat64, -math.MaxFloat64
		}
		expected := map[[2]int]bool{}
		for i, a := range spans {
			for j, b := range spans[:i] {
				if a.x0 <= b.x1 && b.x0 <= a.x1 && a.y0 <= b.y1 && b.y0 <= a.y1 {
					expected[[2]int{j, i}] = true
				}
			}
		}
		got := map[[2]int]bool{}
		all := meeting(spans, func(i, j int) bool {
			k := [2]int{min(i, j), max(i, j)}
			if got[k] || !expected[k] {
				t.Fatalf("round %d: %v: twice %v", round, k, got[k])
			}
			got[k] = true
			return true
		})
		if !all || len(got) != len(expected) {
			t.Fatalf("round %d: %d pairs of %d, all: %v", round, len(got), len(expected), all)
		}
	}
	if meeting([]span{{0, 0, 0, 1, 1}, {1, 0, 0, 1, 1}}, func(int, int) bool { return false }) {
		t.Error("a sweep that was stopped visited all")
	}
}
