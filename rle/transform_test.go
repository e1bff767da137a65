package rle

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// checkTransforms compares every transform of one mask with a loop over pixels.
func checkTransforms(t testing.TB, rng *rand.Rand, h, w int, pix []byte) {
	t.Helper()
	m := mustBitmap(t, h, w, pix)
	at := func(x, y int) bool { return x >= 0 && y >= 0 && x < w && y < h && pix[y*w+x] != 0 }

	dx, dy := rng.IntN(2*w+4)-w-2, rng.IntN(2*h+4)-h-2
	if rng.IntN(3) == 0 {
		dy = 0
	}
	checkMask(t, "translate", m.Translate(dx, dy), h, w, perPixel(h, w, func(x, y int) bool { return at(x-dx, y-dy) }))
	checkMask(t, "flip horizontal", m.FlipHorizontal(), h, w, perPixel(h, w, func(x, y int) bool { return at(w-1-x, y) }))
	checkMask(t, "flip vertical", m.FlipVertical(), h, w, perPixel(h, w, func(x, y int) bool { return at(x, h-1-y) }))
	checkMask(t, "transpose", m.Transpose(), w, h, perPixel(w, h, func(x, y int) bool { return at(y, x) }))
	k := rng.IntN(9) - 4
	switch k & 3 {
	case 0:
		checkMask(t, "rotate 0", m.Rotate90(k), h, w, pix)
	case 1:
		checkMask(t, "rotate 1", m.Rotate90(k), w, h, perPixel(w, h, func(x, y int) bool { return at(w-1-y, x) }))
	case 2:
		checkMask(t, "rotate 2", m.Rotate90(k), h, w, perPixel(h, w, func(x, y int) bool { return at(w-1-x, h-1-y) }))
	case 3:
		checkMask(t, "rotate 3", m.Rotate90(k), w, h, perPixel(w, h, func(x, y int) bool { return at(y, h-1-x) }))
	}

	cx, cy := rng.IntN(w+1), rng.IntN(h+1)
	cw, ch := rng.IntN(w-cx+1), rng.IntN(h-cy+1)
	cut, err := m.Crop(cx, cy, ch, cw)
	if err != nil {
		t.Fatal(err)
	}
	checkMask(t, "crop", cut, ch, cw, perPixel(ch, cw, func(x, y int) bool { return at(x+cx, y+cy) }))

	top, bottom, left, right := rng.IntN(4), rng.IntN(4), rng.IntN(4), rng.IntN(4)
	if rng.IntN(3) == 0 {
		top, bottom = 0, 0
	}
	padded, err := m.Pad(top, bottom, left, right)
	if err != nil {
		t.Fatal(err)
	}
	ph, pw := h+top+bottom, w+left+right
	checkMask(t, "pad", padded, ph, pw, perPixel(ph, pw, func(x, y int) bool { return at(x-left, y-top) }))

	bh, bw := rng.IntN(9), rng.IntN(9)
	base := randomBitmap(rng, bh, bw)
	checkMask(t, "paste", Paste(mustBitmap(t, bh, bw, base), m, dx, dy), bh, bw,
		perPixel(bh, bw, func(x, y int) bool { return base[y*bw+x] != 0 || at(x-dx, y-dy) }))
}

func TestTransforms(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	for i := range 4000 {
		h, w := 1+rng.IntN(11), 1+rng.IntN(11)
		switch i % 50 {
		case 0:
			h = 0
		case 1:
			w = 0
		}
		checkTransforms(t, rng, h, w, randomBitmap(rng, h, w))
	}
}

func TestTransformsFarAway(t *testing.T) {
	m, _ := FromRuns(3, 3, []uint32{0, 9})
	empty, _ := Empty(3, 3)
	for _, far := range []int{math.MaxInt, math.MinInt, 3, -3} {
		if got := m.Translate(far, 0); !got.Equal(empty) {
			t.Errorf("moved by %d, 0: runs %v, want none", far, got.runs)
		}
		if got := m.Translate(0, far); !got.Equal(empty) {
			t.Errorf("moved by 0, %d: runs %v, want none", far, got.runs)
		}
		if got := Paste(empty, m, far, far); !got.Equal(empty) {
			t.Errorf("pasted at %d, %d: runs %v, want none", far, far, got.runs)
		}
	}
}

func TestTransformsBadInput(t *testing.T) {
	m, _ := Empty(3, 4)
	tests := []struct {
		name string
		call func() (Mask, error)
	}{
		{"crop too wide", func() (Mask, error) { return m.Crop(0, 0, 3, 5) }},
		{"crop too high", func() (Mask, error) { return m.Crop(0, 1, 3, 1) }},
		{"crop to the left", func() (Mask, error) { return m.Crop(-1, 0, 1, 1) }},
		{"crop above", func() (Mask, error) { return m.Crop(0, -1, 1, 1) }},
		{"crop of negative height", func() (Mask, error) { return m.Crop(0, 0, -1, 1) }},
		{"crop of negative width", func() (Mask, error) { return m.Crop(0, 0, 1, -1) }},
		{"crop far away", func() (Mask, error) { return m.Crop(math.MaxInt, 0, 1, 1) }},
		{"crop of largest size", func() (Mask, error) { return m.Crop(1, 1, math.MaxInt, math.MaxInt) }},
		{"negative padding", func() (Mask, error) { return m.Pad(0, 0, 0, -1) }},
		{"huge padding", func() (Mask, error) { return m.Pad(math.MaxInt, math.MaxInt, 0, 0) }},
		{"too many pixels", func() (Mask, error) { return m.Pad(1<<15, 0, 1<<15, 0) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := tt.call(); !errors.Is(err, ErrSize) {
				t.Errorf("error %v, want one that wraps ErrSize", err)
			}
		})
	}
}

func FuzzTransforms(f *testing.F) {
	f.Add(uint64(1), uint8(3), []byte{1, 0, 1, 1, 1, 0})
	f.Add(uint64(2), uint8(1), []byte{1, 1, 1})
	f.Add(uint64(3), uint8(0), []byte{})
	f.Fuzz(func(t *testing.T, seed uint64, h uint8, data []byte) {
		data = data[:min(len(data), 400)]
		w := 0
		if h > 0 {
			w = len(data) / int(h)
		}
		pix := perPixel(int(h), w, func(x, y int) bool { return data[y*w+x]&1 != 0 })
		checkTransforms(t, rand.New(rand.NewPCG(seed, 0)), int(h), w, pix)
	})
}

func BenchmarkTransforms(b *testing.B) {
	m := benchMask()
	for _, bm := range []struct {
		name string
		run  func() Mask
	}{
		{"Translate", func() Mask { return m.Translate(5, 7) }},
		{"FlipHorizontal", m.FlipHorizontal},
		{"FlipVertical", m.FlipVertical},
		{"Transpose", m.Transpose},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bm.run()
			}
		})
	}
}
