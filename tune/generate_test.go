package tune

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/pseudo"
	"github.com/hubdata/hubdata/rle"
)

// blob returns an octagon with uneven corners.
func blob(t testing.TB, rng *rand.Rand, h, w int, cx, cy, r float64) rle.Mask {
	t.Helper()
	ring := make(rle.Ring, 8)
	for k, d := range [][2]float64{{1, 0}, {.7, .7}, {0, 1}, {-.7, .7}, {-1, 0}, {-.7, -.7}, {0, -1}, {.7, -.7}} {
		s := r * (0.8 + 0.4*rng.Float64())
		ring[k] = rle.Point{cx + s*d[0], cy + s*d[1]}
	}
	m, err := rle.FromPolygon(h, w, rle.FillCOCO, ring)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// randomSource returns images with true instances of two classes, some of them crowds, and
// what models find of them. Scores are coarse, so that ties are frequent.
func randomSource(t testing.TB, rng *rand.Rand, images, models int) *Source {
	t.Helper()
	s := &Source{Truth: &coco.Dataset{Categories: []coco.Category{{ID: 1, Name: "blood_vessel"}, {ID: 2, Name: "other"}}}, Predictions: make([][]pseudo.Prediction, images)}
	for m := range models {
		s.Models = append(s.Models, string(rune('a'+m)))
	}
	next := int64(0)
	for i := range images {
		h, w := 40+rng.IntN(20), 40+rng.IntN(20)
		id := coco.IntID(int64(i + 1))
		s.Truth.Images = append(s.Truth.Images, coco.Image{ID: id, Height: h, Width: w})
		for range 1 + rng.IntN(5) {
			cx, cy, r := rng.Float64()*float64(w), rng.Float64()*float64(h), 4+6*rng.Float64()
			m := blob(t, rng, h, w, cx, cy, r)
			class := int64(1 + rng.IntN(4)/3)
			next++
			s.Truth.Annotations = append(s.Truth.Annotations, coco.Annotation{ID: coco.IntID(next), ImageID: id, CategoryID: class, Area: float64(m.Area()), BBox: m.Bounds(), Segmentation: coco.RLE(m), IsCrowd: rng.IntN(8) == 0})
			for model := range models {
				for range rng.IntN(3) {
					found := blob(t, rng, h, w, cx+rng.NormFloat64(), cy+rng.NormFloat64(), r)
					s.Predictions[i] = append(s.Predictions[i], pseudo.Prediction{Model: model, Source: model, Category: class, Score: float64(rng.IntN(21)) / 20, Box: found.Bounds(), Segmentation: coco.RLE(found)})
				}
			}
		}
	}
	return s
}

// testSpace is a small space.
const testSpace = "tta-nms: [none, mask:0.5]\nfuse: [wbf, nms]\niou: {from: 0.4, to: 0.7, step: 0.1}\nconf: [avg, max]\nvote-rule: [weight, union]\nvote: [0.3, 0.5]\npost: [none, fill]\nweight: [1, 0.5]\n"

// readSpace reads a space that is right.
func readSpace(t testing.TB, text string, models []string) *Space {
	t.Helper()
	s, err := ReadSpace(strings.NewReader(text), models, []string{"blood_vessel", "other"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// newBench returns the bench of a source for a goal.
func newBench(t testing.TB, s *Source, goal string) *Bench {
	t.Helper()
	var err error
	if s.Goal, err = ParseGoal(goal); err != nil {
		t.Fatal(err)
	}
	b, err := NewBench(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
