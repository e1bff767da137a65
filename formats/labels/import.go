package labels

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/raster"
	"github.com/hubdata/hubdata/formats/internal/reading"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/rle"
)

// reader reads label images.
type reader struct {
	src    *formats.Source
	tree   *raster.Tree
	table  table
	splits raster.Splits
	class  string // of the numbers that the table lacks; empty: there is none
	folder bool   // the folder says the class
	conn   rle.Connectivity
}

func read(ctx context.Context, src *formats.Source, emit func(*formats.Read) error) error {
	if err := raster.CheckChoices(src.Options, options); err != nil {
		return err
	}
	r := &reader{src: src, class: raster.Choice(src.Options, classOption), folder: raster.Choice(src.Options, classFromOption) == "folder"}
	switch raster.Choice(src.Options, instancesOption) {
	case "parts4":
		r.conn = rle.Conn4
	case "parts8":
		r.conn = rle.Conn8
	}
	if r.class == "" && len(src.Classes) == 1 {
		r.class = src.Classes[0]
	}
	var err error
	if r.table, err = readTable(src); err != nil {
		return err
	}
	if r.splits, err = raster.ReadSplits(src.FS); err != nil {
		return err
	}
	if r.tree, err = raster.List(ctx, src.FS); err != nil {
		return err
	}
	items, err := r.list()
	if err != nil {
		return err
	}
	return reading.Emit(parallel.Map(ctx, 0, parallel.Items(items), r.image), emit)
}

// item is an image with its label images: one, or one for each class.
type item struct {
	image  string // its file; empty: the source does not have it
	split  string
	labels []string
}

// name is the name of the image.
func (i item) name() string { return cmp.Or(i.image, i.labels[0]) }

// list returns the images, by their names.
func (r *reader) list() ([]item, error) {
	items := map[string]*item{}
	for _, file := range r.labelFiles() {
		folder, stem := path.Dir(file), strings.TrimSuffix(raster.Stem(file), cellposeSuffix)
		if r.folder {
			folder = path.Dir(folder)
		}
		folders := []string{folder}
		for _, name := range []string{labelsFolder, masksFolder} {
			if above, below, ok := raster.Cut(folder, name); ok {
				folders = append([]string{path.Join(above, imagesFolder, below)}, folders...)
			}
		}
		image, ok := r.tree.Image(stem, folders...)
		if !ok || image == file {
			image = ""
		}
		key := cmp.Or(image, path.Join(folder, stem))
		if items[key] == nil {
			items[key] = &item{image: image}
			items[key].split = r.splits.Of(raster.Split(cmp.Or(image, file)), stems(stem, folders)...)
		}
		it := items[key]
		if it.labels = append(it.labels, file); len(it.labels) > 1 && !r.folder {
			return nil, fmt.Errorf("%s and %s: found two label images of %s, expected one: remove one, or use class-from=folder if each is of a class", it.labels[0], it.labels[1], key)
		}
	}
	if len(items) == 0 {
		return nil, fmt.Errorf("found no label images (.tif or .png) in the source, expected some in a folder %s or %s, or called NAME%s.tif", labelsFolder, masksFolder, cellposeSuffix)
	}
	list := make([]item, 0, len(items))
	for _, it := range items {
		list = append(list, *it)
	}
	slices.SortFunc(list, func(a, b item) int { return strings.Compare(a.name(), b.name()) })
	return list, nil
}

// stems are the paths of an image without suffix, in any of the folders.
func stems(stem string, folders []string) []string {
	var paths []string
	for _, folder := range folders {
		paths = append(paths, path.Join(folder, stem))
	}
	return paths
}

// labelFiles returns the files that hold labels.
func (r *reader) labelFiles() []string {
	if r.src.File != "" {
		return []string{r.src.File}
	}
	var named, all []string
	for _, file := range r.tree.Files {
		if !raster.IsImage(file) {
			continue
		}
		all = append(all, file)
		_, _, inLabels := raster.Cut(path.Dir(file), labelsFolder)
		_, _, inMasks := raster.Cut(path.Dir(file), masksFolder)
		if inLabels || inMasks || strings.HasSuffix(raster.Stem(file), cellposeSuffix) {
			named = append(named, file)
		}
	}
	if named != nil {
		return named
	}
	return all
}

// image reads the label images of an image.
func (r *reader) image(it item) (*formats.Read, error) {
	img := &formats.Read{Image: coco.Image{FileName: it.name()}, Split: it.split}
	for _, file := range it.labels {
		c, err := r.open(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		switch {
		case it.image != "":
			if err := raster.CheckSize(r.src, it.image, file, c.Height, c.Width); err != nil {
				return nil, err
			}
		case img.Width != 0 && (c.Height != img.Height || c.Width != img.Width):
			return nil, fmt.Errorf("%s: found %d x %d pixels (width x height), expected %d x %d as %s has", file, c.Width, c.Height, img.Width, img.Height, it.labels[0])
		}
		img.Height, img.Width = c.Height, c.Width
		err = r.instances(img, file, c)
		c.Free()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return img, nil
}

func (r *reader) open(file string) (*raster.Canvas, error) {
	f, err := r.src.FS.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	return raster.Read(f)
}

// instances adds the instances of a label image.
func (r *reader) instances(img *formats.Read, file string, c *raster.Canvas) error {
	regions, err := c.Regions()
	if err != nil {
		return err
	}
	rows := r.table[file]
	used := 0
	for _, region := range regions {
		entry, ok := rows[region.Number]
		if ok {
			used++
		} else {
			entry.score = math.NaN()
		}
		switch {
		case r.folder:
			entry.class = path.Base(path.Dir(file))
		case !ok && r.class == "":
			return fmt.Errorf("number %d: found no class, expected one: add a row to %s, name the class with the option class, or use class-from=folder", region.Number, tableFile)
		case !ok:
			entry.class = r.class
		}
		for _, m := range raster.Parts(region.Mask, r.conn) {
			in := raster.Instance(entry.class, m)
			if !math.IsNaN(entry.score) {
				if err := raster.SetScore(&in, entry.score); err != nil {
					return err
				}
			}
			img.Instances = append(img.Instances, in)
		}
	}
	if used == len(rows) {
		return nil
	}
	for _, number := range slices.Sorted(maps.Keys(rows)) {
		if _, ok := slices.BinarySearchFunc(regions, number, func(g raster.Region, n uint32) int { return cmp.Compare(g.Number, n) }); !ok {
			img.Skipped = append(img.Skipped, formats.Skip{
				Where: fmt.Sprintf("%s: line %d", tableFile, rows[number].line),
				What:  "a row of a number that its label image lacks",
			})
		}
	}
	return nil
}
