package rle

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestBoundaryDistance(t *testing.T) {
	for _, c := range []struct {
		name  string
		h, w  int
		ratio float64
		want  int
	}{
		{"usual tile", 512, 512, BoundaryRatio, 14},
		{"never below one", 10, 10, BoundaryRatio, 1},
		{"half to even", 3, 4, 0.5, 2},
		{"half to even, up", 3, 4, 0.7, 4},
		{"not a number", 3, 4, math.NaN(), 1},
		{"negative", 3, 4, -1, 1},
	} {
		if got := BoundaryDistance(c.h, c.w, c.ratio); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// TestBoundaryBandNaive compares with the definition: the foreground pixels
// that have background, or the outside, at most d rows and columns away.
func TestBoundaryBandNaive(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	for range 500 {
		h, w, d := rng.IntN(90), rng.IntN(30), rng.IntN(9)
		pix := traceBitmap(rng, h, w)
		m, _ := FromBitmap(h, w, pix)
		want := make([]byte, h*w)
		for y := range h {
			for x := range w {
				for dy := -d; dy <= d; dy++ {
					for dx := -d; dx <= d; dx++ {
						X, Y := x+dx, y+dy
						if pix[y*w+x] != 0 && (X < 0 || Y < 0 || X >= w || Y >= h || pix[Y*w+X] == 0) {
							want[y*w+x] = 1
						}
					}
				}
			}
		}
		if wm, _ := FromBitmap(h, w, want); !m.BoundaryBand(d).Equal(wm) {
			t.Fatalf("%dx%d, d %d: %v, want %v", h, w, d, m.BoundaryBand(d).Runs(), wm.Runs())
		}
	}
}
