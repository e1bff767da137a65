package eval

import (
	"cmp"
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

// TestSelect checks that values select what indices select, and that unknown values
// select nothing.
func TestSelect(t *testing.T) {
	d, results := boxWorld(rand.New(rand.NewPCG(1, 7)), 30, 3)
	r := mustEvaluate(t, d, results, &Params{})
	for iou, v := range r.Params.IoU {
		for area, a := range r.Params.Areas {
			for limit, most := range r.Params.MaxDets {
				for k, id := range r.Categories {
					var values []float64
					for n := range r.Params.Recall {
						if p, _ := r.Precision(iou, n, k, area, limit); p > -1 {
							values = append(values, p)
						}
					}
					want := -1.0
					if values != nil {
						want = mean(values)
					}
					s := Select{IoU: v, Categories: []int64{id}, Area: a.Name, MaxDets: most}
					if got := r.AP(s); got != want {
						t.Fatalf("%+v: %v, want %v", s, got, want)
					}
				}
			}
		}
	}
	if got, want := r.AP(Select{}), r.Stats()[0]; got != want || got <= 0 {
		t.Errorf("the zero Select gives %v, want %v", got, want)
	}
	if got, want := r.AP(Select{Area: "medium"}), r.Stats()[4]; got != want {
		t.Errorf("medium: %v, want %v", got, want)
	}
	if got := r.APAt(0.6 + 1e-12); got != r.APAt(0.6) || got <= 0 {
		t.Errorf("AP at about 0.6 is %v, want %v", got, r.APAt(0.6))
	}
	for _, s := range []Select{{IoU: 0.51}, {Area: "huge"}, {MaxDets: 7}, {Categories: []int64{99}},
		{Categories: []int64{}}} {
		typo := s.Categories == nil
		if v := r.AP(s); typo != math.IsNaN(v) || !typo && v != -1 {
			t.Errorf("%+v: AP %v, want -1 or NaN", s, v)
		}
		if c := r.Count(s); c != (Counts{}) {
			t.Errorf("%+v: %+v, want none", s, c)
		}
		if c := r.Score(s); c.Counts != (Counts{}) || typo != math.IsNaN(c.AP+c.AP50+c.APAt) || !typo &&
			c != (Score{AP: -1, AP50: -1, APAt: -1}) {
			t.Errorf("%+v: %+v, want none", s, c)
		}
		if m := r.Matches(0, s); len(m.Detections)+len(m.Truth) > 0 {
			t.Errorf("%+v: %+v, want none", s, m)
		}
		if s.IoU == 0 && s.MaxDets == 0 && r.Instances(s) != 0 {
			t.Errorf("%+v: %d instances, want 0", s, r.Instances(s))
		}
		if w := r.Sweep(s); w.Truth+len(w.Points) > 0 {
			t.Errorf("%+v: sweep of %d, want none", s, w.Truth)
		}
	}
	if c := r.Curve(Select{IoU: 0.51}); c != nil {
		t.Errorf("a curve of %d points, want none", len(c))
	}
	one := mustEvaluate(t, d, results, &Params{IgnoreCategories: true})
	if got, want := one.AP(Select{Categories: []int64{99}}), one.Stats()[0]; got != want {
		t.Errorf("categories ignored: %v, want %v", got, want)
	}
}

func TestCounts(t *testing.T) {
	for _, test := range []struct {
		c                     Counts
		precision, recall, f1 float64
	}{
		{Counts{}, -1, -1, -1},
		{Counts{False: 2}, 0, -1, 0},
		{Counts{Missed: 2}, -1, 0, 0},
		{Counts{Found: 1, Missed: 3, False: 1}, 0.5, 0.25, 1.0 / 3},
	} {
		if p, r, f := test.c.Precision(), test.c.Recall(), test.c.F1(); p != test.precision || r != test.recall ||
			f != test.f1 {
			t.Errorf("%+v: %v, %v, %v, want %v, %v, %v", test.c, p, r, f, test.precision, test.recall, test.f1)
		}
	}
}

// naiveMatches matches one image's boxes of one category in descending order of score.
func naiveMatches(d *coco.Dataset, results []coco.Result, id coco.ID, category int64,
	iou float64) (found map[int32]int32, ignored map[int32]bool) {
	var dets, truth []int32
	for i := range results {
		if results[i].ImageID == id && results[i].CategoryID == category {
			dets = append(dets, int32(i))
		}
	}
	for i := range d.Annotations {
		if d.Annotations[i].ImageID == id && d.Annotations[i].CategoryID == category {
			truth = append(truth, int32(i))
		}
	}
	slices.SortStableFunc(dets, func(a, b int32) int { return cmp.Compare(results[b].Score, results[a].Score) })
	found, ignored = map[int32]int32{}, map[int32]bool{}
	taken := map[int32]bool{}
	for _, at := range dets {
		for _, crowd := range []bool{false, true} {
			best, most := int32(-1), iou
			for _, g := range truth {
				a := &d.Annotations[g]
				if a.IsCrowd != crowd || taken[g] && !crowd {
					continue
				}
				v, err := rle.AppendBoxIoU(nil, []rle.Box{results[at].BBox}, []rle.Box{a.BBox}, []bool{crowd})
				if err != nil {
					panic(err)
				}
				if v[0] >= most {
					best, most = g, v[0]
				}
			}
			if best >= 0 {
				if taken[best] = true; crowd {
					ignored[at] = true
				} else {
					found[at] = best
				}
				break
			}
		}
	}
	return found, ignored
}

// TestMatches compares with a simple matcher, and the counts of all images with those
// of the whole.
func TestMatches(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	total := Counts{}
	lost := 0
	for range 30 {
		d, results := boxWorld(rng, 1+rng.IntN(12), 1+rng.IntN(3))
		r := mustEvaluate(t, d, results, &Params{})
		sum := Counts{}
		for i, at := range r.Images() {
			id := d.Images[at].ID
			found, ignored := map[int32]int32{}, map[int32]bool{}
			for _, c := range d.Categories {
				f, g := naiveMatches(d, results, id, c.ID, 0.6)
				for k, v := range f {
					found[k] = v
				}
				for k := range g {
					ignored[k] = true
				}
			}
			m := r.Matches(i, Select{IoU: 0.6})
			if !slices.IsSortedFunc(m.Detections, func(a, b DetectionMatch) int { return cmp.Compare(b.Score, a.Score) }) {
				t.Fatal("detections are not sorted by score")
			}
			of := map[int32]int32{}
			for _, det := range m.Detections {
				truth, ok := found[det.Detection]
				want := Unmatched
				switch {
				case ok:
					want = Matched
				case ignored[det.Detection]:
					want = Ignored
				}
				if det.State != want || ok != (det.Truth >= 0) || ok && det.Truth != truth || ok != (det.IoU >= 0.6) ||
					det.Score != results[det.Detection].Score {
					t.Fatalf("detection %+v, want %v with %d", det, want, truth)
				}
				if ok {
					of[truth] = det.Detection
				}
			}
			for _, g := range m.Truth {
				dt, ok := of[g.Truth]
				want := Unmatched
				switch {
				case d.Annotations[g.Truth].IsCrowd:
					want = Ignored
				case ok:
					want = Matched
				}
				if g.State != want || ok != (g.Detection >= 0) || ok && g.Detection != dt {
					t.Fatalf("true instance %+v, want %v with %d", g, want, dt)
				}
			}
			c := m.Counts()
			sum.Found, sum.Missed, sum.False = sum.Found+c.Found, sum.Missed+c.Missed, sum.False+c.False
			// Without the lower scores the result is that of an evaluation without
			// those detections.
			var high []coco.Result
			var places []int32
			for k, res := range results {
				if res.Score >= 0.5 {
					high, places = append(high, res), append(places, int32(k))
				}
			}
			want := mustEvaluate(t, d, high, &Params{}).Matches(i, Select{IoU: 0.6})
			for k := range want.Detections {
				want.Detections[k].Detection = places[want.Detections[k].Detection]
			}
			for k := range want.Truth {
				if g := &want.Truth[k]; g.Detection >= 0 {
					g.Detection = places[g.Detection]
				}
			}
			got := m.From(0.5)
			if len(got.Detections) != len(want.Detections) || len(got.Detections) > 0 &&
				!reflect.DeepEqual(got.Detections, want.Detections) || !reflect.DeepEqual(got.Truth, want.Truth) {
				t.Fatalf("from 0.5: %+v, want %+v", got, want)
			}
			lost += c.Found - got.Counts().Found
		}
		if got := r.Count(Select{IoU: 0.6}); got != sum {
			t.Fatalf("all images: %+v, sum of each %+v", got, sum)
		}
		s := r.Sweep(Select{IoU: 0.6})
		if s.Truth != sum.Instances() || len(s.Points) > 0 && s.Points[len(s.Points)-1].Kept != sum.Detections() {
			t.Fatalf("sweep of %d, counts %+v", s.Truth, sum)
		}
		total.Found, total.Missed, total.False = total.Found+sum.Found, total.Missed+sum.Missed, total.False+sum.False
	}
	if total.Found == 0 || total.Missed == 0 || total.False == 0 || lost == 0 {
		t.Errorf("the test shows nothing: %+v, %d lost", total, lost)
	}
}

// TestMatchesLimit checks that detections beyond the limit and other categories are
// left out.
func TestMatchesLimit(t *testing.T) {
	d, results := boxWorld(rand.New(rand.NewPCG(6, 4)), 20, 2)
	r := mustEvaluate(t, d, results, &Params{})
	for i := range r.Images() {
		first := r.Matches(i, Select{IoU: 0.5, MaxDets: 1, Categories: r.Categories[1:2]})
		for _, m := range first.Detections {
			if results[m.Detection].CategoryID != r.Categories[1] {
				t.Fatalf("image %d: a detection of category %d", i, results[m.Detection].CategoryID)
			}
		}
		if len(first.Detections) > 1 {
			t.Fatalf("image %d: %d detections, want at most 1", i, len(first.Detections))
		}
	}
	a, b := r.Count(Select{IoU: 0.5, MaxDets: 1}), r.Count(Select{IoU: 0.5})
	if a.Detections() >= b.Detections() || a.Instances() != b.Instances() {
		t.Errorf("with a limit %+v, without %+v", a, b)
	}
}

// TestParts compares parts with separate evaluations of their images.
func TestParts(t *testing.T) {
	ctx := context.Background()
	d, results := boxWorld(rand.New(rand.NewPCG(2, 9)), 40, 2)
	name := func(image int) string { return []string{"odd", "even", "third"}[image*image%3*image%3] }
	for _, s := range []Select{{IoU: 0.6}, {IoU: 0.6, Area: "medium"}, {MaxDets: 1}} {
		r := mustEvaluate(t, d, results, &Params{Workers: 3})
		parts, err := r.Parts(ctx, s, name)
		if err != nil || len(parts) < 2 {
			t.Fatalf("%d parts, error %v", len(parts), err)
		}
		images := 0
		for _, p := range parts {
			var ids []coco.ID
			for i := range d.Images {
				if name(i) == p.Part {
					ids = append(ids, d.Images[i].ID)
				}
			}
			want := mustEvaluate(t, d, results, &Params{Images: ids})
			score := want.Score(s)
			if p.Images != len(ids) || p.Score != score {
				t.Errorf("%+v: %+v, want %d images, %+v", s, p, len(ids), score)
			}
			if s.IoU == 0.6 && s.Area == "" {
				if score.APAt != want.APAt(0.6) || score.AP50 != want.APAt(0.5) || score.Counts != want.Count(s) ||
					score.AP-want.AP(Select{}) > 1e-12 || want.AP(Select{})-score.AP > 1e-12 {
					t.Errorf("%+v is not what its numbers alone are", score)
				}
			}
			images += p.Images
		}
		if images != len(d.Images) {
			t.Errorf("%d images in the parts, want %d", images, len(d.Images))
		}
		stopped, stop := context.WithCancel(ctx)
		stop()
		if _, err := r.Parts(stopped, s, name); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v of an ended context", err)
		}
	}
}

// TestCurve checks that the area under the curve is the average precision.
func TestCurve(t *testing.T) {
	d, results := boxWorld(rand.New(rand.NewPCG(5, 9)), 40, 3)
	r := mustEvaluate(t, d, results, &Params{})
	for _, s := range []Select{{IoU: 0.5}, {IoU: 0.75}, {IoU: 0.6, Categories: r.Categories[1:2]}} {
		curve := r.Curve(s)
		sum := 0.0
		for i, p := range curve {
			if p.Recall != r.Params.Recall[i] || i > 0 && p.Precision > curve[i-1].Precision {
				t.Fatalf("%+v: point %d is %+v after %+v", s, i, p, curve[i-1])
			}
			sum += p.Precision
		}
		if got, want := sum/float64(len(curve)), r.AP(s); got-want > 1e-12 || want-got > 1e-12 || want <= 0 {
			t.Errorf("%+v: %v under the curve, want %v", s, got, want)
		}
	}
	none := mustEvaluate(t, &coco.Dataset{Images: d.Images, Categories: d.Categories}, nil, &Params{})
	for _, p := range none.Curve(Select{}) {
		if p.Precision != 0 {
			t.Fatalf("without a true instance %+v", p)
		}
	}
}

// TestResultImage finds images by their ids, in all of a result and in a part.
func TestResultImage(t *testing.T) {
	d := &coco.Dataset{Categories: []coco.Category{{ID: 1, Name: "a"}}}
	for _, id := range []int64{7, 3, 5} {
		d.Images = append(d.Images, coco.Image{ID: coco.IntID(id), Height: 8, Width: 8})
	}
	r := mustEvaluate(t, d, nil, &Params{})
	part, err := r.Subset(t.Context(), []int{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range []*Result{r, part} {
		for i, at := range of.Images() {
			if got, ok := of.Image(d.Images[at].ID); !ok || got != i {
				t.Errorf("image %v: %d, %v, want %d", d.Images[at].ID, got, ok, i)
			}
		}
	}
	if got, ok := r.Image(coco.IntID(9)); ok || got != -1 {
		t.Errorf("no image: %d, %v", got, ok)
	}
	if got, ok := part.Image(d.Images[r.Images()[0]].ID); ok || got != -1 {
		t.Errorf("an image of another part: %d, %v", got, ok)
	}
}
