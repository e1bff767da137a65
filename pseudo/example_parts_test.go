package pseudo_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/pseudo"
	"github.com/hubdata/hubdata/rle"
)

// Two files have the same order, so a tile is complete as soon as both are
// beyond it.
func ExampleGather() {
	file := func(text string) func(func(coco.Result, error) bool) {
		return coco.ReadResults(strings.NewReader(text))
	}
	const mask = `"segmentation": {"size": [8, 8], "counts": [9, 3, 52]}`
	sources := []pseudo.Source{
		{Model: 0, Records: file(`[{"image_id": 1, "category_id": 1, "score": 0.9, ` + mask + `}, {"image_id": 2, "category_id": 1, "score": 0.8, ` + mask + `}]`)},
		{Model: 1, Records: file(`[{"image_id": 2, "category_id": 1, "score": 0.6, "bbox": [1, 1, 1, 3], ` + mask + `}]`)},
	}
	tile := func(_ int, r *coco.Result) (int, bool, error) {
		n, ok := r.ImageID.Int()
		return int(n), ok, nil
	}
	for g, err := range pseudo.Gather(context.Background(), sources, tile, false) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, p := range g.Predictions {
			fmt.Println("tile", g.Tile, "source", p.Source, "record", p.Record, "score", p.Score, "without box:", p.NoBox)
		}
	}
	// Output:
	// tile 1 source 0 record 0 score 0.9 without box: true
	// tile 2 source 0 record 1 score 0.8 without box: true
	// tile 2 source 1 record 0 score 0.6 without box: false
}

// Options have names, for use on a command line.
func ExampleParseMethod() {
	method, err := pseudo.ParseMethod("soft-nms")
	if err != nil {
		fmt.Println(err)
		return
	}
	confidence, _ := pseudo.ParseConfidence("box_and_model_avg")
	overlap, _ := pseudo.ParseOverlap("mask")
	rule, _ := pseudo.ParseVoteRule("intersection")
	fmt.Println(method, confidence, overlap, rule)
	_, err = pseudo.ParseMethod("mean")
	fmt.Println(errors.Is(err, pseudo.ErrOptions), err)
	// Output:
	// soft-nms box_and_model_avg mask intersection
	// true pseudo: bad option: "mean" is not one of ["wbf" "nmw" "nms" "soft-nms"]
}

// Soft-NMS is applied within a model, then the masks vote. Instances in the
// excluded region are dropped.
func ExampleOptions() {
	prediction := func(model, record int, score, x float64) pseudo.Prediction {
		m, _ := rle.FromBox(64, 64, rle.Box{X: x, Y: 10, W: 20, H: 20})
		return pseudo.Prediction{Model: model, Record: record, Score: score, Box: m.Bounds(), Segmentation: coco.RLE(m)}
	}
	soft := &pseudo.Suppression{Method: pseudo.SoftNMS, IoU: 0.5, Decay: pseudo.Gaussian, MinScore: 0.2}
	fuser, err := pseudo.NewFuser(&pseudo.Options{
		Models:     []pseudo.Model{{Name: "a", Weight: 2, Suppress: soft}, {Name: "b", Weight: 1}},
		Fusion:     pseudo.Fusion{Method: pseudo.WBF, IoU: 0.5, Confidence: pseudo.ConfAvg},
		Vote:       pseudo.Vote{Rule: pseudo.VoteWeight, Part: 0.5},
		ExcludeIoF: 0.9,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	region, _ := rle.FromBox(64, 64, rle.Box{X: 40, W: 24, H: 64})
	instances, counts, err := fuser.Tile(&pseudo.Tile{Height: 64, Width: 64, Exclude: []rle.Mask{region},
		Predictions: []pseudo.Prediction{prediction(0, 0, 0.9, 10), prediction(0, 1, 0.5, 11), prediction(1, 0, 0.6, 12), prediction(1, 1, 0.7, 42)}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, in := range instances {
		var from []string
		for _, m := range in.Members {
			from = append(from, fmt.Sprintf("%c%d", 'a'+m.Model, m.Record))
		}
		slices.Sort(from)
		fmt.Printf("%.3f %v %v\n", in.Score, in.Mask.Bounds(), from)
	}
	fmt.Println(counts.Excluded, "in the region")
	// Output:
	// 0.800 {10 10 20 20} [a0 b0]
	// 1 in the region
}

// Soft-NMS of boxes alone drops nothing, but lowers scores.
func ExampleBoxFuser_Fuse() {
	fuser, err := pseudo.NewBoxFuser(1, &pseudo.Fusion{Method: pseudo.SoftNMS, IoU: 0.5, Decay: pseudo.Linear, MinScore: 0.01})
	if err != nil {
		fmt.Println(err)
		return
	}
	clusters, counts, err := fuser.Fuse(100, 100, []pseudo.Detection{
		{Score: 0.75, Box: pseudo.Corners{10, 10, 30, 30}},
		{Score: 0.5, Box: pseudo.Corners{10, 10, 30, 40}},
		{Score: 0.5, Box: pseudo.Corners{10, 10, 10, 40}},
	}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range clusters {
		fmt.Printf("%.3f %v\n", c.Score, c.Box)
	}
	fmt.Println(counts.ZeroArea, "without area")
	_, _, err = fuser.Fuse(100, 100, []pseudo.Detection{{Score: 2, Box: pseudo.Corners{10, 10, 30, 30}}}, nil)
	fmt.Println(errors.Is(err, pseudo.ErrDetection), err)
	// Output:
	// 0.750 [10 10 30 30]
	// 0.167 [10 10 30 40]
	// 1 without area
	// true pseudo: bad detection 0: score 2, want 0 to 1
}

// The error names the source and the record that is wrong.
func ExamplePredictionError() {
	sources := []pseudo.Source{{Records: coco.ReadResults(strings.NewReader(`[{"image_id": 1, "category_id": 1, "bbox": [1, 1, 1, 3], "score": 0.9}]`))}}
	tile := func(int, *coco.Result) (int, bool, error) { return 1, true, nil }
	for _, err := range pseudo.Gather(context.Background(), sources, tile, false) {
		var wrong *pseudo.PredictionError
		if errors.As(err, &wrong) {
			fmt.Println(wrong.Source, wrong.Record, wrong)
		}
	}
	// Output: 0 0 [0].segmentation: found none, want a mask: this may be a file of boxes alone, named *.bbox.json; the masks are in *.segm.json
}
