package rle

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// naiveIoU counts pixels of two dense images and divides as maskApi.c does.
func naiveIoU(a, b []byte, crowd bool) float64 {
	inter, union, area := 0, 0, 0
	for i := range a {
		if a[i] != 0 {
			area++
		}
		if a[i] != 0 || b[i] != 0 {
			union++
		}
		if a[i] != 0 && b[i] != 0 {
			inter++
		}
	}
	if inter == 0 {
		return 0
	}
	if crowd {
		union = area
	}
	return float64(inter) / float64(union)
}

// checkIoU compares the matrices of the images with the naive counts. It
// returns how many shapes took each form.
func checkIoU(t testing.TB, h, w int, dtPix, gtPix [][]byte, crowd []bool) (forms [3]int) {
	t.Helper()
	var dt, gt []Mask
	for _, p := range dtPix {
		dt = append(dt, mustBitmap(t, h, w, p))
	}
	for _, p := range gtPix {
		gt = append(gt, mustBitmap(t, h, w, p))
	}
	check := func(what string, got []float64, err error, crowdOf func(j int) bool) {
		t.Helper()
		if err != nil || len(got) != 1+len(dt)*len(gt) || got[0] != 7 {
			t.Fatalf("%s: %d values, error %v", what, len(got), err)
		}
		for i := range dt {
			for j := range gt {
				want := naiveIoU(dtPix[i], gtPix[j], crowdOf(j))
				if v := got[1+i*len(gt)+j]; v != want {
					t.Fatalf("%s of %d and %d on %d x %d: %v, want %v\n%v\n%v", what, i, j, h, w, v, want, dt[i].runs, gt[j].runs)
				}
			}
		}
	}
	got, err := AppendIoU([]float64{7}, dt, gt, nil)
	check("IoU", got, err, func(int) bool { return false })
	got, err = AppendIoU([]float64{7}, dt, gt, crowd)
	check("IoU with crowds", got, err, func(j int) bool { return crowd[j] })
	got, err = AppendIoF([]float64{7}, dt, gt)
	check("IoF", got, err, func(int) bool { return true })

	all := append(append([]Mask(nil), dt...), gt...)
	var pairs Overlaps
	if err := pairs.Reset(all); err != nil || pairs.Len() != len(all) {
		t.Fatalf("%d masks made ready, error %v", pairs.Len(), err)
	}
	for i := range dt {
		for j := range gt {
			if v, want := pairs.IoU(i, len(dt)+j), naiveIoU(dtPix[i], gtPix[j], false); v != want || pairs.IoU(len(dt)+j, i) != want {
				t.Fatalf("overlap of %d and %d on %d x %d: %v, want %v", i, j, h, w, v, want)
			}
		}
		if pairs.Area(i) != dt[i].Area() || pairs.Intersection(i, i) != dt[i].Area() {
			t.Fatalf("mask %d: area %d, want %d", i, pairs.Area(i), dt[i].Area())
		}
	}

	var s overlapper
	s.reset(dt, gt)
	for i := range s.shapes {
		p := &s.shapes[i]
		x0, y0, x1, y1 := p.m.bounds()
		if p.area != p.m.Area() || p.area > 0 && (p.x0 != x0 || p.y0 != y0 || p.x1 != x1 || p.y1 != y1) {
			t.Fatalf("runs %v: measured %+v, want %d %d %d %d, area %d", p.m.runs, *p, x0, y0, x1, y1, p.m.Area())
		}
		if p.area > 0 {
			s.prepare(p)
			forms[p.form]++
		}
	}
	return forms
}

func TestIoU(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 18))
	var forms [3]int
	for i := range 2500 {
		h, w := 1+rng.IntN(12), 1+rng.IntN(30)
		switch i % 10 {
		case 0:
			h = 60 + rng.IntN(150) // several words per column
		case 1:
			h, w = 1, 1+rng.IntN(200)
		}
		pix := make([][]byte, 6)
		for j := range pix {
			pix[j] = randomBitmap(rng, h, w)
		}
		n := rng.IntN(len(pix) + 1)
		crowd := make([]bool, len(pix)-n)
		for j := range crowd {
			crowd[j] = rng.IntN(2) == 0
		}
		f := checkIoU(t, h, w, pix[:n], pix[n:], crowd)
		for j, c := range f {
			forms[j] += c
		}
	}
	if forms[formDense] < 1000 || forms[formSpans] < 1000 {
		t.Errorf("forms %v: the cases must try both forms often", forms)
	}
}

func TestIoUBadInput(t *testing.T) {
	a, _ := Empty(2, 3)
	b, _ := Empty(3, 2)
	if _, err := AppendIoU(nil, []Mask{a}, []Mask{a, b}, nil); !errors.Is(err, ErrSize) {
		t.Errorf("sizes that differ: error %v, want one that wraps ErrSize", err)
	}
	if _, err := AppendIoF(nil, []Mask{a, b}, []Mask{a}); !errors.Is(err, ErrSize) {
		t.Errorf("sizes that differ: error %v, want one that wraps ErrSize", err)
	}
	if _, err := AppendIoU(nil, []Mask{a}, []Mask{a}, []bool{}); !errors.Is(err, ErrSize) {
		t.Errorf("no flags: error %v, want one that wraps ErrSize", err)
	}
	if _, err := AppendBoxIoU(nil, nil, []Box{{}}, []bool{true, true}); !errors.Is(err, ErrSize) {
		t.Errorf("two flags for one box: error %v, want one that wraps ErrSize", err)
	}
}

func TestBoxIoU(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	tests := []struct {
		name  string
		d, g  Box
		crowd bool
		want  float64
	}{
		{"same", Box{1, 2, 3, 4}, Box{1, 2, 3, 4}, false, 1},
		{"touching", Box{0, 0, 2, 2}, Box{2, 0, 2, 2}, false, 0},
		{"half", Box{0, 0, 2, 2}, Box{1, 0, 2, 2}, false, 2.0 / 6},
		{"half of a crowd", Box{0, 0, 2, 2}, Box{1, 0, 2, 2}, true, 0.5},
		{"negative width", Box{0, 0, -2, 2}, Box{0, 0, 2, 2}, false, 0},
		{"no size", Box{0, 0, 0, 0}, Box{0, 0, 0, 0}, false, 0},
		// C's fmin and fmax ignore the NaN, the areas do not.
		{"not a number", Box{nan, 0, 2, 2}, Box{0, 0, 2, 2}, false, 4.0 / 4},
		{"infinite", Box{0, 0, inf, 2}, Box{0, 0, 2, 2}, false, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var crowd []bool
			if tt.crowd {
				crowd = []bool{true}
			}
			got, err := AppendBoxIoU(nil, []Box{tt.d}, []Box{tt.g}, crowd)
			if err != nil || len(got) != 1 || got[0] != tt.want {
				t.Errorf("got %v, %v, want %v", got, err, tt.want)
			}
		})
	}
}

func FuzzIoU(f *testing.F) {
	f.Add(uint8(2), []byte{1, 2, 3, 4})
	f.Add(uint8(1), []byte{15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15})
	f.Add(uint8(70), []byte("columns of more than sixty-four rows take two words each, and so on"))
	f.Fuzz(func(t *testing.T, h uint8, data []byte) {
		// Every byte repeats a few times; each of its low bits is one of four masks.
		var wide []byte
		for _, b := range data[:min(len(data), 300)] {
			for range b>>4 + 1 {
				wide = append(wide, b)
			}
		}
		w := 0
		if h > 0 {
			w = len(wide) / int(h)
		}
		pix := make([][]byte, 4)
		for i := range pix {
			pix[i] = make([]byte, int(h)*w)
			for x := range w {
				for y := range int(h) {
					pix[i][y*w+x] = wide[x*int(h)+y] >> i & 1
				}
			}
		}
		checkIoU(t, int(h), w, pix[:2], pix[2:], []bool{true, false})
	})
}

// BenchmarkIoU compares 64 x 64 blocks with two runs in every column on a COCO
// image, and compact cells on a tile of 512 x 512.
func BenchmarkIoU(b *testing.B) {
	for _, bm := range []struct {
		name       string
		h, w, side int
	}{{"coco", 480, 640, 64}, {"hubmap", 512, 512, 89}} {
		b.Run(bm.name, func(b *testing.B) {
			dt := benchMasks(100, bm.h, bm.w, bm.side, 1)
			gt := benchMasks(30, bm.h, bm.w, bm.side, 2)
			var dst []float64
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if dst, err = AppendIoU(dst[:0], dt, gt, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(dst)*b.N)/b.Elapsed().Seconds()/1e6, "Mpairs/s")
		})
	}
}

func BenchmarkBoxIoU(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 3))
	boxes := make([]Box, 100)
	for i := range boxes {
		boxes[i] = Box{rng.Float64() * 400, rng.Float64() * 400, rng.Float64() * 100, rng.Float64() * 100}
	}
	var dst []float64
	for b.Loop() {
		dst, _ = AppendBoxIoU(dst[:0], boxes, boxes, nil)
	}
	b.ReportMetric(float64(len(dst)*b.N)/b.Elapsed().Seconds()/1e6, "Mpairs/s")
}

// TestIoUOfPair compares the IoU of one pair with the matrix and with counting
// pixels.
func TestIoUOfPair(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 1))
	between := 0
	for range 300 {
		h, w := 1+rng.IntN(70), 1+rng.IntN(70)
		var pixels [2][]byte
		var masks [2]Mask
		for k := range pixels {
			pixels[k] = make([]byte, h*w)
			for i := range pixels[k] {
				if rng.IntN(4) < k*2 || rng.IntN(3) == 0 {
					pixels[k][i] = 1
				}
			}
			if rng.IntN(10) == 0 {
				clear(pixels[k])
			}
			var err error
			if masks[k], err = FromBitmap(h, w, pixels[k]); err != nil {
				t.Fatal(err)
			}
		}
		want := naiveIoU(pixels[0], pixels[1], false)
		if want > 0 && want < 1 {
			between++
		}
		if got := IoU(masks[0], masks[1]); got != want {
			t.Fatalf("%d x %d: IoU %v, want %v", h, w, got, want)
		}
	}
	if between < 100 {
		t.Errorf("only %d pairs overlap", between)
	}
	a, _ := Empty(3, 4)
	b, _ := Empty(4, 3)
	if v := IoU(a, b); v == v {
		t.Errorf("masks of different sizes give %v, want NaN", v)
	}
}
