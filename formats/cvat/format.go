// Package cvat writes and reads CVAT for images 1.1: one XML file of all images.
//
// A polygon has one ring without holes. Polygons of an image with one group_id and label
// are one instance, as CVAT's own export to COCO has it. A mask becomes such polygons, and
// one with holes is cut at them; or a mask of CVAT, with the option masks=masks. Polygons
// are filled as pycocotools does, so nothing of the pixels is lost.
//
// Members of an annotation become attributes: a string as its text, other values as JSON.
// The id of an image is its COCO id, or a hash of its name if that is not a number.
package cvat

import (
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
)

// Format is CVAT for images 1.1.
var Format = formats.Format{
	Name:  "cvat",
	About: "CVAT for images 1.1: annotations.xml and a folder images",
	Options: []formats.Option{{
		Name: "masks", Default: "polygons", Choices: []string{"polygons", "masks"},
		About: "export: masks as polygons joined by group_id, or as masks of CVAT",
	}},
	Export:    newExporter,
	Import:    read,
	Recognise: recognise,
}

// recognise reports whether the root of the first XML file is that of CVAT's.
func recognise(src *formats.Source) bool {
	file := shapes.FirstFile(src, ".xml")
	return file != "" && shapes.RootName(shapes.Head(src, file, 1<<16)) == "annotations"
}
