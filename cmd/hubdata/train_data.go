package main

import (
	"context"
	"errors"
	"io/fs"

	"github.com/hubdata/hubdata/mmdet"
)

// recipeData reads the datasets of a recipe, each once.
type recipeData struct {
	c      *console
	r      *mmdet.Recipe
	images bool // look at image files
	files  map[string]*cocoFile
	sizes  map[string]readSize // by path
}

// readSize is what an image's header says.
type readSize struct {
	h, w int
	err  error
}

func newRecipeData(c *console, r *mmdet.Recipe, images bool) *recipeData {
	return &recipeData{c: c, r: r, images: images, files: map[string]*cocoFile{}, sizes: map[string]readSize{}}
}

// set reads a dataset; nil: the file is not there.
func (d *recipeData) set(ctx context.Context, id string) (*mmdet.Set, error) {
	path, images := d.r.DataPath(id)
	f, known := d.files[path]
	if !known {
		in, err := openInput(d.c, path)
		if err == nil {
			f, err = readCOCO(ctx, d.c, in)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		d.files[path] = f
	}
	if f == nil {
		return nil, nil
	}
	return &mmdet.Set{File: path, Images: images, Data: f.Dataset}, nil
}

// size gives the size of an image file, read once.
func (d *recipeData) size(path string) (w, h int, err error) {
	s, known := d.sizes[path]
	if !known {
		s.h, s.w, s.err = imageSize(path)
		d.sizes[path] = s
	}
	return s.w, s.h, s.err
}

// check holds the data of a train or infer stage against MMDetection's rules.
// Datasets that are not there are named in missing.
func (d *recipeData) check(ctx context.Context, s *mmdet.Stage) (report *mmdet.DataReport, missing []string, err error) {
	check := &mmdet.DataCheck{
		Dialect: d.r.Dialect, Classes: d.r.Classes,
		AllowOverlap: s.AllowOverlap, BatchPerGPU: s.BatchPerGPU, GPUs: d.r.TotalGPUs(s),
	}
	if d.images {
		check.ImageSize = d.size
	}
	val := s.Val
	if s.Kind == mmdet.Infer {
		val = s.On
	}
	for _, part := range []struct {
		id  string
		set **mmdet.Set
	}{{s.Train, &check.Train}, {val, &check.Val}} {
		if part.id == "" {
			continue
		}
		if *part.set, err = d.set(ctx, part.id); err != nil {
			return nil, nil, err
		}
		if *part.set == nil {
			missing = append(missing, part.id)
		}
	}
	return mmdet.CheckData(check), missing, nil
}
