// Package labelme writes and reads the files of labelme: a JSON file for each image, next
// to it.
//
// A shape has one ring without holes. Rings with one group_id and label are one instance.
// A mask becomes such rings, and one with holes is cut at them; or a shape of type mask,
// with the option masks=masks.
//
// Which pixels a polygon covers depends on labelme's tool. Its canvas, labelme2coco.py and
// every reader of COCO polygons take vertices as points of the plane: fill=coco, the
// default, with which a set that is exported and imported is the same. Labelme's own
// shape_to_mask draws the outline too, through the pixels of truncated vertices:
// fill=labelme. Then masks are traced so that it restores them, and those with holes are
// written as masks; other polygons are written as they are, and their IoU is not measured.
// On import polygons are filled by [rle.FillOpenCV]. It equals shape_to_mask if sides are
// level, upright or diagonal; on others single pixels of the outline differ.
//
// Members of an annotation that labelme does not know are kept as members of the shape,
// as labelme itself does.
package labelme

import (
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
)

// Format is labelme.
var Format = formats.Format{
	Name:  "labelme",
	About: "labelme: a JSON file for each image, next to it",
	Options: []formats.Option{
		{
			Name: "masks", Default: "polygons", Choices: []string{"polygons", "masks"},
			About: "export: masks as polygons joined by group_id, or as shapes of type mask",
		},
		{
			Name: "fill", Default: fillCOCO, Choices: []string{fillCOCO, fillLabelme},
			About: "pixels of a polygon: those of a COCO polygon with its points, or those of labelme's shape_to_mask but for pixels of slanted sides",
		},
	},
	Export:    newExporter,
	Import:    read,
	Recognise: recognise,
}

const (
	fillCOCO    = "coco"
	fillLabelme = "labelme"
)

// recognise reports whether the first JSON file has the members of a labelme file.
func recognise(src *formats.Source) bool {
	file := shapes.FirstFile(src, ".json")
	return file != "" && isLabelme(shapes.Head(src, file, 64<<20))
}

func isLabelme(text []byte) bool {
	keys, list := shapes.Keys(text)
	return !list && keys["shapes"] && keys["imagePath"]
}
