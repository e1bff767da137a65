package rle

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

func TestSimplifiedPolygons(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 400 {
		h, w := rng.IntN(40), rng.IntN(40)
		m, _ := FromBitmap(h, w, traceBitmap(rng, h, w))
		for _, rule := range []Rule{FillOpenCV, FillCOCO, FillCenter} {
			for _, minIoU := range []float64{1, 0.95, 0.5} {
				polygons, err := m.SimplifiedPolygons(minIoU, rule)
				if err != nil {
					t.Fatal(err)
				}
				got, err := FromPolygon(h, w, rule, Rings(polygons)...)
				if err != nil {
					t.Fatal(err)
				}
				both, union := 0, 0
				b := got.Bitmap()
				for i, a := range m.Bitmap() {
					both += int(a & b[i])
					union += int(a | b[i])
				}
				if float64(both) < minIoU*float64(union) {
					t.Fatalf("rule %v: IoU %d/%d, want %v", rule, both, union, minIoU)
				}
				for _, r := range Rings(polygons) {
					if len(r) < 3 {
						t.Fatalf("ring %v", r)
					}
				}
			}
		}
	}
}

func TestSimplifiedPolygonsFewer(t *testing.T) {
	e, _ := Disk(40)
	m, _ := FromBitmap(81, 81, elementBitmap(e))
	for _, rule := range []Rule{FillOpenCV, FillCOCO, FillCenter} {
		exact, err := m.SimplifiedPolygons(1, rule)
		if err != nil {
			t.Fatal(err)
		}
		thin, err := m.SimplifiedPolygons(0.9, rule)
		if err != nil {
			t.Fatal(err)
		}
		if len(thin) != 1 || len(thin[0].Outer) > 16 || 2*len(thin[0].Outer) > len(exact[0].Outer) {
			t.Errorf("rule %v: %d points instead of %d", rule, len(thin[0].Outer), len(exact[0].Outer))
		}
	}
	for _, bad := range []float64{0, -1, 1.1, math.NaN()} {
		if _, err := m.SimplifiedPolygons(bad, FillCenter); !errors.Is(err, ErrIoU) {
			t.Errorf("IoU %v: %v", bad, err)
		}
	}
	if _, err := m.SimplifiedPolygons(0.5, 9); !errors.Is(err, ErrRule) {
		t.Errorf("unknown rule: %v", err)
	}
}
