package main

import (
	"encoding/json"
	"strconv"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
)

// fieldName is the field of a label's short name.
func fieldName(label string) string {
	if label == "wsi" {
		return "source_wsi"
	}
	return label
}

// imageField gives a field of an image as text.
func imageField(img *coco.Image, name string) (string, bool) {
	switch name {
	case "file_name":
		return img.FileName, true
	case "height":
		return strconv.Itoa(img.Height), true
	case "width":
		return strconv.Itoa(img.Width), true
	}
	v := img.Extra.Get(name)
	if v == nil || string(v) == "null" {
		return "", false
	}
	var text string
	if json.Unmarshal(v, &text) == nil {
		return text, true
	}
	return string(v), true
}

// imagePlace gives an image's place, as hubdata's sets tell it. The slide may be
// known where the place is not.
func imagePlace(img *coco.Image) (folds.Place, bool) {
	p := folds.Place{Width: img.Width, Height: img.Height}
	p.Slide, _ = imageField(img, "source_wsi")
	var err [2]error
	for k, at := range []*int{&p.X, &p.Y} {
		v, _ := imageField(img, []string{"i", "j"}[k])
		*at, err[k] = strconv.Atoi(v)
	}
	return p, p.Slide != "" && err[0] == nil && err[1] == nil && img.Width > 0 && img.Height > 0
}
