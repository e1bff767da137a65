package stats

import (
	"fmt"
	"math"
	"strconv"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/golden"
	"github.com/hubdata/hubdata/rle"
)

// goldenCase is a line of the output of reference/stats.py: a tile or a pair of
// samples.
type goldenCase struct {
	H         int
	W         int
	Instances []struct {
		Class        int64
		Counts       string
		Area         int
		Box          [4]float64
		Eccentricity hexFloat
		Diameter     hexFloat
		Overlap      int
		Border       bool
	}
	Covered   int
	CoveredBy map[string]int `json:"covered_by"`

	A           []float64
	B           []float64
	Mean        hexFloat
	Std         hexFloat
	Quantiles   []hexFloat
	Edges       []float64
	Histogram   []int
	KS          hexFloat
	Wasserstein hexFloat
}

type hexFloat float64

func (f *hexFloat) UnmarshalText(text []byte) error {
	v, err := strconv.ParseFloat(string(text), 64)
	*f = hexFloat(v)
	return err
}

// TestGolden compares with pycocotools, scikit-image, numpy and scipy.
func TestGolden(t *testing.T) {
	tiles, samples := 0, 0
	for n, c := range golden.Cases[goldenCase](t, "stats.jsonl.gz") {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			if c.A != nil {
				samples++
				compareSamples(t, c)
			} else {
				tiles++
				compareTile(t, c)
			}
		})
		if t.Failed() {
			break
		}
	}
	if tiles < 100 || samples < 100 {
		t.Errorf("%d tiles, %d pairs of samples", tiles, samples)
	}
}

func compareTile(t *testing.T, c *goldenCase) {
	var annotations []coco.Annotation
	for _, in := range c.Instances {
		m, err := rle.ParseText(c.H, c.W, []byte(in.Counts))
		if err != nil {
			t.Fatal(err)
		}
		annotations = append(annotations, coco.Annotation{CategoryID: in.Class, Segmentation: coco.RLE(m)})
	}
	var m Measurer
	tile, err := m.Measure(c.H, c.W, annotations)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range c.Instances {
		in := &tile.Instances[i]
		is := func(m Measure, v float64) {
			t.Helper()
			if got, ok := in.Value(m); !ok || got != v {
				t.Errorf("instance %d: %s is %v, %v, want %v", i, m, got, ok, v)
			}
		}
		is(Area, float64(want.Area))
		is(Width, want.Box[2])
		is(Height, want.Box[3])
		if want.Area == 0 {
			if _, ok := in.Value(Eccentricity); ok {
				t.Errorf("instance %d has no pixel, but an eccentricity", i)
			}
			if _, ok := in.Value(Overlap); ok {
				t.Errorf("instance %d has no pixel, but an overlap", i)
			}
			continue
		}
		border := 0.0
		if want.Border {
			border = 1
		}
		is(BorderCut, border)
		is(Overlap, float64(want.Overlap)/float64(want.Area))
		if got, _ := in.Value(Diameter); math.Abs(got-float64(want.Diameter)) > 1e-14*got {
			t.Errorf("instance %d: diameter %v, want %v", i, got, want.Diameter)
		}
		// Where the eigenvalues are nearly equal, scikit-image's own rounding shows:
		// compare the squares, which both computed.
		got, _ := in.Value(Eccentricity)
		if e := float64(want.Eccentricity); math.Abs(got*got-e*e) > 1e-12 {
			t.Errorf("instance %d: eccentricity %v, want %v", i, got, e)
		}
	}
	pixels := float64(c.H * c.W)
	if tile.Covered != float64(c.Covered)/pixels {
		t.Errorf("covered %v, want %d of %v", tile.Covered, c.Covered, pixels)
	}
	var all Collector
	all.Add(tile)
	for name, n := range c.CoveredBy {
		id, err := strconv.ParseInt(name, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		got := all.Class(id).Values(Covered).Sum()
		if want := math.Round(float64(n)/pixels*1e6) / 1e6; got != want {
			t.Errorf("class %d covers %v, want %v", id, got, want)
		}
	}
}

func compareSamples(t *testing.T, c *goldenCase) {
	a, b := valuesOf(c.A...), valuesOf(c.B...)
	near := func(what string, got float64, want hexFloat, scale float64) {
		t.Helper()
		if math.Abs(got-float64(want)) > 1e-12*scale {
			t.Errorf("%s: %v, want %v", what, got, float64(want))
		}
	}
	s := a.Summary()
	largest := max(math.Abs(s.Min), math.Abs(s.Max), 1e-6)
	near("mean", s.Mean, c.Mean, largest)
	near("std", s.Std, c.Std, largest)
	for i, q := range []float64{s.Min, s.P05, s.P25, s.Median, s.P75, s.P95, s.Max} {
		if q != float64(c.Quantiles[i]) {
			t.Errorf("quantile %d: %v, want %v", i, q, float64(c.Quantiles[i]))
		}
	}
	for i, bin := range a.Histogram(c.Edges) {
		if bin.N != c.Histogram[i] {
			t.Errorf("bin %d, %v to %v: %d, want %d", i, bin.From, bin.To, bin.N, c.Histogram[i])
		}
	}
	near("KS", KS(a, b), c.KS, 1)
	o := b.Summary()
	near("Wasserstein", Wasserstein(a, b), c.Wasserstein, max(largest, math.Abs(o.Min), math.Abs(o.Max)))
}

func valuesOf(list ...float64) *Values {
	v := &Values{}
	for _, x := range list {
		v.Add(x)
	}
	return v
}
