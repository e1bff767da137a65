package rle

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// mustBitmap returns the mask of a dense image. The naive scan computes its
// runs.
func mustBitmap(t testing.TB, h, w int, pix []byte) Mask {
	t.Helper()
	m, err := FromRuns(h, w, naiveRuns(h, w, pix))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// perPixel returns the dense image whose pixels f computes.
func perPixel(h, w int, f func(x, y int) bool) []byte {
	pix := make([]byte, h*w)
	for y := range h {
		for x := range w {
			if f(x, y) {
				pix[y*w+x] = 1
			}
		}
	}
	return pix
}

// checkMask fails unless got is exactly the canonical mask of the image.
func checkMask(t testing.TB, what string, got Mask, h, w int, pix []byte) {
	t.Helper()
	if want := mustBitmap(t, h, w, pix); !got.Equal(want) {
		t.Fatalf("%s: %d x %d runs %v, want %d x %d runs %v", what, got.h, got.w, got.runs, h, w, want.runs)
	}
}

// checkSetOps compares every set operation on the images with a loop over
// pixels.
func checkSetOps(t testing.TB, h, w int, pix [][]byte, weights []float64, threshold float64) {
	t.Helper()
	masks := make([]Mask, len(pix))
	for i := range pix {
		masks[i] = mustBitmap(t, h, w, pix[i])
	}
	all := func(x, y int) (n int, sum float64) {
		for i := range pix {
			if pix[i][y*w+x] != 0 {
				n++
				sum += weights[i]
			}
		}
		return n, sum
	}
	a, b := pix[0], pix[len(pix)-1]
	run := func(m Mask, err error) Mask {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	first, last := masks[0], masks[len(masks)-1]
	checkMask(t, "union", run(Union(masks...)), h, w,
		perPixel(h, w, func(x, y int) bool { n, _ := all(x, y); return n > 0 }))
	checkMask(t, "intersect", run(Intersect(masks...)), h, w,
		perPixel(h, w, func(x, y int) bool { n, _ := all(x, y); return n == len(pix) }))
	checkMask(t, "difference", run(Difference(first, last)), h, w,
		perPixel(h, w, func(x, y int) bool { return a[y*w+x] > b[y*w+x] }))
	checkMask(t, "xor", run(Xor(first, last)), h, w, perPixel(h, w, func(x, y int) bool { return a[y*w+x] != b[y*w+x] }))
	checkMask(t, "complement", first.Complement(), h, w, perPixel(h, w, func(x, y int) bool { return a[y*w+x] == 0 }))
	checkMask(t, "vote", run(AtLeast(masks, nil, threshold)), h, w,
		perPixel(h, w, func(x, y int) bool { n, _ := all(x, y); return float64(n) >= threshold }))
	checkMask(t, "weighted vote", run(AtLeast(masks, weights, threshold)), h, w,
		perPixel(h, w, func(x, y int) bool { _, s := all(x, y); return s >= threshold }))
}

func TestSetOps(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	thresholds := []float64{0.5, 1, 2, 0.3, 0, -1, 0.1 + 0.2, math.NaN(), math.Inf(-1)}
	for i := range 3000 {
		h, w := 1+rng.IntN(12), 1+rng.IntN(12)
		if i%100 == 0 {
			h = 0
		}
		n := 1 + rng.IntN(5)
		if i%200 == 0 {
			n = 70 // the bit set of masks needs more than one word
		}
		pix, weights := make([][]byte, n), make([]float64, n)
		for j := range pix {
			pix[j] = randomBitmap(rng, h, w)
			weights[j] = float64(rng.IntN(9)-1) / 10
		}
		checkSetOps(t, h, w, pix, weights, thresholds[rng.IntN(len(thresholds))])
	}
}

func TestSetOpsBadInput(t *testing.T) {
	a, _ := Empty(2, 3)
	b, _ := Empty(3, 2)
	tests := []struct {
		name string
		call func() (Mask, error)
	}{
		{"union", func() (Mask, error) { return Union(a, a, b) }},
		{"intersect", func() (Mask, error) { return Intersect(a, b) }},
		{"difference", func() (Mask, error) { return Difference(a, b) }},
		{"xor", func() (Mask, error) { return Xor(a, b) }},
		{"vote", func() (Mask, error) { return AtLeast([]Mask{a, b}, nil, 1) }},
		{"weights", func() (Mask, error) { return AtLeast([]Mask{a, a}, []float64{1}, 1) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := tt.call(); !errors.Is(err, ErrSize) {
				t.Errorf("error %v, want one that wraps ErrSize", err)
			}
		})
	}
	for name, call := range map[string]func() (Mask, error){
		"union":     func() (Mask, error) { return Union() },
		"intersect": func() (Mask, error) { return Intersect() },
		"vote":      func() (Mask, error) { return AtLeast(nil, nil, 0) },
	} {
		if m, err := call(); err != nil || !m.Equal(Mask{}) {
			t.Errorf("%s of no masks: %v, %v, want the 0 x 0 mask", name, m, err)
		}
	}
}

func FuzzSetOps(f *testing.F) {
	f.Add(uint8(2), []byte{1, 2, 3, 4}, 1.0)
	f.Add(uint8(1), []byte{0, 7, 7, 7, 0, 1}, 2.0)
	f.Add(uint8(0), []byte{}, 0.0)
	f.Add(uint8(5), []byte("the vote of three masks counts"), 0.3)
	f.Fuzz(func(t *testing.T, h uint8, data []byte, threshold float64) {
		if len(data) > 400 {
			data = data[:400]
		}
		// Every byte is a pixel of four masks, one bit each.
		w := 0
		if h > 0 {
			w = len(data) / int(h)
		}
		pix := make([][]byte, 4)
		for i := range pix {
			pix[i] = make([]byte, int(h)*w)
			for k := range pix[i] {
				pix[i][k] = data[k] >> i & 1
			}
		}
		checkSetOps(t, int(h), w, pix, []float64{0.1, 0.2, 0.7, -0.1}, threshold)
	})
}

// benchMasks returns n masks of one tile, like the instances of a dense
// prediction.
func benchMasks(n, h, w, side int, seed uint64) []Mask {
	rng := rand.New(rand.NewPCG(seed, 10))
	masks := make([]Mask, n)
	for i := range masks {
		masks[i] = blockMask(rng, h, w, side)
	}
	return masks
}

// blockMask returns a noisy blob in a side x side block somewhere on an h x w
// image.
func blockMask(rng *rand.Rand, h, w, side int) Mask {
	var win window
	win.reset(rng.IntN(w-side), rng.IntN(h-side), side, side)
	for x := range side {
		half := side / 2
		n := 1 + rng.IntN(3) + 2*int(math.Sqrt(float64(half*half-(x-half)*(x-half))))
		n = min(n, side)
		y := (side - n) / 2
		win.setRun(x, y, n)
		if n > 8 { // holes split nearly every column into two runs
			win.bits[x*win.stride+(y+n/2)/64] &^= 1 << ((y + n/2) % 64)
		}
	}
	return win.mask(h, w)
}

func BenchmarkUnion(b *testing.B) {
	masks := benchMasks(2, 512, 512, 100, 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Union(masks...); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnion100(b *testing.B) {
	masks := benchMasks(100, 512, 512, 60, 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Union(masks...); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAtLeast8(b *testing.B) {
	masks := benchMasks(8, 512, 512, 200, 1)
	weights := []float64{1, 1, .5, .5, 1, 2, 1, 1}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := AtLeast(masks, weights, 3); err != nil {
			b.Fatal(err)
		}
	}
}
