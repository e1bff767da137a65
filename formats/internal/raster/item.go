package raster

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
)

// Item is an image of a source with the files that hold its labels: one, or one for each
// class.
type Item struct {
	Image string // its file; empty: the source does not have it
	Split string
	Files []LabelFile
}

// LabelFile is a file of labels.
type LabelFile struct {
	Path  string
	Class string // of all that is in it; empty: its numbers say the class
}

// name is the name of the image.
func (i *Item) name() string { return cmp.Or(i.Image, i.Files[0].Path) }

// Items are the images of a source, by a key that is of one image.
type Items map[string]*Item

// Add adds a file to the image with a key. It returns the first file of the image if it has
// one already; empty: it has none.
func (s Items) Add(key, image, split string, f LabelFile) (first string) {
	it := s[key]
	if it == nil {
		it = &Item{Image: image, Split: split}
		s[key] = it
	} else {
		first = it.Files[0].Path
	}
	it.Files = append(it.Files, f)
	return first
}

// List returns the images, by their names.
func (s Items) List() []Item {
	list := make([]Item, 0, len(s))
	for _, it := range s {
		list = append(list, *it)
	}
	slices.SortFunc(list, func(a, b Item) int { return strings.Compare(a.name(), b.name()) })
	return list
}

// Read reads the labels of an image. instances adds those of a file, from its canvas.
func (i *Item) Read(src *formats.Source, instances func(img *formats.Read, f LabelFile, c *Canvas) error) (*formats.Read, error) {
	img := &formats.Read{Image: coco.Image{FileName: i.name()}, Split: i.Split}
	for _, f := range i.Files {
		c, err := open(src, f.Path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Path, err)
		}
		switch {
		case i.Image != "":
			if err := CheckSize(src, i.Image, f.Path, c.Height, c.Width); err != nil {
				return nil, err
			}
		case img.Width != 0 && (c.Height != img.Height || c.Width != img.Width):
			return nil, fmt.Errorf("%s: found %d x %d pixels (width x height), expected %d x %d as %s has", f.Path, c.Width, c.Height, img.Width, img.Height, i.Files[0].Path)
		}
		img.Height, img.Width = c.Height, c.Width
		err = instances(img, f, c)
		c.Free()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Path, err)
		}
	}
	return img, nil
}

func open(src *formats.Source, file string) (*Canvas, error) {
	f, err := src.FS.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	return Read(f)
}
