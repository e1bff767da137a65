package rle

import (
	"errors"
	"math/rand/v2"
	"testing"
)

// naiveStep computes one erosion or dilation pixel by pixel: the result is the
// least or the greatest of the pixels under the element.
func naiveStep(h, w int, pix []byte, e Element, erode bool, border Border) []byte {
	out := make([]byte, len(pix))
	r := e.Side() / 2
	for y := range h {
		for x := range w {
			all, any := true, false
			for dy := -r; dy <= r; dy++ {
				for dx := -r; dx <= r; dx++ {
					if !e.At(dx, dy) {
						continue
					}
					if X, Y := x+dx, y+dy; X >= 0 && Y >= 0 && X < w && Y < h {
						all, any = all && pix[Y*w+X] != 0, any || pix[Y*w+X] != 0
					} else if border == BorderBackground {
						all = false
					}
				}
			}
			if erode && all || !erode && any {
				out[y*w+x] = 1
			}
		}
	}
	return out
}

// checkMorph compares one series, run in one piece and in narrow strips, with
// naiveStep.
func checkMorph(t *testing.T, h, w int, pix []byte, e Element, op, n int, border Border) {
	t.Helper()
	m, err := FromBitmap(h, w, pix)
	if err != nil {
		t.Fatal(err)
	}
	p := morphology{e: e, border: border, dilateFirst: op == 3}
	if op != 1 {
		p.erosions = n
	}
	if op != 0 {
		p.dilations = n
	}
	want := pix
	for i := range 2 * n {
		erode := op == 0 || op == 2 && i < n || op == 3 && i >= n
		if (op == 0 || op == 1) && i >= n {
			break
		}
		want = naiveStep(h, w, want, e, erode, border)
	}
	wantMask, _ := FromBitmap(h, w, want)
	for _, limit := range []int{1, 20, stripWords} {
		if got := p.apply(m, limit); !got.Equal(wantMask) {
			t.Fatalf("%dx%d op %d by %s, %d times, border %d, limit %d: %v from %v, want %v",
				h, w, op, e, n, border, limit, got.Runs(), m.Runs(), wantMask.Runs())
		}
	}
}

func someElement(shape, r int) Element {
	s := shapes[shape%len(shapes)]
	if !s.radius {
		r = 2*r + 1
	}
	e, _ := s.make(r)
	return e
}

func TestMorphNaive(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 1))
	for range 600 {
		h, w := rng.IntN(90), rng.IntN(40)
		checkMorph(t, h, w, traceBitmap(rng, h, w), someElement(rng.IntN(5), rng.IntN(5)), rng.IntN(4), rng.IntN(3), Border(rng.IntN(2)))
	}
}

func FuzzMorph(f *testing.F) {
	f.Add(uint8(70), uint8(5), uint8(1), uint8(2), uint8(1), uint64(3))
	f.Fuzz(func(t *testing.T, h, w, shape, r, n uint8, seed uint64) {
		rng := rand.New(rand.NewPCG(seed, 0))
		hh, ww := int(h), int(w)%40
		checkMorph(t, hh, ww, traceBitmap(rng, hh, ww), someElement(int(shape), int(r)%5), int(n)/4%4, int(n)%3, Border(n>>7))
	})
}

func FuzzTrace(f *testing.F) {
	f.Add(uint8(9), uint8(7), uint64(1))
	f.Fuzz(func(t *testing.T, h, w uint8, seed uint64) {
		hh, ww := int(h)%30, int(w)%30
		m, _ := FromBitmap(hh, ww, traceBitmap(rand.New(rand.NewPCG(seed, 0)), hh, ww))
		checkPolygons(t, m, Conn4)
		checkPolygons(t, m, Conn8)
		checkFill(t, m)
	})
}

func TestMorphErrors(t *testing.T) {
	m, _ := Empty(3, 3)
	if _, err := m.Erode(Element{}, -1, BorderIgnore); !errors.Is(err, ErrElement) {
		t.Errorf("negative iterations: %v", err)
	}
	if _, err := m.Close(Element{}, 1, 7); !errors.Is(err, ErrElement) {
		t.Errorf("unknown border: %v", err)
	}
	for _, s := range []string{"", "cross", "cross:2", "square:0", "ellipse:-3", "disk:-1", "disk:512", "square:1025", "ring:3", "cross:x"} {
		if _, err := ParseElement(s); !errors.Is(err, ErrElement) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func BenchmarkDilateCross3Blob60(b *testing.B) {
	e, _ := Disk(30)
	blob, _ := FromBitmap(61, 61, elementBitmap(e))
	cross, _ := Cross(3)
	for b.Loop() {
		blob.Dilate(cross, 1, BorderIgnore)
	}
}

func BenchmarkPolygonsBlob60(b *testing.B) {
	e, _ := Disk(30)
	blob, _ := FromBitmap(61, 61, elementBitmap(e))
	for b.Loop() {
		blob.Polygons(Conn4)
	}
}
