package eval_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
)

// smallBoxes returns a ground truth of one image with one box, and two detections.
func smallBoxes(image string) (*coco.Dataset, []coco.Result) {
	truth, err := coco.Decode(strings.NewReader(`{"images":[{"id":1,"height":9,"width":9` + image + `}],
		"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[0,0,4,4],"area":16}],
		"categories":[{"id":1,"name":"vessel","frequency":"r"}]}`))
	if err != nil {
		fmt.Println(err)
		return nil, nil
	}
	results, err := coco.DecodeResults(strings.NewReader(`[{"image_id":1,"category_id":1,"bbox":[0,0,4,4],"score":0.5},
		{"image_id":1,"category_id":1,"bbox":[4,4,4,4],"score":0.9}]`))
	if err != nil {
		fmt.Println(err)
	}
	return truth, results.List()
}

func ExampleResult_WriteArraysJSON() {
	truth, results := smallBoxes("")
	r, err := eval.Evaluate(context.Background(), truth, coco.NewResults(results...), &eval.Params{
		Type: eval.BBox, IoU: []float64{0.5}, Recall: []float64{0, 1}, MaxDets: []int{1, 100}, Areas: []eval.AreaRange{{Name: "all", Max: 1e10}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	var text strings.Builder
	if err := r.WriteArraysJSON(&text); err != nil {
		fmt.Println(err)
	}
	fmt.Print(text.String())
	// Output:
	// {"precision":[[[[[0,0.5]]],[[[0,0.5]]]]],
	// "recall":[[[[0,1]]]],
	// "scores":[[[[[0.9,0.9]]],[[[0,0.5]]]]],
	// "iouThrs":[0.5],
	// "recThrs":[0,1],
	// "catIds":[1],
	// "areaRng":[[0,1e+10]],
	// "areaRngLbl":["all"],
	// "maxDets":[1,100]}
}

func ExampleResult_WriteNPZ() {
	truth, results := smallBoxes("")
	r, err := eval.Evaluate(context.Background(), truth, coco.NewResults(results...), &eval.Params{Type: eval.BBox})
	if err != nil {
		fmt.Println(err)
		return
	}
	var archive bytes.Buffer
	if err := r.WriteNPZ(&archive); err != nil {
		fmt.Println(err)
		return
	}
	files, err := zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len()))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range files.File {
		fmt.Println(f.Name, f.UncompressedSize64)
	}
	// Output:
	// precision.npy 97088
	// recall.npy 1088
	// scores.npy 97088
	// iouThrs.npy 208
	// recThrs.npy 936
	// catIds.npy 136
	// areaRng.npy 192
	// areaRngLbl.npy 224
	// maxDets.npy 152
}

func ExampleIsFederated() {
	truth, results := smallBoxes(`,"neg_category_ids":[],"not_exhaustive_category_ids":[1]`)
	fmt.Println(eval.IsFederated(truth))
	r, err := eval.Evaluate(context.Background(), truth, coco.NewResults(results...), &eval.Params{Type: eval.BBox, Federated: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f\n", r.Stats()[0]) // not every instance of the class is annotated: the false detection does not count
	// Output:
	// true
	// 1.00
}
