package eval_test

import (
	"fmt"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/rle"
)

// Scores two lists of detections on one image whose masks are compared once.
func ExampleHuBMAPAP() {
	image := &coco.Image{Height: 20, Width: 20}
	square := func(x, edge float64) coco.Segmentation {
		return coco.Polygons([]rle.Ring{{{x, 1}, {x + edge, 1}, {x + edge, 1 + edge}, {x, 1 + edge}}})
	}
	truth, err := eval.NewHuBMAPTruth(image, []coco.Annotation{{CategoryID: 1, Segmentation: square(1, 8)}, {CategoryID: 1, Segmentation: square(11, 8)}}, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	var pairs [][]eval.Pair
	for _, s := range []coco.Segmentation{square(1, 7), square(12, 7), square(5, 3)} {
		m, err := s.Mask(20, 20)
		if err != nil {
			fmt.Println(err)
			return
		}
		p, err := truth.Pairs(m)
		if err != nil {
			fmt.Println(err)
			return
		}
		pairs = append(pairs, p)
	}
	for _, scores := range [][]float64{{0.9, 0.8, 0.3}, {0.9, 0.3, 0.8}} {
		tile := truth.Match(eval.HuBMAPIoU, scores, pairs)
		fmt.Printf("%v %v %.3f\n", tile.Scores, tile.Right, eval.HuBMAPAP([]eval.HuBMAPTile{tile}))
	}
	// Output:
	// [0.9 0.8 0.3] [true true false] 1.000
	// [0.9 0.8 0.3] [true false true] 0.833
}
