package tune

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/longtest"
	"github.com/hubdata/hubdata/pseudo"
	"github.com/hubdata/hubdata/rle"
)

// folded returns folds in turn.
func folded(images, k int) []int {
	out := make([]int, images)
	for i := range out {
		out[i] = i % k
	}
	return out
}

// TestSearchIsTheSame searches with several numbers of workers.
func TestSearchIsTheSame(t *testing.T) {
	for _, goal := range []string{"hubmap", "ap@0.6"} {
		var first string
		for _, workers := range []int{1, 2, 5} {
			s := randomSource(t, rand.New(rand.NewPCG(1, 1)), 14, 2)
			s.Workers = workers
			b := newBench(t, s, goal)
			r, err := Search(context.Background(), b, &Options{Space: readSpace(t, testSpace, s.Models), Folds: folded(14, 3), Settings: 60, Seed: 9, Samples: 40})
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			if first == "" {
				first = string(text)
			} else if string(text) != first {
				t.Errorf("%s: %d workers find something else:\n%s\n%s", goal, workers, text, first)
			}
		}
	}
}

// TestSearch holds a result against what it says of itself.
func TestSearch(t *testing.T) {
	ctx := context.Background()
	rng := rand.New(rand.NewPCG(3, 3))
	gains := 0
	for n := range 4 {
		s := randomSource(t, rng, 30, 2)
		b := newBench(t, s, "hubmap")
		space := readSpace(t, testSpace, s.Models)
		r, err := Search(ctx, b, &Options{Space: space, Folds: folded(30, 3), Settings: 100, Seed: uint64(n), Samples: 50})
		if err != nil {
			t.Fatal(err)
		}
		def := base(s.Models)
		if v, err := b.Score(ctx, &def); err != nil || v != r.Together.Default {
			t.Errorf("default %v, expected %v (%v)", r.Together.Default, v, err)
		}
		chosen := r.Options
		v, err := b.Score(ctx, &chosen)
		if err != nil || v > r.Together.Optimistic {
			t.Errorf("the chosen setting scores %v, the best %v (%v)", v, r.Together.Optimistic, err)
		}
		if r.Together.Default > r.Together.Optimistic {
			t.Errorf("the default scores %v, the best %v", r.Together.Default, r.Together.Optimistic)
		}
		full := 0
		for _, trial := range r.Settings {
			if trial.Images == 30 {
				full++
				if trial.Score > r.Together.Optimistic {
					t.Errorf("a setting scores %v, the best %v", trial.Score, r.Together.Optimistic)
				}
			}
		}
		if !slices.ContainsFunc(r.Settings, func(of Trial) bool { return of.Images == 30 && of.Score == r.Together.Optimistic }) {
			t.Errorf("the best, %v, is not among the settings tried", r.Together.Optimistic)
		}
		if full == 0 || full == len(r.Settings) || len(r.Settings) < 100 {
			t.Errorf("%d of %d settings are scored on all images: nothing is halved", full, len(r.Settings))
		}
		// The unseen score is that of each fold's own setting on the fold.
		if len(r.Folds) != 3 || r.Interval.Low > r.Unseen || r.Interval.High < r.Unseen {
			t.Errorf("%d folds, %v in %+v", len(r.Folds), r.Unseen, r.Interval)
		}
		mean := 0.0
		for _, f := range r.Folds {
			mean += f.Unseen / 3
			if f.Images != 10 {
				t.Errorf("fold %d has %d images", f.Fold, f.Images)
			}
		}
		if math.Abs(mean-r.Unseen) > 1e-12 {
			t.Errorf("unseen %v, expected %v", r.Unseen, mean)
		}
		// With the neighbours there is no better one next to the best.
		for _, k := range r.Ablation {
			for _, v := range k.Values {
				if v.Score > r.Together.Optimistic {
					t.Errorf("%s=%s scores %v, the best %v", k.Name, v.Value, v.Score, r.Together.Optimistic)
				}
			}
		}
		if r.Together.Optimistic > r.Together.Default {
			gains++
		}
	}
	if gains == 0 {
		t.Error("no search finds anything: the test does not reach what it is for")
	}
}

// TestPrefix draws the first settings of a longer search.
func TestPrefix(t *testing.T) {
	s := randomSource(t, rand.New(rand.NewPCG(1, 4)), 8, 2)
	space := readSpace(t, DefaultSpace(), s.Models)
	a, b := newSampler(space, 2, 5).draw(40), newSampler(space, 2, 5).draw(90)
	if !reflect.DeepEqual(a, b[:40]) {
		t.Error("a longer search begins with other settings")
	}
}

// TestSmallSpaces tries spaces with one setting, and all settings of small ones.
func TestSmallSpaces(t *testing.T) {
	s := randomSource(t, rand.New(rand.NewPCG(1, 5)), 12, 1)
	b := newBench(t, s, "hubmap")
	for text, settings := range map[string]int{"iou: 0.6": 2, "iou: [0.5, 0.6, 0.7]": 4, "vote-rule: [union]\nvote: [0.1, 0.2]": 3} {
		r, err := Search(context.Background(), b, &Options{Space: readSpace(t, text, s.Models), Folds: folded(12, 2), Settings: 1000, Samples: 20})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Settings) != settings {
			t.Errorf("%q: %d settings, expected %d with the presets", text, len(r.Settings), settings)
		}
	}
}

// TestSearchErrors searches where nothing can be found.
func TestSearchErrors(t *testing.T) {
	ctx := context.Background()
	s := randomSource(t, rand.New(rand.NewPCG(1, 6)), 6, 2)
	b := newBench(t, s, "hubmap")
	space := readSpace(t, testSpace, s.Models)
	for _, folds := range [][]int{nil, {1, 1}, {1, 1, 1, 1, 1, 1}} {
		if _, err := Search(ctx, b, &Options{Space: space, Folds: folds, Settings: 10}); !errors.Is(err, ErrFolds) {
			t.Errorf("folds %v: %v", folds, err)
		}
	}
	if _, err := Search(ctx, b, &Options{Space: space, Folds: folded(6, 2), Settings: 10, Deadline: time.Now().Add(-time.Second)}); !errors.Is(err, ErrBudget) {
		t.Errorf("without time: %v", err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := Search(ended, b, &Options{Space: space, Folds: folded(6, 2), Settings: 10}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// TestClassThresholds: of two classes, one has false instances up to a score of 0.5 and the other up to 0.2. A search for F1
// finds a threshold for each.
func TestClassThresholds(t *testing.T) {
	ctx := context.Background()
	s := randomSource(t, rand.New(rand.NewPCG(2, 2)), 24, 1)
	s.Truth.Annotations, s.Predictions = nil, make([][]pseudo.Prediction, 24)
	for i := range s.Truth.Images {
		img := &s.Truth.Images[i]
		for k := range 4 { // true and false instances of both classes
			m, err := rle.FromBox(img.Height, img.Width, rle.Box{X: float64(10 * k), Y: float64(i % 20), W: 8, H: 8})
			if err != nil {
				t.Fatal(err)
			}
			class, score := int64(1+k%2), []float64{0.7, 0.4, 0.5, 0.2}[k]
			if k < 2 {
				s.Truth.Annotations = append(s.Truth.Annotations, coco.Annotation{ID: coco.IntID(int64(10*i + k + 1)), ImageID: img.ID, CategoryID: class, Area: 64, BBox: m.Bounds(), Segmentation: coco.RLE(m)})
			}
			s.Predictions[i] = append(s.Predictions[i], pseudo.Prediction{Category: class, Score: score, Box: m.Bounds(), Segmentation: coco.RLE(m)})
		}
	}
	b := newBench(t, s, "f1@0")
	space := readSpace(t, "class-above: [none, 0.3, 0.6]\nfuse: nms\n", s.Models)
	r, err := Search(ctx, b, &Options{Space: space, Folds: folded(24, 3), Settings: 100, Samples: 50})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Options.ClassAbove; got["blood_vessel"] != 0.6 || got["other"] != 0.3 || len(got) != 2 || r.Unseen != 1 || r.Default > 0.7 {
		t.Errorf("chose %v with %v, the default has %v", got, r.Unseen, r.Default)
	}
	if len(r.Ablation) != 3 || r.Ablation[1].Name != "class-above:blood_vessel" || r.Ablation[1].Values[0].Score >= 1 {
		t.Errorf("ablation %v", r.Ablation)
	}
}

// TestUnseenDecidesNothing changes all predictions of a fold: the best setting of its view, which
// must not see it, stays, whichever candidates other views keep in the search.
func TestUnseenDecidesNothing(t *testing.T) {
	const images, k = 24, 2
	space := readSpace(t, DefaultSpace(), []string{"a", "b"})
	moved := 0
	for seed := uint64(11); seed < 11+uint64(longtest.Share(12, 1)); seed++ { // by these, views once chose among what others kept
		// round returns the views after a round of settings.
		round := func(change int) []view {
			s := randomSource(t, rand.New(rand.NewPCG(seed, 8)), images, 2)
			for i := range images {
				if i%k == change {
					for n := range s.Predictions[i] {
						s.Predictions[i][n].Score = 1 - s.Predictions[i][n].Score
					}
				}
			}
			of := &search{b: newBench(t, s, "hubmap"), o: &Options{Space: space, Folds: folded(images, k), Seed: seed}}
			if err := of.divide(); err != nil {
				t.Fatal(err)
			}
			list := of.presets()
			for _, at := range newSampler(space, 2, seed).draw(200) {
				list = append(list, candidate{setting: at, options: space.Options(at, s.Models)})
			}
			if done, err := of.round(context.Background(), list); !done || err != nil {
				t.Fatal(done, err)
			}
			return of.views
		}
		is := round(-1)
		for fold := range k {
			if !longtest.All() && fold != int(seed%k)^1 {
				continue
			}
			was := round(fold)
			if a, b := is[fold], was[fold]; a.score != b.score || !reflect.DeepEqual(a.best, b.best) {
				t.Errorf("seed %d: what fold %d holds decides what is chosen without it:\n%v %v\n%v %v", seed, fold, a.score, a.best.setting, b.score, b.best.setting)
			}
			if is[k].score != was[k].score {
				moved++
			}
		}
	}
	if moved == 0 {
		t.Error("what the folds hold changes nothing: the test does not reach what it is for")
	}
}

// TestWithoutWeight searches spaces in which models may have the weight 0, but not all of them.
func TestWithoutWeight(t *testing.T) {
	s := randomSource(t, rand.New(rand.NewPCG(1, 9)), 12, 2)
	b := newBench(t, s, "hubmap")
	for text, settings := range map[string]int{"weight: [0, 1]": 4, "weight: {a: [0]}": 3, "weight: {a: [0.0, 2], b: [0, 1, 2]}": 7} {
		r, err := Search(context.Background(), b, &Options{Space: readSpace(t, text, s.Models), Folds: folded(12, 2), Settings: 1000, Samples: 20})
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if len(r.Settings) != settings {
			t.Errorf("%q: %d settings, expected %d with the presets", text, len(r.Settings), settings)
		}
		if r.Options.Models[0].Weight+r.Options.Models[1].Weight == 0 {
			t.Errorf("%q: no weight is left", text)
		}
	}
	if _, err := ReadSpace(strings.NewReader("weight: 0"), s.Models, nil); !errors.Is(err, ErrSpace) {
		t.Errorf("no weight at all: %v", err)
	}
}
