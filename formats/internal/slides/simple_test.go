package slides

import (
	"math/rand/v2"
	"testing"

	"github.com/hubdata/hubdata/rle"
)

// TestSimple: no ring comes to a vertex twice, outer rings go clockwise and holes the other way, and all together, and
// as one ring with bridges, have the pixels of the mask.
func TestSimple(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	met := 0
	for range 3000 {
		h, w := 1+r.IntN(9), 1+r.IntN(9)
		pix := make([]byte, h*w)
		for i := range pix {
			pix[i] = byte(min(r.IntN(4), 1))
		}
		m, err := rle.FromBitmap(h, w, pix)
		if err != nil {
			t.Fatal(err)
		}
		before := 0
		for _, p := range m.Polygons(rle.Conn4) {
			before += 1 + len(p.Holes)
		}
		var rings, bridges []rle.Ring
		for _, p := range simple(m.Polygons(rle.Conn4)) {
			for k, ring := range append([]rle.Ring{p.Outer}, p.Holes...) {
				if clockwise(ring) != (k == 0) {
					t.Fatalf("ring %d of %v turns the other way", k, p)
				}
				seen := map[rle.Point]bool{}
				for _, v := range ring {
					if seen[v] {
						t.Fatalf("%v comes to %v twice", ring, v)
					}
					seen[v] = true
				}
				rings = append(rings, ring)
			}
			bridges = append(bridges, bridged(p))
		}
		if len(rings) > before {
			met++
		}
		for name, list := range map[string][]rle.Ring{"rings": rings, "bridges": bridges} {
			got, err := rle.FromPolygon(h, w, rle.FillCenter, list...)
			if err != nil || !got.Equal(m) {
				t.Fatalf("%s have other pixels than %v: %v", name, pix, err)
			}
		}
	}
	if met < 100 {
		t.Errorf("%d masks have rings that meet themselves, expected many", met)
	}
}

// TestLargeRings: a ring in a large box is not looked at, but cut all the same.
func TestLargeRings(t *testing.T) {
	large := rle.Ring{{0, 0}, {1e6, 0}, {1e6, 5}, {2e6, 5}, {2e6, 9}, {1e6, 9}, {1e6, 12}, {0, 12}}
	var c corners
	if !c.repeat(large) || len(loops(large)) != 1 {
		t.Errorf("%d loops, expected one", len(loops(large)))
	}
}
