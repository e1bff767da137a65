package folds

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/hubdata/hubdata/internal/golden"
)

// goldenCase is a line of the output of reference/folds.py.
type goldenCase struct {
	Method   string
	N, K     int
	Shuffle  bool
	Seed     uint32
	Y        json.RawMessage
	Groups   json.RawMessage
	Labels   [][]int
	Size     map[string]json.Number
	Fold     []int
	Splits   [][2][]int
	Error    string
	Warnings []string
}

// call calls f with a list of integers or of strings.
func call(t *testing.T, list json.RawMessage, numbers func([]int) ([]int, error), texts func([]string) ([]int, error)) ([]int, error) {
	t.Helper()
	var n []int
	if json.Unmarshal(list, &n) == nil {
		return numbers(n)
	}
	var s []string
	if err := json.Unmarshal(list, &s); err != nil {
		t.Fatal(err)
	}
	return texts(s)
}

func stratifiedGroup[L Label](t *testing.T, y []L, groups json.RawMessage, k int, o *Options) ([]int, error) {
	return call(t, groups,
		func(g []int) ([]int, error) { return StratifiedGroupKFold(y, g, k, o) },
		func(g []string) ([]int, error) { return StratifiedGroupKFold(y, g, k, o) })
}

// TestGolden compares every strategy with the answer of scikit-learn and
// iterative-stratification, index for index.
func TestGolden(t *testing.T) {
	seen := map[string]int{}
	n, c := 0, new(goldenCase)
	for n, c = range golden.Cases[goldenCase](t, "folds.jsonl.gz") {
		var warned []string
		o := &Options{Shuffle: c.Shuffle, Seed: c.Seed, Warn: func(err error) {
			if errors.Is(err, ErrSmallClass) {
				warned = append(warned, "small")
			}
		}}
		fold, splits, err := c.run(t, o)
		kind := ""
		for name, want := range map[string]error{"splits": ErrSplits, "samples": ErrFewSamples, "groups": ErrFewGroups, "classes": ErrSmallClasses, "holdout": ErrHoldout} {
			if errors.Is(err, want) {
				kind = name
			}
		}
		slices.Sort(warned)
		switch {
		case err != nil && kind == "":
			t.Fatalf("case %d: %v", n, err)
		case kind != c.Error:
			t.Fatalf("case %d, %s: error %v, want kind %q", n, c.Method, err, c.Error)
		case err == nil && !slices.Equal(warned, c.Warnings):
			t.Fatalf("case %d, %s: warned of %q, want %q", n, c.Method, warned, c.Warnings)
		case err == nil && !slices.Equal(fold, c.Fold):
			t.Fatalf("case %d, %s:\n%v, want\n%v", n, c.Method, fold, c.Fold)
		case err == nil && !slices.EqualFunc(splits, c.Splits, func(a Split, b [2][]int) bool {
			return slices.Equal(a.Train, b[0]) && slices.Equal(a.Test, b[1])
		}):
			t.Fatalf("case %d, %s:\n%v, want\n%v", n, c.Method, splits, c.Splits)
		}
		seen[c.Method+" "+cmp.Or(c.Error, "ok")]++
	}
	for _, want := range []string{"kfold ok", "kfold samples", "kfold splits", "stratified ok", "stratified classes", "group ok", "group groups",
		"stratified_group ok", "stratified_group groups", "one_out ok", "one_out groups", "shuffle_split ok", "shuffle_split holdout", "train_test ok", "train_test classes", "iterative ok"} {
		if seen[want] == 0 {
			t.Errorf("no case of %s", want)
		}
	}
	t.Logf("%d cases: %v", n, seen)
}

func (c *goldenCase) run(t *testing.T, o *Options) (fold []int, splits []Split, err error) {
	switch c.Method {
	case "kfold":
		fold, err = KFold(c.N, c.K, o)
	case "stratified":
		fold, err = call(t, c.Y,
			func(y []int) ([]int, error) { return StratifiedKFold(y, c.K, o) },
			func(y []string) ([]int, error) { return StratifiedKFold(y, c.K, o) })
	case "group":
		fold, err = call(t, c.Groups,
			func(g []int) ([]int, error) { return GroupKFold(g, c.K, o) },
			func(g []string) ([]int, error) { return GroupKFold(g, c.K, o) })
	case "stratified_group":
		fold, err = call(t, c.Y,
			func(y []int) ([]int, error) { return stratifiedGroup(t, y, c.Groups, c.K, o) },
			func(y []string) ([]int, error) { return stratifiedGroup(t, y, c.Groups, c.K, o) })
	case "one_out":
		fold, err = call(t, c.Groups,
			func(g []int) ([]int, error) { f, _, err := LeaveOneGroupOut(g); return f, err },
			func(g []string) ([]int, error) { f, _, err := LeaveOneGroupOut(g); return f, err })
	case "iterative":
		fold, err = IterativeKFold(c.Labels, nil, c.K, o)
	case "shuffle_split":
		splits, err = ShuffleSplit(c.N, c.K, c.holdout(t), c.Seed)
	case "train_test":
		var s Split
		var y []int
		var text []string
		switch {
		case c.Y == nil:
			s, err = TrainTestSplit[int](c.N, c.holdout(t), nil, o)
		case json.Unmarshal(c.Y, &y) == nil:
			s, err = TrainTestSplit(c.N, c.holdout(t), y, o)
		default:
			if err := json.Unmarshal(c.Y, &text); err != nil {
				t.Fatal(err)
			}
			s, err = TrainTestSplit(c.N, c.holdout(t), text, o)
		}
		splits = []Split{s}
	default:
		t.Fatalf("method %q", c.Method)
	}
	return fold, splits, err
}

func (c *goldenCase) holdout(t *testing.T) (h Holdout) {
	for key, v := range c.Size {
		n, err := v.Int64()
		share := 0.0
		if err != nil {
			if share, err = v.Float64(); err != nil {
				t.Fatal(err)
			}
		}
		if key == "test_size" {
			h.TestCount, h.TestShare = int(n), share
		} else {
			h.TrainCount, h.TrainShare = int(n), share
		}
	}
	return h
}
