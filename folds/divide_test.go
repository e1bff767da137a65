package folds

import (
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/hubdata/hubdata/slide"
)

// divideImages returns 24 tiles of three slides.
func divideImages() *Images {
	im := &Images{}
	var slides, patients []string
	for i := range 24 {
		name := strconv.Itoa(9 + i%3) // 9, 10, 11: ordered as numbers, not as text
		im.Names = append(im.Names, fmt.Sprintf("t%02d", i))
		im.Places = append(im.Places, slide.Place{Slide: name, X: i / 3 % 4 * 512, Y: i / 12 * 512, Width: 512, Height: 512})
		im.Instances = append(im.Instances, i*i%17)
		slides, patients = append(slides, name), append(patients, "p"+strconv.Itoa(i%8))
	}
	im.Column = func(label string) ([]string, error) {
		list, ok := map[string][]string{"wsi": slides, "patient": patients}[label]
		if !ok {
			return nil, ErrNoLabel
		}
		return list, nil
	}
	return im
}

// TestDivide compares each method, including the fold numbers of its plan, with the
// strategy that it uses.
func TestDivide(t *testing.T) {
	im := divideImages()
	label := func(name string) []int {
		l, err := im.Label(name)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	wsi, vessels, patient := label("wsi"), label("vessels"), label("patient")
	n := len(im.Names)
	how := &Options{Shuffle: true, Seed: 7}
	for _, tt := range []struct {
		o    DivideOptions
		want func() ([]int, error)
		k    int
	}{
		{DivideOptions{}, func() ([]int, error) { return KFold(n, 5, nil) }, 5},
		{DivideOptions{Method: MethodKFold, K: 3, Shuffle: true, Seed: 7}, func() ([]int, error) { return KFold(n, 3, how) },
			3},
		{DivideOptions{K: 4, Stratify: []string{"wsi"}, Shuffle: true, Seed: 7}, func() ([]int, error) {
			return StratifiedKFold(wsi, 4, how)
		}, 4},
		{DivideOptions{Method: MethodStratified, K: 2, Stratify: []string{"vessels", "wsi"}, Shuffle: true, Seed: 7},
			func() ([]int, error) { return StratifiedKFold(JointLabel(vessels, wsi), 2, how) }, 2},
		{DivideOptions{K: 4, Group: "patient"}, func() ([]int, error) { return GroupKFold(patient, 4, nil) }, 4},
		{DivideOptions{K: 4, Group: "patient", Stratify: []string{"wsi"}}, func() ([]int, error) {
			return StratifiedGroupKFold(wsi, patient, 4, nil)
		}, 4},
		{DivideOptions{Method: MethodIterative, K: 3, Stratify: []string{"wsi", "vessels"}, Shuffle: true, Seed: 7},
			func() ([]int, error) { return IterativeKFold(labelsOfEach([][]int{wsi, vessels}), nil, 3, how) }, 3},
		{DivideOptions{Method: MethodIterative, K: 3, Stratify: []string{"wsi"}, Group: "patient", Seed: 7},
			func() ([]int, error) {
				return IterativeKFold(labelsOfEach([][]int{wsi}), patient, 3, &Options{Seed: 7})
			}, 3},
		{DivideOptions{Method: MethodSpatial, K: 2}, func() ([]int, error) {
			return Spatial(im.Places, TileWeights(im.Instances), 2)
		}, 2},
		{DivideOptions{Method: MethodQuantile, K: 2}, func() ([]int, error) { return SpatialQuantile(im.Places, 2) }, 2},
		{DivideOptions{Method: MethodSlide}, func() ([]int, error) { return wsi, nil }, 3},
	} {
		want, err := tt.want()
		if err != nil {
			t.Fatal(err)
		}
		p, err := Divide(im, &tt.o)
		if err != nil {
			t.Errorf("%+v: %v", tt.o, err)
			continue
		}
		if p.K != tt.k || p.First != 1 || len(p.Entries) != n {
			t.Errorf("%+v: %d folds from %d of %d images", tt.o, p.K, p.First, len(p.Entries))
		}
		for i, e := range p.Entries {
			if e.ID != im.Names[i] || e.Fold != want[i]+1 {
				t.Errorf("%+v: entry %d is %+v, want fold %d of %s", tt.o, i, e, want[i]+1, im.Names[i])
				break
			}
		}
	}
	if p, err := Divide(im, nil); err != nil || p.Method != "kfold" {
		t.Errorf("without options: %v", err)
	}
	if p, _ := Divide(im, &DivideOptions{Group: "patient"}); p.Method != "group" {
		t.Errorf("by groups: method %q", p.Method)
	}
}

func TestDivideErrors(t *testing.T) {
	gone := errors.New("gone")
	none := &Images{Names: []string{"a", "b"}}
	short := &Images{Names: []string{"a", "b"}, Places: []slide.Place{{}}, Column: func(string) ([]string, error) {
		return []string{"1"}, nil
	}}
	broken := &Images{Names: []string{"a", "b"}, Column: func(string) ([]string, error) { return nil, gone }}
	for _, tt := range []struct {
		im   *Images
		o    DivideOptions
		want error
	}{
		{none, DivideOptions{Method: "best"}, ErrMethod},
		{none, DivideOptions{Method: MethodStratified}, ErrMethod},
		{none, DivideOptions{Method: MethodGroup}, ErrMethod},
		{none, DivideOptions{Method: MethodKFold, Group: "wsi"}, ErrMethod},
		{none, DivideOptions{Method: MethodGroup, Group: "wsi", Stratify: []string{"wsi"}}, ErrMethod},
		{none, DivideOptions{Method: MethodSlide, K: 2}, ErrMethod},
		{none, DivideOptions{Method: MethodSlide}, ErrLengths},
		{none, DivideOptions{Method: MethodSpatial, K: 2}, ErrLengths},
		{short, DivideOptions{K: 2}, ErrLengths},
		{&Images{Names: none.Names, Places: make([]slide.Place, 2)}, DivideOptions{Method: MethodSlide}, ErrMethod},
		{&Images{Names: none.Names, Column: short.Column}, DivideOptions{K: 2, Group: "wsi"}, ErrLengths},
		{none, DivideOptions{K: 2, Stratify: []string{"wsi"}}, ErrNoLabel},
		{broken, DivideOptions{K: 2, Stratify: []string{"wsi"}}, gone},
		{none, DivideOptions{K: 1}, ErrSplits},
		{none, DivideOptions{}, ErrFewSamples},
		{&Images{Column: func(string) ([]string, error) { return nil, nil }},
			DivideOptions{Method: MethodIterative, Stratify: []string{"wsi"}}, ErrFewSamples},
	} {
		if _, err := Divide(tt.im, &tt.o); !errors.Is(err, tt.want) {
			t.Errorf("%+v: %v, want %v", tt.o, err, tt.want)
		}
	}
	warned := false
	_, err := Divide(&Images{Names: []string{"a", "b", "c", "d"}, Column: func(string) ([]string, error) {
		return []string{"1", "1", "1", "2"}, nil
	}},
		&DivideOptions{K: 2, Stratify: []string{"wsi"}, Warn: func(err error) { warned = errors.Is(err, ErrSmallClass) }})
	if err != nil || !warned {
		t.Errorf("a small class: %v, warned: %t", err, warned)
	}
}

// TestMethods checks that every method is found by its name, and is chosen for what it
// needs.
func TestMethods(t *testing.T) {
	for _, m := range Methods() {
		if got, ok := ParseMethod(string(m)); !ok || got != m {
			t.Errorf("%s is not found", m)
		}
		if chosen := ChooseMethod(m.Labels() == Required, m.Groups() == Required); chosen.Labels() != m.Labels() ||
			chosen.Groups() == Required != (m.Groups() == Required) {
			t.Errorf("%s: chosen is %s", m, chosen)
		}
	}
	if _, ok := ParseMethod(""); ok || Method("x").Labels() != Ignored || Method("x").Groups() != Ignored ||
		Method("x").Shuffles() {
		t.Error("a method without a name is one")
	}
}
