package folds_test

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/slide"
)

func ExamplePlan_Split() {
	d, _ := coco.Decode(strings.NewReader(`{"images":[{"id":1,"file_name":"x/a.tif","height":9,"width":9},{"id":2,"file_name":"b.tif","height":9,"width":9}],
		"annotations":[{"id":7,"image_id":2,"category_id":1,"bbox":[0,0,2,2],"area":4,"iscrowd":0}],"categories":[{"id":1,"name":"blood_vessel"}]}`))
	p, _ := folds.NewPlan("kfold", []string{"a", "b"}, []int{0, 1}, 2)
	train, valid, _, _ := p.Split(d, 1)
	fmt.Println(len(train.Images), len(train.Annotations), valid.Images[0].FileName)
	_, _, _, err := p.Split(&coco.Dataset{}, 1)
	fmt.Println(errors.Is(err, folds.ErrNoImage))
	// Output:
	// 1 1 x/a.tif
	// true
}

func ExamplePlan_Resolve() {
	p, _ := folds.NewPlan("kfold", []string{"run0/1.png", "2"}, []int{0, 1}, 2)
	names := coco.NewNames([]coco.Image{{FileName: "run0/1.png"}, {FileName: "run1/1.png"}, {FileName: "run1/2.png"}})
	r, _ := p.Resolve(names)
	fmt.Println(r.Matched, len(r.Unknown), r.ByID, r.Plan.Index().Use(names.Name(2), 2) == folds.Validate)
	p.Entries[0].ID = "1"
	_, err := p.Resolve(names)
	fmt.Println(err)
	// Output:
	// 2 0 false true
	// folds: entry 1: "1" fits "run0/1" and "run1/1": use one of these names
}

func ExampleStratifiedKFold() {
	slides := []int{1, 1, 1, 1, 2, 2, 2, 2}
	fold, _ := folds.StratifiedKFold(slides, 4, &folds.Options{Shuffle: true, Seed: 42})
	fmt.Println(fold)
	p, _ := folds.NewPlan("stratified", []string{"a", "b", "c", "d", "e", "f", "g", "h"}, fold, 4)
	_ = p.WriteCSV(os.Stdout)
	// Output:
	// [1 3 0 2 1 3 0 2]
	// id,fold
	// a,2
	// b,4
	// c,1
	// d,3
	// e,2
	// f,4
	// g,1
	// h,3
}

func ExampleKFold() {
	fold, err := folds.KFold(7, 3, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	shuffled, err := folds.KFold(7, 3, &folds.Options{Shuffle: true, Seed: 42})
	fmt.Println(fold, shuffled, err)
	// Output: [0 0 0 1 1 2 2] [0 0 1 2 1 0 2] <nil>
}

func ExampleGroupKFold() {
	patients := []string{"ann", "bob", "ann", "cid", "bob", "dan"}
	fold, err := folds.GroupKFold(patients, 2, nil)
	fmt.Println(fold, err)
	// Output: [1 0 1 1 0 0] <nil>
}

func ExampleStratifiedGroupKFold() {
	class := []int{0, 0, 1, 0, 1, 1, 0, 1}
	origin := []string{"a", "a", "b", "b", "c", "c", "d", "d"}
	fold, err := folds.StratifiedGroupKFold(class, origin, 2, nil)
	fmt.Println(fold, err)
	// Output: [0 0 0 0 1 1 1 1] <nil>
}

func ExampleLeaveOneGroupOut() {
	fold, names, err := folds.LeaveOneGroupOut([]string{"b", "a", "b", "c"})
	fmt.Println(fold, names, err)
	// Output: [1 0 1 2] [a b c] <nil>
}

// The labels of a tile are its slide and the bin of its number of vessels.
func ExampleIterativeKFold() {
	vessels := folds.Bins([]int{3, 12, 5, 30, 4, 11, 6, 28}, 2)
	labels := make([][]int, len(vessels))
	for i, bin := range vessels {
		labels[i] = []int{i / 4, 2 + bin} // the slide, then the bin
	}
	fold, err := folds.IterativeKFold(labels, nil, 2, &folds.Options{Shuffle: true, Seed: 1})
	fmt.Println(vessels, fold, err)
	// Output: [0 1 0 1 0 1 0 1] [1 0 1 0 0 1 0 1] <nil>
}

// This example cuts a slide into blocks, weighed by the instances on the tiles, and
// into strips.
func ExampleSpatial() {
	var places []slide.Place
	var instances []int
	for i := range 8 {
		places = append(places, slide.Place{Slide: "1", X: i % 4 * 512, Y: i / 4 * 512, Width: 512, Height: 512})
		instances = append(instances, 1+i%4)
	}
	blocks, err := folds.Spatial(places, folds.TileWeights(instances), 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	strips, err := folds.SpatialQuantile(places, 2)
	fmt.Println(blocks, strips, err)
	// Output: [0 0 0 1 0 0 1 1] [0 0 1 1 0 0 1 1] <nil>
}

func ExampleTrainTestSplit() {
	slides := []int{1, 1, 1, 1, 2, 2, 2, 2}
	s, err := folds.TrainTestSplit(8, folds.Holdout{TestShare: 0.25, TrainCount: 4}, slides, &folds.Options{Shuffle: true, Seed: 42})
	fmt.Println(s.Train, s.Test, err)
	several, err := folds.ShuffleSplit(8, 2, folds.Holdout{TestCount: 2, TrainShare: 0.5}, 42)
	fmt.Println(several, err)
	// Output:
	// [7 1 3 5] [4 0] <nil>
	// [{[0 7 2 4] [1 5]} {[0 4 5 2] [3 7]}] <nil>
}

func ExampleReadPlanCSV() {
	p, err := folds.ReadPlanCSV(strings.NewReader("id,fold\na,0\nb,1\nc,-1\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	uses := p.Index()
	fmt.Println(p.K, uses.Use("a", 0) == folds.Validate, uses.Use("a", 1) == folds.Train, uses.Use("c", 1) == folds.Unused)
	var text strings.Builder
	if err := p.WriteJSON(&text); err != nil {
		fmt.Println(err)
		return
	}
	same, err := folds.ReadPlanJSON(strings.NewReader(text.String()))
	fmt.Println(len(same.Entries), err)
	// Output:
	// 2 true true true
	// 3 <nil>
}

// This example has two adjacent tiles, and a vessel that continues from one into the
// other.
func ExampleNewAudit() {
	plan, _ := folds.NewPlan("kfold", []string{"a", "b", "c"}, []int{0, 1, 1}, 2)
	vessel, _ := rle.FromBox(512, 512, rle.Box{X: 500, Y: 100, W: 12, H: 20})
	rest, _ := rle.FromBox(512, 512, rle.Box{Y: 100, W: 8, H: 20})
	tile := func(id string, x int, m rle.Mask) folds.Sample {
		return folds.Sample{ID: id, Placed: true, Place: slide.Place{Slide: "1", X: x, Width: 512, Height: 512},
			Labelled: true, Count: 1, Area: m.Area(), Instances: []folds.Instance{{Class: "vessel", Area: m.Area(), Contacts: slide.Contacts(m, 1)}}}
	}
	audit, err := folds.NewAudit(plan, []folds.Sample{tile("a", 0, vessel), tile("b", 512, rest), tile("c", 4096, rest)}, &folds.AuditOptions{MaxPairs: 10})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(audit.Leaks(), audit.Total(folds.KindTouch).Pairs, audit.Total(folds.KindCutOutline).Pairs)
	for _, p := range audit.Pairs {
		fmt.Println(p.Kind, p.A, p.B)
	}
	// Output:
	// true 1 1
	// touch a b
	// cut_outline a b
}

func ExamplePlan_KeepApart() {
	plan, _ := folds.NewPlan("kfold", []string{"a", "b", "c", "d"}, []int{0, 1, 1, 0}, 2)
	x := map[string]int{"a": 0, "b": 512, "c": 4096, "d": 8192}
	place := func(id string) (slide.Place, error) {
		return slide.Place{Slide: "1", X: x[id], Width: 512, Height: 512}, nil
	}
	if err := plan.KeepApart(256, place); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(plan.Apart)
	err := plan.KeepApart(1<<20, place)
	fmt.Println(errors.Is(err, folds.ErrNoTraining))
	// Output:
	// [[b] [a]]
	// true
}

// Use errors.Is to distinguish kinds of errors. A small class is not an error but a
// warning.
func Example_errors() {
	_, err := folds.KFold(4, 1, nil)
	fmt.Println(errors.Is(err, folds.ErrSplits), err)
	_, err = folds.Spatial(make([]slide.Place, 4), []float64{1}, 2)
	fmt.Println(errors.Is(err, folds.ErrLengths), err)
	_, err = folds.ShuffleSplit(4, 1, folds.Holdout{TestCount: 9}, 1)
	fmt.Println(errors.Is(err, folds.ErrHoldout), err)
	_, err = folds.StratifiedKFold([]int{1, 1, 1, 2}, 2, &folds.Options{Warn: func(warning error) {
		fmt.Println(errors.Is(warning, folds.ErrSmallClass), warning)
	}})
	fmt.Println(err)
	_, err = folds.ReadPlanCSV(strings.NewReader("id,fold\na,0\nb,half\n"))
	var row *folds.RowError
	fmt.Println(errors.As(err, &row), err)
	// Output:
	// true too few folds: found 1, expected at least 2
	// true lists of different lengths: 4 tiles, 1 weights
	// true invalid hold-out: found 9 test samples of 4, expected 1 to 3
	// true a class is smaller than the number of folds: the smallest has 1, for 2 folds: some folds get none of it
	// <nil>
	// true row 2 (line 3), column "fold": "half" is not a whole number
}
