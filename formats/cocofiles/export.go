package cocofiles

import (
	"fmt"
	"math"
	"path"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
)

// exporter makes a COCO file of each split: the images are section 0 of a file, the annotations section 1.
type exporter struct {
	set          *formats.Set
	layout, form string
	categories   string
}

func export(set *formats.Set, options formats.Values) (formats.Exporter, error) {
	e := &exporter{set: set, layout: options["layout"], form: options["segmentation"]}
	var text []byte
	for i := range set.Categories {
		if i > 0 {
			text = append(text, ",\n"...)
		}
		var err error
		if text, err = coco.AppendCategory(text, &set.Categories[i]); err != nil {
			return nil, err
		}
	}
	e.categories = string(text)
	return e, nil
}

// Image returns an image and its annotations as records.
func (e *exporter) Image(img *formats.Image) (*formats.Output, error) {
	file, folder := places(e.layout, img.Split)
	out := &formats.Output{}
	record := img.Image
	if e.layout == "file" {
		record.FileName = img.Path
	} else {
		out.ImageFile = path.Join(folder, img.FileName)
	}
	text, err := coco.AppendImage(nil, &record)
	if err != nil {
		return nil, err
	}
	out.Parts = append(out.Parts, formats.Part{File: file, Text: text})
	text = nil
	for i := range img.Instances {
		a := img.Instances[i]
		kind, other := forms[e.form]
		if !other {
			kind = a.Segmentation.Kind()
		}
		fate := formats.Fate{IoU: math.NaN()}
		if other || img.Height > 0 && img.Width > 0 { // without a size the pixels of what is kept are not known
			if a.Segmentation, fate, err = formats.Reencode(a.Segmentation, kind, img.Height, img.Width); err != nil {
				return nil, fmt.Errorf("annotation %s: %w", a.ID, err)
			}
		}
		out.Fates = append(out.Fates, fate)
		if len(text) > 0 {
			text = append(text, ",\n"...)
		}
		if text, err = coco.AppendAnnotation(text, &a); err != nil {
			return nil, err
		}
	}
	if len(text) > 0 {
		out.Parts = append(out.Parts, formats.Part{File: file, Section: 1, Text: text})
	}
	return out, nil
}

// forms are the values of the option segmentation; keep is none of them.
var forms = map[string]coco.Kind{"rle": coco.KindRLE, "counts": coco.KindCounts, "polygon": coco.KindPolygons}

// Frame surrounds the records of a file, in the order of the package coco.
func (e *exporter) Frame(string) formats.Frame {
	before := "{\n"
	if e.set.Info != nil {
		before += `"info":` + string(e.set.Info) + ",\n"
	}
	return formats.Frame{
		Before:  before + "\"licenses\":[],\n\"categories\":[\n" + e.categories + "\n],\n\"images\":[\n",
		Between: ",\n",
		Next:    []string{"\n],\n\"annotations\":[\n"},
		After:   "\n]\n}\n",
	}
}

// Finish returns an empty part for each file, so that a split without images has a file too.
func (e *exporter) Finish() ([]formats.Part, error) {
	splits := e.set.Splits
	if splits == nil {
		splits = []string{""}
	}
	var parts []formats.Part
	for _, split := range splits {
		file, _ := places(e.layout, split)
		parts = append(parts, formats.Part{File: file})
	}
	return parts, nil
}
