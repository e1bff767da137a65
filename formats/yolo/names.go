package yolo

import (
	"path"
	"strings"

	"github.com/hubdata/hubdata/formats"
)

const (
	imagesFolder = "images"
	labelsFolder = "labels"
	wholeSplit   = "train" // of a set that is not divided
)

// imageSuffixes are those of the files that ultralytics takes for images.
var imageSuffixes = map[string]bool{
	"avif": true, "bmp": true, "dng": true, "heic": true, "heif": true, "jp2": true, "jpeg": true, "jpg": true,
	"mpo": true, "png": true, "tif": true, "tiff": true, "webp": true,
}

// isImage reports whether ultralytics takes a file for an image.
func isImage(file string) bool {
	dot := strings.LastIndexByte(file, '.')
	return dot >= 0 && imageSuffixes[strings.ToLower(file[dot+1:])]
}

// imageFile returns where an image belongs: below images and its split by the path that it
// has, so that images of one base name in two folders are two files. Two images of one path
// are found by Finish.
func (e *exporter) imageFile(img *formats.Image) string {
	split := img.Split
	if split == "" {
		split = wholeSplit
	}
	folder := imagesFolder + "/" + split + "/"
	name := strings.ReplaceAll(img.FileName, `\`, "/")
	if e.byID {
		return folder + img.ID.String() + path.Ext(path.Base(name))
	}
	// A path that begins at a root, or leads out of the folder, stays below it. One that was
	// read from a dataset of this form keeps its place.
	return folder + strings.TrimPrefix(strings.TrimPrefix(path.Clean("/"+name), "/"), folder)
}

// labelFile returns where ultralytics looks for the labels of an image: the last folder
// images of its path is labels, and its suffix txt.
func labelFile(image string) string {
	full := "/" + image
	if at := strings.LastIndex(full, "/"+imagesFolder+"/"); at >= 0 {
		full = full[:at] + "/" + labelsFolder + "/" + full[at+len(imagesFolder)+2:]
	}
	if dot := strings.LastIndexByte(full, '.'); dot >= 0 {
		full = full[:dot]
	}
	return full[1:] + ".txt"
}
