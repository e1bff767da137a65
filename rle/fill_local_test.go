package rle

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// TestFromPolygonLocal: the part is that of the whole mask for every rule, wherever the rings are, however they round.
func TestFromPolygonLocal(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 1))
	for n := range 30_000 {
		h, w := 1+r.IntN(90), 1+r.IntN(90)
		if n%10 == 0 {
			h, w = 3000+r.IntN(3000), 1000+r.IntN(3000)
		}
		size := 1 + r.Float64()*60
		fx, fy := float64(r.IntN(w+40)-20), float64(r.IntN(h+40)-20)
		rings := make([]Ring, 1+r.IntN(3))
		for i := range rings {
			for range r.IntN(12) {
				p := Point{fx + (r.Float64()-.5)*size, fy + (r.Float64()-.5)*size}
				switch n % 4 { // tenths and thirds meet the halves at which the rule rounds
				case 1:
					p = Point{math.Round(p[0]), math.Round(p[1])}
				case 2:
					p = Point{math.Round(10*p[0]) / 10, math.Round(10*p[1]) / 10}
				case 3:
					p = Point{math.Round(30*p[0]) / 30, math.Round(30*p[1]) / 30}
				}
				rings[i] = append(rings[i], p)
			}
		}
		for _, rule := range []Rule{FillOpenCV, FillCOCO, FillCenter} {
			whole, err := FromPolygon(h, w, rule, rings...)
			if err != nil {
				t.Fatal(err)
			}
			part, x, y, err := FromPolygonLocal(h, w, rule, rings...)
			if err != nil {
				t.Fatal(err)
			}
			ph, pw := part.Size()
			same, err := whole.Crop(x, y, ph, pw)
			if err != nil || !same.Equal(part) || part.Area() != whole.Area() {
				t.Fatalf("%v %d x %d, rings %v: %d pixels of %d at %d, %d: %v", rule, h, w, rings, part.Area(), whole.Area(), x, y, err)
			}
		}
	}
}

// TestFromPolygonLocalRejects: sizes and coordinates are checked, on the image or not.
func TestFromPolygonLocalRejects(t *testing.T) {
	square := Ring{{1, 1}, {5, 1}, {5, 5}, {1, 5}}
	far := Ring{{1e9, 1}, {2e9, 1}, {1e9, 5}}
	for _, tt := range []struct {
		h, w  int
		rings []Ring
		err   error
	}{
		{-1, 5, []Ring{square}, ErrSize}, {5, 1<<30 + 1, []Ring{square}, ErrSize},
		{5, 5, []Ring{{{math.NaN(), 1}, {2, 2}, {3, 1}}}, ErrCoordinate}, {5, 5, []Ring{{{1, math.Inf(1)}, {2, 2}, {3, 1}}}, ErrCoordinate},
		{1 << 30, 1 << 30, []Ring{far}, ErrCoordinate},
		{1 << 30, 1 << 30, []Ring{{{0, 0}, {90_000, 0}, {90_000, 90_000}}}, ErrSize},
		{1 << 30, 1 << 30, []Ring{{{9e7, 9e7}, {9e7 + 5, 9e7}, {9e7 + 5, 9e7 + 5}}}, nil},
		{5, 5, nil, nil}, {5, 5, []Ring{{}}, nil}, {0, 0, []Ring{square}, nil},
	} {
		if _, _, _, err := FromPolygonLocal(tt.h, tt.w, FillCOCO, tt.rings...); !errors.Is(err, tt.err) || tt.err == nil && err != nil {
			t.Errorf("%d x %d, %v: error %v, expected %v", tt.h, tt.w, tt.rings, err, tt.err)
		}
	}
}
