package pseudo

import (
	"errors"
	"reflect"
	"testing"

	"github.com/hubdata/hubdata/rle"
)

// TestZeroOptions checks that options with only models fuse above DefaultIoU and vote with
// DefaultPart. Boxes that share a corner are not one object unless the IoU is negative.
func TestZeroOptions(t *testing.T) {
	models := []Model{{Name: "a", Weight: 1}, {Name: "b", Weight: 1}}
	// IoU 0.82
	near := &Tile{Height: 64, Width: 64, Predictions: []Prediction{square(0, 0.8, 10, 10, 20), square(1, 0.6, 12, 10, 20)}}
	// one pixel
	corner := &Tile{Height: 64, Width: 64,
		Predictions: []Prediction{square(0, 0.8, 10, 10, 20), square(1, 0.6, 29, 29, 20)}}
	if list, _ := fuseAll(t, &Options{Models: models}, near); len(list) != 1 || list[0].Models != 2 {
		t.Errorf("near: %+v", list)
	}
	if list, _ := fuseAll(t, &Options{Models: models}, corner); len(list) != 2 {
		t.Errorf("sharing a corner: %+v", list)
	}
	if list, _ := fuseAll(t, &Options{Models: models, Fusion: Fusion{IoU: -1}}, corner); len(list) != 1 {
		t.Errorf("sharing a corner, of all that overlaps: %+v", list)
	}
	// The second prediction has 0.6 of 1.4 of the weight, which is more than
	// DefaultPart, and then 0.1 of 0.9, which is less.
	weak := &Tile{Height: 64, Width: 64, Predictions: []Prediction{square(0, 0.8, 10, 10, 20), square(1, 0.1, 12, 10, 20)}}
	for _, c := range []struct {
		tile   *Tile
		part   float64
		pixels int
	}{{near, 0, 22 * 20}, {near, 0.5, 20 * 20}, {weak, 0, 20 * 20}, {weak, -1, 22 * 20}, {weak, 0.1, 22 * 20}} {
		if list, _ := fuseAll(t, &Options{Models: models, Vote: Vote{Part: c.part}}, c.tile); len(list) != 1 ||
			list[0].Mask.Area() != c.pixels {
			t.Errorf("part %v: %+v, want %d pixels", c.part, list, c.pixels)
		}
	}
	for _, rule := range []VoteRule{VoteWeight, VoteCount} {
		if list, _ := fuseAll(t, &Options{Models: models, Vote: Vote{Rule: rule}}, near); !reflect.DeepEqual(list,
			second(fuseAll(t, &Options{Models: models, Vote: Vote{Rule: rule, Part: DefaultPart}}, near))) {
			t.Errorf("%v: 0 is not DefaultPart", rule)
		}
	}
}

func second(list []Instance, _ *Counts) []Instance { return list }

// TestSuppress checks that the suppression of the options applies to models without
// one of their own, and that the zero Suppression joins nothing.
func TestSuppress(t *testing.T) {
	twice := &Tile{Height: 64, Width: 64, Predictions: []Prediction{
		square(0, 0.9, 10, 10, 20), square(0, 0.2, 10, 10, 20), square(1, 0.8, 10, 10, 20), square(1, 0.3, 10, 10, 20)}}
	nms := Suppression{Method: NMS}
	for name, c := range map[string]struct {
		all  Suppression
		own  *Suppression
		want [2]int
	}{
		"none":             {Suppression{}, nil, [2]int{0, 0}},
		"of all":           {nms, nil, [2]int{1, 1}},
		"own":              {Suppression{}, &nms, [2]int{1, 0}},
		"own, which is no": {nms, &Suppression{}, [2]int{0, 1}},
	} {
		_, counts := fuseAll(t, &Options{Suppress: c.all,
			Models: []Model{{Name: "a", Weight: 1, Suppress: c.own}, {Name: "b", Weight: 1}}}, twice)
		if got := [2]int{counts.Models[0].Suppressed, counts.Models[1].Suppressed}; got != c.want {
			t.Errorf("%s: suppressed %v, want %v", name, got, c.want)
		}
	}
	// 0 means 0.5, and a negative number means 0.
	// IoU 1/3
	part := &Tile{Height: 64, Width: 64, Predictions: []Prediction{square(0, 0.9, 10, 10, 20), square(0, 0.8, 20, 10, 20)}}
	for iou, want := range map[float64]int{0: 0, 0.3: 1, -1: 1} {
		_, counts := fuseAll(t, &Options{Suppress: Suppression{Method: NMS, IoU: iou}, Models: []Model{{Weight: 1}}}, part)
		if counts.Models[0].Suppressed != want {
			t.Errorf("IoU %v: %d suppressed, want %d", iou, counts.Models[0].Suppressed, want)
		}
	}
}

// TestParseSuppression checks that every form is parsed, and written in full.
func TestParseSuppression(t *testing.T) {
	for text, want := range map[string]struct {
		s    Suppression
		full string
	}{
		"none":         {Suppression{}, "none"},
		"0.5":          {Suppression{Method: NMS, IoU: 0.5}, "nms:box:0.5"},
		"mask:0.25":    {Suppression{Method: NMS, IoU: 0.25, By: ByMask}, "nms:mask:0.25"},
		"nms:mask:0.7": {Suppression{Method: NMS, IoU: 0.7, By: ByMask}, "nms:mask:0.7"},
		"soft-nms:0":   {Suppression{Method: SoftNMS, IoU: -1}, "soft-nms:box:0"},
		"soft-nms-linear:mask:0.5": {Suppression{Method: SoftNMS, Decay: Linear, IoU: 0.5, By: ByMask},
			"soft-nms-linear:mask:0.5"},
	} {
		s, err := ParseSuppression(text)
		if err != nil || s != want.s || s.String() != want.full {
			t.Errorf("%s: %+v (%s), %v", text, s, s, err)
		}
		if again, err := ParseSuppression(s.String()); err != nil || again != s {
			t.Errorf("%s: %+v again, %v", text, again, err)
		}
	}
	if s := (Suppression{Method: NMS}).String(); s != "nms:box:0.5" {
		t.Errorf("without IoU: %s", s)
	}
	for _, text := range []string{"", "mask", "wbf:0.5", "iou:0.5", "0.5:mask", "nms:1", "nms:-0.1", "nms:NaN"} {
		if s, err := ParseSuppression(text); !errors.Is(err, ErrOptions) || s != (Suppression{}) {
			t.Errorf("%q: %+v, %v", text, s, err)
		}
	}
}

// TestPreset checks that each name gives its options, which must be valid and
// differ from all others.
func TestPreset(t *testing.T) {
	for name, want := range map[string]Options{"default": Default(), "winner": Winner()} {
		got, err := Preset(name)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		got.Models = []Model{{Name: "a", Weight: 1}}
		got.Post[0] = rle.Step{}
		if _, err := NewFuser(&got); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if again, _ := Preset(name); !reflect.DeepEqual(again, want) {
			t.Errorf("%s: changed by its user", name)
		}
	}
	if _, err := Preset("best"); !errors.Is(err, ErrOptions) {
		t.Errorf("best: %v", err)
	}
}
