package tune

import (
	"errors"
	"github.com/hubdata/hubdata/pseudo"
	"strings"
	"testing"
)

func TestReadSpace(t *testing.T) {
	s := readSpace(t, "iou: {from: 0.5, to: 0.6, step: 0.05}\nfuse: nms\nweight: {b: [1, 2]}\ncalibrate: [1, 0.5]\n", []string{"a", "b"})
	var got []string
	for _, k := range s.Knobs {
		got = append(got, k.Name+"="+strings.Join(k.Values, "|"))
	}
	if text := strings.Join(got, " "); text != "fuse=nms iou=0.5|0.55|0.6 calibrate:a=1|0.5 calibrate:b=1|0.5 weight:b=1|2" {
		t.Error(text)
	}
	if n := s.Size(1000); n != 24 {
		t.Errorf("size %d", n)
	}
	if n := readSpace(t, DefaultSpace(), []string{"a", "b", "c", "d", "e", "f", "g", "h"}).Size(1 << 20); n != 1<<20 {
		t.Errorf("size %d", n)
	}
	o := s.Options(Setting{0, 2, 0, 1, 1}, []string{"a", "b"})
	if o.Models[0].Power != 0 || o.Models[1].Power != 0.5 || o.Models[0].Weight != 1 || o.Models[1].Weight != 2 || o.Fusion.IoU != 0.6 || o.Fusion.Method.String() != "nms" {
		t.Errorf("%+v", o)
	}
}

// badSpaces are texts that are no space, and what the error says.
var badSpaces = map[string]string{
	"":                                      "expected a mapping",
	"[1]":                                   "expected a mapping",
	"a: b: c":                               "mapping values are not allowed",
	"speed: [1]":                            `line 1: found "speed", expected one of tta-nms`,
	"iou: []":                               "line 1: expected 1 to 1000 values",
	"iou: [0.5, [0.6]]":                     "line 1: found a list",
	"iou: [0.5, 0.5]":                       "iou: duplicate 0.5",
	"iou: 0.5\niou: 0.6":                    "line 2: duplicate iou",
	"iou: [1]":                              "IoU 1, expected 0 or more and below 1",
	"iou: [2]":                              `found "2", expected a number from 0 to 1`,
	"iou: [x]":                              `found "x", expected a number from 0 to 1`,
	"fuse: [mean]":                          `"mean" is not one of`,
	"box-clip: [perhaps]":                   `found "perhaps", expected true or false`,
	"post: [blur]":                          "blur",
	"iou: {from: 0, to: 1}":                 "expected 1 to 1000 values",
	"iou: {from: 1, to: 0, step: 0.1}":      "found from 1 to 0 by 0.1",
	"iou: {from: 0, to: 0.9, step: 1e-9}":   "expected up to 1000 values",
	"iou: {from: 0, to: .inf, step: 0.1}":   "expected the numbers from, to and step",
	"iou: {from: 0, by: 1, step: 0.1}":      "expected the numbers from, to and step",
	"weight: {z: [1]}":                      `found the model "z", expected one of a, b`,
	"calibrate: {z: [1]}":                   `found the model "z"`,
	"calibrate: [0.3]":                      `calibrate:a: pseudo: bad option: found the power "0.3", expected a multiple of 0.25`,
	"class-above: {z: [1]}":                 `line 1: found the class "z", expected one of blood_vessel, other`,
	"class-above: [2]":                      `class-above:blood_vessel: found the threshold "2", expected none or a score from 0 to 1`,
	"weight: [-1]":                          `found the weight "-1"`,
	"weight: [1e99]":                        `found the weight "1e99"`,
	strings.Repeat("# long\n", 200_000):     "found more than",
	"iou: &a [0.5]\nvote: *a\nskip: [.nan]": "",
}

func TestReadSpaceErrors(t *testing.T) {
	for text, expected := range badSpaces {
		_, err := ReadSpace(strings.NewReader(text), []string{"a", "b"}, []string{"blood_vessel", "other"})
		if !errors.Is(err, ErrSpace) || !strings.Contains(err.Error(), expected) {
			t.Errorf("%.40q: %v, expected %q", text, err, expected)
		}
	}
}

func FuzzReadSpace(f *testing.F) {
	f.Add(DefaultSpace())
	f.Add(testSpace)
	for text := range badSpaces {
		if len(text) < 1000 {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		models := []string{"a", "b"}
		s, err := ReadSpace(strings.NewReader(text), models, []string{"blood_vessel", "other"})
		if err != nil {
			return
		}
		for _, at := range newSampler(&Space{s.Knobs}, 2, 1).draw(3) {
			o := s.Options(at, models)
			if _, err := pseudo.NewFuser(&o); err != nil && strings.Contains(err.Error(), "weights") {
				t.Fatalf("%v of %q: %v", at, text, err)
			}
			if len(o.Models) != 2 || len(s.Text(at)) != len(s.Knobs) {
				t.Fatalf("%v of %q", at, text)
			}
		}
	})
}
