package wsi

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/golden"
	"github.com/hubdata/hubdata/rle"
)

// TestConvertGolden compares the results with those of reference/convert.py,
// which uses OpenCV and pycocotools as the winning notebook did.
func TestConvertGolden(t *testing.T) {
	tiles, err := ReadTable(bytes.NewReader(golden.File(t, "convert_tile_meta.csv")))
	if err != nil {
		t.Fatal(err)
	}
	polygons := golden.File(t, "convert_polygons.jsonl.gz")
	tier := func(want ...int) func(Tile) bool {
		return func(t Tile) bool { return t.Dataset == want[0] || t.Dataset == want[len(want)-1] }
	}
	tests := []struct {
		name string
		opts ConvertOptions
	}{
		{"winner", ConvertOptions{Select: tier(1), FirstRingOnly: true, Segmentation: coco.KindCounts, TileIDs: true, CategoryStart: new(int64(0))}},
		{"all", ConvertOptions{Select: tier(1, 2), Classes: AllClasses()}},
		{"coco", ConvertOptions{Select: tier(2), Classes: []string{"unsure", "blood_vessel"}, Fill: rle.FillCOCO, CategoryStart: new(int64(5))}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, counts, err := ConvertDataset(context.Background(), tiles, bytes.NewReader(polygons), &tt.opts)
			if err != nil {
				t.Fatal(err)
			}
			if len(d.Annotations) == 0 || counts.Kept != len(d.Annotations) || counts.Tiles != len(d.Images) ||
				counts.Kept+counts.Dropped.Total() != counts.Outlines {
				t.Errorf("counts %+v for %d images, %d annotations", counts, len(d.Images), len(d.Annotations))
			}
			var text bytes.Buffer
			if err := d.Encode(&text); err != nil {
				t.Fatal(err)
			}
			var got, want map[string][]map[string]any
			var file map[string]json.RawMessage
			if err := json.Unmarshal(text.Bytes(), &file); err != nil {
				t.Fatal(err)
			}
			got = map[string][]map[string]any{}
			for _, key := range []string{"images", "annotations", "categories"} {
				var list []map[string]any
				if err := json.Unmarshal(file[key], &list); err != nil {
					t.Fatal(err)
				}
				got[key] = list
			}
			for _, image := range got["images"] {
				for _, key := range []string{"tile", "source_wsi", "dataset", "i", "j"} {
					if image[key] == nil {
						t.Errorf("image without %s: %v", key, image)
					}
					delete(image, key)
				}
			}
			if err := json.Unmarshal(golden.File(t, "convert_"+tt.name+".json.gz"), &want); err != nil {
				t.Fatal(err)
			}
			for key, list := range want {
				if len(got[key]) != len(list) {
					t.Errorf("%d %s, want %d", len(got[key]), key, len(list))
					continue
				}
				for k := range list {
					if !reflect.DeepEqual(got[key][k], list[k]) {
						t.Fatalf("%s[%d]:\n got %v\nwant %v", key, k, got[key][k], list[k])
					}
				}
			}
			t.Logf("%d images, %d annotations equal", len(want["images"]), len(want["annotations"]))
		})
	}
}
