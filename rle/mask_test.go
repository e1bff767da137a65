package rle

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
)

// naiveRuns computes by a plain column-major scan what window.appendRuns
// computes.
func naiveRuns(h, w int, pix []byte) []uint32 {
	if h*w == 0 {
		return nil
	}
	runs := []uint32{0}
	for x := range w {
		for y := range h {
			if int(pix[y*w+x]) != (len(runs)+1)%2 {
				runs = append(runs, 0)
			}
			runs[len(runs)-1]++
		}
	}
	return runs
}

// randomBitmap returns bitmaps of several kinds, so that both long and short
// runs occur.
func randomBitmap(rng *rand.Rand, h, w int) []byte {
	pix := make([]byte, h*w)
	switch rng.IntN(6) {
	case 0: // empty
	case 1: // full
		for i := range pix {
			pix[i] = 1
		}
	case 2: // noise
		for i := range pix {
			pix[i] = byte(rng.IntN(2))
		}
	default: // rectangles
		for range 1 + rng.IntN(6) {
			if h == 0 || w == 0 {
				break
			}
			x0, y0 := rng.IntN(w), rng.IntN(h)
			x1, y1 := x0+rng.IntN(w-x0)+1, y0+rng.IntN(h-y0)+1
			v := byte(rng.IntN(3)/2 ^ 1)
			for y := y0; y < y1; y++ {
				for x := x0; x < x1; x++ {
					pix[y*w+x] = v
				}
			}
		}
	}
	return pix
}

func TestBitmapRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 4000 {
		h, w := rng.IntN(200), rng.IntN(12)
		if i%50 == 0 {
			h = 0
		}
		pix := randomBitmap(rng, h, w)
		m, err := FromBitmap(h, w, pix)
		if err != nil {
			t.Fatal(err)
		}
		if want := naiveRuns(h, w, pix); !slices.Equal(m.runs, want) {
			t.Fatalf("case %d, %d x %d: runs %v, want %v", i, h, w, m.runs, want)
		}
		if !slices.Equal(m.Bitmap(), pix) {
			t.Fatalf("case %d, %d x %d: bitmap differs", i, h, w)
		}
		// Any part of the mask, inside or extending beyond it, has the same
		// pixels.
		x0, y0 := rng.IntN(w+3)-2, rng.IntN(h+80)-40
		cw, ch := rng.IntN(w+3), rng.IntN(h+80)
		var win window
		win.load(m, x0, y0, cw, ch)
		got := win.mask(h, w)
		for y := range h {
			for x := range w {
				want := pix[y*w+x] == 1 && x >= x0 && x < x0+cw && y >= y0 && y < y0+ch
				if got.At(x, y) != want {
					t.Fatalf("case %d: cut at (%d, %d) is %v, want %v", i, x, y, !want, want)
				}
			}
		}
	}
}

func TestFromRuns(t *testing.T) {
	tests := []struct {
		name string
		h, w int
		in   []uint32
		want []uint32
		ok   bool
	}{
		{"plain", 2, 3, []uint32{1, 2, 3}, []uint32{1, 2, 3}, true},
		{"foreground first", 2, 3, []uint32{0, 6}, []uint32{0, 6}, true},
		{"zero inside", 2, 3, []uint32{1, 0, 2, 3}, []uint32{3, 3}, true},
		{"zero foreground inside", 2, 3, []uint32{1, 2, 0, 3}, []uint32{1, 5}, true},
		{"zeros first", 2, 3, []uint32{0, 0, 0, 6}, []uint32{0, 6}, true},
		{"zeros last", 2, 3, []uint32{6, 0, 0, 0}, []uint32{6}, true},
		{"background behind zeros", 2, 3, []uint32{0, 0, 6}, []uint32{6}, true},
		{"no pixels", 0, 3, []uint32{0}, nil, true},
		{"no runs", 0, 0, nil, nil, true},
		{"short", 2, 3, []uint32{1, 2}, nil, false},
		{"long", 2, 3, []uint32{1, 2, 4}, nil, false},
		{"sum beyond 32 bits", 2, 3, []uint32{1<<32 - 1, 7}, nil, false},
		{"negative size", -1, 3, nil, nil, false},
		{"huge size", 1 << 20, 1 << 20, nil, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := FromRuns(tt.h, tt.w, tt.in)
			if (err == nil) != tt.ok {
				t.Fatalf("error %v, want ok %v", err, tt.ok)
			}
			if err == nil && !slices.Equal(m.runs, tt.want) {
				t.Errorf("runs %v, want %v", m.runs, tt.want)
			}
		})
	}
}

func TestBounds(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		h, w := 1+rng.IntN(9), 1+rng.IntN(9)
		pix := randomBitmap(rng, h, w)
		m, _ := FromBitmap(h, w, pix)
		x0, y0, x1, y1, area := w, h, -1, -1, 0
		for y := range h {
			for x := range w {
				if pix[y*w+x] == 1 {
					x0, y0, x1, y1 = min(x0, x), min(y0, y), max(x1, x), max(y1, y)
					area++
				}
			}
		}
		want := Box{}
		if area > 0 {
			want = Box{float64(x0), float64(y0), float64(x1 - x0 + 1), float64(y1 - y0 + 1)}
		}
		if got := m.Bounds(); got != want || m.Area() != area {
			t.Fatalf("%v: bounds %v area %d, want %v %d", pix, got, m.Area(), want, area)
		}
	}
}

// TestTooWideForAWindow checks that the size of a window is checked before it
// is allocated. A mask of few rows needs one word per column.
func TestTooWideForAWindow(t *testing.T) {
	if _, err := FromPolygon(1, MaxPixels, FillOpenCV, Ring{{0, 0}, {MaxPixels - 1, 0}}); !errors.Is(err, ErrSize) {
		t.Errorf("error %v, want ErrSize", err)
	}
	if _, err := FromPolygon(64, 1<<24, FillOpenCV, Ring{{0, 0}, {9, 0}}); err != nil {
		t.Errorf("error %v, want none", err)
	}
}
