package slide

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// at returns a random region somewhere on a slide of a size.
func regionAt(t testing.TB, r *rand.Rand, far int) Region {
	return randomRegion(t, r, 1+r.IntN(40), 1+r.IntN(40)).Moved(r.IntN(far), r.IntN(far))
}

// TestTraced: what is traced is filled again exactly, and so is what is written to an annotation, far out on a slide too.
func TestTraced(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 7))
	for n := range 5000 {
		far := 1 + 100*(n%2)
		if n%5 == 0 {
			far = 90_000_000
		}
		region := regionAt(t, r, far)
		if region.Area() == 0 {
			continue
		}
		again, err := Outline(rle.FillCOCO, region.Rings()...)
		if err != nil || !again.same(region) {
			t.Fatalf("%+v by its rings: %+v, %v", region, again, err)
		}
		var rings []rle.Ring
		for _, p := range region.Polygons() {
			rings = append(append(rings, p.Outer), p.Holes...)
		}
		if again, err = Outline(rle.FillCenter, rings...); err != nil || !again.same(region) {
			t.Fatalf("%+v by its polygons: %+v, %v", region, again, err)
		}
		a := coco.Annotation{Missing: coco.FieldArea | coco.FieldBBox | coco.FieldSegmentation}
		region.Annotate(&a)
		if again, err = RegionOf(a.Segmentation, MaxCoordinate, MaxCoordinate); err != nil || !again.same(region) || a.Missing != 0 || int(a.Area) != region.Area() || a.BBox != region.Bounds() {
			t.Fatalf("%+v by an annotation: %+v, %v", region, again, err)
		}
	}
}

// TestUniteAndShared compares both with the pixels.
func TestUniteAndShared(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 8))
	for range 3000 {
		list := make([]Region, r.IntN(5))
		want := map[[2]int]bool{}
		for i := range list {
			list[i] = regionAt(t, r, 60)
			for p := range list[i].pixels() {
				want[p] = true
			}
		}
		u, err := Unite(list...)
		if err != nil || !mapsEqual(u.pixels(), want) || !u.same(NewRegion(u.X, u.Y, u.Mask)) && u.Area() > 0 {
			t.Fatalf("%+v: %d pixels, expected %d: %v", list, u.Area(), len(want), err)
		}
		a, b := regionAt(t, r, 30), regionAt(t, r, 30)
		shared, other := 0, b.pixels()
		for p := range a.pixels() {
			if other[p] {
				shared++
			}
		}
		if got := Shared(a, b); got != shared || Shared(b, a) != shared {
			t.Fatalf("%+v and %+v share %d pixels, expected %d", a, b, got, shared)
		}
	}
	far := regionAt(t, r, 1).Moved(1<<29, 1<<29)
	near := regionAt(t, r, 1)
	if _, err := Unite(near, far); near.Area() > 0 && far.Area() > 0 && !errors.Is(err, rle.ErrSize) {
		t.Errorf("a region of half the plane: %v", err)
	}
}

// TestIn compares the part on a tile with the pixels.
func TestIn(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 9))
	for range 3000 {
		region := regionAt(t, r, 20)
		x, y, h, w := r.IntN(60)-10, r.IntN(60)-10, 1+r.IntN(40), 1+r.IntN(40)
		want := map[[2]int]bool{}
		for p := range region.pixels() {
			if p[0] >= x && p[0] < x+w && p[1] >= y && p[1] < y+h {
				want[[2]int{p[0] - x, p[1] - y}] = true
			}
		}
		m, ok := region.In(x, y, h, w)
		if ok != (len(want) > 0) || !mapsEqual(Region{Mask: m}.pixels(), want) {
			t.Fatalf("%+v at %d, %d, %d x %d: %v", region, x, y, h, w, m)
		}
		if mh, mw := m.Size(); ok && (mh != h || mw != w) {
			t.Fatalf("a mask of %d x %d, expected %d x %d", mh, mw, h, w)
		}
	}
}

// TestReduced counts the pixels of each square.
func TestReduced(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 10))
	for range 3000 {
		region, n := regionAt(t, r, 30), 1+r.IntN(7)
		counts := map[[2]int]int{}
		for p := range region.pixels() {
			counts[[2]int{p[0] / n, p[1] / n}]++
		}
		want := map[[2]int]bool{}
		for p, c := range counts {
			if 2*c >= n*n {
				want[p] = true
			}
		}
		got, err := region.Reduced(n)
		if err != nil || !mapsEqual(got.pixels(), want) || got.Area() > 0 && !got.same(NewRegion(got.X, got.Y, got.Mask)) {
			t.Fatalf("%+v by %d: %+v, expected %v: %v", region, n, got, want, err)
		}
	}
	for _, n := range []int{0, -1, 1<<30 + 1} {
		if _, err := (Region{}).Reduced(n); !errors.Is(err, ErrGrid) {
			t.Errorf("scale %d: %v", n, err)
		}
	}
}

// TestNewRegion: a region is as small as its pixels, and one without pixels is the zero region.
func TestNewRegion(t *testing.T) {
	empty, _ := rle.Empty(5, 7)
	if r := NewRegion(3, 4, empty); r.Area() != 0 || r.X != 0 || !r.Mask.Equal(rle.Mask{}) {
		t.Errorf("without pixels: %+v", r)
	}
	m, err := rle.FromBox(10, 20, rle.Box{X: 6, Y: 2, W: 3, H: 4})
	if err != nil {
		t.Fatal(err)
	}
	r := NewRegion(100, 200, m)
	if h, w := r.Mask.Size(); r.X != 106 || r.Y != 202 || h != 4 || w != 3 || r.Bounds() != (rle.Box{X: 106, Y: 202, W: 3, H: 4}) {
		t.Errorf("%+v", r)
	}
}

// TestContacts compares with the pixels of the outer rows and columns.
func TestContacts(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 11))
	for range 3000 {
		h, w, depth := 1+r.IntN(30), 1+r.IntN(30), 1+r.IntN(4)
		m, ok := randomRegion(t, r, w, h).In(0, 0, h, w)
		if !ok {
			continue
		}
		var want []Contact
		for side := Left; side <= Bottom; side++ {
			length := h
			if side >= Top {
				length = w
			}
			on := func(k int) bool {
				for d := range depth {
					x, y := d, k
					switch side {
					case Right:
						x = w - 1 - d
					case Top:
						x, y = k, d
					case Bottom:
						x, y = k, h-1-d
					}
					if m.At(x, y) {
						return true
					}
				}
				return false
			}
			for k := 0; k < length; k++ {
				if !on(k) {
					continue
				}
				if n := len(want) - 1; n >= 0 && want[n].Side == side && want[n].To == k-1 {
					want[n].To = k
				} else {
					want = append(want, Contact{side, k, k})
				}
			}
		}
		got := Contacts(m, depth)
		if len(got) != len(want) {
			t.Fatalf("%d x %d, depth %d: %v, expected %v", w, h, depth, got, want)
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("%d x %d, depth %d: %v, expected %v", w, h, depth, got, want)
			}
		}
	}
}
