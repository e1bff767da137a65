package foldscmd

import (
	"slices"
	"testing"

	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/wsi"
)

// TestChooseMethod: labels and groups choose the method, and the method the labels, where the user named none.
func TestChooseMethod(t *testing.T) {
	for _, test := range []struct {
		name, coco string
		stratify   []string
		group      string
		method     folds.Method // empty: refused
		labels     []string
	}{
		{"", "", nil, "", folds.MethodStratified, []string{"wsi"}},
		{"", "a.json", nil, "", folds.MethodKFold, nil},
		{"", "", nil, "wsi", folds.MethodGroup, nil},
		{"", "a.json", []string{"x"}, "", folds.MethodStratified, []string{"x"}},
		{"", "", []string{"x"}, "y", folds.MethodStratifiedGroup, []string{"x"}},
		{"iterative", "", nil, "", folds.MethodIterative, []string{"wsi", "vessels"}},
		{"wsi", "", nil, "", folds.MethodSlide, nil},
		{"iterative", "a.json", nil, "", "", nil},
		{"kfold", "", []string{"x"}, "", "", nil},
		{"group", "", nil, "", "", nil},
		{"spatial", "", nil, "wsi", "", nil},
		{"best", "", nil, "", "", nil},
	} {
		o := &options{Input: Input{Coco: test.coco}}
		o.method.K, o.method.Stratify, o.method.Group = 5, test.stratify, test.group
		err := o.chooseMethod(test.name)
		if (err == nil) != (test.method != "") {
			t.Errorf("%+v: %v", test, err)
		} else if err == nil && (o.method.Method != test.method || !slices.Equal(o.method.Stratify, test.labels)) {
			t.Errorf("%+v: %s by %q", test, o.method.Method, o.method.Stratify)
		}
	}
	o := &options{planning: planning{method: method{kSet: true}}}
	o.method.K = 3
	if err := o.chooseMethod("wsi"); err != nil || o.method.wantedSlides != 3 || o.method.K != 0 {
		t.Errorf("wsi -k 3: %+v, %v", o.method, err)
	}
}

func TestAlwaysTrain(t *testing.T) {
	tile := wsi.Tile{Dataset: 2, WSI: 3}
	for text, want := range map[string]bool{"": false, "2": true, "1,2": true, "1": false, "2:wsi=3,4": true, "2:wsi=4": false} {
		a, err := parseAlwaysTrain(text)
		if err != nil || a.has(tile) != want {
			t.Errorf("%q: %v, %v, expected %v", text, a.has(tile), err, want)
		}
	}
	for _, text := range []string{"x", "2:3", "2:slide=3", "2:wsi=x", "3", "2-4"} {
		if _, err := parseAlwaysTrain(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestSetSuffix(t *testing.T) {
	for _, test := range []struct {
		buffer int
		set    folds.Set
		want   string
	}{
		{0, folds.Set{Fold: 2, Use: folds.Train}, "_train_fold2"},
		{64, folds.Set{Fold: 2, Use: folds.Train}, "_train_buffer64_fold2"},
		{64, folds.Set{Fold: 0, Use: folds.Validate}, "_valid_fold0"},
		{64, allImages, "_train_full_includes_valid"},
	} {
		if got := setSuffix(&folds.Plan{Buffer: test.buffer}, test.set); got != test.want {
			t.Errorf("%+v: %s, expected %s", test, got, test.want)
		}
	}
}

func TestCOCONames(t *testing.T) {
	valid := folds.Set{Fold: 1, Use: folds.Validate}
	for path, want := range map[string]string{"d/all.json": "out/all_valid_fold1.json", "all.json.gz": "out/all_valid_fold1.json.gz", "-": "out/stdin_valid_fold1.json", "all": "out/all_valid_fold1.json"} {
		n := newCOCONames("out", path)
		if got := n.path(&folds.Plan{}, valid); got != want {
			t.Errorf("%s: %s, expected %s", path, got, want)
		}
	}
}
