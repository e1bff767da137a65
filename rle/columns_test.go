package rle

import (
	"math/rand/v2"
	"testing"
)

// TestColumns compares with the division, at the first and last place of columns above all.
func TestColumns(t *testing.T) {
	check := func(h, pos int) {
		t.Helper()
		if got := newColumns(h).of(pos); got != pos/h {
			t.Fatalf("place %d of height %d: column %d, expected %d", pos, h, got, pos/h)
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	heights := []int{1, 2, 3, 5, 7, 63, 64, 65, 511, 512, 1<<15 - 1, 1 << 15, 1<<29 - 1, 1 << 29, 1<<29 + 1, MaxPixels - 1, MaxPixels}
	for range 4_000 {
		heights = append(heights, 1+rng.IntN(MaxPixels)>>rng.IntN(30))
	}
	for _, h := range heights {
		last := MaxPixels / h * h
		mid := rng.IntN(MaxPixels/h+1) * h
		for _, pos := range []int{0, h - 1, last - 1, last, MaxPixels, mid, mid - 1, mid + h - 1} {
			if pos >= 0 && pos <= MaxPixels {
				check(h, pos)
			}
		}
	}
	for h := 1; h <= 40; h++ {
		for pos := range 1000 {
			check(h, pos)
		}
	}
}
