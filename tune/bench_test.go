package tune

import (
	"bytes"
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/pseudo"
)

// naiveScore is the goal as the commands compute it: package pseudo fuses tile by tile, and
// package eval scores what it made.
func naiveScore(t *testing.T, s *Source, o *pseudo.Options) float64 {
	t.Helper()
	f, err := pseudo.NewFuser(o)
	if err != nil {
		t.Fatal(err)
	}
	var results coco.Results
	for i := range s.Truth.Images {
		img := &s.Truth.Images[i]
		list, _, err := f.Tile(&pseudo.Tile{Height: img.Height, Width: img.Width, Predictions: s.Predictions[i]})
		if err != nil {
			t.Fatal(err)
		}
		labels := pseudo.Labels{Models: o.Models}
		for k := range list {
			results.Append(labels.Result(img.ID, &list[k]))
		}
	}
	if s.Goal.kind == "hubmap" {
		score, err := eval.HuBMAP(s.Truth, &results, nil)
		if err != nil {
			t.Fatal(err)
		}
		return score.AP
	}
	r, err := eval.Evaluate(context.Background(), s.Truth, &results, nil) // the parameters of hubdata eval
	if err != nil {
		t.Fatal(err)
	}
	switch s.Goal.kind {
	case "ap":
		return r.AP(eval.Select{})
	case "ap@":
		return r.AP(eval.Select{IoU: s.Goal.at})
	case "f1@":
		return r.Sweep(eval.Select{IoU: 0.6}).Above(s.Goal.at).F1
	}
	best := 0.0
	for _, p := range r.Sweep(eval.Select{IoU: 0.6}).Points {
		if p.Precision >= s.Goal.at {
			best = max(best, p.Recall)
		}
	}
	return best
}

// throughPreset returns options as hubdata pseudo has them from a preset.
func throughPreset(t *testing.T, o *pseudo.Options, classes map[int64]string) *pseudo.Options {
	t.Helper()
	var text bytes.Buffer
	if err := pseudo.WritePreset(&text, nil, o); err != nil {
		t.Fatal(err)
	}
	read, err := pseudo.ReadPreset(&text)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range o.Models {
		names = append(names, m.Name)
	}
	if read.Models, err = read.ModelsFor(names); err != nil {
		t.Fatal(err)
	}
	read.ClassNames = classes
	return read
}

// TestScoreIsOfTheCommands compares scores of random settings on random images with those of
// the packages that the commands use, to the last bit.
func TestScoreIsOfTheCommands(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	different := map[string]map[float64]bool{}
	for n := range 25 {
		s := randomSource(t, rng, 1+rng.IntN(8), 1+n%3)
		space := readSpace(t, DefaultSpace()+"calibrate: [1, 0.5, 2.25]\nclass-above: {other: [none, 0.3, 0.6], blood_vessel: [none, 0, 0.2]}\n", s.Models)
		for _, goal := range []string{"hubmap", "ap", "ap@0.6", "f1@0.45", "pseudo-precision@0.7"} {
			b := newBench(t, s, goal)
			if n%2 == 1 { // forgets again and again
				b.kept = 5
			}
			if different[goal] == nil {
				different[goal] = map[float64]bool{}
			}
			for _, at := range newSampler(space, len(s.Models), uint64(n)).draw(20) {
				o := space.Options(at, s.Models)
				got, err := b.Score(context.Background(), &o)
				if err != nil {
					t.Fatal(err)
				}
				expected := naiveScore(t, s, throughPreset(t, &o, b.classes))
				if goal[0] == 'a' && expected == -1 {
					expected = math.NaN()
				}
				if math.Float64bits(got) != math.Float64bits(expected) && !(got != got && expected != expected) {
					t.Fatalf("source %d, %s, %v: %v, expected %v", n, goal, space.Text(at), got, expected)
				}
				different[goal][got] = true
			}
		}
	}
	for goal, values := range different {
		if len(values) < 40 {
			t.Errorf("%s: only %d different scores", goal, len(values))
		}
	}
}

// TestScoreOfParts compares scores on some of the images, some of them several times, with
// those of sets of these alone.
func TestScoreOfParts(t *testing.T) {
	ctx := context.Background()
	rng := rand.New(rand.NewPCG(7, 8))
	for n := range 40 {
		s := randomSource(t, rng, 6, 2)
		goal := []string{"hubmap", "ap", "ap@0.6", "f1@0.5"}[n%4]
		b := newBench(t, s, goal)
		o := base(s.Models)
		_, whole, err := b.outcomeOf(ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		images := []int{0, 2, 2, 5}
		got, err := whole.score(ctx, images)
		if err != nil {
			t.Fatal(err)
		}
		// The same images under ids of their own.
		part := &Source{Truth: &coco.Dataset{Categories: s.Truth.Categories}, Models: s.Models}
		next := int64(0)
		for k, i := range images {
			img := s.Truth.Images[i]
			id := coco.IntID(int64(k + 1))
			for _, a := range s.Truth.Annotations {
				if a.ImageID == img.ID {
					next++
					a.ID, a.ImageID = coco.IntID(next), id
					part.Truth.Annotations = append(part.Truth.Annotations, a)
				}
			}
			img.ID = id
			part.Truth.Images = append(part.Truth.Images, img)
			part.Predictions = append(part.Predictions, s.Predictions[i])
		}
		expected, err := newBench(t, part, goal).Score(ctx, &o)
		if err != nil {
			t.Fatal(err)
		}
		if got != expected && !(got != got && expected != expected) {
			t.Fatalf("set %d, %s: %v, expected %v", n, goal, got, expected)
		}
	}
}

// TestKeptIsBounded: what is kept of many settings stays below the limit and what one more batch adds.
func TestKeptIsBounded(t *testing.T) {
	s := randomSource(t, rand.New(rand.NewPCG(8, 9)), 2, 2)
	space := readSpace(t, DefaultSpace(), s.Models)
	draws := newSampler(space, 2, 1).draw(60)
	most := func(kept int) int {
		b := newBench(t, s, "hubmap")
		b.kept = kept
		for _, at := range draws {
			o := space.Options(at, s.Models)
			if _, err := b.Score(context.Background(), &o); err != nil {
				t.Fatal(err)
			}
		}
		return max(len(b.images[0].pairs), len(b.images[1].pairs))
	}
	if bounded, all := most(40), most(1<<20); bounded > 80 || all < 120 {
		t.Errorf("%d masks are kept with a limit of 40, %d without", bounded, all)
	}
}
