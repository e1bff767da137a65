// Package labels is the format of label images: an image per tile whose pixels are the
// numbers of instances, 0 for background, as Cellpose, StarDist and scikit-image read and
// write them.
//
// An export has
//
//	images/SPLIT/NAME.png   the images
//	labels/SPLIT/NAME.tif   a label image for each: instances are 1, 2, ... in their order
//	labels.csv              the class and score of each number
//	splits.csv              the splits of other names than train, val and the like
//
// without SPLIT if the set is not divided. A pixel has one number: the option overlap says
// which instance gets those that several cover. What instances lose by that is counted.
//
// An import reads such a folder, or any folder with label images: those below a folder
// called labels or masks, those called NAME_cp_masks as Cellpose does, or else all. All
// pixels of a number are an instance, or with the option instances=parts each connected
// part of them. The image of a label image is the one of the same name in the folder
// images beside labels, or in its own. Numbers beyond labels.csv need the option class, or
// class-from=folder.
package labels

import (
	"context"
	"path"
	"strings"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/raster"
)

var (
	fileOption = formats.Option{Name: "file", Default: "tif", Choices: []string{"tif", "png"},
		About: "kind of the label images: TIFF of 16 bits, or 32 for more than 65,535 instances; PNG of 16 bits"}
	classOption = formats.Option{Name: "class",
		About: "import: class of all instances that labels.csv does not list (default: the only class given)"}
	classFromOption = formats.Option{Name: "class-from", Default: "table", Choices: []string{"table", "folder"},
		About: "import: where the class of an instance is: in labels.csv, or the folder that the label image is in"}
	instancesOption = formats.Option{Name: "instances", Default: "number", Choices: []string{"number", "parts4", "parts8"},
		About: "import: what an instance is: all pixels of a number, or each part of them that is connected over sides (4), or sides and corners (8)"}
)

var options = []formats.Option{fileOption, raster.OverlapOption, classOption, classFromOption, instancesOption}

// Format is the format labels.
var Format = formats.Format{
	Name:      "labels",
	About:     "label images: the number of an instance at each pixel, for Cellpose, StarDist and scikit-image",
	Options:   options,
	Export:    newExporter,
	Import:    read,
	Recognise: recognise,
}

const (
	imagesFolder   = "images"
	labelsFolder   = "labels"
	masksFolder    = "masks"
	tableFile      = "labels.csv"
	cellposeSuffix = "_cp_masks"
)

func recognise(src *formats.Source) bool {
	if src.File != "" {
		return strings.HasSuffix(raster.Stem(src.File), cellposeSuffix)
	}
	t, err := raster.List(context.Background(), src.FS)
	if err != nil {
		return false
	}
	for _, file := range t.Files {
		if path.Base(file) == tableFile || strings.HasSuffix(raster.Stem(file), cellposeSuffix) && raster.IsImage(file) {
			return true
		}
	}
	return false
}
