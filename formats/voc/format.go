// Package voc writes and reads Pascal VOC: Annotations, JPEGImages, SegmentationObject,
// SegmentationClass and ImageSets.
//
// Boxes count pixels from 1 and contain their last pixel, as the VOC devkit, supervision and
// most readers have it: a COCO box x, y, w, h is xmin x+1, ymin y+1, xmax x+w, ymax y+h.
// With origin=0, xmin is x and ymin is y, as datumaro reads them unless its
// coordinate_mode is voc-one-based.
//
// Pixels are exact: object k of the XML file has value k in SegmentationObject. A pixel has
// one value, so an instance loses those that a later one covers; its IoU says how much.
// An image has at most 254 objects, since 255 is void. Their order joins the
// objects and the pixels on import, as in VOC itself.
//
// Members of an annotation are pose, truncated, difficult and occluded, and otherwise
// attributes, as datumaro writes them.
package voc

import (
	"image/color"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
)

// Format is Pascal VOC.
var Format = formats.Format{
	Name:  "voc",
	About: "Pascal VOC: boxes in Annotations, pixels in SegmentationObject and SegmentationClass",
	Options: []formats.Option{{
		Name: "origin", Default: "1", Choices: []string{"1", "0"},
		About: "number of the first pixel in boxes, 1 as in VOC, or 0 as datumaro reads them",
	}},
	Export:    newExporter,
	Import:    read,
	Recognise: recognise,
}

const (
	annotationsDir = "Annotations"
	imagesDir      = "JPEGImages"
	objectsDir     = "SegmentationObject"
	classesDir     = "SegmentationClass"
	setsDir        = "ImageSets"
	labelsFile     = "labelmap.txt"
	wholeSet       = "trainval" // the list of a set that is not divided
	void           = 255        // the value of pixels that belong to nothing
)

// flags are the members that VOC has for an object.
var flags = []string{"truncated", "difficult", "occluded"}

// recognise reports whether the root of the first XML file is that of VOC's.
func recognise(src *formats.Source) bool {
	file := shapes.FirstFile(src, ".xml")
	return file != "" && shapes.RootName(shapes.Head(src, file, 1<<16)) == "annotation"
}

// palette has VOC's colours: bit 3k+j of a number is bit 7-k of channel j.
var palette = func() color.Palette {
	p := make(color.Palette, 256)
	for i := range p {
		var rgb [3]byte
		for k := range 3 {
			for j := range rgb {
				rgb[j] |= byte(i>>(3*k+j)&1) << (7 - k)
			}
		}
		p[i] = color.RGBA{R: rgb[0], G: rgb[1], B: rgb[2], A: 255}
	}
	return p
}()
