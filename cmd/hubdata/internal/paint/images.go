package paint

import (
	"image"
	"os"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/coco"
)

// ImageFolder finds the images of a dataset in a folder.
type ImageFolder struct {
	Dir       string         // empty: no image is found
	namesakes map[string]int // how many images of the dataset have a base name
}

// NewImageFolder returns a folder for images of a dataset, of which all are given.
func NewImageFolder(dir string, all []coco.Image) *ImageFolder {
	f := &ImageFolder{Dir: dir, namesakes: make(map[string]int, len(all))}
	for i := range all {
		f.namesakes[coco.TileID(&all[i])]++
	}
	return f
}

// Has says whether an image has a file.
func (f *ImageFolder) Has(img *coco.Image) bool { return f.path(img) != "" }

// path finds the file of an image, by its file name or else, if no other image has
// that, by its base name; it is empty if there is none. Names that lead out of the
// folder are not followed.
func (f *ImageFolder) path(img *coco.Image) string {
	if f.Dir == "" {
		return ""
	}
	if path, err := folder.ImagePath(f.Dir, img.FileName); err == nil {
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() {
			return path
		}
	}
	base := coco.TileID(img)
	if f.namesakes[base] > 1 {
		return "" // it may be the file of another
	}
	path, err := folder.FindImage(f.Dir, base)
	if err != nil {
		return "" // a name that no file has
	}
	return path
}

// Read reads the file of an image; nil: there is none.
func (f *ImageFolder) Read(img *coco.Image) (image.Image, error) {
	path := f.path(img)
	if path == "" {
		return nil, nil
	}
	data, err := folder.ReadImageFile(path)
	if err != nil {
		return nil, err
	}
	return folder.DecodeImage(data)
}
