// Package masks is the format of semantic masks: an image per tile whose pixels are the
// numbers of classes, or an image per tile and class that is white where the class is, as
// segmentation_models, torchvision and nnU-Net read them.
//
// An export of kind=index has images/SPLIT/NAME.png, masks/SPLIT/NAME.png with 0 for
// background and the number of a class from 1, and classes.csv with the names of the
// numbers. With kind=binary the masks are masks/CLASS/SPLIT/NAME.png, 0 and 255, and
// classes.csv has the folder of each class. SPLIT is missing if the set is not divided;
// splits.csv has the splits that folders do not say. With layout=nnunet it has what nnU-Net reads:
// imagesTr/NAME_0000.png, labelsTr/NAME.png, for the split test imagesTs and labelsTs,
// dataset.json, and splits_final.json if there is a split val.
//
// In kind=index a pixel has one class: the option overlap says which instance gets those
// that several cover. A mask does not keep which pixels of a class are which instance: a
// reader sees its connected parts. The fate of an instance says whether it is one of
// these.
//
// An import makes an instance of each connected part of a class, or one of all its pixels.
package masks

import (
	"context"
	"path"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/raster"
	"github.com/hubdata/hubdata/rle"
)

var (
	kindOption = formats.Option{Name: "kind", Default: "index", Choices: []string{"index", "binary"},
		About: "pixels: the number of the class; or a mask for each class (import: an export says it itself)"}
	layoutOption = formats.Option{Name: "layout", Default: "plain", Choices: []string{"plain", "nnunet"},
		About: "export: folders images and masks; or those of nnU-Net with dataset.json"}
	connectivityOption = formats.Option{Name: "connectivity", Default: "8", Choices: []string{"8", "4", "none"},
		About: "pixels that touch are an instance: over sides and corners (8), over sides (4); none: all pixels of a class are"}
)

var options = []formats.Option{kindOption, layoutOption, raster.OverlapOption, connectivityOption}

// connectivity is the one chosen; 0: none.
func connectivity(values formats.Values) rle.Connectivity {
	switch raster.Choice(values, connectivityOption) {
	case "8":
		return rle.Conn8
	case "4":
		return rle.Conn4
	}
	return 0
}

// Format is the format masks.
var Format = formats.Format{
	Name:      "masks",
	About:     "semantic masks: the class of each pixel, for segmentation_models, torchvision and nnU-Net",
	Options:   options,
	Export:    newExporter,
	Import:    read,
	Recognise: recognise,
}

const (
	imagesFolder = "images"
	masksFolder  = "masks"
	classesFile  = "classes.csv"
	datasetFile  = "dataset.json"
	splitsFile   = "splits_final.json"
	channel      = "_0000" // which nnU-Net adds to the names of images
)

// nnunet are the folders of nnU-Net: of masks, and of their images.
var nnunet = map[string]string{"labelsTr": "imagesTr", "labelsTs": "imagesTs"}

func recognise(src *formats.Source) bool {
	if src.File != "" {
		return false
	}
	t, err := raster.List(context.Background(), src.FS)
	if err != nil {
		return false
	}
	for _, file := range t.Files {
		folder := path.Base(path.Dir(file))
		if nnunet[folder] != "" && raster.IsImage(file) || file == classesFile {
			return true
		}
	}
	return false
}
