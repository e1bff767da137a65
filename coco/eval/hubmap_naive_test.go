package eval

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// naiveOrder computes argsort(scores)[::-1] literally.
func naiveOrder(scores []float64) []int {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[a], scores[b]) })
	slices.Reverse(order)
	return order
}

// naiveHuBMAP is HuBMAP for readable masks. It compares every pair of masks in full.
func naiveHuBMAP(t *testing.T, gt *coco.Dataset, dt []coco.Result, iou float64, category int64) *HuBMAPScore {
	t.Helper()
	s := &HuBMAPScore{}
	var scores []float64
	var hits []bool
	for i := range gt.Images {
		img := &gt.Images[i]
		mask := func(g coco.Segmentation) rle.Mask {
			m, err := g.Mask(img.Height, img.Width)
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		var truths, crowds, masks []rle.Mask
		for k := range gt.Annotations {
			if a := &gt.Annotations[k]; a.ImageID == img.ID && a.CategoryID == category {
				if a.IsCrowd {
					crowds = append(crowds, mask(a.Segmentation))
				} else {
					truths = append(truths, mask(a.Segmentation))
				}
			}
		}
		var own []float64
		for k := range dt {
			if d := &dt[k]; d.ImageID == img.ID && d.CategoryID == category {
				if s.Detections++; mask(d.Segmentation).Area() == 0 {
					s.Empty++
					continue
				}
				masks, own = append(masks, mask(d.Segmentation)), append(own, d.Score)
			}
		}
		s.Truths += len(truths)
		overlap, err := rle.AppendIoU(nil, masks, truths, nil)
		if err != nil {
			t.Fatal(err)
		}
		inCrowd, err := rle.AppendIoF(nil, masks, crowds)
		if err != nil {
			t.Fatal(err)
		}
		taken := make([]bool, len(truths))
		for _, k := range naiveOrder(own) {
			best := -1
			row := overlap[k*len(truths) : (k+1)*len(truths)]
			for j, v := range row {
				if best < 0 || v > row[best] {
					best = j
				}
			}
			hit := best >= 0 && row[best] >= iou && !taken[best]
			if hit {
				taken[best] = true
			} else if slices.ContainsFunc(inCrowd[k*len(crowds):(k+1)*len(crowds)], func(v float64) bool { return v >= iou }) {
				s.Ignored++
				continue
			}
			scores, hits = append(scores, own[k]), append(hits, hit)
		}
	}
	for n, k := range naiveOrder(scores) {
		if hits[k] {
			s.TruePositives++
		}
		s.Scores = append(s.Scores, scores[k])
		s.Precision = append(s.Precision, float64(s.TruePositives)/float64(n+1))
		if s.Truths > 0 {
			s.Recall = append(s.Recall, float64(s.TruePositives)/float64(s.Truths))
		}
	}
	return s
}

// checkHuBMAP compares HuBMAP with the naive one on a random dataset. It returns the
// number of true positives and of ignored detections.
func checkHuBMAP(t *testing.T, rnd *rand.Rand) (found, ignored int) {
	t.Helper()
	gt, dt, p := draw(rnd)
	gt.Categories[0].Name = hubmapTestClass
	values := []float64{-1, math.Copysign(0, -1), 0, 1e-300, 0.25, 0.5, 0.5000000000000001, 1}
	few := slices.Clone(dt)
	for range rnd.IntN(8) { // enough for all cases of the order
		dt = append(dt, few...)
	}
	for i := range dt {
		dt[i].Score, dt[i].Missing = values[rnd.IntN(len(values))], 0
	}
	iou := []float64{1e-9, 0.3, 0.5, 0.6, 1}[rnd.IntN(5)]
	results := coco.NewResults(dt...)
	got, err := HuBMAP(gt, results, &HuBMAPOptions{IoU: iou, Class: hubmapTestClass})
	if err != nil {
		t.Fatal(err)
	}
	if rnd.IntN(2) == 0 {
		p.Type, p.PairIoU = Segm, []float64{0, 1e-9, 0.1}[rnd.IntN(3)]
	}
	if r, err := Evaluate(context.Background(), gt, results, p); err == nil {
		again, err := HuBMAP(gt, results, &HuBMAPOptions{IoU: iou, Class: hubmapTestClass, From: r})
		if err != nil || fmt.Sprint(again) != fmt.Sprint(got) {
			t.Fatalf("IoU %v: from pairs %+v, %v; from masks %+v", iou, again, err, got)
		}
		if pairsKept(r, gt, results, iou) != nil {
			pairsUsed++
		}
	}
	want := naiveHuBMAP(t, gt, dt, iou, gt.Categories[0].ID)
	if math.IsNaN(got.AP) != (want.Truths == 0) {
		t.Fatalf("AP %v of %d truths", got.AP, want.Truths)
	}
	want.AP, got.AP = 0, 0
	for _, s := range []*HuBMAPScore{got, want} { // empty and nil slices are equal
		s.Scores, s.Precision, s.Recall = append([]float64{}, s.Scores...), append([]float64{}, s.Precision...), append([]float64{}, s.Recall...)
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("IoU %v: %+v, want %+v", iou, got, want)
	}
	return got.TruePositives, got.Ignored
}

// pairsUsed counts the sets whose pairs were used again.
var pairsUsed int

const hubmapTestClass = "blood_vessel"

func TestHuBMAPNaive(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	found, ignored := 0, 0
	for range 3000 {
		f, i := checkHuBMAP(t, rnd)
		found, ignored = found+f, ignored+i
	}
	if found < 1000 || ignored < 1000 {
		t.Errorf("%d found, %d ignored: the sets try too little", found, ignored)
	}
	if pairsUsed < 300 {
		t.Errorf("%d sets whose pairs were used again: they try too little", pairsUsed)
	}
}

func FuzzHuBMAP(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(func(t *testing.T, a, b uint64) { checkHuBMAP(t, rand.New(rand.NewPCG(a, b))) })
}
