// Package labelstudio writes and reads the tasks of Label Studio: one JSON file.
//
// A region is a polygon in per cent of the image, without holes. The regions of one
// instance have the first of them as their parent (parentID), and on import a polygon
// whose parent has the same label belongs to it. A mask becomes polygons, and one with holes
// is cut at them, so no pixel is lost where polygons are filled as pycocotools does.
// Positions are read to a billionth of a pixel, which takes the rounding of per cents
// back. Rectangles without rotation are boxes.
//
// Of several annotations of a task one is read: the ground truth if one is marked, else the
// one that was created last, else the last of the file. Cancelled ones are left out. A task
// may have predictions alone; they are read with the option read=predictions.
//
// Brushes are runs of RGBA values, packed in bits. A pixel belongs to a brush if its alpha
// is not 0.
package labelstudio

import (
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
)

// Format is Label Studio's JSON.
var Format = formats.Format{
	Name:  "labelstudio",
	About: "Label Studio tasks (JSON) with polygons; reads rectangles, ellipses and brushes too",
	Options: []formats.Option{
		{
			Name: "write", Default: "annotations", Choices: []string{"annotations", "predictions"},
			About: "export: instances as annotations, or as predictions, which annotators confirm",
		},
		{
			Name: "images", Default: localFiles,
			About: "export: what comes before the name of an image in its address",
		},
		{
			Name: "read", Default: "annotations", Choices: []string{"annotations", "predictions"},
			About: "import: which of the two are read",
		},
	},
	Export:    newExporter,
	Import:    read,
	Recognise: recognise,
}

const (
	localFiles = "/data/local-files/?d="
	fromName   = "label"
	toName     = "image"
)

// recognise reports whether the first JSON file is a list of tasks.
func recognise(src *formats.Source) bool {
	file := shapes.FirstFile(src, ".json")
	return file != "" && isTasks(shapes.Head(src, file, 64<<20))
}

func isTasks(text []byte) bool {
	keys, list := shapes.Keys(text)
	return list && keys["data"] && (keys["annotations"] || keys["predictions"] || keys["completions"])
}
