package folds

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

func TestRanks(t *testing.T) {
	for _, tt := range []struct {
		values []string
		want   []int
	}{
		{nil, []int{}},
		{[]string{"10", "9", "10", "-1"}, []int{2, 1, 2, 0}},
		{[]string{"1", "01", " 1", "2"}, []int{0, 0, 0, 1}},                    // one number in three spellings
		{[]string{"10", "9", "x"}, []int{0, 1, 2}},                             // text, since one of them is
		{[]string{"9223372036854775808", "1"}, []int{1, 0}},                    // not an int64, so text
		{[]string{"b", "", "a", "b"}, []int{2, 0, 1, 2}},                       // an empty string is a value
		{[]string{"9223372036854775807", "-5", "0x1"}, []int{2, 0, 1}},         // text again
		{[]string{"9223372036854775807", "-9223372036854775808"}, []int{1, 0}}, // no overflow
	} {
		if got := Ranks(tt.values); !slices.Equal(got, tt.want) {
			t.Errorf("%q: %v, want %v", tt.values, got, tt.want)
		}
	}
}

// TestJointLabel compares joint labels with texts of all labels, which sort in the same
// order.
func TestJointLabel(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		n := 1 + rng.IntN(30)
		labels := make([][]int, 2+rng.IntN(3))
		for k := range labels {
			labels[k] = make([]int, n)
			for i := range n {
				labels[k][i] = rng.IntN(12)
			}
		}
		text := make([]string, n)
		for i := range n {
			for _, l := range labels {
				text[i] += fmt.Sprintf("%09d ", l[i])
			}
		}
		if got, want := JointLabel(labels...), Ranks(text); !slices.Equal(got, want) {
			t.Fatalf("%v: %v, want %v", labels, got, want)
		}
	}
	if one := []int{5, 3, 5}; !slices.Equal(JointLabel(one), one) {
		t.Error("one label alone changes")
	}
	if JointLabel() != nil {
		t.Error("no label makes one")
	}
}

func TestImagesLabel(t *testing.T) {
	gone := errors.New("gone")
	im := &Images{Names: []string{"a", "b"}, Column: func(label string) ([]string, error) {
		if label == "wsi" {
			return []string{"2", "1"}, nil
		}
		return nil, gone
	}}
	if got, err := im.Label("wsi"); err != nil || !slices.Equal(got, []int{1, 0}) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := im.Label("vessels"); !errors.Is(err, gone) {
		t.Errorf("not counted: %v, want the column's error", err)
	}
	im.Instances = []int{7, 3}
	for _, name := range []string{"vessels", "annotations"} {
		if got, err := im.Label(name); err != nil || !slices.Equal(got, Bins(im.Instances, 5)) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	im.Column = nil
	if _, err := im.Label("wsi"); !errors.Is(err, ErrNoLabel) {
		t.Errorf("without columns: %v", err)
	}
}

func TestLabelsOfEach(t *testing.T) {
	if got, want := labelsOfEach([][]int{{0, 2, 1}, {1, 0, 1}}), [][]int{{0, 4}, {2, 3}, {1, 4}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
