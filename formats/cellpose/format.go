// Package cellpose is the format of files that Cellpose's window saves, NAME_seg.npy, and
// of label arrays as plain .npy files. It is only read; Cellpose reads the label images of
// package labels.
//
// A _seg.npy file is a pickle: numpy runs the code in it when it loads the file. Nothing of
// it is run here. The reader knows the few objects that Cellpose stores, takes the array
// masks, and refuses a file with anything else. What else Cellpose stores, such as flows
// and outlines, is not read.
//
// All pixels of a number are an instance of the class of the option class. The image is the
// one of the same name next to the file.
package cellpose

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/raster"
	"github.com/hubdata/hubdata/formats/internal/reading"
	"github.com/hubdata/hubdata/internal/parallel"
)

var classOption = formats.Option{Name: "class", About: "class of all instances (default: the only class given, else cell)"}

// Format is the format cellpose.
var Format = formats.Format{
	Name:      "cellpose",
	About:     "files of Cellpose's window, NAME_seg.npy, and label arrays of numpy, NAME.npy",
	Options:   []formats.Option{classOption},
	Import:    read,
	Recognise: recognise,
}

const (
	suffix    = ".npy"
	segSuffix = "_seg"
	maxBytes  = 1 << 30
)

func recognise(src *formats.Source) bool {
	if src.File != "" {
		return path.Ext(src.File) == suffix
	}
	t, err := raster.List(context.Background(), src.FS)
	return err == nil && slices.ContainsFunc(t.Files, func(file string) bool { return strings.HasSuffix(file, segSuffix+suffix) })
}

func read(ctx context.Context, src *formats.Source, emit func(*formats.Read) error) error {
	t, err := raster.List(ctx, src.FS)
	if err != nil {
		return err
	}
	var seg, all []string
	for _, file := range t.Files {
		if path.Ext(file) == suffix {
			all = append(all, file)
		}
		if strings.HasSuffix(file, segSuffix+suffix) {
			seg = append(seg, file)
		}
	}
	files := seg
	switch {
	case src.File != "":
		files = []string{src.File}
	case len(seg) == 0:
		files = all
	}
	if len(files) == 0 {
		return errors.New("found no files of Cellpose or numpy in the source, expected NAME_seg.npy or NAME.npy")
	}
	class := raster.Choice(src.Options, classOption)
	if class == "" && len(src.Classes) == 1 {
		class = src.Classes[0]
	}
	class = cmp.Or(class, "cell")
	work := func(file string) (*formats.Read, error) {
		img, err := readFile(src, t, file, class)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		return img, nil
	}
	return reading.Emit(parallel.Map(ctx, 0, parallel.Items(files), work), emit)
}

func readFile(src *formats.Source, t *raster.Tree, file, class string) (*formats.Read, error) {
	data, err := reading.File(src.FS, file, maxBytes, "the labels of one image: save the masks alone")
	if err != nil {
		return nil, err
	}
	c, err := labelsOf(data)
	if err != nil {
		return nil, err
	}
	img := &formats.Read{Image: coco.Image{FileName: file, Height: c.Height, Width: c.Width}, Split: raster.Split(file)}
	if image, ok := t.Image(strings.TrimSuffix(raster.Stem(file), segSuffix), path.Dir(file)); ok {
		if err := raster.CheckSize(src, image, "the labels", c.Height, c.Width); err != nil {
			return nil, err
		}
		img.FileName = image
	}
	regions, err := c.Regions()
	if err != nil {
		return nil, err
	}
	for _, region := range regions {
		img.Instances = append(img.Instances, raster.Instance(class, region.Mask))
	}
	return img, nil
}

// labelsOf returns the labels in a file.
func labelsOf(data []byte) (*raster.Canvas, error) {
	a, pickled, err := parseNPY(data)
	if err != nil {
		return nil, err
	}
	if !pickled {
		return a.labels()
	}
	v, err := unpickle(a.data)
	if err != nil {
		return nil, err
	}
	if object, ok := v.(*array); ok && len(object.objects) == 1 { // an array without dimensions
		v = object.objects[0]
	}
	d, ok := v.(*dict)
	if !ok {
		return nil, fmt.Errorf("found no dict, expected that of Cellpose: %w", errPickle)
	}
	masks, ok := d.items["masks"].(*array)
	if !ok {
		return nil, errors.New("found no array masks in the dict, expected the labels that Cellpose stores")
	}
	c, err := masks.labels()
	if err != nil {
		return nil, fmt.Errorf("masks: %w", err)
	}
	return c, nil
}
