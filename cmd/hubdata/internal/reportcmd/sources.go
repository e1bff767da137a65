package reportcmd

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

// sources are the files that a report is made from, found by the names that the
// other commands write or named by flags.
type sources struct {
	dir, name   string
	dataset     string // COCO file in place of a folder's outlines
	polygons    string
	table       string
	slides      string // wsi_meta.csv
	truth       string
	truths      []string // candidates, where there are several
	predictions []preds.ModelFiles
	plans       []string
	pseudo      []string
	images      string // folder
}

// findSources looks for the files. A file that a flag names must be there.
func findSources(o *options) (*sources, error) {
	f := &sources{dir: o.dir, dataset: o.file, truth: o.truth, plans: o.plans, pseudo: o.pseudo, polygons: o.polygons, table: o.tileMeta}
	var err error
	whole, err := filepath.Abs(o.dir)
	if err != nil {
		return nil, err
	}
	if f.name = filepath.Base(whole); o.file != "" {
		f.name = filepath.Base(o.file)
	}
	for _, path := range slices.Concat([]string{o.truth, o.polygons, o.tileMeta}, o.predictions, o.plans, o.pseudo) {
		if path == "" {
			continue
		}
		if _, err := os.Stat(path); err != nil {
			return nil, err
		}
	}
	find := func(path *string, name string) {
		if *path == "" {
			*path, _ = files.FindInput(f.dir, name) // absent: the report says so
		}
	}
	find(&f.table, "tile_meta.csv")
	find(&f.slides, "wsi_meta.csv")
	if f.images = o.images; f.images == "" {
		f.images = filepath.Join(f.dir, "train")
	} else if st, err := os.Stat(f.images); f.images != noImages && (err != nil || !st.IsDir()) {
		return nil, ui.Failf(ui.ExitFailure, "--image-dir: there is no folder %s", f.images)
	}
	for _, path := range o.predictions {
		f.predictions = append(f.predictions, preds.ModelFiles{Name: modelName(path), Files: []string{path}})
	}
	if o.file != "" {
		if f.truth == "" {
			f.truth = o.file
		}
		return f, nil // what is next to a file need not belong to it
	}
	find(&f.polygons, "polygons.jsonl")
	if len(f.predictions) == 0 {
		if f.predictions, err = preds.FindModels(filepath.Join(f.dir, "predictions")); err != nil {
			var usage *ui.Failure
			if errors.As(err, &usage) && usage.Code == ui.ExitUsage {
				return nil, err
			}
			f.predictions = nil
		}
	}
	if f.plans == nil {
		if f.plans, err = f.glob("coco_data", "folds*.json", "folds*.csv"); err != nil {
			return nil, err
		}
		f.plans = slices.DeleteFunc(f.plans, func(path string) bool { // the same plan as JSON says more
			other, isCSV := strings.CutSuffix(path, ".csv")
			return isCSV && slices.Contains(f.plans, other+".json")
		})
	}
	if f.pseudo == nil {
		if f.pseudo, err = f.glob(filepath.Join("coco_data", "pseudo_coco"), "pseudo_*.json"); err != nil {
			return nil, err
		}
	}
	if f.truth == "" {
		if f.truths, err = f.glob(".", "*truth.json", "*_gt.json"); err != nil {
			return nil, err
		}
		if len(f.truths) == 1 {
			f.truth, f.truths = f.truths[0], nil
		}
	}
	if f.table == "" && f.polygons == "" && f.truth == "" && len(f.plans)+len(f.pseudo)+len(f.predictions)+len(f.truths) == 0 {
		return nil, ui.Failf(ui.ExitFailure, "%s has nothing to report on: no tile_meta.csv, no polygons.jsonl, no predictions", files.FolderName(o.dir)).
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
func (f *sources) glob(folder string, patterns ...string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(f.dir, folder))
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
				out = append(out, filepath.Join(f.dir, folder, e.Name()))
			}
		}
	}
	return out, nil
}

// inputs are the files as those that an output must not be.
func (f *sources) inputs() []*files.Input {
	var out []*files.Input
	for _, r := range f.roles() {
		if st, err := os.Stat(r.path); err == nil && !st.IsDir() {
			out = append(out, &files.Input{Name: r.path, Info: st})
		}
	}
	return out
}

// roles lists the files, and what each is.
func (f *sources) roles() []struct{ role, path string } {
	var out []struct{ role, path string }
	add := func(role, path string) {
		if path == "" || slices.ContainsFunc(out, func(r struct{ role, path string }) bool { return r.path == path }) {
			return
		}
		out = append(out, struct{ role, path string }{role, path})
	}
	add("dataset", f.dataset)
	add("tiles", f.table)
	add("slides", f.slides)
	add("outlines", f.polygons)
	add("ground truth", f.truth)
	for _, m := range f.predictions {
		for _, path := range m.Files {
			add("predictions of "+m.Name, path)
		}
	}
	for _, path := range f.plans {
		add("folds", path)
	}
	for _, path := range f.pseudo {
		add("pseudo-labels", path)
	}
	return out
}

// show names a file as the report does: by its path in the folder, with slashes.
func (f *sources) show(path string) string {
	if rel, err := filepath.Rel(f.dir, path); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return filepath.Base(path)
}

// words is the text of an error with the files named as in the report.
func (f *sources) words(err error) string {
	text := err.Error()
	if f.dir != "" && f.dir != "." {
		text = strings.ReplaceAll(text, strings.TrimSuffix(f.dir, string(filepath.Separator))+string(filepath.Separator), "")
	}
	return text
}

// lacking names the files of a HuBMAP folder that are not there.
func (f *sources) lacking() string {
	var names []string
	if f.table == "" {
		names = append(names, "tile_meta.csv")
	}
	if f.polygons == "" {
		names = append(names, "polygons.jsonl")
	}
	return strings.Join(names, " and ")
}
