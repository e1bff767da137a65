package eval_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
)

// twoTiles returns a ground truth with one vessel on each of two tiles.
func twoTiles() *coco.Dataset {
	d, err := coco.Decode(strings.NewReader(`{"images":[{"id":1,"height":4,"width":5},{"id":2,"height":4,"width":5}],"categories":[{"id":1,"name":"vessel"}],
		"annotations":[{"id":1,"image_id":1,"category_id":1,"segmentation":{"size":[4,5],"counts":[4,8,8]},"area":8,"bbox":[1,0,2,4],"iscrowd":0},
		{"id":2,"image_id":2,"category_id":1,"segmentation":{"size":[4,5],"counts":[4,8,8]},"area":8,"bbox":[1,0,2,4],"iscrowd":0}]}`))
	if err != nil {
		panic(err)
	}
	return d
}

// detection returns a detection on a tile, with a mask given as runs.
func detection(tile int64, score float64, counts string) coco.Result {
	s, err := coco.SegmentationFromJSON([]byte(`{"size":[4,5],"counts":[` + counts + `]}`))
	if err != nil {
		panic(err)
	}
	m, err := s.Mask(4, 5)
	if err != nil {
		panic(err)
	}
	return coco.Result{ImageID: coco.IntID(tile), CategoryID: 1, Score: score, BBox: m.Bounds(), Segmentation: s}
}

func ExampleCompare() {
	ctx, truth := context.Background(), twoTiles()
	p := &eval.Params{IoU: []float64{0.5}}
	both, err := eval.Evaluate(ctx, truth, coco.NewResults(detection(1, 0.9, "4,8,8"), detection(2, 0.8, "4,8,8")), p)
	if err != nil {
		fmt.Println(err)
		return
	}
	one, err := eval.Evaluate(ctx, truth, coco.NewResults(detection(1, 0.9, "4,8,8")), p)
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := eval.Compare(ctx, both, one, []float64{0.5}, 1000, 42)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.3f - %.3f = %.3f, from %.3f to %.3f; better on %d tile, equal on %d\n", c.A, c.B, c.Difference, c.Low, c.High, c.WinsA, c.Neither)
	// Output: 1.000 - 0.505 = 0.495, from 0.000 to 1.000; better on 1 tile, equal on 1
}

func ExampleResult_Part() {
	ctx, truth := context.Background(), twoTiles()
	whole, err := eval.Evaluate(ctx, truth, coco.NewResults(detection(1, 0.9, "4,8,8"), detection(2, 0.8, "0,4,16")), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, image := range whole.Images() {
		part, err := whole.Part(ctx, []int{i})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("image %v: AP50 %.2f of %d true instance\n", truth.Images[image].ID, part.APAt(0.5), part.Instances(eval.Select{}))
	}
	// Output:
	// image 1: AP50 1.00 of 1 true instance
	// image 2: AP50 0.00 of 1 true instance
}

func ExampleResult_Cells() {
	r, err := eval.Evaluate(context.Background(), twoTiles(), coco.NewResults(detection(1, 0.9, "4,6,10"), detection(1, 0.4, "16,4"), detection(2, 0.3, "0,4,16")), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for c := range r.Cells() {
		fmt.Println("tile", c.Image, "scores", c.Scores, "found", c.AppendMatches(nil, 0, 0))
		fmt.Println("  the best is right at IoU 0.5:", c.Matched(0, 0, 0), "at 0.95:", c.Matched(0, 9, 0))
		for g := range c.Truth {
			fmt.Println("  counts in all sizes:", !c.TruthIgnored(g, 0), "in large ones:", !c.TruthIgnored(g, 3))
		}
	}
	precision, score := r.Precision(0, 50, 0, 0, 2)
	fmt.Printf("recall at IoU 0.5: %.2f; precision at a recall of 0.5: %.2f, at the score %.1f\n", r.Recall(0, 0, 0, 2), precision, score)
	// Output:
	// tile 0 scores [0.9 0.4] found [0 -1]
	//   the best is right at IoU 0.5: true at 0.95: false
	//   counts in all sizes: true in large ones: false
	// tile 1 scores [0.3] found [-1]
	//   the best is right at IoU 0.5: false at 0.95: false
	//   counts in all sizes: true in large ones: false
	// recall at IoU 0.5: 0.50; precision at a recall of 0.5: 1.00, at the score 0.9
}

func ExampleResult_Mistakes() {
	ctx := context.Background()
	r, err := eval.Evaluate(ctx, twoTiles(), coco.NewResults(detection(1, 0.9, "4,3,13"), detection(1, 0.4, "16,4")), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := r.Mistakes(ctx, &eval.MistakeOptions{Positive: 0.6})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range m.List {
		fmt.Println(e.Kind, "on tile", e.Image, "becomes correct:", e.BecomesCorrect, "taken:", e.TakenBy >= 0)
	}
	fmt.Printf("AP %.2f, with places fixed %.2f\n", m.AP, m.APIfFixed(eval.MistakeLocalisation))
	// Output:
	// Loc on tile 0 becomes correct: true taken: false
	// Bkg on tile 0 becomes correct: false taken: false
	// Miss on tile 1 becomes correct: false taken: false
	// AP 0.00, with places fixed 0.50
}

func ExampleResult_Sweep() {
	r, err := eval.Evaluate(context.Background(), twoTiles(), coco.NewResults(detection(1, 0.9, "4,8,8"), detection(1, 0.4, "16,4"), detection(2, 0.3, "4,8,8")), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	s := r.Sweep(eval.Select{IoU: 0.5})
	best, _ := s.Best()
	fmt.Printf("keep from %.1f on: precision %.2f, recall %.2f\n", best.Score, best.Precision, best.Recall)
	above := s.Above(0.5)
	fmt.Printf("above 0.5: precision %.2f, recall %.2f\n", above.Precision, above.Recall)
	// Output:
	// keep from 0.3 on: precision 0.67, recall 1.00
	// above 0.5: precision 1.00, recall 0.50
}

func ExampleParseType() {
	for _, name := range []string{"segm", "bbox", "boundary"} {
		what, err := eval.ParseType(name)
		if err != nil {
			fmt.Println(err)
			return
		}
		r, err := eval.Evaluate(context.Background(), twoTiles(), coco.NewResults(detection(1, 0.9, "4,6,10"), detection(2, 0.8, "4,6,10")),
			&eval.Params{Type: what, IoU: eval.Linspace(0.5, 0.95, 10), BoundaryRatio: 0.15, IgnoreCategories: true})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s: %.3f\n", what, r.Stats()[0])
	}
	// Output:
	// segm: 0.600
	// bbox: 1.000
	// boundary: 0.600
}

// Use errors.Is to distinguish kinds of errors. An *Error names the record.
func Example_errors() {
	ctx, truth := context.Background(), twoTiles()
	unscored := detection(1, 0, "4,8,8")
	unscored.Missing = coco.FieldScore
	twice := *truth
	twice.Images = append(twice.Images, truth.Images[0])
	_, err := eval.Evaluate(ctx, truth, coco.NewResults(unscored), nil)
	fmt.Println(errors.Is(err, eval.ErrMissing), err)
	_, err = eval.Evaluate(ctx, truth, coco.NewResults(detection(1, math.NaN(), "4,8,8")), nil)
	fmt.Println(errors.Is(err, eval.ErrNumber), err)
	_, err = eval.Evaluate(ctx, &twice, nil, nil)
	fmt.Println(errors.Is(err, eval.ErrDuplicate), err)
	_, err = eval.Evaluate(ctx, truth, nil, &eval.Params{MaxDets: []int{-1}})
	fmt.Println(errors.Is(err, eval.ErrParams), err)
	var record *eval.Error
	_, err = eval.Evaluate(ctx, truth, coco.NewResults(detection(3, 0.9, "4,8,8")), nil)
	fmt.Println(errors.As(err, &record), record.List, record.Index, record.Member, errors.Is(err, eval.ErrImage))
	// Output:
	// true results[0].score: missing member
	// true results[0].score: not a usable number: found NaN
	// true images[2].id: duplicate id: images[0] also has 1
	// true eval: invalid parameters: found a limit of -1 detections, expected at least 1
	// true results 0 image_id true
}
