// Package cocofiles is the format coco: a COCO set with its masks in another form, as one
// file or in the folders that other tools expect.
package cocofiles

import (
	"cmp"
	"path"

	"github.com/hubdata/hubdata/formats"
)

// Format is the format coco.
var Format = formats.Format{
	Name:  "coco",
	About: "COCO JSON, as one file or in the folders of torchvision, datumaro, Roboflow and RF-DETR",
	Options: []formats.Option{
		{Name: "layout", Default: "file", Choices: []string{"file", "datumaro", "roboflow", "torchvision"},
			About: "export: file; datumaro: annotations/instances_SPLIT.json and images/SPLIT/; roboflow (RF-DETR too): SPLIT/_annotations.coco.json beside the images, val as valid; torchvision: annotations/instances_SPLIT.json and SPLIT/"},
		{Name: "segmentation", Default: "keep", Choices: []string{"keep", "rle", "counts", "polygon"},
			About: "export: form of the masks: as they are; compressed runs; runs as numbers; outlines"},
	},
	Export:    export,
	OneFile:   func(o formats.Values) bool { return o["layout"] == "file" },
	Import:    read,
	Recognise: recognise,
}

// roboflowFile is the file of a split in the layout roboflow.
const roboflowFile = "_annotations.coco.json"

// undivided is the split of a set that is not divided, where the layout needs one.
const undivided = "train"

// places are where the layout has the COCO file and the images of a split.
func places(layout, split string) (file, images string) {
	split = cmp.Or(split, undivided)
	switch layout {
	case "datumaro":
		return "annotations/instances_" + split + ".json", "images/" + split
	case "torchvision":
		return "annotations/instances_" + split + ".json", split
	case "roboflow":
		if split == "val" {
			split = "valid"
		}
		return path.Join(split, roboflowFile), split
	}
	return "", ""
}
