package tune_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/pseudo"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/tune"
)

// source draws images with two vessels each. Model a draws them too small, model b finds one
// of them twice.
func source() *tune.Source {
	s := &tune.Source{Truth: &coco.Dataset{Categories: []coco.Category{{ID: 1, Name: "blood_vessel"}}}, Models: []string{"a", "b"}}
	box := func(x, y, w, h float64) coco.Segmentation {
		m, _ := rle.FromPolygon(40, 40, rle.FillCOCO, rle.Ring{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}})
		return coco.RLE(m)
	}
	for i := range 12 {
		id := coco.IntID(int64(i + 1))
		s.Truth.Images = append(s.Truth.Images, coco.Image{ID: id, Height: 40, Width: 40})
		var found []pseudo.Prediction
		for k := range 2 {
			x, y := float64(2+20*k), float64(3+i)
			s.Truth.Annotations = append(s.Truth.Annotations, coco.Annotation{ID: coco.IntID(int64(2*i + k + 1)), ImageID: id, CategoryID: 1, Area: 120, Segmentation: box(x, y, 12, 10)})
			score := 0.9 - 0.01*float64(i) - 0.2*float64(k)
			found = append(found,
				pseudo.Prediction{Model: 0, Category: 1, Score: score, NoBox: true, Segmentation: box(x, y, 9, 8)},
				pseudo.Prediction{Model: 1, Category: 1, Score: score, NoBox: true, Segmentation: box(x+2, y, 10, 9)},
				pseudo.Prediction{Model: 1, Category: 1, Score: score / 2, NoBox: true, Segmentation: box(x+3, y, 9, 9)})
		}
		s.Predictions = append(s.Predictions, found)
	}
	return s
}

func ExampleSearch() {
	ctx := context.Background()
	s := source()
	s.Goal, _ = tune.ParseGoal("ap@0.75")
	bench, err := tune.NewBench(ctx, s)
	if err != nil {
		fmt.Println(err)
		return
	}
	space, err := tune.ReadSpace(strings.NewReader("vote: [0.3, 0.6]\nvote-rule: [weight, union]\n"), s.Models, []string{"blood_vessel", "other"})
	if err != nil {
		fmt.Println(err)
		return
	}
	folds := make([]int, len(s.Truth.Images)) // by turns; better by slide
	for i := range folds {
		folds[i] = i % 3
	}
	r, err := tune.Search(ctx, bench, &tune.Options{Space: space, Folds: folds, Settings: 100, Samples: 100})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: unseen %.3f, default %.3f, optimistic %.3f\n", r.Goal, r.Unseen, r.Default, r.Optimistic)
	fmt.Println(len(r.Settings), "settings,", len(r.Folds), "folds; chosen:", r.Chosen)
	score, err := bench.Score(ctx, &r.Options)
	fmt.Printf("%.3f %v\n", score, err)
	// Output:
	// ap@0.75: unseen 0.641, default 0.500, optimistic 0.744
	// 4 settings, 3 folds; chosen: [{preset winner}]
	// 0.727 <nil>
}

func ExampleReadSpace() {
	models := []string{"a", "b"}
	space, err := tune.ReadSpace(strings.NewReader("iou: {from: 0.5, to: 0.6, step: 0.05}\nweight: {b: [1, 2]}\n"), models, []string{"blood_vessel", "other"})
	fmt.Println(space.Knobs, space.Size(1000), err)
	o := space.Options(tune.Setting{1, 1}, models)
	fmt.Println(o.Fusion.IoU, o.Models[1].Weight, space.Text(tune.Setting{1, 1}))
	_, err = tune.ReadSpace(strings.NewReader("iou: [0.5, 1.5]\n"), models, []string{"blood_vessel", "other"})
	fmt.Println(errors.Is(err, tune.ErrSpace), err)
	// Output:
	// [{iou [0.5 0.55 0.6]} {weight:b [1 2]}] 6 <nil>
	// 0.55 2 [0.55 2]
	// true tune: bad space: iou: pseudo: bad option: found "1.5", expected a number from 0 to 1
}

func ExampleReadLog() {
	ctx := context.Background()
	s := source()
	s.Goal, _ = tune.ParseGoal("hubmap")
	bench, err := tune.NewBench(ctx, s)
	if err != nil {
		fmt.Println(err)
		return
	}
	space, _ := tune.ReadSpace(strings.NewReader("iou: [0.5, 0.6]\n"), s.Models, []string{"blood_vessel", "other"})
	options := &tune.Options{Space: space, Folds: []int{0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1}, Settings: 100, Samples: 10}
	var file bytes.Buffer
	for range 2 {
		// The second time, the log has the scores of the first.
		if options.Log, err = tune.ReadLog(bytes.NewReader(file.Bytes()), "checksums of the files, goal"); err != nil {
			fmt.Println(err)
			return
		}
		if err = options.Log.AppendTo(&file); err != nil {
			fmt.Println(err)
			return
		}
		r, err := tune.Search(ctx, bench, options)
		fmt.Printf("%.3f of a log with %t %v\n", r.Unseen, options.Log.Sound > 0, err)
	}
	_, err = tune.ReadLog(&file, "other checksums")
	fmt.Println(errors.Is(err, tune.ErrLog))
	// Output:
	// 1.000 of a log with false <nil>
	// 1.000 of a log with true <nil>
	// true
}

func ExampleDefaultSpace() {
	space, err := tune.ReadSpace(strings.NewReader(tune.DefaultSpace()), []string{"a", "b"}, []string{"blood_vessel", "other"})
	for _, k := range space.Knobs[:3] {
		fmt.Println(k.Name, k.Values)
	}
	fmt.Println(err)
	// Output:
	// tta-nms [none nms:mask:0.5 nms:mask:0.6 nms:mask:0.7 nms:mask:0.8 nms:box:0.6 nms:box:0.7]
	// fuse [wbf nmw nms]
	// cluster [box mask]
	// <nil>
}

func ExampleParseGoal() {
	g, err := tune.ParseGoal("pseudo-precision@0.9")
	fmt.Println(g, err)
	_, err = tune.ParseGoal("speed")
	fmt.Println(errors.Is(err, tune.ErrGoal))
	// Output:
	// pseudo-precision@0.9 <nil>
	// true
}

func ExampleNewBench() {
	s := source()
	s.Class = "vein"
	s.Goal, _ = tune.ParseGoal("hubmap")
	_, err := tune.NewBench(context.Background(), s)
	fmt.Println(err)
	// Output: eval: unknown category: found ["blood_vessel"] in the ground truth, expected one with the name "vein"
}
