package raster_test

import (
	"testing"
	"testing/fstest"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/cellpose"
	"github.com/hubdata/hubdata/formats/hovernet"
	"github.com/hubdata/hubdata/formats/internal/raster/rastertest"
	"github.com/hubdata/hubdata/formats/labels"
	"github.com/hubdata/hubdata/formats/masks"
)

// TestRecognise checks that a source is taken for one of the formats at most.
func TestRecognise(t *testing.T) {
	for _, tt := range []struct {
		name   string
		files  []string
		text   string
		file   string
		expect string
	}{
		{"labels", []string{"labels.csv", "labels/a.tif"}, "", "", "labels"},
		{"Cellpose's label images", []string{"a.png", "a_cp_masks.tif"}, "", "", "labels"},
		{"a label image", []string{"a_cp_masks.tif"}, "", "a_cp_masks.tif", "labels"},
		{"masks", []string{"classes.csv", "masks/a.png"}, "", "", "masks"},
		{"nnU-Net", []string{"dataset.json", "labelsTr/a.png"}, "{}", "", "masks"},
		{"Cellpose", []string{"a.png", "a_seg.npy"}, "", "", "cellpose"},
		{"numpy", []string{"a.npy"}, "", "a.npy", "cellpose"},
		{"HoVer-Net", []string{"json/a.json"}, `{"mag": null, "nuc": {}}`, "", "hovernet"},
		{"CellViT", []string{"cells.json"}, `{"wsi_metadata": {}, "type_map": {}}`, "cells.json", "hovernet"},
		{"COCO", []string{"a.json"}, `{"images": []}`, "a.json", ""},
		{"images", []string{"a.png", "b/c.tif"}, "", "", ""},
		{"nothing", nil, "", "", ""},
	} {
		files := fstest.MapFS{}
		for _, name := range tt.files {
			files[name] = &fstest.MapFile{Data: []byte(tt.text)}
		}
		source := rastertest.Source(files, nil)
		source.File = tt.file
		got := ""
		for _, f := range []formats.Format{labels.Format, masks.Format, cellpose.Format, hovernet.Format} {
			if f.Recognise(source) {
				got += f.Name
			}
		}
		if got != tt.expect {
			t.Errorf("%s: recognised as %q, expected %q", tt.name, got, tt.expect)
		}
	}
}
