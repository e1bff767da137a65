package eval_test

import (
	"context"
	"fmt"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
)

func ExampleResult_APAt() {
	r, err := eval.Evaluate(context.Background(), twoTiles(), coco.NewResults(detection(1, 0.9, "4,6,10"), detection(2, 0.8, "4,8,8")), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("AP at 0.6: %.2f\n", r.APAt(0.6))
	fmt.Printf("COCO's AP: %.2f\n", r.AP(eval.Select{}))
	fmt.Printf("at 0.8, of small instances of category 1, the best detection alone: %.2f\n",
		r.AP(eval.Select{IoU: 0.8, Categories: []int64{1}, Area: "small", MaxDets: 1}))
	// Output:
	// AP at 0.6: 1.00
	// COCO's AP: 0.70
	// at 0.8, of small instances of category 1, the best detection alone: 0.25
}

func ExampleResult_Matches() {
	r, err := eval.Evaluate(context.Background(), twoTiles(), coco.NewResults(detection(1, 0.4, "4,8,8"), detection(1, 0.9, "16,4")), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	image, ok := r.Image(coco.IntID(1))
	if !ok {
		fmt.Println("no image 1")
		return
	}
	m := r.Matches(image, eval.Select{IoU: 0.6})
	for _, d := range m.Detections {
		fmt.Printf("results[%d] scores %.1f: %v, IoU %.1f\n", d.Detection, d.Score, d.State, d.IoU)
	}
	for _, t := range m.Truth {
		fmt.Printf("annotations[%d]: %v by results[%d]\n", t.Truth, t.State, t.Detection)
	}
	c := m.Counts()
	fmt.Printf("precision %.2f, recall %.2f, F1 %.2f\n", c.Precision(), c.Recall(), c.F1())
	sure := m.From(0.5)
	fmt.Println("from 0.5 on the instance is", sure.Truth[0].State, sure.Truth[0].State == eval.Unmatched, sure.Counts())
	// Output:
	// results[1] scores 0.9: unmatched, IoU 0.0
	// results[0] scores 0.4: matched, IoU 1.0
	// annotations[0]: matched by results[0]
	// precision 0.50, recall 1.00, F1 0.67
	// from 0.5 on the instance is unmatched true {0 1 1}
}

// This example scores each tile. To score slides, return the slide's name for each of
// its tiles.
func ExampleResult_Parts() {
	ctx, truth := context.Background(), twoTiles()
	r, err := eval.Evaluate(ctx, truth, coco.NewResults(detection(1, 0.9, "4,8,8"), detection(2, 0.8, "0,4,16")), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	parts, err := r.Parts(ctx, eval.Select{IoU: 0.6}, func(image int) string { return "tile " + truth.Images[image].ID.String() })
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range parts {
		fmt.Printf("%s, %d image: AP %.2f, AP50 %.2f, at 0.6 %.2f; found %d of %d, %d false of %d\n",
			p.Part, p.Images, p.AP, p.AP50, p.APAt, p.Found, p.Instances(), p.False, p.Detections())
	}
	small := r.Score(eval.Select{IoU: 0.6, Area: "small"})
	fmt.Printf("small: %.2f\n", small.APAt)
	fmt.Println("missed at 0.95:", r.Count(eval.Select{IoU: 0.95}).Missed)
	// Output:
	// tile 1, 1 image: AP 1.00, AP50 1.00, at 0.6 1.00; found 1 of 1, 0 false of 1
	// tile 2, 1 image: AP 0.00, AP50 0.00, at 0.6 0.00; found 0 of 1, 1 false of 1
	// small: 0.50
	// missed at 0.95: 1
}

func ExampleResult_Curve() {
	r, err := eval.Evaluate(context.Background(), twoTiles(), coco.NewResults(detection(1, 0.9, "4,8,8"), detection(2, 0.8, "16,4")),
		&eval.Params{Recall: []float64{0, 0.5, 1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range r.Curve(eval.Select{IoU: 0.5}) {
		fmt.Printf("recall %.1f: precision %.2f\n", p.Recall, p.Precision)
	}
	// Output:
	// recall 0.0: precision 1.00
	// recall 0.5: precision 1.00
	// recall 1.0: precision 0.00
}

// A vessel is found twice, and one of the detections is called a cell.
func ExampleResult_Confusion() {
	ctx, truth := context.Background(), twoTiles()
	truth.Categories = append(truth.Categories, coco.Category{ID: 2, Name: "cell"})
	cell := detection(1, 0.9, "4,8,8")
	cell.CategoryID = 2
	r, err := eval.Evaluate(ctx, truth, coco.NewResults(cell, detection(1, 0.8, "4,8,8")), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := r.Confusion(ctx, &eval.ConfusionOptions{IoU: 0.6})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("columns: categories", c.Categories, "and missed")
	for t, row := range c.Counts {
		if t < len(c.Categories) {
			fmt.Println("category", c.Categories[t], row)
		} else {
			fmt.Println("background", row)
		}
	}
	// Output:
	// columns: categories [1 2] and missed
	// category 1 [0 1 1]
	// category 2 [0 0 0]
	// background [1 0 0]
}
