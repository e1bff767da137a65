package eval

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/hubdata/hubdata/coco"
)

// tilesOf matches the detections of a class image by image.
func tilesOf(t *testing.T, gt *coco.Dataset, dt *coco.Results, iou float64, category int64) []HuBMAPTile {
	t.Helper()
	ix := gt.Index()
	var out []HuBMAPTile
	for i := range gt.Images {
		img := &gt.Images[i]
		var own []coco.Annotation
		for _, k := range ix.Annotations(img.ID) {
			own = append(own, gt.Annotations[k])
		}
		truth, err := NewHuBMAPTruth(img, own, category)
		if err != nil {
			t.Fatal(err)
		}
		var scores []float64
		var pairs [][]Pair
		for k := range dt.Len() {
			if dt.ImageID(k) != img.ID || dt.CategoryID(k) != category {
				continue
			}
			m, err := dt.Segmentation(k).Mask(img.Height, img.Width)
			if err != nil {
				t.Fatal(err)
			}
			if m.Area() == 0 {
				continue
			}
			p, err := truth.Pairs(m)
			if err != nil {
				t.Fatal(err)
			}
			scores, pairs = append(scores, dt.Score(k)), append(pairs, p)
		}
		out = append(out, truth.Match(iou, scores, pairs))
	}
	return out
}

// TestHuBMAPTiles scores random sets image by image, and as one.
func TestHuBMAPTiles(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 5))
	scored, repeated := 0, 0
	for n := range 2000 {
		gt, list, _ := draw(rnd)
		dt := coco.NewResults(list...)
		gt.Categories[0].Name = hubmapTestClass
		iou := []float64{.3, .5, .6, 1}[n%4]
		expected, err := HuBMAP(gt, dt, &HuBMAPOptions{IoU: iou, Class: hubmapTestClass})
		if err != nil {
			continue // of a member that this test is not about
		}
		tiles := tilesOf(t, gt, dt, iou, gt.Categories[0].ID)
		if got := HuBMAPAP(tiles); math.Float64bits(got) != math.Float64bits(expected.AP) && !(got != got && expected.AP != expected.AP) {
			t.Fatalf("set %d: AP %v, expected %v", n, got, expected.AP)
		}
		if expected.TruePositives > 0 {
			scored++
		}
		// Each image twice: the same curve, but for ties.
		if twice := HuBMAPAP(append(append([]HuBMAPTile(nil), tiles...), tiles...)); expected.TruePositives > 0 && math.Abs(twice-expected.AP) < 1e-12 {
			repeated++
		}
	}
	if scored < 500 || repeated < scored/4 {
		t.Errorf("%d sets with a true positive, %d of them equal when doubled: the test does not reach what it is for", scored, repeated)
	}
}
