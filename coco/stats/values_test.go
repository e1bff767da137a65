package stats

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// FuzzValues compares with a plain sorted list, for values added in any order to any
// number of sets that are then merged.
func FuzzValues(f *testing.F) {
	f.Add([]byte{1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0}, uint8(2))
	f.Add([]byte{255, 255, 255, 255, 0, 0, 0, 0}, uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, parts uint8) {
		sets := make([]Values, 1+parts%4)
		var want []float64
		for i := 0; len(data) >= 4; i++ {
			x := float64(int32(binary.LittleEndian.Uint32(data))) / 64
			data = data[4:]
			sets[i%len(sets)].Add(x)
			want = append(want, math.Round(x*step)/step)
			if i%5 == 3 {
				sets[i%len(sets)].N() // settles
			}
		}
		for i := 1; i < len(sets); i++ {
			sets[0].Merge(&sets[i])
		}
		v := &sets[0]
		slices.Sort(want)
		var got []float64
		for x, n := range v.All {
			if n < 1 {
				t.Fatalf("%v occurs %d times", x, n)
			}
			for range n {
				got = append(got, x)
			}
		}
		if !slices.Equal(got, want) || v.N() != len(want) {
			t.Fatalf("%v, want %v", got, want)
		}
		sum, big := 0.0, 1.0
		for _, x := range want {
			sum, big = sum+x, max(big, math.Abs(x))
		}
		if math.Abs(v.Sum()-sum) > 1e-12*big*float64(len(want)) {
			t.Fatalf("sum %v, want %v", v.Sum(), sum)
		}
	})
}

// TestValuesSettle uses sets long enough to be sorted in many times.
func TestValuesSettle(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var v Values
	var want []float64
	for range 20000 {
		x := float64(rng.IntN(9000) - 4000)
		v.Add(x)
		want = append(want, x)
	}
	slices.Sort(want)
	var got []float64
	for x, n := range v.All {
		for range n {
			got = append(got, x)
		}
	}
	if !slices.Equal(got, want) {
		t.Fatal("not what was added")
	}
	for _, p := range []float64{0, 0.001, 0.3, 0.5, 0.999, 1} {
		at := p * 19999
		i := int(at)
		a, b := want[i], want[min(i+1, 19999)]
		if got := v.Quantiles(p)[0]; math.Abs(got-(a+(b-a)*(at-float64(i)))) > 1e-9 {
			t.Errorf("quantile %v is %v", p, got)
		}
	}
}

func TestValuesOdd(t *testing.T) {
	var v Values
	v.Add(math.NaN())
	if v.N() != 0 || v.Summary() != (Summary{}) || v.Sum() != 0 {
		t.Errorf("a number that is none was added: %+v", v.Summary())
	}
	if bins := v.Histogram([]float64{0, 1}); len(bins) != 1 || bins[0].N != 0 || Trim(bins) != nil {
		t.Errorf("bins of nothing: %v", bins)
	}
	if v.Histogram([]float64{1}) != nil || v.Histogram(nil) != nil {
		t.Error("bins without borders")
	}
	v.Add(math.Inf(1))
	v.Add(1e300)
	v.Add(math.Inf(-1))
	if s := v.Summary(); s.N != 3 || s.Max != MaxValue || s.Min != -MaxValue || s.Median != MaxValue {
		t.Errorf("%+v", s)
	}
	if v.Sum() != MaxValue {
		t.Errorf("sum %v", v.Sum())
	}
}

// TestBins checks that the edges are those in the comment of Bins.
func TestBins(t *testing.T) {
	edges := Area.Bins()
	if want := []float64{0, 1, 2, 3, 4, 6, 8, 12, 16, 23, 32, 46, 64, 91, 128}; !slices.Equal(edges[:len(want)], want) {
		t.Errorf("begin with %v", edges[:len(want)])
	}
	if last := edges[len(edges)-1]; last != 1<<30 || !slices.IsSorted(edges) {
		t.Errorf("end with %v", last)
	}
	for _, m := range Measures() {
		if e := m.Bins(); len(e) < 2 || e[0] != 0 {
			t.Errorf("%s: %v", m, e)
		}
		if got, ok := ParseMeasure(m.String()); !ok || got != m {
			t.Errorf("%s is not found by its name", m)
		}
	}
	if _, ok := ParseMeasure("weight"); ok {
		t.Error("a measure of no such name")
	}
	for _, c := range []struct {
		largest, second, last float64
	}{{0, 1, 1}, {1, 1, 2}, {24, 1, 25}, {25, 2, 26}, {49, 2, 50}, {50, 5, 55}, {124, 5, 125}, {125, 10, 130}, {250, 20, 260}, {1e6, 50000, 1050000}} {
		e := Instances.Bins(valuesOf(0, c.largest/2), valuesOf(c.largest, 0))
		if e[0] != 0 || e[1] != c.second || e[len(e)-1] != c.last || len(e) > 26 {
			t.Errorf("up to %v: %v", c.largest, e)
		}
	}
}

func TestShift(t *testing.T) {
	many := func(n int, f func(i int) float64) *Values {
		v := &Values{}
		for i := range n {
			v.Add(f(i))
		}
		return v
	}
	line := func(i int) float64 { return float64(i) }
	for _, c := range []struct {
		name string
		a, b *Values
		want Verdict
	}{
		{"nothing", &Values{}, &Values{}, TooFew},
		{"few", many(49, line), many(1000, line), TooFew},
		{"equal", many(1000, line), many(1000, line), Alike},
		{"a tenth apart", many(1000, line), many(1000, func(i int) float64 { return float64(i + 100) }), Alike},
		{"more than a tenth", many(1000, line), many(1000, func(i int) float64 { return float64(i + 101) }), Shifted},
		{"a fifth", many(1000, line), many(1000, func(i int) float64 { return float64(i + 200) }), Shifted},
		{"more than a fifth", many(1000, line), many(1000, func(i int) float64 { return float64(i + 201) }), Unlike},
		{"by chance", many(50, line), many(50, func(i int) float64 { return float64(i + 13) }), Alike},
		{"beyond chance", many(50, line), many(50, func(i int) float64 { return float64(i + 14) }), Unlike},
	} {
		if s := NewShift(Area, c.a, c.b); s.Verdict != c.want {
			t.Errorf("%s: %s, want %s (KS %v)", c.name, s.Verdict, c.want, s.KS)
		}
	}
	if KS(&Values{}, many(3, line)) != 0 || Wasserstein(many(3, line), &Values{}) != 0 {
		t.Error("a distance to nothing")
	}
}
