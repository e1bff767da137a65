// Package hovernet is the format of HoVer-Net's JSON of nuclei, and of CellViT's of cells.
// It is only read.
//
// HoVer-Net writes json/NAME.json for each image:
//
//	{"mag": 40, "nuc": {"1": {"bbox": [[top, left], [bottom, right]], "centroid": [x, y],
//	  "contour": [[x, y], ...], "type_prob": 0.98, "type": 1}}}
//
// CellViT writes cells.json for a slide: {"type_map": {"1": "Neoplastic"}, "cells":
// [{"contour": ..., "type": 1, ...}]}, in pixels of the slide.
//
// A contour goes through the centres of the pixels at the edge of a nucleus, as
// cv2.findContours makes it. It is read as the polygon around these pixels, which fills to
// the same pixels by the rule of COCO. The probability of a type is kept as the member
// type_prob, or with score=type_prob as score.
//
// The name of a type is that of the classes given, by number from 0; of type_info.json, as
// HoVer-Net has it; of the file's type_map; else "type 1" and so on. Nuclei without a type
// are of the class nucleus.
package hovernet

import (
	"bytes"
	"context"
	"io"
	"path"
	"strings"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/raster"
)

var (
	sizeOption  = formats.Option{Name: "size", About: "WIDTHxHEIGHT in pixels of images whose file is not in the source"}
	scoreOption = formats.Option{Name: "score", Default: "none", Choices: []string{"none", "type_prob"},
		About: "score of an instance: none; or the probability of its type"}
)

var options = []formats.Option{sizeOption, scoreOption}

// Format is the format hovernet.
var Format = formats.Format{
	Name:      "hovernet",
	About:     "nuclei as JSON, of HoVer-Net and CellViT",
	Options:   options,
	Import:    read,
	Recognise: recognise,
}

const (
	suffix       = ".json"
	typesFile    = "type_info.json"
	cellsName    = "cells"
	detections   = "cell_detection"
	jsonFolder   = "json"
	imagesFolder = "images"
	overlays     = "overlay"
)

// recognise looks at the beginning of a few files.
func recognise(src *formats.Source) bool {
	files := []string{src.File}
	if src.File == "" {
		t, err := raster.List(context.Background(), src.FS)
		if err != nil {
			return false
		}
		if files = jsonFiles(t); len(files) > 3 {
			files = files[:3]
		}
	}
	for _, file := range files {
		f, err := src.FS.Open(file)
		if err != nil {
			continue
		}
		head, _ := io.ReadAll(io.LimitReader(f, 4096))
		_ = f.Close() // only read
		for _, member := range []string{`"nuc"`, `"type_map"`, `"offset_global"`} {
			if bytes.HasPrefix(bytes.TrimSpace(head), []byte("{")) && bytes.Contains(head, []byte(member)) {
				return true
			}
		}
	}
	return false
}

// jsonFiles returns the files of nuclei of a folder. CellViT's files of detections have the
// same cells without contours.
func jsonFiles(t *raster.Tree) []string {
	var list []string
	for _, file := range t.Files {
		stem := raster.Stem(file)
		if path.Ext(file) == suffix && path.Base(file) != typesFile && stem != detections && !strings.HasSuffix(stem, "_"+detections) {
			list = append(list, file)
		}
	}
	return list
}
