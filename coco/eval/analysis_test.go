package eval

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// boxWorld returns a random ground truth of boxes, and results that find some of them.
// Scores are coarse, so that ties are frequent.
func boxWorld(rng *rand.Rand, images, categories int) (*coco.Dataset, []coco.Result) {
	d := &coco.Dataset{}
	for k := range categories {
		d.Categories = append(d.Categories, coco.Category{ID: int64(k + 1), Name: string(rune('a' + k))})
	}
	var results []coco.Result
	for i := range images {
		id := coco.IntID(int64(i + 1))
		d.Images = append(d.Images, coco.Image{ID: id, Height: 200, Width: 200})
		for range rng.IntN(5) {
			b := rle.Box{X: float64(rng.IntN(150)), Y: float64(rng.IntN(150)), W: float64(5 + rng.IntN(45)),
				H: float64(5 + rng.IntN(45))}
			k := int64(1 + rng.IntN(categories))
			d.Annotations = append(d.Annotations, coco.Annotation{ID: coco.IntID(int64(len(d.Annotations) + 1)), ImageID: id,
				CategoryID: k, BBox: b, Area: b.W * b.H, IsCrowd: rng.IntN(12) == 0})
			for range rng.IntN(3) {
				e := b
				e.X += float64(rng.IntN(7) - 3)
				e.W += float64(rng.IntN(9) - 4)
				results = append(results, coco.Result{ImageID: id, CategoryID: k, BBox: e, Score: float64(rng.IntN(20)+1) / 20})
			}
		}
		for range rng.IntN(3) {
			results = append(results, coco.Result{ImageID: id, CategoryID: int64(1 + rng.IntN(categories)),
				BBox: rle.Box{X: float64(rng.IntN(150)), Y: 3, W: 30, H: 30}, Score: float64(rng.IntN(20)) / 20})
		}
	}
	return d, results
}

func mustEvaluate(t testing.TB, d *coco.Dataset, results []coco.Result, p *Params) *Result {
	t.Helper()
	p.Type = BBox
	r, err := Evaluate(context.Background(), d, coco.NewResults(results...), p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSubset compares a subset with an evaluation of the same images alone, bit for
// bit.
func TestSubset(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		d, results := boxWorld(rng, 1+rng.IntN(20), 1+rng.IntN(3))
		whole := mustEvaluate(t, d, results, &Params{})
		var ids []coco.ID
		var in []int
		for k, i := range whole.Images() {
			if rng.IntN(2) == 0 {
				ids, in = append(ids, d.Images[i].ID), append(in, k)
			}
		}
		if ids == nil {
			continue
		}
		want := mustEvaluate(t, d, results, &Params{Images: ids})
		got, err := whole.Subset(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got.Images(), want.Images()) {
			t.Fatalf("images %v: %v, want %v", ids, got.Images(), want.Images())
		}
		if !sameArrays(got, want) || !slices.Equal(got.Stats(), want.Stats()) {
			t.Fatalf("images %v: %v, want %v", ids, got.Stats(), want.Stats())
		}
		part, err := whole.Part(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, iou := range want.Params.IoU {
			for k := -1; k < want.K(); k++ {
				s := Select{IoU: iou}
				if k >= 0 {
					s.Categories = want.Categories[k : k+1]
				}
				if part.AP(s) != want.AP(s) || part.Instances(s) != want.Instances(s) || part.Score(s) != want.Score(s) {
					t.Fatalf("images %v, %+v: %+v of a part, want %+v", ids, s, part.Score(s), want.Score(s))
				}
			}
		}
		a, err := got.Mistakes(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := want.Mistakes(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(a.List, b.List) || a.AP != b.AP {
			t.Fatalf("images %v: %d mistakes, AP %v, want %d, %v", ids, len(a.List), a.AP, len(b.List), b.AP)
		}
	}
}

// TestSweepOfAll checks that any number may be the limit of detections.
func TestSweepOfAll(t *testing.T) {
	d, results := boxWorld(rand.New(rand.NewPCG(8, 9)), 20, 1)
	want := mustEvaluate(t, d, results, &Params{MaxDets: []int{len(results)}}).Sweep(Select{})
	if len(want.Points) == 0 {
		t.Fatal("there is nothing to sweep")
	}
	for _, limit := range []int{len(results) + 1, math.MaxInt} {
		if got := mustEvaluate(t, d, results, &Params{MaxDets: []int{limit}}).Sweep(Select{}); !reflect.DeepEqual(got, want) {
			t.Errorf("limit %d: %d points, want %d", limit, len(got.Points), len(want.Points))
		}
	}
}

// TestAP compares the mean at one threshold with the statistics and the ranking.
func TestAP(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		d, results := boxWorld(rng, 1+rng.IntN(20), 1+rng.IntN(3))
		r := mustEvaluate(t, d, results, &Params{})
		if got, want := r.APAt(0.5), r.Stats()[1]; got != want {
			t.Fatalf("AP at 0.5: %v, want %v", got, want)
		}
		for k := range r.K() {
			for iou := range r.Params.IoU {
				c := r.rank(&selection{iou: []int{iou}, k: []int{k}, limit: 2})
				n := len(c.right)
				if got, want := c.ap(r.Params.Recall, nil, make([]float64, n), make([]float64, n)), r.AP(
					Select{IoU: r.Params.IoU[iou], Categories: r.Categories[k : k+1]}); got != want {
					t.Fatalf("category %d, threshold %d: ranking %v, arrays %v", k, iou, got, want)
				}
			}
		}
	}
}

// TestSweep compares each point of a sweep with a count at that threshold.
func TestSweep(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 40 {
		d, results := boxWorld(rng, 1+rng.IntN(15), 1)
		r := mustEvaluate(t, d, results, &Params{IoU: []float64{0.6}})
		s := r.Sweep(Select{})
		total := 0
		for _, b := range s.Bins {
			total += b.N
		}
		if len(s.Points) > 0 && total != s.Points[len(s.Points)-1].Kept {
			t.Fatalf("%d in the bins, %d kept", total, s.Points[len(s.Points)-1].Kept)
		}
		for i, p := range s.Points {
			var kept []coco.Result
			for _, res := range results {
				if res.Score >= p.Score {
					kept = append(kept, res)
				}
			}
			// A greedy match in descending order of score does not depend on lower
			// scores.
			of := mustEvaluate(t, d, kept, &Params{IoU: []float64{0.6}})
			right, wrong, truth := 0, 0, 0
			for c := range of.Cells() {
				for k := range c.Detections {
					switch {
					case c.Ignored(k, 0, 0):
					case c.Matched(k, 0, 0):
						right++
					default:
						wrong++
					}
				}
				for g := range c.Truth {
					if !c.TruthIgnored(g, 0) {
						truth++
					}
				}
			}
			if p.Kept != right+wrong || p.Precision != float64(right)/float64(right+wrong) || truth > 0 &&
				p.Recall != float64(right)/float64(truth) {
				t.Fatalf("point %+v: %d right, %d wrong, %d true", p, right, wrong, truth)
			}
			if i > 0 && p.Score >= s.Points[i-1].Score {
				t.Fatal("scores do not fall")
			}
			if above := s.Above(p.Score); i > 0 && above.Kept != s.Points[i-1].Kept || i == 0 && above.Kept != 0 {
				t.Fatalf("above %v: %+v", p.Score, above)
			}
		}
		if best, ok := s.Best(); ok != (len(s.Points) > 0) {
			t.Fatal(best, ok)
		} else {
			for _, p := range s.Points {
				if p.F1 > best.F1 {
					t.Fatalf("best %+v, but %+v", best, p)
				}
			}
		}
	}
}

// TestBootstrapWeights checks that an image of weight two counts like two copies of it.
func TestBootstrapWeights(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 40 {
		d, results := boxWorld(rng, 1+rng.IntN(8), 2)
		for i := range results { // equal scores of an image change their order where the image is duplicated
			results[i].Score = rng.Float64()
		}
		r := mustEvaluate(t, d, results, &Params{})
		weights := make([]int32, len(d.Images))
		more := &coco.Dataset{Categories: d.Categories}
		var found []coco.Result
		for i := range d.Images {
			weights[i] = int32(rng.IntN(4))
			for n := range weights[i] {
				id := coco.IntID(int64(100*i) + int64(n))
				img := d.Images[i]
				img.ID = id
				more.Images = append(more.Images, img)
				for _, a := range d.Annotations {
					if a.ImageID == d.Images[i].ID {
						a.ImageID, a.ID = id, coco.IntID(int64(len(more.Annotations)+1))
						more.Annotations = append(more.Annotations, a)
					}
				}
				for _, res := range results {
					if res.ImageID == d.Images[i].ID {
						res.ImageID = id
						found = append(found, res)
					}
				}
			}
		}
		if len(more.Images) == 0 {
			continue
		}
		want := mustEvaluate(t, more, found, &Params{})
		for k := range r.K() {
			for _, iou := range []int{0, 4} {
				c := r.rank(&selection{iou: []int{iou}, k: []int{k}, limit: 2})
				n := len(c.right)
				got := c.ap(r.Params.Recall, weights, make([]float64, n), make([]float64, n))
				if w := want.AP(Select{IoU: r.Params.IoU[iou], Categories: r.Categories[k : k+1]}); math.Abs(got-w) > 1e-12 {
					t.Fatalf("weights %v: %v, of repeated images %v", weights, got, w)
				}
			}
		}
	}
}

func TestCompare(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	d, results := boxWorld(rng, 60, 2)
	var fewer []coco.Result
	for i, r := range results {
		if i%3 > 0 {
			fewer = append(fewer, r)
		}
	}
	a := mustEvaluate(t, d, results, &Params{Workers: 1})
	b := mustEvaluate(t, d, fewer, &Params{Workers: 1})
	c, err := Compare(context.Background(), a, b, []float64{0.5, 0.6}, 500, 42)
	if err != nil {
		t.Fatal(err)
	}
	if want := (a.APAt(0.5) + a.APAt(0.6)) / 2; math.Abs(c.A-want) > 1e-12 {
		t.Errorf("A %v, want %v", c.A, want)
	}
	if c.Difference != c.A-c.B || !(c.Low < c.Difference && c.Difference < c.High) || c.Better < 0.9 ||
		c.WinsA <= c.WinsB || c.WinsA+c.WinsB+c.Neither != 60 {
		t.Errorf("%+v", c)
	}
	back, err := Compare(context.Background(), b, a, []float64{0.5, 0.6}, 500, 42)
	if err != nil || back.Low != -c.High || back.WinsB != c.WinsA || math.Abs(back.Better+c.Better-1) > 1e-12 {
		t.Errorf("the other way round %+v, %v (%v)", back, c, err)
	}
	several := mustEvaluate(t, d, results, &Params{Workers: 5})
	again, err := Compare(context.Background(), several, b, []float64{0.5, 0.6}, 500, 42)
	if err != nil || *again != *c {
		t.Errorf("with five workers %+v, want %+v (%v)", again, c, err)
	}
	same, err := Compare(context.Background(), a, a, []float64{0.5}, 50, 1)
	if err != nil || same.Difference != 0 || same.Low != 0 || same.High != 0 || same.Better != 0.5 || same.Neither != 60 {
		t.Errorf("with itself %+v (%v)", same, err)
	}
	other, _ := boxWorld(rng, 3, 2)
	if _, err := Compare(context.Background(), a, mustEvaluate(t, other, nil, &Params{}), []float64{0.5}, 50,
		1); !errors.Is(err, ErrParams) {
		t.Errorf("other images: %v", err)
	}
	if _, err := Compare(context.Background(), a, b, []float64{0.5}, 0, 1); !errors.Is(err, ErrParams) {
		t.Errorf("no samples: %v", err)
	}
	if _, err := Compare(context.Background(), a, b, []float64{0.51}, 10, 1); !errors.Is(err, ErrParams) {
		t.Errorf("no threshold: %v", err)
	}
}

func BenchmarkCompare(b *testing.B) {
	d, results := boxWorld(rand.New(rand.NewPCG(1, 1)), 1600, 1)
	x := mustEvaluate(b, d, results, &Params{})
	y := mustEvaluate(b, d, results[:len(results)/2], &Params{})
	for b.Loop() {
		if _, err := Compare(context.Background(), x, y, []float64{0.6}, 1000, 1); err != nil {
			b.Fatal(err)
		}
	}
}
