package preds

import (
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// ModelFiles are the files of a model's predictions.
type ModelFiles struct {
	Name  string
	Files []string
}

// ModelList are models, each with a name of its own.
type ModelList []ModelFiles

// Names are those of the models.
func (l ModelList) Names() []string {
	var names []string
	for _, m := range l {
		names = append(names, m.Name)
	}
	return names
}

// Place is that of a model in the list; -1: there is none of that name.
func (l ModelList) Place(name string) int {
	return slices.IndexFunc(l, func(m ModelFiles) bool { return m.Name == name })
}

// Paths gives the files, each with the place of its model.
func (l ModelList) Paths() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for i, m := range l {
			for _, path := range m.Files {
				if !yield(i, path) {
					return
				}
			}
		}
	}
}

// ParseModels reads the values of --model: NAME=FILE[,FILE...].
func ParseModels(values []string) (ModelList, error) {
	var list ModelList
	for _, text := range values {
		name, files, ok := strings.Cut(text, "=")
		if !ok || name == "" || files == "" {
			return nil, ui.Usagef("--model: %q is not NAME=FILE[,FILE...]", text)
		}
		if list.Place(name) >= 0 {
			return nil, ui.Usagef("--model: duplicate %s: name its files in one flag, with commas between", name)
		}
		list = append(list, ModelFiles{Name: name, Files: SplitFiles(files)})
	}
	return list, nil
}

// SplitFiles splits a list of files at its commas, except those in the name of a file
// that exists.
func SplitFiles(list string) []string {
	var names []string
	for parts := strings.Split(list, ","); len(parts) > 0; {
		n := len(parts)
		for n > 1 && !files.Exists(strings.Join(parts[:n], ",")) {
			n--
		}
		names, parts = append(names, strings.Join(parts[:n], ",")), parts[n:]
	}
	return names
}

// FindModels takes each file of predictions in a folder for a model.
func FindModels(dir string) (ModelList, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var models ModelList
	boxes := ""
	for _, e := range entries { // sorted by name
		bare := files.UnpackedName(e.Name())
		if e.IsDir() || !strings.EqualFold(filepath.Ext(bare), ".json") || strings.HasPrefix(bare, ".") {
			continue
		}
		name := bare[:len(bare)-len(".json")]
		if strings.HasSuffix(name, ".bbox") {
			boxes = e.Name()
			continue // MMDetection writes one next to each .segm.json
		}
		name = strings.TrimSuffix(name, ".segm")
		if k := models.Place(name); k >= 0 {
			return nil, ui.Usagef("%s holds two files of model %s: %s and %s", dir, name, filepath.Base(models[k].Files[0]), e.Name()).
				Hint("remove one, or name the one to read: --model %s=FILE", name)
		}
		models = append(models, ModelFiles{name, []string{filepath.Join(dir, e.Name())}})
	}
	if len(models) == 0 {
		f := ui.Failf(ui.ExitFailure, "no predictions in %s", dir).
			Hint("put each model's *.segm.json there, or name the files: --model NAME=FILE")
		if boxes != "" {
			f = f.Hint("%s holds boxes without masks", boxes)
		}
		return nil, f
	}
	return models, nil
}
