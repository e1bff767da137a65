package pseudo

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// badPresets are texts that are no preset, and what the error says.
var badPresets = map[string]string{
	"":                                  "unexpected end",
	"[]":                                "cannot unmarshal array",
	"{}":                                "found no member preset",
	`{"preset": 2, "options": {}}`:      "found the version 2, expected 1",
	`{"preset": "1"}`:                   "cannot unmarshal string",
	`{"preset": 1}`:                     "found no member options",
	`{"preset": 1, "options": {}}`:      "no models",
	`{"preset": 1, "speed": 1}`:         `unknown field "speed"`,
	`{"preset": 1, "options": {"a":1}}`: `unknown field "a"`,
	`{"preset": 1, "options": {"models": [{"name": "a", "weight": 1}, {"name": "a", "weight": 1}]}}`:                              `two models "a"`,
	`{"preset": 1, "options": {"models": [{"name": "a", "weight": -1}]}}`:                                                         "weight 0 is -1",
	`{"preset": 1, "options": {"models": [{"name": "a", "weight": 1}], "fusion": {"iou": 2}}}`:                                    "IoU 2",
	`{"preset": 1, "options": {"models": [{"name": "a", "weight": 1}], "fusion": {"method": "mean"}}}`:                            `"mean" is not one of`,
	`{"preset": 1, "options": {"models": [{"name": "a", "weight": 1}], "post": ["blur"]}}`:                                        "blur",
	`{"preset": 1, "options": {"models": [{"name": "a", "weight": 1, "suppress": {"method": "wbf", "iou": 0.5, "by": "mask"}}]}}`: "expected nms or soft-nms",
	`{"preset": 1, "info": "` + strings.Repeat("x", maxPreset) +
		`"}`: "found more than",
}

func TestReadPresetErrors(t *testing.T) {
	for text, expected := range badPresets {
		if _, err := ReadPreset(strings.NewReader(text)); !errors.Is(err, ErrPreset) ||
			!strings.Contains(err.Error(), expected) {
			t.Errorf("%.60s: %v, expected %q", text, err, expected)
		}
	}
}

func FuzzReadPreset(f *testing.F) {
	var text bytes.Buffer
	o := Winner()
	o.Models = []Model{{Name: "a", Weight: 1, Suppress: &Suppression{Method: SoftNMS, IoU: .5, By: ByMask}}}
	if err := WritePreset(&text, []byte(`{"hubdata": 1}`), &o); err != nil {
		f.Fatal(err)
	}
	f.Add(text.String())
	for text := range badPresets {
		if len(text) < 1000 {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, err := ReadPreset(strings.NewReader(text))
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := WritePreset(&again, nil, o); err != nil {
			t.Fatal(err)
		}
		if same, err := ReadPreset(&again); err != nil || !reflect.DeepEqual(same, o) {
			t.Fatalf("%+v became %+v, %v", o, same, err)
		}
	})
}

func TestSetErrors(t *testing.T) {
	for name, text := range map[string]string{"speed": "1", "iou": "x", "vote": "-1", "skip": "NaN", "box-clip": "2",
		"fuse": "", "conf": "best", "cluster": "edge", "vote-rule": "all", "tta-nms": "mask"} {
		if err := new(Options).Set(name, text); !errors.Is(err, ErrOptions) {
			t.Errorf("%s=%s: %v", name, text, err)
		}
	}
	var o Options
	for name, text := range map[string]string{"iou": "0", "vote": "0", "post": "none", "box-clip": "true"} {
		if err := o.Set(name, text); err != nil {
			t.Error(err)
		}
	}
	if o.Fusion.IoU != -1 || o.Vote.Part != -1 || o.Post != nil || !o.Vote.ClipBox {
		t.Errorf("%+v", o)
	}
}
