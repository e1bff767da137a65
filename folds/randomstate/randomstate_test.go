package randomstate

import (
	"slices"
	"testing"

	"github.com/hubdata/hubdata/internal/golden"
)

// TestGolden compares with numpy.random.RandomState; see reference/folds.py.
func TestGolden(t *testing.T) {
	type goldenCase struct {
		Seed    uint32
		Words   []uint32
		Most    []uint32
		Bounded []uint32
		Perms   [][]int
	}
	n, c := 0, new(goldenCase)
	for n, c = range golden.Cases[goldenCase](t, "randomstate.jsonl.gz") {
		s := New(c.Seed)
		for i, want := range c.Words {
			if got := s.Uint32(); got != want {
				t.Fatalf("seed %d, word %d: %d, want %d", c.Seed, i, got, want)
			}
		}
		s = New(c.Seed)
		for i, most := range c.Most {
			if got := s.Interval(most); got != c.Bounded[i] {
				t.Fatalf("seed %d, number %d to %d: %d, want %d", c.Seed, i, most, got, c.Bounded[i])
			}
		}
		a, b := New(c.Seed), New(c.Seed)
		for _, want := range c.Perms {
			if got := a.Perm(len(want)); !slices.Equal(got, want) {
				t.Fatalf("seed %d: %v, want %v", c.Seed, got, want)
			}
			got := slices.Clone(want)
			slices.Sort(got)
			b.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d, shuffled: %v, want %v", c.Seed, got, want)
			}
		}
	}
	if n < 20 {
		t.Errorf("%d cases", n)
	}
}

func BenchmarkPerm(b *testing.B) {
	for b.Loop() {
		New(1).Perm(100_000)
	}
}
