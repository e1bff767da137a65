package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/mmdet"
)

// A DataChecker checks the datasets of a recipe's stages. It reads each file once.
type DataChecker struct {
	Recipe *mmdet.Recipe
	// Dataset reads a COCO file; nil: it is read as plain JSON. An error that is
	// [fs.ErrNotExist] means that the dataset does not exist yet.
	Dataset func(ctx context.Context, path string) (*coco.Dataset, error)
	// ImageSize returns the size of an image file in pixels; nil: images are not
	// checked.
	ImageSize func(path string) (width, height int, err error)

	datasets map[string]*coco.Dataset // by path
	sizes    map[string]imageSize     // by path
}

// imageSize is a result of ImageSize.
type imageSize struct {
	width, height int
	err           error
}

// Check checks the data of a train or infer stage against MMDetection's rules, as
// [mmdet.CheckData] does. Folders in another format are not checked. missing has the ids of the datasets that do not exist.
func (d *DataChecker) Check(ctx context.Context, s *mmdet.Stage) (report *mmdet.DataReport, missing []string, err error) {
	check := &mmdet.DataCheck{
		Dialect: d.Recipe.Dialect, Classes: d.Recipe.Classes,
		AllowOverlap: s.AllowOverlap, BatchPerGPU: s.BatchPerGPU, GPUs: d.Recipe.TotalGPUs(s),
	}
	if s.Kind == mmdet.CommandKind {
		check.Dialect = ""
	}
	if d.ImageSize != nil {
		check.ImageSize = d.size
	}
	val := s.Val
	if s.Predicts() {
		val = s.On
	}
	for _, part := range []struct {
		id  string
		set **mmdet.Set
	}{{s.Train, &check.Train}, {val, &check.Val}} {
		if part.id == "" {
			continue
		}
		if data := d.Recipe.Data(part.id); data != nil && data.Folder != "" { // it has what an export wrote
			if path, _ := d.Recipe.DataPath(part.id); !exists(path) {
				missing = append(missing, part.id)
			}
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

// set reads a dataset. It returns nil if the file does not exist.
func (d *DataChecker) set(ctx context.Context, id string) (*mmdet.Set, error) {
	path, images := d.Recipe.DataPath(id)
	data, known := d.datasets[path]
	if !known {
		read := d.Dataset
		if read == nil {
			read = readDataset
		}
		var err error
		if data, err = read(ctx, path); errors.Is(err, fs.ErrNotExist) {
			data = nil
		} else if err != nil {
			return nil, err
		}
		if d.datasets == nil {
			d.datasets = map[string]*coco.Dataset{}
		}
		d.datasets[path] = data
	}
	if data == nil {
		return nil, nil
	}
	return &mmdet.Set{File: path, Images: images, Data: data}, nil
}

func readDataset(_ context.Context, path string) (*coco.Dataset, error) {
	f, _, err := open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	d, err := coco.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return d, nil
}

// size returns the size of an image file, which it reads only once.
func (d *DataChecker) size(path string) (width, height int, err error) {
	s, known := d.sizes[path]
	if !known {
		s.width, s.height, s.err = d.ImageSize(path)
		if d.sizes == nil {
			d.sizes = map[string]imageSize{}
		}
		d.sizes[path] = s
	}
	return s.width, s.height, s.err
}
