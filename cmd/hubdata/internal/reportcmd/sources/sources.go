// Package sources finds the files that a report is made from, and sums them.
package sources

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// Options say where the files are. A file that is named must exist.
type Options struct {
	Dir         string // dataset folder; the folder of File
	File        string // COCO file instead of it; empty: none
	Truth       string
	Predictions []string
	Plans       []string
	Pseudo      []string
	Images      string // folder; empty: Dir/train
	TileMeta    string
	Polygons    string
	Values      string // table of further values of the images; empty: none
}

// NoImages is the folder of images if no images are read.
const NoImages = "none"

// Files are the files that a report is made from, found by the names that the
// other commands write or named by flags.
type Files struct {
	Dir, Name   string
	Dataset     string // COCO file in place of a folder's outlines
	Polygons    string
	Table       string
	Slides      string // wsi_meta.csv
	Truth       string
	Truths      []string // candidates, where there are several
	Predictions []preds.ModelFiles
	Plans       []string
	Pseudo      []string
	Images      string // folder, or [NoImages]
	Values      string // table of further values of the images; empty: none
}

// Find looks for the files.
func Find(o Options) (*Files, error) {
	f := &Files{Dir: o.Dir, Dataset: o.File, Truth: o.Truth, Plans: o.Plans, Pseudo: o.Pseudo, Polygons: o.Polygons,
		Table: o.TileMeta, Values: o.Values}
	var err error
	whole, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	if f.Name = filepath.Base(whole); o.File != "" {
		f.Name = filepath.Base(o.File)
	}
	for _, path := range slices.Concat([]string{o.Truth, o.Polygons, o.TileMeta, o.Values}, o.Predictions, o.Plans,
		o.Pseudo) {
		if path == "" {
			continue
		}
		if _, err := os.Stat(path); err != nil {
			return nil, err
		}
	}
	find := func(path *string, name string) {
		if *path == "" {
			*path, _ = files.FindInput(f.Dir, name) // absent: the report says so
		}
	}
	find(&f.Table, "tile_meta.csv")
	find(&f.Slides, "wsi_meta.csv")
	if f.Images = o.Images; f.Images == "" {
		f.Images = filepath.Join(f.Dir, "train")
	} else if st, err := os.Stat(f.Images); f.Images != NoImages && (err != nil || !st.IsDir()) {
		return nil, ui.Failf(ui.ExitFailure, "--image-dir: there is no folder %s", f.Images)
	}
	for _, path := range o.Predictions {
		f.Predictions = append(f.Predictions, preds.ModelFiles{Name: modelName(path), Files: []string{path}})
	}
	if o.File != "" {
		if f.Truth == "" {
			f.Truth = o.File
		}
		return f, nil // what is next to a file need not belong to it
	}
	find(&f.Polygons, "polygons.jsonl")
	if len(f.Predictions) == 0 {
		if f.Predictions, err = preds.FindModels(filepath.Join(f.Dir, "predictions")); err != nil {
			var usage *ui.Failure
			if errors.As(err, &usage) && usage.Code == ui.ExitUsage {
				return nil, err
			}
			f.Predictions = nil
		}
	}
	if f.Plans == nil {
		if f.Plans, err = f.glob("coco_data", "folds*.json", "folds*.csv"); err != nil {
			return nil, err
		}
		f.Plans = slices.DeleteFunc(f.Plans, func(path string) bool { // the same plan as JSON says more
			other, isCSV := strings.CutSuffix(path, ".csv")
			return isCSV && slices.Contains(f.Plans, other+".json")
		})
	}
	if f.Pseudo == nil {
		if f.Pseudo, err = f.glob(filepath.Join("coco_data", "pseudo_coco"), "pseudo_*.json"); err != nil {
			return nil, err
		}
	}
	if f.Truth == "" {
		if f.Truths, err = f.glob(".", "*truth.json", "*_gt.json"); err != nil {
			return nil, err
		}
		if len(f.Truths) == 1 {
			f.Truth, f.Truths = f.Truths[0], nil
		}
	}
	if f.Table == "" && f.Polygons == "" && f.Truth == "" && len(f.Plans)+len(f.Pseudo)+len(f.Predictions)+
		len(f.Truths) == 0 {
		return nil, ui.Failf(ui.ExitFailure,
			"%s has nothing to report on: no tile_meta.csv, no polygons.jsonl, no predictions", files.FolderName(o.Dir)).
			Hint("name a HuBMAP folder or a COCO file: hubdata report DIR").Hint("\"hubdata demo\" makes synthetic data to try")
	}
	return f, nil
}

// modelName names a model by its file.
func modelName(path string) string {
	name := files.UnpackedName(filepath.Base(path))
	return strings.TrimSuffix(strings.TrimSuffix(name, ".json"), ".segm")
}

// glob lists the files of a folder in the dataset's folder that match a pattern,
// plain or compressed.
func (f *Files) glob(folder string, patterns ...string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(f.Dir, folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	var out []string
	for _, pattern := range patterns {
		for _, e := range entries { // sorted by name
			bare := files.UnpackedName(e.Name())
			if ok, _ := filepath.Match(pattern, bare); ok && !e.IsDir() {
				out = append(out, filepath.Join(f.Dir, folder, e.Name()))
			}
		}
	}
	return out, nil
}

// Inputs are the files as those that an output must not be.
func (f *Files) Inputs() []*files.Input {
	var out []*files.Input
	for _, r := range f.Roles() {
		if st, err := os.Stat(r.Path); err == nil && !st.IsDir() {
			out = append(out, files.Unopened(r.Path, st))
		}
	}
	return out
}

// Role is a file, and what it is.
type Role struct{ Role, Path string }

// Roles lists the files, and what each is.
func (f *Files) Roles() []Role {
	var out []Role
	add := func(role, path string) {
		if path == "" || slices.ContainsFunc(out, func(r Role) bool { return r.Path == path }) {
			return
		}
		out = append(out, Role{role, path})
	}
	add("dataset", f.Dataset)
	add("tiles", f.Table)
	add("slides", f.Slides)
	add("values of images", f.Values)
	add("outlines", f.Polygons)
	add("ground truth", f.Truth)
	for _, m := range f.Predictions {
		for _, path := range m.Files {
			add("predictions of "+m.Name, path)
		}
	}
	for _, path := range f.Plans {
		add("folds", path)
	}
	for _, path := range f.Pseudo {
		add("pseudo-labels", path)
	}
	return out
}

// Show names a file as the report does: by its path in the folder, with slashes.
func (f *Files) Show(path string) string {
	if rel, err := filepath.Rel(f.Dir, path); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return filepath.Base(path)
}

// Words is the text of an error with the files named as in the report.
func (f *Files) Words(err error) string {
	text := err.Error()
	if f.Dir != "" && f.Dir != "." {
		text = strings.ReplaceAll(text, strings.TrimSuffix(f.Dir, string(filepath.Separator))+string(filepath.Separator), "")
	}
	return text
}

// Lacking names the files of a HuBMAP folder that are not there.
func (f *Files) Lacking() string {
	var names []string
	if f.Table == "" {
		names = append(names, "tile_meta.csv")
	}
	if f.Polygons == "" {
		names = append(names, "polygons.jsonl")
	}
	return strings.Join(names, " and ")
}
