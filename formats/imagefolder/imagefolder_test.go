package imagefolder

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"testing/fstest"

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
		{ID: coco.IntID(1), CategoryID: 9, BBox: rle.Box{X: 1, Y: 1, W: 2, H: 2}, Area: 4,
			Segmentation: coco.Polygons([]rle.Ring{ring})},
		{ID: coco.IntID(2), CategoryID: 5, BBox: rle.Box{W: 2, H: 3}, Area: math.NaN(),
			Missing: coco.FieldArea | coco.FieldSegmentation, IsCrowd: true},
	}
	for form, want := range map[string]string{
		"polygon": `[[[1.0,1.0,3.0,1.0,3.0,3.0,1.0,3.0]],[]]`,
		"counts":  `[{"size":[8,8],"counts":[9,2,6,2,45]},null]`,
		"none":    "",
	} {
		e, err := export(&formats.Set{Categories: []coco.Category{{ID: 5, Name: "v"}, {ID: 9, Name: "w"}}},
			formats.Values{"segmentation": form})
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
		for _, part := range []string{`"category":[1,0]`, `"area":[4.0,6.0]`, `"iscrowd":[0,1]`,
			`"bbox":[[1.0,1.0,2.0,2.0],[0.0,0.0,2.0,3.0]]`} {
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
	img.Instances[0].Missing = coco.FieldBBox | coco.FieldArea
	e, _ := export(&formats.Set{}, formats.Values{"segmentation": "none"})
	one := *img
	one.Instances = img.Instances[:1]
	if out, err := e.Image(&one); err != nil ||
		!strings.Contains(string(out.Parts[0].Text), `"bbox":[[1.0,1.0,2.0,2.0]],"category":[0],"area":[4.0]`) {
		t.Errorf("a mask without a box: %v, %v", out, err)
	}
	if _, err := e.Image(img); err == nil ||
		!strings.Contains(err.Error(), "annotation 2: found no bbox and no segmentation") {
		t.Errorf("no box: %v", err)
	}
}

func readText(text string, more ...string) (images []*formats.Read, err error) {
	from := fstest.MapFS{"validation/metadata.jsonl": &fstest.MapFile{Data: []byte(text)}}
	for i := 0; i < len(more); i += 2 {
		from[more[i]] = &fstest.MapFile{Data: []byte(more[i+1])}
	}
	err = read(context.Background(), &formats.Source{FS: from}, func(r *formats.Read) error {
		images = append(images, r)
		return nil
	})
	return images, err
}

func TestRead(t *testing.T) {
	const labels = `{"0":"v","1":"w"}`
	got, err := readText(`{"file_name":"a.png","width":8,"height":9,"objects":{"bbox":[[1,2,3,4]],"category":[1],"area":[5],"iscrowd":[1],"segmentation":[[[1,1,3,1,3,3]]]}}`+"\n\n", "id2label.json", labels)
	if err != nil || len(got) != 1 || len(got[0].Instances) != 1 {
		t.Fatalf("read %v: %v", got, err)
	}
	in := got[0].Instances[0]
	if got[0].FileName != "validation/a.png" || got[0].Split != "val" || got[0].Height != 9 || in.Class != "w" ||
		in.Area != 5 || !in.IsCrowd || in.BBox.H != 4 || in.Segmentation.Kind() != coco.KindPolygons ||
		len(got[0].Categories) != 2 {
		t.Errorf("read %+v", got[0])
	}
	for text, want := range map[string]string{
		`{"file_name":"a.png"` + "\n": "validation/metadata.jsonl: line 1: ",
		"{}\n":                        "line 1: file_name: found none",
		`{"file_name":"a","objects":{"bbox":[[1,2,3]],"category":[0]}}`:                      "objects.bbox[0]: found 3 numbers, expected 4",
		`{"file_name":"a","objects":{"bbox":[[1,2,3,4]],"category":[2]}}`:                    "objects.category[0]: found 2, expected a number from 0 to 1",
		`{"file_name":"a","objects":{"bbox":[[1,2,3,4]],"category":[0.5]}}`:                  "objects.category[0]: found 0.5, expected a name or a whole number",
		`{"file_name":"a","objects":{"bbox":[[1,2,3,4]],"category":[0],"segmentation":[5]}}`: "objects.segmentation[0]: ",
		`{"file_name":"a","objects":{"bbox":[[1,2,3,4]],"category":[0],"area":[]}}`:          "objects.area: found 0 values, expected 1, as category has",
		`{"file_name":"a"}` + "\n" +
			`{"file_name":"b","objects":{"bbox":[[1,2,3,4]],"categories":[]}}`: "line 2: objects.bbox: found 1 values, expected 0, as categories has",
		`{"file_name":"a","objects":{"bbox":[[1,2,3,4]],"category":[-1]}}`: "objects.category[0]: found -1",
	} {
		if _, err := readText(text, "id2label.json", labels); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, expected %q", text, err, want)
		}
	}
	for labels, want := range map[string]string{`{"5":"a"}`: "found label 5 of 1 labels",
		`{"0":"a","1":"a"}`: "two labels", `[]`: "id2label.json: "} {
		if _, err := readText("", "id2label.json", labels); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, expected %q", labels, err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"file_name":"a.png","width":8,"height":9,"objects":{"bbox":[[1,2,3,4]],"category":["v"],"segmentation":[{"size":[9,8],"counts":[72]}]}}`)
	f.Add(`{"file_name":"../a","objects":{"bbox":[],"categories":[]}}` + "\n{}")
	f.Fuzz(func(_ *testing.T, text string) { _, _ = readText(text) })
}
