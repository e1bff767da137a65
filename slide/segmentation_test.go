package slide

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// TestRegionOf: a region has the pixels of the segmentation's mask, for polygons with fractions, holes and points beyond
// the borders, and for runs.
func TestRegionOf(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 2))
	for n := range 20_000 {
		h, w := 40+r.IntN(3000), 40+r.IntN(3000)
		rings := randomRings(r, h, w, n)
		s := coco.Polygons(rings)
		mask, err := s.Mask(h, w)
		if err != nil {
			t.Fatal(err)
		}
		if n%8 == 0 {
			s = coco.RLE(mask)
		}
		got, err := RegionOf(s, h, w)
		if err != nil {
			t.Fatal(err)
		}
		if !got.same(NewRegion(0, 0, mask)) {
			t.Fatalf("%d x %d, %s: %d pixels, expected %d", h, w, s.AppendJSON(nil), got.Area(), mask.Area())
		}
	}
}

// same reports whether two regions have the same pixels.
func (r Region) same(o Region) bool { return r.X == o.X && r.Y == o.Y && r.Mask.Equal(o.Mask) }

// randomRings draws one to three rings on an image or beyond its borders, with coordinates of form n.
func randomRings(r *rand.Rand, h, w, n int) []rle.Ring {
	x, y, size := r.Float64()*float64(w+40)-20, r.Float64()*float64(h+40)-20, 1+r.Float64()*60
	rings := make([]rle.Ring, 1+r.IntN(3))
	for i := range rings {
		for range 3 + r.IntN(20) {
			p := rle.Point{x + (r.Float64()-.5)*size, y + (r.Float64()-.5)*size}
			for k := range p {
				switch n % 4 {
				case 1:
					p[k] = math.Round(p[k])
				case 2: // tenths are halves of the fifths of a pixel to which the rule rounds
					p[k] = math.Round(10*p[k]) / 10
				case 3:
					p[k] = math.Round(100*p[k]) / 100
				}
			}
			rings[i] = append(rings[i], p)
		}
	}
	return rings
}
