package boxindex

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// meet reports whether two boxes share a point.
func meet(a, b Box) bool {
	return max(a.X0, b.X0) <= min(a.X1, b.X1) && max(a.Y0, b.Y0) <= min(a.Y1, b.Y1)
}

// naive is what AppendMeeting does, one by one.
func naive(boxes []Box, added int, b Box) []int32 {
	var out []int32
	for i, a := range boxes[:added] {
		if meet(a, b) {
			out = append(out, int32(i))
		}
	}
	return out
}

// compare adds all boxes, and asks for each before it is added.
func compare(t *testing.T, x *Index, boxes []Box) {
	t.Helper()
	x.Reset(boxes)
	for i, b := range boxes {
		found := x.AppendMeeting(nil, b)
		slices.Sort(found)
		if expected := naive(boxes, i, b); !slices.Equal(found, expected) {
			t.Fatalf("box %d, %v, of %v:\nfound %v, expected %v", i, b, boxes, found, expected)
		}
		x.Add(i)
	}
	for i, b := range boxes {
		if found, expected := x.MeetsOther(i), len(naive(boxes, len(boxes), b)) > 1; found != expected {
			t.Fatalf("box %d, %v, of %v: found %v, expected %v", i, b, boxes, found, expected)
		}
	}
	pairs := 0
	if !x.Pairs(boxes, func(i, j int) bool {
		if pairs++; j >= i || !meet(boxes[i], boxes[j]) {
			t.Fatalf("found the pair %d, %d of %v", i, j, boxes)
		}
		return true
	}) {
		t.Fatal("ended early")
	}
	for i := range boxes {
		pairs -= len(naive(boxes, i, boxes[i]))
	}
	if pairs != 0 {
		t.Fatalf("found %d pairs more than there are", pairs)
	}
}

func TestIndexFindsWhatComparingAllFinds(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	inf, nan := math.Inf(1), math.NaN()
	var x Index // reused
	for range 300 {
		n := random.IntN(60)
		boxes := make([]Box, n)
		for i := range boxes {
			size := math.Pow(2, float64(random.IntN(9)))
			at := [2]float64{random.Float64() * 300, random.Float64() * 300}
			b := Box{at[0], at[1], at[0] + random.Float64()*size, at[1] + random.Float64()*random.Float64()*size}
			switch random.IntN(12) {
			case 0: // whole numbers: many touch
				b = Box{math.Floor(b.X0 / 8), math.Floor(b.Y0 / 8), math.Floor(b.X1 / 8), math.Floor(b.Y1 / 8)}
			case 1:
				b.X1 = b.X0
			case 2:
				b = Box{b.X0, b.Y0, b.X0 - 1, b.Y1}
			case 3:
				if i > 0 {
					b = boxes[random.IntN(i)]
				}
			case 4:
				switch random.IntN(6) {
				case 0:
					b = Box{-inf, -inf, inf, inf}
				case 1:
					b.Y0 = nan
				case 2:
					b.X1 = inf
				case 3:
					b = Box{-1e150, 0, 1e150, 1}
				case 4:
					b = Box{5e-324, 0, 5e-324, 1e-320}
				}
			}
			boxes[i] = b
		}
		compare(t, &x, boxes)
	}
}

func TestPairsEndsWhenToldTo(t *testing.T) {
	var x Index
	calls := 0
	if x.Pairs([]Box{{0, 0, 1, 1}, {1, 1, 2, 2}, {0, 0, 2, 2}}, func(int, int) bool { calls++; return false }) || calls != 1 {
		t.Fatalf("found %d calls, expected one and false", calls)
	}
}

// TestFewAreCompared bounds the cells and boxes that are looked at, in shapes for which one
// grid, or rows swept from left to right, would compare all.
func TestFewAreCompared(t *testing.T) {
	const n = 40_000
	for name, box := range map[string]func(i int) Box{
		"lattice":    func(i int) Box { return square(float64(i%200)*13, float64(i/200)*13, 9) },
		"row":        func(i int) Box { return square(float64(i)*13, 0, 9) },
		"column":     func(i int) Box { return square(0, float64(i)*13, 9) },
		"diagonal":   func(i int) Box { return square(float64(i)*13, float64(i)*13, 9) },
		"lines":      func(i int) Box { return Box{0, float64(i) * 3, 1e5, float64(i)*3 + 1} },
		"far away":   func(i int) Box { return square(float64(i%200)*13+1e7*float64(i/39_999), float64(i/200)*13, 9) },
		"and a room": func(i int) Box { return square(float64(i%200)*13, float64(i/200)*13, 9+1e5*float64(i/39_999)) },
	} {
		boxes := make([]Box, n)
		for i := range boxes {
			boxes[i] = box(i)
		}
		var x Index
		x.Reset(boxes)
		for i := range boxes {
			x.Add(i)
		}
		looks := 0
		for _, b := range boxes[:n-1] {
			looks += x.looks(b)
		}
		if limit := 40 * n; looks > limit {
			t.Errorf("%s: looks at %d cells and boxes for %d boxes", name, looks, n)
		}
	}
}

func square(x, y, side float64) Box { return Box{x, y, x + side, y + side} }

// looks counts the cells and boxes that AppendMeeting looks at.
func (x *Index) looks(b Box) int {
	n := 0
	for k := range x.grids {
		g := &x.grids[k]
		left, right, top, bottom := g.around(b)
		if (int64(right-left)+1)*(int64(bottom-top)+1) > int64(len(g.list)) {
			n += len(g.list)
			continue
		}
		p := place{grid: int32(k)}
		for p.row = top; p.row <= bottom; p.row++ {
			for p.column = left; p.column <= right; p.column++ {
				n++
				for i := *x.head(p); i >= 0; i = x.next[i] {
					n++
				}
			}
		}
	}
	return n
}

// FuzzIndex compares with comparing all boxes, which are read as coordinates of 16 bits, or
// of 64 after an odd first byte.
func FuzzIndex(f *testing.F) {
	f.Add([]byte("\x00\x00\x01\x00\x01\x00\x09\x00\x09\x00\x05\x00\x05\x00\x20\x00\x06"))
	f.Add(append([]byte{1}, make([]byte, 96)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 || len(data) > 2000 {
			return
		}
		size := 2
		if data[0]&1 == 1 {
			size = 8
		}
		var boxes []Box
		for data = data[1:]; len(data) >= 4*size; data = data[4*size:] {
			var v [4]float64
			for k := range v {
				if size == 2 {
					v[k] = float64(binary.LittleEndian.Uint16(data[2*k:]))
				} else {
					v[k] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*k:]))
				}
			}
			boxes = append(boxes, Box{v[0], v[1], v[2], v[3]})
		}
		var x Index
		compare(t, &x, boxes)
	})
}

func BenchmarkPairs(b *testing.B) {
	boxes := make([]Box, 10_000)
	for i := range boxes {
		boxes[i] = square(float64(i%100)*13, float64(i/100)*13, 9)
	}
	var x Index
	for b.Loop() {
		x.Pairs(boxes, func(int, int) bool { return true })
	}
}
