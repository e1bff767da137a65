package rle

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestCovariance compares the results with the definition, computed in rational
// numbers.
func TestCovariance(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 18))
	for range 3000 {
		h, w := 1+rng.IntN(11), 1+rng.IntN(11)
		pix := randomBitmap(rng, h, w)
		var n, sx, sy, sxx, syy, sxy int64
		for y := range int64(h) {
			for x := range int64(w) {
				if pix[y*int64(w)+x] != 0 {
					n, sx, sy, sxx, syy, sxy = n+1, sx+x, sy+y, sxx+x*x, syy+y*y, sxy+x*y
				}
			}
		}
		xx, yy, xy, ok := mustBitmap(t, h, w, pix).Covariance()
		if ok != (n > 0) {
			t.Fatalf("%d x %d %v: ok is %v", h, w, pix, ok)
		}
		if !ok {
			continue
		}
		for _, c := range []struct {
			name      string
			got       float64
			sum, a, b int64
		}{{"xx", xx, sxx, sx, sx}, {"yy", yy, syy, sy, sy}, {"xy", xy, sxy, sx, sy}} {
			if want, _ := big.NewRat(n*c.sum-c.a*c.b, n*n).Float64(); math.Abs(c.got-want) > 4e-16*math.Abs(want) {
				t.Fatalf("%d x %d %v: %s is %v, want %v", h, w, pix, c.name, c.got, want)
			}
		}
	}
}

// TestCovarianceLargest checks the largest masks against (n*n-1)/12, the
// variance of the indices 0..n-1.
func TestCovarianceLargest(t *testing.T) {
	for _, size := range [][2]int{{1 << 30, 1}, {1, 1 << 30}, {1 << 15, 1 << 15}, {1 << 20, 1 << 10}, {3, 357913941}} {
		h, w := size[0], size[1]
		m, err := FromRuns(h, w, []uint32{0, uint32(h * w)})
		if err != nil {
			t.Fatal(err)
		}
		want := func(n int) float64 { return (float64(n)*float64(n) - 1) / 12 }
		xx, yy, xy, ok := m.Covariance()
		if !ok || math.Abs(xx/want(w)-1) > 1e-15 && w > 1 || math.Abs(yy/want(h)-1) > 1e-15 && h > 1 || xy != 0 {
			t.Errorf("full %d x %d: %v, %v, %v, %v; want %v, %v, 0", h, w, xx, yy, xy, ok, want(w), want(h))
		}
	}
	// Two halves of a diagonal are as far apart as they can be.
	edge := 1 << 15
	runs := []uint32{0, uint32(edge / 2)}
	m, err := FromRuns(edge, edge, append(runs, uint32(edge*edge-edge), uint32(edge/2)))
	if err != nil {
		t.Fatal(err)
	}
	if xx, yy, xy, _ := m.Covariance(); xx != 16383.5*16383.5 || xy != 16383.5*8192 || yy != 8192*8192+(8192*8192*4-1)/12.0 {
		t.Errorf("corners: %v, %v, %v", xx, yy, xy)
	}
}

func BenchmarkCovariance(b *testing.B) {
	m := benchMask()
	for b.Loop() {
		m.Covariance()
	}
}
