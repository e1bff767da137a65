package randomstate

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestGolden compares with numpy.random.RandomState: reference/folds.py.
func TestGolden(t *testing.T) {
	f, err := os.Open(filepath.Join(cmp.Or(os.Getenv("HUBDATA_GOLDEN"), filepath.Join("testdata", "golden")), "randomstate.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<24)
	lines.Scan()
	t.Logf("%s", lines.Bytes())
	n := 0
	for lines.Scan() {
		var c struct {
			Seed    uint32
			Words   []uint32
			Most    []uint32
			Bounded []uint32
			Perms   [][]int
		}
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		n++
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
