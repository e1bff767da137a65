package rle

import (
	"errors"
	"math/rand/v2"
	"testing"
)

// TestOverlapsAdd compares masks added by Add and AddText with masks passed to
// Reset.
func TestOverlapsAdd(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var added, set Overlaps
	for n := range 300 {
		h, w := 1+rnd.IntN(90), 1+rnd.IntN(40)
		masks := make([]Mask, rnd.IntN(12))
		for i := range masks {
			pix := make([]byte, h*w)
			x, y := rnd.IntN(w), rnd.IntN(h)
			for range rnd.IntN(2 * h * w) {
				x, y = min(max(x+rnd.IntN(3)-1, 0), w-1), min(max(y+rnd.IntN(3)-1, 0), h-1)
				pix[y*w+x] = 1
			}
			m, err := FromBitmap(h, w, pix)
			if err != nil {
				t.Fatal(err)
			}
			masks[i] = m
		}
		if err := set.Reset(masks); err != nil {
			t.Fatal(err)
		}
		if err := added.Start(h, w); err != nil {
			t.Fatal(err)
		}
		for _, m := range masks {
			if text, _ := m.AppendText(nil); n%2 == 0 {
				if err := added.AddText(text); err != nil {
					t.Fatal(err)
				}
			} else if err := added.Add(m); err != nil {
				t.Fatal(err)
			}
		}
		if added.Len() != len(masks) {
			t.Fatalf("%d masks, want %d", added.Len(), len(masks))
		}
		for i, m := range masks {
			if added.Area(i) != m.Area() || added.Bounds(i) != m.Bounds() || !added.Mask(i).Equal(m) {
				t.Fatalf("mask %d is another", i)
			}
			for j := range masks {
				inter := set.Intersection(i, j)
				if got := added.Intersection(i, j); got != inter {
					t.Fatalf("masks %d and %d share %d pixels, want %d", i, j, got, inter)
				}
				if most := added.Most(i, j); most < inter {
					t.Fatalf("masks %d and %d share %d pixels, more than the most of %d", i, j, inter, most)
				}
			}
		}
	}
}

// TestOverlapsAddPolygon compares AddPolygon with FromPolygon.
func TestOverlapsAddPolygon(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	var p Overlaps
	for range 300 {
		h, w := rnd.IntN(90), rnd.IntN(40)
		if err := p.Start(h, w); err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			ring := make(Ring, rnd.IntN(8))
			for k := range ring {
				ring[k] = Point{rnd.Float64()*60 - 10, rnd.Float64()*120 - 10}
			}
			rule := Rule(i % 4)
			want, werr := FromPolygon(h, w, rule, ring)
			n := p.Len()
			if err := p.AddPolygon(rule, ring); (err == nil) != (werr == nil) || err == nil && !p.Mask(n).Equal(want) {
				t.Fatalf("%d x %d, %v, %v: another mask, error %v, want %v", h, w, rule, ring, err, werr)
			}
		}
	}
}

func TestOverlapsAddErrors(t *testing.T) {
	var p Overlaps
	if err := p.Start(-1, 2); !errors.Is(err, ErrSize) {
		t.Errorf("negative height: %v", err)
	}
	if err := p.Start(4, 5); err != nil {
		t.Fatal(err)
	}
	other, _ := Empty(5, 4)
	if err := p.Add(other); !errors.Is(err, ErrSize) {
		t.Errorf("another size: %v", err)
	}
	if err := p.AddText([]byte("5")); !errors.Is(err, ErrCorrupt) {
		t.Errorf("runs that do not fill the mask: %v", err)
	}
	if p.Len() != 0 {
		t.Errorf("%d masks after errors", p.Len())
	}
	if err := p.Start(0, 7); err != nil {
		t.Fatal(err)
	}
	if err := p.AddText([]byte("0")); err != nil || p.Area(0) != 0 || p.Bounds(0) != (Box{}) {
		t.Errorf("empty image: %v", err)
	}
}
