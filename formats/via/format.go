// Package via writes and reads the files of the VGG Image Annotator 2: a project, and reads
// the older JSON and CSV of regions too.
//
// The class of a region is one of its attributes, class unless an option names another.
// Regions have one ring and no groups: parts of one instance have the same attribute
// group_id, and on import regions of an image with one group_id and class are one
// instance. A mask becomes polygons, and one with holes is cut at them, so no pixel is
// lost where polygons are filled as pycocotools does. VIA does not know the sizes of
// images: they are the attributes width and height of a file.
package via

import (
	"bytes"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
)

// Format is the VGG Image Annotator 2.
var Format = formats.Format{
	Name:  "via",
	About: "VGG Image Annotator 2: via_project.json next to the images; reads its JSON and CSV of regions too",
	Options: []formats.Option{{
		Name: "class-attribute", Default: "class",
		About: "attribute of a region that has its class",
	}},
	Export:    newExporter,
	Import:    read,
	Recognise: recognise,
}

const (
	groupAttribute = "group_id"
	splitAttribute = "split"
)

// csvHeader is how a CSV of regions begins; that of VIA 1 has a # before it.
const csvHeader = "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes"

// recognise reports whether the first JSON or CSV file is one of VIA's.
func recognise(src *formats.Source) bool {
	if file := shapes.FirstFile(src, ".json"); file != "" && isVIA(shapes.Head(src, file, 1<<20)) {
		return true
	}
	file := shapes.FirstFile(src, ".csv")
	return file != "" && isCSV(shapes.Head(src, file, 200))
}

func isCSV(text []byte) bool {
	text = bytes.ReplaceAll(bytes.TrimPrefix(text, []byte("#")), []byte(`"`), nil)
	return bytes.HasPrefix(text, []byte(csvHeader))
}

func isVIA(text []byte) bool {
	keys, list := shapes.Keys(text)
	return !list && (keys["_via_img_metadata"] || keys["_via_settings"]) || isRegions(text)
}
