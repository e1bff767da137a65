package eval

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/golden"
	"github.com/hubdata/hubdata/rle"
)

// confusionCase is a line of the output of reference/confusion.py.
type confusionCase struct {
	Truth, Results json.RawMessage
	Params         struct {
		Type     string
		IoU      float64  `json:"iou_thr"`
		MaxDets  int      `json:"max_det"`
		MinScore *float64 `json:"min_score"`
	}
	Categories []int64
	Matrix     [][]int
}

// TestConfusionGolden compares every matrix with that of hotcoco.
func TestConfusionGolden(t *testing.T) {
	seen := map[string]int{}
	n, c := 0, new(confusionCase)
	for n, c = range golden.Cases[confusionCase](t, "confusion.jsonl.gz") {
		truth, err := coco.Decode(bytes.NewReader(c.Truth))
		if err != nil {
			t.Fatal(err)
		}
		results, err := coco.DecodeResults(bytes.NewReader(c.Results))
		if err != nil {
			t.Fatal(err)
		}
		kind, err := ParseType(c.Params.Type)
		if err != nil {
			t.Fatal(err)
		}
		o := &ConfusionOptions{IoU: c.Params.IoU, MaxDets: c.Params.MaxDets, MinScore: c.Params.MinScore}
		for _, least := range []float64{0, .01} { // compared again, or with the pairs of the evaluation
			r, err := Evaluate(context.Background(), truth, results, &Params{Type: kind, PairIoU: least, Workers: 1 + n%3})
			if err != nil {
				t.Fatalf("case %d: %v", n, err)
			}
			got, err := r.Confusion(context.Background(), o)
			if err != nil {
				t.Fatalf("case %d: %v", n, err)
			}
			if !reflect.DeepEqual(got.Counts, c.Matrix) || !reflect.DeepEqual(got.Categories, c.Categories) {
				t.Fatalf("case %d, %+v, pairs from %v on: categories %v, counts %v, expected %v, %v",
					n, c.Params, least, got.Categories, got.Counts, c.Categories, c.Matrix)
			}
		}
		seen[c.Params.Type]++
		last := len(c.Categories)
		for i, row := range c.Matrix {
			for j, count := range row {
				switch {
				case count == 0:
				case i == last:
					seen["false"]++
				case j == last:
					seen["missed"]++
				case i == j:
					seen["correct"]++
				default:
					seen["confused"]++
				}
			}
		}
	}
	for _, expected := range []string{"segm", "bbox", "false", "missed", "correct", "confused"} {
		if seen[expected] == 0 {
			t.Errorf("no case of %s", expected)
		}
	}
	t.Logf("%d cases: %v", n, seen)
}

// TestConfusionOptions: options that define nothing are refused.
func TestConfusionOptions(t *testing.T) {
	r, err := Evaluate(context.Background(), &coco.Dataset{}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []ConfusionOptions{{IoU: -1}, {IoU: 1.1}, {IoU: math.NaN()}, {MaxDets: -1},
		{MinScore: new(math.NaN())}} {
		if _, err := r.Confusion(context.Background(), &o); !errors.Is(err, ErrParams) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	c, err := r.Confusion(context.Background(), nil)
	if got, expected := fmt.Sprint(c.Options.IoU, c.Options.MaxDets, c.Counts,
		err), "0.5 100 [[0]] <nil>"; got != expected {
		t.Errorf("found %s, expected %s", got, expected)
	}
}

// TestConfusionOneClass: without categories all instances are of one class.
func TestConfusionOneClass(t *testing.T) {
	truth, err := coco.Decode(
		bytes.NewReader([]byte(`{"images":[{"id":1,"height":10,"width":10}],"categories":[{"id":1,"name":"a"},{"id":2,"name":"b"}],
		"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[0,0,4,4],"area":16,"iscrowd":0},{"id":2,"image_id":1,"category_id":2,"bbox":[5,5,4,4],"area":16,"iscrowd":1}]}`)))
	if err != nil {
		t.Fatal(err)
	}
	results := []coco.Result{
		{ImageID: coco.IntID(1), CategoryID: 2, Score: .9, BBox: rle.Box{X: 0, Y: 0, W: 4, H: 4},
			Missing: coco.FieldSegmentation},
		{ImageID: coco.IntID(1), CategoryID: 2, Score: .8, BBox: rle.Box{X: 5, Y: 5, W: 4, H: 4},
			Missing: coco.FieldSegmentation},
	}
	for _, test := range []struct {
		p        Params
		expected string
	}{
		{Params{Type: BBox}, "[1 2] [[0 1 0] [0 0 0] [0 1 0]]"}, // the crowd is no instance
		{Params{Type: BBox, IgnoreCategories: true}, "[] [[1 0] [1 0]]"},
		{Params{Type: BBox, Categories: []int64{2}}, "[2] [[0 0] [2 0]]"},
	} {
		r, err := Evaluate(context.Background(), truth, coco.NewResults(results...), &test.p)
		if err != nil {
			t.Fatal(err)
		}
		c, err := r.Confusion(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(c.Categories, c.Counts); got != test.expected {
			t.Errorf("found %s, expected %s", got, test.expected)
		}
	}
}
