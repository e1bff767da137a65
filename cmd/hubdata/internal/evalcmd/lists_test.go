package evalcmd

import (
	"reflect"
	"testing"

	"github.com/hubdata/hubdata/coco/eval"
)

func TestParseIoUs(t *testing.T) {
	for text, want := range map[string][]float64{
		"0.6": {0.6}, "0.5, 0.75": {0.5, 0.75}, "0.5:0.7:0.1": {0.5, 0.6, 0.7}, "1": {1}, "0.6,0.5:0.55:0.05": {0.6, 0.5, 0.55},
		"": nil, "0": nil, "1.1": nil, "x": nil, "0.5:0.9": nil, "0.9:0.5:0.1": nil, "0.5:0.9:0.1:0.1": nil, "0.1:1:0.0001": nil, "NaN": nil,
	} {
		got, err := parseGrid("iou", text, false)
		if (err == nil) != (want != nil) || len(got) != len(want) {
			t.Errorf("%q: %v, %v, expected %v", text, got, err, want)
			continue
		}
		for i, v := range want {
			if d := got[i] - v; d > 1e-12 || d < -1e-12 {
				t.Errorf("%q: %v, expected %v", text, got, want)
			}
		}
	}
}

func TestParseAreas(t *testing.T) {
	all := eval.AreaRange{Name: "all", Min: 0, Max: 1e10}
	for text, want := range map[string][]eval.AreaRange{
		"":             nil,
		"a:1:2":        {all, {Name: "a", Min: 1, Max: 2}},
		"a:0:9, b:9:9": {all, {Name: "a", Min: 0, Max: 9}, {Name: "b", Min: 9, Max: 9}},
	} {
		if got, err := parseAreas(text); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, %v, expected %v", text, got, err, want)
		}
	}
	for _, text := range []string{"a:1", ":1:2", "a:x:2", "a:1:-2", "a:2:1", "a:1:2,a:3:4", "all:1:2", "a:1:2:3"} {
		if got, err := parseAreas(text); err == nil {
			t.Errorf("%q: %v, expected an error", text, got)
		}
	}
}
