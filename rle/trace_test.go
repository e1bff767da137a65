package rle

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// naiveEvenOdd fills rings of pixel corners by pixel centres: a pixel is inside
// if a ray from its centre to the left crosses the rings an odd number of
// times.
func naiveEvenOdd(h, w int, rings []Ring) []byte {
	pix := make([]byte, h*w)
	for _, ring := range rings {
		for i, p := range ring {
			q := ring[(i+1)%len(ring)]
			if p[0] != q[0] {
				continue
			}
			for y := int(min(p[1], q[1])); y < int(max(p[1], q[1])); y++ {
				for x := int(p[0]); x < w; x++ {
					pix[y*w+x] ^= 1
				}
			}
		}
	}
	return pix
}

// traceBitmap is randomBitmap with more noise of different densities, because
// noise has the most corners.
func traceBitmap(rng *rand.Rand, h, w int) []byte {
	pix := randomBitmap(rng, h, w)
	if rng.IntN(2) == 0 {
		density := rng.Float64()
		for i := range pix {
			pix[i] = 0
			if rng.Float64() < density {
				pix[i] = 1
			}
		}
	}
	return pix
}

func signedArea(r Ring) float64 {
	a := 0.0
	for i, p := range r {
		q := r[(i+1)%len(r)]
		a += p[0]*q[1] - q[0]*p[1]
	}
	return a / 2
}

// checkPolygons checks everything that the documentation of Polygons states.
func checkPolygons(t *testing.T, m Mask, conn Connectivity) {
	t.Helper()
	h, w := m.Size()
	polygons := m.Polygons(conn)
	rings := Rings(polygons)
	if got, _ := FromBitmap(h, w, naiveEvenOdd(h, w, rings)); !got.Equal(m) {
		t.Fatalf("%dx%d conn %d: filling the rings gives other pixels\n%v\n%v", h, w, conn, m.Runs(), rings)
	}
	parts := m.Components(conn)
	if len(parts) != len(polygons) {
		t.Fatalf("%d polygons of %d components", len(polygons), len(parts))
	}
	for i, p := range polygons {
		if got, _ := FromBitmap(h, w, naiveEvenOdd(h, w, Rings(polygons[i:i+1]))); !got.Equal(parts[i]) {
			t.Fatalf("polygon %d is not component %d", i, i)
		}
		if signedArea(p.Outer) <= 0 {
			t.Fatalf("outer ring %v is not clockwise", p.Outer)
		}
		for j, hole := range p.Holes {
			if signedArea(hole) >= 0 {
				t.Fatalf("hole %v is not counterclockwise", hole)
			}
			if j > 0 && comparePoints(p.Holes[j-1][0], hole[0]) >= 0 {
				t.Fatalf("holes out of order: %v", p.Holes)
			}
		}
	}
	for _, r := range rings {
		for i, p := range r {
			q, o := r[(i+1)%len(r)], r[(i+2)%len(r)]
			if (p[0] == q[0]) == (p[1] == q[1]) || (p[0] == q[0]) == (q[0] == o[0]) {
				t.Fatalf("ring %v does not turn by a right angle at %v", r, q)
			}
			if i > 0 && comparePoints(r[0], p) >= 0 {
				t.Fatalf("ring %v does not begin at its first vertex", r)
			}
		}
	}
	if slices.ContainsFunc(m.COCOPolygons(), func(r Ring) bool { return signedArea(r) <= 0 || len(r) < 4 }) {
		t.Fatal("a COCO ring is not clockwise")
	}
	var union Mask
	union, _ = Empty(h, w)
	sum := 0
	for _, r := range m.COCOPolygons() {
		part, _ := FromBitmap(h, w, naiveEvenOdd(h, w, []Ring{r}))
		sum += part.Area()
		a, b := union.Bitmap(), part.Bitmap()
		for i := range a {
			a[i] |= b[i]
		}
		union, _ = FromBitmap(h, w, a)
	}
	if !union.Equal(m) || sum != m.Area() {
		t.Fatalf("the COCO rings do not tile the mask")
	}
}

func TestPolygonsRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 3000 {
		h, w := rng.IntN(24), rng.IntN(24)
		m, err := FromBitmap(h, w, traceBitmap(rng, h, w))
		if err != nil {
			t.Fatal(err)
		}
		checkPolygons(t, m, Conn4)
		checkPolygons(t, m, Conn8)
	}
}

// TestPolygonsFill fills the traced rings with the rule that each method is
// meant for.
func TestPolygonsFill(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 6000 {
		h, w := rng.IntN(40), rng.IntN(40)
		m, _ := FromBitmap(h, w, traceBitmap(rng, h, w))
		checkFill(t, m)
	}
}

func checkFill(t *testing.T, m Mask) {
	t.Helper()
	h, w := m.Size()
	for _, c := range []struct {
		name  string
		rule  Rule
		rings []Ring
	}{
		{"Polygons 4", FillCenter, Rings(m.Polygons(Conn4))},
		{"Polygons 8", FillCenter, Rings(m.Polygons(Conn8))},
		{"COCOPolygons", FillCOCO, m.COCOPolygons()},
		{"Contours", FillOpenCV, Rings(m.Contours())},
	} {
		got, err := FromPolygon(h, w, c.rule, c.rings...)
		if err != nil {
			t.Fatal(err)
		}
		if !got.Equal(m) {
			t.Fatalf("%s of a %dx%d mask fill %v\nwant %v\nrings %v", c.name, h, w, got.Runs(), m.Runs(), c.rings)
		}
		for _, r := range c.rings {
			if len(r) < 3 {
				t.Fatalf("%s: ring %v of fewer than 3 points", c.name, r)
			}
		}
	}
}
