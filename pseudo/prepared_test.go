package pseudo

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// randomOptions returns options that a prepared tile can have.
func randomOptions(rng *rand.Rand, models int) *Options {
	part := func() float64 { return float64(rng.IntN(10)) / 10 }
	steps := []string{"", "fill", "fill,largest", "close:cross:1", "open:cross:1,fill", "dilate:cross:1", "erode:cross:1", "min-area:20"}
	o := &Options{By: Overlap(rng.IntN(2)), MaskAbove: -1}
	o.Fusion = Fusion{Method: Method(rng.IntN(4)), IoU: part(), Skip: []float64{0, .05, .3}[rng.IntN(3)], Confidence: Confidence(rng.IntN(4)), AllowOverflow: rng.IntN(4) == 0, Decay: Decay(rng.IntN(2))}
	o.Vote = Vote{Rule: VoteRule(rng.IntN(5)), Part: []float64{-1, 0, .2, .5, .8, 1}[rng.IntN(6)], ClipBox: rng.IntN(3) == 0}
	o.Rescore = Rescore(rng.IntN(2))
	if text := steps[rng.IntN(len(steps))]; text != "" {
		o.Post, _ = rle.ParseSteps(text)
	}
	suppress := func() Suppression {
		if rng.IntN(3) == 0 {
			return Suppression{}
		}
		return Suppression{Method: NMS + Method(rng.IntN(2)), IoU: part(), By: Overlap(rng.IntN(2)), Decay: Decay(rng.IntN(2))}
	}
	o.Suppress = suppress()
	for range models {
		m := Model{Name: "m", Weight: []float64{1, 1, 1, .5, 2, 0}[rng.IntN(6)], Power: []float64{0, 0, 1, .5, 2.75}[rng.IntN(5)]}
		if rng.IntN(4) == 0 {
			s := suppress()
			m.Suppress = &s
		}
		o.Models = append(o.Models, m)
	}
	o.Models[0].Weight = max(o.Models[0].Weight, .5)
	if rng.IntN(3) == 0 {
		o.ClassNames = map[int64]string{1: "a", 2: "b"}
		o.ClassAbove = map[string]float64{"a": part(), "c": part()}
	}
	return o
}

// TestPrepared fuses prepared tiles with many options, one after the other, and compares all
// with what a Fuser makes of the tile.
func TestPrepared(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	instances, drawn := 0, 0
	for range 60 {
		models := 1 + rng.IntN(4)
		tile := randomTile(t, rng, 20+rng.IntN(40), 20+rng.IntN(40), models, 1+rng.IntN(14))
		var masks []rle.Mask
		p, err := Prepare(tile, models, func(m rle.Mask) (int, error) {
			masks = append(masks, m)
			return len(masks) - 1, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 60 {
			o := randomOptions(rng, models)
			f, err := NewFuser(o)
			if err != nil {
				t.Fatal(err)
			}
			expected, _, err := f.Tile(tile)
			if err != nil {
				t.Fatal(err)
			}
			again, err := NewFuser(o)
			if err != nil {
				t.Fatal(err)
			}
			got, err := again.Prepared(p, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(expected) {
				t.Fatalf("%d instances, expected %d, of %+v", len(got), len(expected), o)
			}
			for i, in := range expected {
				s := got[i]
				if s.Category != in.Category || s.Score != in.Score || s.Models != in.Models || !masks[s.Shape].Equal(in.Mask) {
					t.Fatalf("instance %d is %+v, expected %+v, of %+v", i, s, in, o)
				}
			}
			instances += len(got)
		}
		drawn += len(masks)
	}
	if drawn*3 > 2*instances {
		t.Errorf("%d masks were drawn for %d instances: few were kept", drawn, instances)
	}
}

// TestPreparedErrors prepares tiles that cannot be.
func TestPreparedErrors(t *testing.T) {
	measure := func(rle.Mask) (int, error) { return 0, nil }
	bad := square(0, .5, 1, 1, 4)
	bad.Score = 2
	for _, tile := range []*Tile{
		{Height: 9, Width: 9, Predictions: []Prediction{bad}},
		{Height: 9, Width: 9, Predictions: []Prediction{square(3, .5, 1, 1, 4)}},
		{Height: 9, Width: 9, Predictions: []Prediction{{Score: .5, NoBox: true, Segmentation: coco.Polygons(nil)}, {Score: .5}}},
	} {
		var fault *PredictionError
		if _, err := Prepare(tile, 2, measure); !errors.As(err, &fault) {
			t.Errorf("error %v", err)
		}
	}
	p, err := Prepare(&Tile{Height: 64, Width: 64, Predictions: []Prediction{square(0, .5, 1, 1, 4)}}, 1, measure)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []*Options{{Models: []Model{{Weight: 1}}, NonOverlap: true}, {Models: []Model{{Weight: 1}, {Weight: 1}}}} {
		f, err := NewFuser(o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Prepared(p, nil); !errors.Is(err, ErrOptions) {
			t.Errorf("error %v", err)
		}
	}
	if list, err := p.Single(0); err != nil || len(list) != 1 || list[0].Score != .5 {
		t.Errorf("a single model has %v, %v", list, err)
	}
}
