package imagefolder

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/rle"
)

func TestAppendDouble(t *testing.T) {
	for v, want := range map[float64]string{1: "1.0", -3: "-3.0", 0.5: "0.5", 1e30: "1e+30"} {
		if got := string(appendDouble(nil, v)); got != want {
			t.Errorf("%v: %s, expected %s", v, got, want)
		}
	}
}

// TestImage: each list has a value for each instance, of one type, whatever an instance lacks.
func TestImage(t *testing.T) {
	ring := rle.Ring{{1, 1}, {3, 1}, {3, 3}, {1, 3}}
	img := &formats.Image{Image: coco.Image{ID: coco.IntID(7), FileName: "a.png", Height: 8, Width: 8}}
	img.Instances = []coco.Annotation{
		{ID: coco.IntID(1), CategoryID: 9, BBox: rle.Box{X: 1, Y: 1, W: 2, H: 2}, Area: 4, Segmentation: coco.Polygons([]rle.Ring{ring})},
		{ID: coco.IntID(2), CategoryID: 5, BBox: rle.Box{W: 2, H: 3}, Area: math.NaN(), Missing: coco.FieldArea | coco.FieldSegmentation, IsCrowd: true},
	}
	for form, want := range map[string]string{
		"polygon": `[[[1.0,1.0,3.0,1.0,3.0,3.0,1.0,3.0]],[]]`,
		"counts":  `[{"size":[8,8],"counts":[9,2,6,2,45]},null]`,
		"none":    "",
	} {
		e, err := export(&formats.Set{Categories: []coco.Category{{ID: 5, Name: "v"}, {ID: 9, Name: "w"}}}, formats.Values{"segmentation": form})
		if err != nil {
			t.Fatal(err)
		}
		out, err := e.Image(img)
		if err != nil {
			t.Fatal(err)
		}
		text := string(out.Parts[0].Text)
		if !json.Valid([]byte(text)) || strings.Count(text, "\n") != 1 {
			t.Errorf("%s: no line of JSON: %q", form, text)
		}
		for _, part := range []string{`"category":[1,0]`, `"area":[4.0,6.0]`, `"iscrowd":[0,1]`, `"bbox":[[1.0,1.0,2.0,2.0],[0.0,0.0,2.0,3.0]]`} {
			if !strings.Contains(text, part) {
				t.Errorf("%s: %s lacks %s", form, text, part)
			}
		}
		if got := strings.Contains(text, `"segmentation":`+want); got != (want != "") {
			t.Errorf("%s: %s, expected the masks %s", form, text, want)
		}
		if out.Parts[0].File != "train/metadata.jsonl" || out.ImageFile != "train/a.png" || len(out.Fates) != 2 {
			t.Errorf("%s: %v, %s", form, out.Parts[0].File, out.ImageFile)
		}
	}
	img.Instances[1].Missing |= coco.FieldBBox
	e, _ := export(&formats.Set{}, formats.Values{"segmentation": "none"})
	if _, err := e.Image(img); err == nil || !strings.Contains(err.Error(), "annotation 2: found no bbox") {
		t.Errorf("no box: %v", err)
	}
}
