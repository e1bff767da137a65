package pseudo

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hubdata/hubdata/rle"
)

// TestRescore compares instances with those whose scores stay, and with the definition.
func TestRescore(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	lower, moved := 0, 0
	for range 300 {
		models := 1 + rng.IntN(3)
		tile := randomTile(t, rng, 50, 50, models, 1+rng.IntN(8))
		o := randomOptions(rng, models)
		o.Rescore, o.ClassAbove = RescoreNone, nil
		plain := cloneInstances(fuseOnce(t, o, tile))
		o.Rescore = RescoreAgreement
		got := cloneInstances(fuseOnce(t, o, tile))
		if len(got) != len(plain) {
			t.Fatalf("%d instances, expected %d", len(got), len(plain))
		}
		var expected []float64
		for _, in := range plain {
			sum := 0.0
			for _, m := range in.Members {
				for i := range tile.Predictions {
					if p := &tile.Predictions[i]; p.Source == m.Source && p.Record == m.Record {
						mask, err := p.Segmentation.Mask(50, 50)
						if err != nil {
							t.Fatal(err)
						}
						sum += rle.IoU(in.Mask, mask)
					}
				}
			}
			v := in.Score * (sum / float64(len(in.Members)))
			if v < in.Score {
				lower++
			}
			expected = append(expected, v)
		}
		if !slices.IsSortedFunc(expected, func(a, b float64) int { return -int(a*1e9) + int(b*1e9) }) {
			moved++
		}
		slices.SortFunc(expected, func(a, b float64) int {
			if a > b {
				return -1
			} else if a < b {
				return 1
			}
			return 0
		})
		for i, in := range got {
			if in.Score != expected[i] {
				t.Fatalf("instance %d scores %v, expected %v of %+v", i, in.Score, expected[i], o)
			}
		}
	}
	if lower < 300 || moved < 30 {
		t.Errorf("%d instances score less, in %d tiles in another order: the test does not reach what it is for", lower, moved)
	}
}

// fuseOnce fuses a tile.
func fuseOnce(t *testing.T, o *Options, tile *Tile) []Instance {
	t.Helper()
	f, err := NewFuser(o)
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := f.Tile(tile)
	if err != nil {
		t.Fatal(err)
	}
	return list
}
