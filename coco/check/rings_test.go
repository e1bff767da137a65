package check

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"github.com/hubdata/hubdata/rle"
)

// everyPair is crossing without the ordering of edges: it compares all pairs.
func everyPair(r rle.Ring) (p, q int, ok bool) {
	for i, a := range r {
		b := r[(i+1)%len(r)]
		for k := i + 1; k < len(r) && a != b; k++ {
			c, d := r[k], r[(k+1)%len(r)]
			if c != d && across(a, b, c, d) && across(c, d, a, b) {
				return i, k, true
			}
		}
	}
	return 0, 0, false
}

func FuzzCrossing(f *testing.F) {
	for scale := range uint8(4) {
		f.Add([]byte{0, 0, 5, 5, 5, 0, 0, 5}, scale)
		f.Add([]byte{0, 0, 9, 0, 9, 9, 4, 250, 4, 250, 0, 0, 128, 3, 127, 9}, scale)
	}
	f.Fuzz(func(t *testing.T, data []byte, scale uint8) {
		var r rle.Ring
		// Integers, fractions, and coordinates that 24 bits cannot distinguish.
		unit, from := []float64{1, 0.25, 1e-7, 1}[scale%4], []float64{0, -7.3, 512, 1 << 25}[scale%4]
		for ; len(data) >= 2 && len(r) < 60; data = data[2:] {
			r = append(r, rle.Point{from + unit*float64(int8(data[0])), from + unit*float64(int8(data[1]))})
		}
		if len(r) < 3 {
			return
		}
		p, q, ok, _ := crossing(r)
		if wantP, wantQ, want := everyPair(r); p != wantP || q != wantQ || ok != want {
			t.Fatalf("%v: %d and %d, %v, want %d and %d, %v", r, p, q, ok, wantP, wantQ, want)
		}
	})
}

// FuzzRank checks that ranks preserve the order, and that an exact rank belongs to the
// smallest coordinate of that rank.
func FuzzRank(f *testing.F) {
	for _, v := range []float64{0, 1, -1, 0.1, 1 << 24, 1<<24 + 1, math.MaxFloat64, -math.MaxFloat64, 1e-50, -1e-50, math.Copysign(0, -1)} {
		f.Add(binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)), binary.LittleEndian.AppendUint64(nil, math.Float64bits(v+1)))
	}
	f.Add(make([]byte, 8), binary.LittleEndian.AppendUint64(nil, math.Float64bits(math.Copysign(0, -1))))
	f.Fuzz(func(t *testing.T, x, y []byte) {
		if len(x) < 8 || len(y) < 8 {
			return
		}
		pair := []float64{math.Float64frombits(binary.LittleEndian.Uint64(x)), math.Float64frombits(binary.LittleEndian.Uint64(y))}
		if slices.ContainsFunc(pair, func(v float64) bool { return !finite(v) }) {
			return
		}
		slices.Sort(pair)
		a, _ := rank(pair[0])
		b, exact := rank(pair[1])
		if a > b || exact && a == b && pair[0] < pair[1] {
			t.Fatalf("%v has rank %d, %v has %d (exact: %v)", pair[0], a, pair[1], b, exact)
		}
	})
}
