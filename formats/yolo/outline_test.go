package yolo

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/hubdata/hubdata/rle"
)

// blob returns a random mask of a few boxes, some of them cut out again.
func blob(t testing.TB, rng *rand.Rand, h, w int) rle.Mask {
	t.Helper()
	pix := make([]byte, h*w)
	for k := range 1 + rng.IntN(8) {
		x0, y0 := rng.IntN(w), rng.IntN(h)
		x1, y1 := min(x0+1+rng.IntN(w/2), w), min(y0+1+rng.IntN(h/2), h)
		for y := y0; y < y1; y++ {
			for x := x0; x < x1; x++ {
				pix[y*w+x] = byte(1 - k%3/2)
			}
		}
	}
	for range rng.IntN(2) * rng.IntN(6) {
		pix[rng.IntN(len(pix))] ^= 1
	}
	m, err := rle.FromBitmap(h, w, pix)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// row is what the loader parses of an outline.
func parsed(t testing.TB, o outline, h, w int) []float32 {
	t.Helper()
	x, y := newAxis(w), newAxis(h)
	var row []float32
	for _, v := range o.vertices {
		for _, text := range [][]byte{x.append(nil, v.x, v.px), y.append(nil, v.y, v.py)} {
			n, err := strconv.ParseFloat(string(text), 32)
			if err != nil {
				t.Fatal(err)
			}
			row = append(row, float32(n))
		}
	}
	return row
}

// TestOutlineExact checks that the loader sees masks of connected pixels as they are, with
// their holes, and of others what the outline's pixels are. The loader is that of
// loader.go, with the points that it puts between vertices.
func TestOutlineExact(t *testing.T) {
	rng := newRand(1)
	var exact, others int
	for i := range 2000 {
		h, w := 10+rng.IntN(40), 10+rng.IntN(40)
		if i%100 == 0 {
			h, w = 480, 512
		}
		if testExact(t, blob(t, rng, h, w)) {
			exact++
		} else {
			others++
		}
	}
	if exact < 200 || others < 100 {
		t.Errorf("%d exact masks and %d others: expected more", exact, others)
	}
}

// TestOutlineAllSmall does the same for all masks of 3 x 4 pixels.
func TestOutlineAllSmall(t *testing.T) {
	for bits := 1; bits < 1<<12; bits++ {
		pix := make([]byte, 12*12)
		for i := range 12 {
			pix[(i/4+4)*12+i%4+4] = byte(bits >> i & 1)
		}
		m, err := rle.FromBitmap(12, 12, pix)
		if err != nil {
			t.Fatal(err)
		}
		testExact(t, m)
	}
}

// testExact reports whether the loader sees a mask as it is.
func testExact(t *testing.T, m rle.Mask) bool {
	t.Helper()
	if m.Area() == 0 {
		return true
	}
	h, w := m.Size()
	o := trace(m)
	seen, err := rle.FromPolygon(h, w, rle.FillOpenCV, pixels(o.vertices))
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := rle.FromPolygon(h, w, rle.FillOpenCV, loaderRing(parsed(t, o, h, w), w, h, len(o.vertices)))
	if err != nil {
		t.Fatal(err)
	}
	name, _ := m.AppendText(nil)
	if !loaded.Equal(seen) {
		t.Errorf("%d x %d %s: the loader sees %d pixels, expected %d", h, w, name, loaded.Area(), seen.Area())
	}
	wrong, err := rle.Xor(seen, m)
	if err != nil {
		t.Fatal(err)
	}
	parts := m.Components(rle.Conn8)
	// The largest part alone would be one way.
	if lost := m.Area() - m.Largest(rle.Conn8).Area(); wrong.Area() > lost || len(parts) == 1 && wrong.Area() > 0 {
		t.Errorf("%d x %d %s: of %d pixels in %d parts %d are wrong, expected at most %d", h, w, name, m.Area(), len(parts), wrong.Area(), lost)
	}
	return wrong.Area() == 0
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 2)) }

// TestOutlineMany traces masks of very many parts and holes: it takes no more than seconds,
// and the parts that touch are all in the outline.
func TestOutlineMany(t *testing.T) {
	const side = 300
	for name, on := range map[string]func(x, y int) bool{
		"parts at corners": func(x, y int) bool { return (x+y)%2 == 0 },
		"holes":            func(x, y int) bool { return x%2 == 0 || y%2 == 0 },
		"a hole each row":  func(x, y int) bool { return y%2 == 0 || x == 0 || x == side-1 },
		"nested rings": func(x, y int) bool {
			return min(x, y, side-1-x, side-1-y)%2 == 0
		},
	} {
		pix := make([]byte, side*side)
		for i := range pix {
			if on(i%side, i/side) {
				pix[i] = 1
			}
		}
		m, err := rle.FromBitmap(side, side, pix)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		o := trace(m)
		seen, err := rle.FromPolygon(side, side, rle.FillOpenCV, pixels(o.vertices))
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%s: %v", name, took)
		}
		if iou := rle.IoU(seen, m); name != "nested rings" && iou < 1 || iou < .99 || o.left > 0 {
			t.Errorf("%s: IoU %v, %d parts left out", name, iou, o.left)
		}
	}
}
