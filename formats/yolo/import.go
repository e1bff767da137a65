package yolo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/reading"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/rle"
)

// read reads a dataset: a folder, its data.yaml, or a predictions.json.
func read(ctx context.Context, src *formats.Source, emit func(*formats.Read) error) error {
	switch path.Ext(src.File) {
	case ".json":
		return readPredictions(ctx, src, emit)
	case "", ".yaml", ".yml":
	default:
		return fmt.Errorf("%s: expected a folder, a data.yaml or a predictions.json", src.File)
	}
	d, err := findData(src)
	if err != nil {
		return err
	}
	names, err := classes(src, d)
	if err != nil {
		return err
	}
	images, err := list(src, d)
	if err != nil {
		return err
	}
	work := func(img *formats.Read) (*formats.Read, error) { return img, readLabels(src, img, names) }
	return reading.Emit(parallel.Map(ctx, 0, sized(src, images), work), emit)
}

// sized yields the images with their sizes, without instances.
func sized(src *formats.Source, images []listed) iter.Seq2[*formats.Read, error] {
	return func(yield func(*formats.Read, error) bool) {
		for _, l := range images {
			img := &formats.Read{Image: coco.Image{FileName: l.file}, Split: l.split, Skipped: l.skipped}
			var err error
			if img.Height, img.Width, err = src.Size(l.file); err == nil {
				err = rle.CheckSize(img.Height, img.Width)
			}
			if err != nil {
				err = fmt.Errorf("%s: %w", l.file, err)
			}
			if !yield(img, err) || err != nil {
				return
			}
		}
	}
}

// listed is an image to be read.
type listed struct {
	file, split string
	skipped     []formats.Skip // of the dataset, with its first image
}

// list returns the images of a dataset: those of the splits of data.yaml, or all.
func list(src *formats.Source, d *data) ([]listed, error) {
	root := "."
	if d != nil {
		root = d.root
	}
	files, err := readTree(src.FS, root)
	if err != nil {
		return nil, err
	}
	var images []listed
	var skipped []formats.Skip
	if d == nil || len(d.splits) == 0 {
		for _, file := range files.images {
			images = append(images, listed{file: file, split: splitOf(file)})
		}
	} else if images, skipped, err = d.list(src.FS, files); err != nil {
		return nil, err
	}
	if len(images) == 0 {
		return nil, errors.New("found no images, expected image files of the labels: labels say no sizes")
	}
	labels := map[string]bool{}
	for _, img := range images {
		labels[labelFile(img.file)] = true
	}
	for _, file := range files.texts {
		if base := path.Base(file); !labels[file] && strings.Contains("/"+file, "/"+labelsFolder+"/") && base != "classes.txt" {
			skipped = append(skipped, formats.Skip{Where: file, What: "a label file without an image"})
		}
	}
	images[0].skipped = skipped
	return images, nil
}

// list returns the images of the splits. A split of the same images as an earlier one is that
// of a set that is not divided.
func (d *data) list(fsys fs.FS, files *tree) (images []listed, skipped []formats.Skip, err error) {
	of := map[string]int{}
	splits := map[string]bool{}
	shared := 0
	for _, s := range d.splits {
		where := fmt.Sprintf("%s: line %d", d.file, s.line)
		names, found, err := d.images(fsys, s, files)
		if err != nil {
			return nil, nil, err
		}
		if !found {
			skipped = append(skipped, formats.Skip{Where: where, What: "a split whose images are not there"})
			continue
		}
		splits[s.name] = true
		for _, name := range names {
			if _, ok := of[name]; ok {
				shared++
				skipped = append(skipped, formats.Skip{Where: where, What: "an image that is in an earlier split too"})
				continue
			}
			of[name] = len(images)
			images = append(images, listed{file: name, split: s.name})
		}
	}
	if len(splits) == 2 && shared == len(images) && splits["train"] && splits["val"] {
		skipped = skipped[:len(skipped)-shared]
		for i := range images {
			images[i].split = ""
		}
	}
	return images, skipped, nil
}

// splitOf returns the split that a folder of a path names; empty: none.
func splitOf(file string) string {
	for _, folder := range strings.Split(path.Dir(file), "/") {
		switch key := splitKey(strings.ToLower(folder)); key {
		case "train", "val", "test":
			return key
		}
	}
	return ""
}

// readLabels reads the labels of an image. Without a label file it has no instances.
func readLabels(src *formats.Source, img *formats.Read, names []string) error {
	file := labelFile(img.FileName)
	text, err := readFile(src.FS, file, maxLabels)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	rows, err := parseRows(text, len(names), choice(src.Options, scoreOption) == scoreAll)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return instances(file, rows, img, names, choice(src.Options, verticesOption))
}

// recognise reports whether a source is a YOLO dataset, and whether its labels are polygons:
// it has a data.yaml with classes, or label files of rows that can be parsed.
func recognise(src *formats.Source) (polygons, ok bool) {
	if path.Base(src.File) == "predictions.json" {
		return recognisePredictions(src)
	}
	if ext := path.Ext(src.File); src.File != "" && ext != ".yaml" && ext != ".yml" {
		return false, false
	}
	d, err := findData(src)
	if err != nil || d == nil && !isDir(src.FS, labelsFolder) {
		return false, false
	}
	root := "."
	if d != nil {
		root = d.root
	}
	looked := 0
	err = fs.WalkDir(src.FS, root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || looked == 20 {
			return fs.SkipAll
		}
		if entry.IsDir() || path.Ext(name) != ".txt" || !strings.Contains("/"+name, "/"+labelsFolder+"/") || entry.Name() == "classes.txt" {
			return nil
		}
		looked++
		text, err := readFile(src.FS, name, maxData)
		if err != nil {
			return nil
		}
		rows, err := parseRows(text, 1<<20, true)
		if ok = ok || err == nil || d != nil; err != nil { // the import says what is wrong
			return nil
		}
		for _, r := range rows {
			if r.points != nil {
				polygons = true
				return fs.SkipAll
			}
		}
		return nil
	})
	return polygons, err == nil && ok
}
