package csvrows

import (
	"bytes"
	"encoding/csv"
	"slices"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/rle"
)

// TestCrowdBetween: crowds are not measured, and do not shift the measures of others.
func TestCrowdBetween(t *testing.T) {
	set := &formats.Set{Categories: []coco.Category{{ID: 4, Name: "a, b"}}}
	e, err := export(set, nil)
	if err != nil {
		t.Fatal(err)
	}
	img := &formats.Image{Image: coco.Image{ID: coco.StringID("x"), Height: 20, Width: 20}, Path: "p/x.png", Fold: -1,
		Split: "val"}
	for i, box := range []rle.Box{{X: 5, Y: 5, W: 9, H: 1}, {X: 0, Y: 0, W: 20, H: 20}, {X: 0, Y: 8, W: 4, H: 4}} {
		mask, err := rle.FromBox(20, 20, box)
		if err != nil {
			t.Fatal(err)
		}
		img.Instances = append(img.Instances,
			coco.Annotation{ID: coco.IntID(int64(i)), CategoryID: 4, Segmentation: coco.RLE(mask), IsCrowd: i == 1})
	}
	img.Instances = append(img.Instances,
		coco.Annotation{ID: coco.IntID(3), CategoryID: 4, BBox: rle.Box{X: 1, Y: 2, W: 3, H: 4.5}, Area: 12,
			Missing: coco.FieldSegmentation})
	out, err := e.Image(img)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(out.Parts[0].Text)).ReadAll()
	if err != nil || len(rows) != 4 || len(out.Fates) != 4 {
		t.Fatalf("%d rows, %d fates: %v", len(rows), len(out.Fates), err)
	}
	at := func(column string) (cells []string) {
		for _, r := range rows {
			cells = append(cells, r[slices.Index(columns, column)])
		}
		return cells
	}
	for column, want := range map[string][]string{
		"area": {"9", "400", "16", "12"}, "iscrowd": {"0", "1", "0", "0"}, "border": {"0", "", "1", ""},
		"class":      {"a, b", "a, b", "a, b", "a, b"},
		"centroid_x": {"9", "9.5", "1.5", ""}, "height": {"1", "20", "4", "4.5"}, "fold": {"", "", "", ""},
		"split": {"val", "val", "val", "val"},
	} {
		if got := at(column); !slices.Equal(got, want) {
			t.Errorf("%s: %q, expected %q", column, got, want)
		}
	}
	if ecc := at("eccentricity"); ecc[0] < "0.9" || ecc[1] != "" || ecc[2] != "0" {
		t.Errorf("eccentricity: %q", ecc)
	}
}
