package rle

import (
	"math/rand/v2"
	"testing"
)

func TestCentroid(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	for range 4000 {
		h, w := 1+rng.IntN(11), 1+rng.IntN(11)
		pix := randomBitmap(rng, h, w)
		var n, sx, sy float64
		for y := range h {
			for x := range w {
				if pix[y*w+x] != 0 {
					n, sx, sy = n+1, sx+float64(x), sy+float64(y)
				}
			}
		}
		x, y, ok := mustBitmap(t, h, w, pix).Centroid()
		if ok != (n > 0) {
			t.Fatalf("%d x %d %v: ok is %v", h, w, pix, ok)
		}
		if ok && (x != sx/n || y != sy/n) {
			t.Fatalf("%d x %d %v: centroid %v, %v, want %v, %v", h, w, pix, x, y, sx/n, sy/n)
		}
	}
}

func TestCentroidLargest(t *testing.T) {
	// The mean of all indices 0..n-1 is (n-1)/2, whatever the size.
	for _, size := range [][2]int{{1 << 30, 1}, {1, 1 << 30}, {1 << 15, 1 << 15}} {
		m, err := FromRuns(size[0], size[1], []uint32{0, MaxPixels})
		if err != nil {
			t.Fatal(err)
		}
		x, y, ok := m.Centroid()
		if !ok || x != float64(size[1]-1)/2 || y != float64(size[0]-1)/2 {
			t.Errorf("full %d x %d: centroid %v, %v, %v", size[0], size[1], x, y, ok)
		}
	}
}

func BenchmarkCentroid(b *testing.B) {
	m := benchMask()
	for b.Loop() {
		m.Centroid()
	}
}
