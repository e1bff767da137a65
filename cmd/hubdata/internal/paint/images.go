package paint

import (
	"fmt"
	"image"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/draw"
	"github.com/hubdata/hubdata/internal/imagefile"
)

// ImageFolder finds the images of a dataset in a folder.
type ImageFolder struct {
	Dir       string         // empty: no image is found
	namesakes map[string]int // how many images of the dataset have a tile or a path without its extension, or its base name
}

// NewImageFolder returns a folder for images of a dataset, of which all are given.
func NewImageFolder(dir string, all []coco.Image) *ImageFolder {
	f := &ImageFolder{Dir: dir, namesakes: make(map[string]int, len(all))}
	for i := range all {
		tile, file := namesOf(&all[i])
		var names []string
		if tile != "" {
			names = append(names, path.Clean(filepath.ToSlash(tile)))
		}
		if file != "" {
			stem := stemOf(file)
			names = append(names, stem, path.Base(stem))
		}
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			f.namesakes[name]++
		}
	}
	return f
}

// FindImages finds the folder of the images of a file or folder of data: dir or, if that is empty, the first near the data
// and here that suits.
func FindImages(dir, data string, all []coco.Image, suits func(*ImageFolder) bool) (*ImageFolder, error) {
	if dir != "" {
		if st, err := os.Stat(dir); err != nil || !st.IsDir() {
			return nil, ui.Failf(ui.ExitFailure, "--image-dir: there is no folder %s", dir)
		}
		return NewImageFolder(dir, all), nil
	}
	base := data
	if st, err := os.Stat(base); err != nil || !st.IsDir() {
		base = filepath.Dir(base)
	}
	if data == "-" {
		base = "."
	}
	var dirs []string
	for range 3 { // convert writes two folders below the data
		dirs = append(dirs, filepath.Join(base, "train"), base)
		base = filepath.Join(base, "..")
	}
	if data := os.Getenv("HUBDATA_DATA"); data != "" {
		dirs = append(dirs, filepath.Join(data, "train"))
	}
	f := NewImageFolder("", all)
	for _, dir := range append(dirs, "train") {
		if st, err := os.Stat(dir); err != nil || !st.IsDir() {
			continue
		}
		f.Dir = dir
		if suits(f) {
			return f, nil
		}
	}
	f.Dir = ""
	return f, nil
}

// namesOf returns the tile and the clean path of an image; empty: it has none.
func namesOf(img *coco.Image) (tile, file string) {
	var one coco.Names
	one.Add(img)
	return one.Tile(0), one.Path(0)
}

// stemOf returns a path without its extension.
func stemOf(file string) string { return coco.ImageName(&coco.Image{FileName: file}) }

// Has says whether an image has a file.
func (f *ImageFolder) Has(img *coco.Image) bool {
	found, _ := f.Path(img)
	return found != ""
}

// ByBaseName says whether the file of an image is not the one that the dataset names: it has only the base name or the
// tile of the image. An image without a file name is found by its tile, as the dataset says.
func (f *ImageFolder) ByBaseName(img *coco.Image) bool {
	_, byBase := f.Path(img)
	return byBase
}

// Path finds the file of an image, by its file name or else by its tile or base name, if no other image has a tile or
// path like that; it is empty if there is none. An id is not the name of a file. Names that lead out of the folder are
// not followed.
func (f *ImageFolder) Path(img *coco.Image) (found string, byBase bool) {
	if f.Dir == "" {
		return "", false
	}
	if own, err := folder.NamedImage(f.Dir, img.FileName); err == nil {
		return own, false
	}
	tile, file := namesOf(img)
	base := tile
	if base == "" && file != "" {
		base = path.Base(stemOf(file))
	}
	if base == "" || f.namesakes[path.Clean(filepath.ToSlash(base))] > 1 {
		return "", false // it may be the file of another
	}
	found, err := folder.FindImage(f.Dir, base)
	if err != nil {
		return "", false // a name that no file has
	}
	return found, found != "" && file != ""
}

// Open opens the file of an image; nil: there is none. The caller closes it.
func (f *ImageFolder) Open(img *coco.Image) (*Picture, error) {
	path, _ := f.Path(img)
	if path == "" {
		return nil, nil
	}
	file, err := folder.OpenImage(path)
	if err != nil {
		return nil, err
	}
	p, err := imagefile.Open(file)
	if err != nil {
		_ = file.Close() // only read
		return nil, err
	}
	return &Picture{p, file}, nil
}

// Picture is an open image file.
type Picture struct {
	*imagefile.File
	io.Closer
}

// Fits returns an error unless the picture has the size that a dataset, read from a file, says.
func (p *Picture) Fits(height, width int, file string) error {
	if p.Width == width && p.Height == height {
		return nil
	}
	turned := ""
	if p.Orientation.Swaps() {
		turned = fmt.Sprintf(", turned by its orientation %d", p.Orientation)
	}
	return fmt.Errorf("the image has %d x %d pixels%s, %s says %d x %d", p.Width, p.Height, turned, file, width, height)
}

// show decodes what a tile shows at a zoom: the whole picture, as long as it is not too large.
func (p *Picture) show(t *draw.Tile, zoom float64) error {
	if p.Width <= imagefile.MaxPixels/p.Height {
		img, err := p.Decode()
		t.Image = img
		return err
	}
	var turn imagefile.Turn
	defer turn.End()
	turn.Need(imagefile.MaxPixels)
	view := t.Shown()
	img, err := p.Part(view, max(1, int(1/zoom)))
	t.Image, t.ImageOf = img, view
	return err
}

// largeSide is how long the longer side of a picture is that is too large to be decoded whole.
const largeSide = 1024

// Read reads the picture of an image, scaled down if it is too large to be decoded whole; nil: there is none.
func (f *ImageFolder) Read(img *coco.Image) (image.Image, error) {
	p, err := f.Open(img)
	if p == nil || err != nil {
		return nil, err
	}
	defer func() { _ = p.Close() }() // only read
	t := draw.Tile{Height: p.Height, Width: p.Width}
	err = p.show(&t, largeSide/float64(max(p.Height, p.Width)))
	return t.Image, err
}
