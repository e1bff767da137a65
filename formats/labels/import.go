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
	r := &reader{src: src, class: raster.Choice(src.Options, classOption),
		folder: raster.Choice(src.Options, classFromOption) == "folder"}
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
	return reading.Emit(parallel.Map(ctx, 0, parallel.Items(items), func(it raster.Item) (*formats.Read, error) {
		return it.Read(src, r.instances)
	}), emit)
}

// list returns the images, by their names.
func (r *reader) list() ([]raster.Item, error) {
	items := raster.Items{}
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
		key, label := cmp.Or(image, path.Join(folder, stem)), raster.LabelFile{Path: file}
		if r.folder {
			label.Class = path.Base(path.Dir(file))
		}
		split := r.splits.Of(raster.Split(cmp.Or(image, file)), stems(stem, folders)...)
		if first := items.Add(key, image, split, label); first != "" && !r.folder {
			return nil, fmt.Errorf("%s and %s: found two label images of %s, expected one: remove one, or use class-from=folder if each is of a class", first, file, key)
		}
	}
	if len(items) == 0 {
		return nil, fmt.Errorf("found no label images (.tif or .png) in the source, expected some in a folder %s or %s, or called NAME%s.tif", labelsFolder, masksFolder, cellposeSuffix)
	}
	return items.List(), nil
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

// instances adds the instances of a label image.
func (r *reader) instances(img *formats.Read, file raster.LabelFile, c *raster.Canvas) error {
	regions, err := c.Regions()
	if err != nil {
		return err
	}
	rows := r.table[file.Path]
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
			entry.class = file.Class
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
		if _, ok := slices.BinarySearchFunc(regions, number, func(g raster.Region, n uint32) int {
			return cmp.Compare(g.Number, n)
		}); !ok {
			img.Skipped = append(img.Skipped, formats.Skip{
				Where: fmt.Sprintf("%s: line %d", tableFile, rows[number].line),
				What:  "a row of a number that its label image lacks",
			})
		}
	}
	return nil
}
