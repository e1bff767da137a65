package pseudo

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestCalibrated(t *testing.T) {
	for q := 1; q <= 4*maxPower; q++ {
		m := Model{Power: float64(q) / 4}
		before := 0.0
		for i := range 1001 {
			score := float64(i) / 1000
			v := m.calibrated(score)
			if expected := math.Pow(score, m.Power); math.Abs(v-expected) > 1e-14 || !(v >= before && v <= 1) {
				t.Fatalf("%v to the power %v: %v, expected %v", score, m.Power, v, expected)
			}
			before = v
		}
	}
	for _, p := range []float64{0, 1} {
		if v := (&Model{Power: p}).calibrated(0.3); v != 0.3 {
			t.Errorf("power %v: %v", p, v)
		}
	}
	for _, text := range []string{"0", "-1", "0.3", "9", "x", "NaN", "Inf", ""} {
		if _, err := ParsePower(text); !errors.Is(err, ErrOptions) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestCalibrateIsOfScores: a model with a power is fused as one whose predictions have the scores to that power.
func TestCalibrateIsOfScores(t *testing.T) {
	for name, set := range map[string]func(*Options){
		"wbf": func(*Options) {}, "skip": func(o *Options) { o.Fusion.Skip = 0.2 }, "soft-NMS": func(o *Options) { o.Fusion.Method, o.Fusion.Sigma = SoftNMS, 0.5 },
		"NMS": func(o *Options) { o.Fusion.Method, o.Suppress = NMS, Suppression{} },
	} {
		o := Default()
		o.MaskAbove = -1
		o.Models = []Model{{Name: "a", Weight: 1, Power: 2}, {Name: "b", Weight: 2}}
		set(&o)
		tile := randomTile(t, rand.New(rand.NewPCG(4, 4)), 60, 60, 2, 12)
		squared := *tile
		squared.Predictions = slices.Clone(tile.Predictions)
		for i := range squared.Predictions {
			if p := &squared.Predictions[i]; p.Model == 0 {
				p.Score *= p.Score
			}
		}
		plain := o
		plain.Models = []Model{{Name: "a", Weight: 1}, {Name: "b", Weight: 2}}
		scores := func(o *Options, tile *Tile) (out []float64) {
			list, _ := fuseAll(t, o, tile)
			for i := range list {
				out = append(out, list[i].Score)
			}
			return out
		}
		got, expected := scores(&o, tile), scores(&plain, &squared)
		if len(got) == 0 || !slices.Equal(got, expected) {
			t.Errorf("%s: %v, expected %v", name, got, expected)
		}
		if uncalibrated := scores(&plain, tile); slices.Equal(got, uncalibrated) {
			t.Errorf("%s: the power has no effect", name)
		}
	}
}

// TestClassAbove: what is left is what scores above the threshold of its class, and what is dropped is counted.
func TestClassAbove(t *testing.T) {
	for _, rescore := range []Rescore{RescoreNone, RescoreAgreement} {
		tile := randomTile(t, rand.New(rand.NewPCG(4, 4)), 60, 60, 2, 20)
		for i := range tile.Predictions {
			tile.Predictions[i].Category = int64(1 + i%3)
		}
		o := Default()
		o.MaskAbove, o.Rescore = -1, rescore
		o.Models = []Model{{Name: "a", Weight: 1}, {Name: "b", Weight: 2}}
		above := map[int64]float64{1: 0.3, 2: 0, 3: -1}
		var expected []float64
		all, _ := fuseAll(t, &o, tile)
		for i := range all {
			if all[i].Score > above[all[i].Category] {
				expected = append(expected, all[i].Score)
			}
		}
		o.ClassNames, o.ClassAbove = map[int64]string{1: "x", 2: "y", 3: "z"}, map[string]float64{"x": 0.3, "y": 0, "other": 1}
		list, counts := fuseAll(t, &o, tile)
		var got []float64
		for i := range list {
			got = append(got, list[i].Score)
		}
		if !slices.Equal(got, expected) || len(got) == 0 || counts.Below == 0 || len(got)+counts.Below+counts.NoPixels != counts.Fused {
			t.Errorf("%v: %v, expected %v; counts %+v", rescore, got, expected, counts)
		}
	}
	if _, err := NewFuser(&Options{Models: []Model{{Weight: 1}}, ClassAbove: map[string]float64{"a": 2}}); !errors.Is(err, ErrOptions) {
		t.Error(err)
	}
}
