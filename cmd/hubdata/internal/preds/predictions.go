package preds

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
)

// ModelFiles are the files of a model's predictions.
type ModelFiles struct {
	Name  string
	Files []string
}

// ModelList are models, no two of one name.
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

// SplitFiles splits a list of files at its commas, but for those in the name of a file
// that is there.
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
		if e.IsDir() || filepath.Ext(bare) != ".json" || strings.HasPrefix(bare, ".") {
			continue
		}
		name := strings.TrimSuffix(bare, ".json")
		if strings.HasSuffix(name, ".bbox") {
			boxes = e.Name()
			continue // MMDetection writes one beside each .segm.json
		}
		name = strings.TrimSuffix(name, ".segm")
		if k := models.Place(name); k >= 0 {
			return nil, ui.Usagef("%s holds two files of model %s: %s and %s", dir, name, filepath.Base(models[k].Files[0]), e.Name()).
				Hint("take one away, or name what to read: --model %s=FILE", name)
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

// IsJSON says whether the text begins as JSON does; a table of tiles does not.
func IsJSON(r *bufio.Reader) bool {
	b := FirstByte(r)
	return b == '{' || b == '['
}

// FirstByte returns the first byte that is not white space or of a byte order
// mark, 0 if none is near.
func FirstByte(r *bufio.Reader) byte {
	for n := 64; n <= 4096; n *= 8 {
		text, err := r.Peek(n)
		if text = bytes.TrimLeft(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), " \t\r\n"); len(text) > 0 {
			return text[0]
		}
		if err != nil {
			break
		}
	}
	return 0
}

// ResultFile is an open file of predictions: COCO results, or a dataset whose
// annotations have scores, which is read whole.
type ResultFile struct {
	*files.Input
	List    string        // path of the list in the file
	Dataset *coco.Dataset // nil: results
	text    files.Peeked  // of results
	Records iter.Seq2[coco.Result, error]
}

// OpenResults opens a file and sees of what kind it is.
func OpenResults(c *ui.Console, path string, progress func(n int)) (*ResultFile, error) {
	in, err := files.OpenInput(c, path)
	if err != nil {
		return nil, err
	}
	in.OnRead(progress)
	f := &ResultFile{Input: in, text: files.Peeked{Reader: bufio.NewReaderSize(in, 4096), In: in}}
	switch FirstByte(f.text.Reader) {
	case '{':
		if f.Dataset, err = coco.Decode(f.text); err != nil {
			in.Close()
			return nil, ui.InFile(in.Name, err)
		}
		f.List = "annotations"
		f.Records = scored(f.Dataset)
		return f, nil
	case 0:
		if _, err := f.text.Peek(1); errors.Is(err, io.EOF) {
			in.Close()
			return nil, fmt.Errorf("%s: %w: the file is empty, want COCO results: a list, [] if nothing was found", in.Name, ui.ErrInput)
		}
	}
	f.Records = coco.ReadResults(f.text) // if it is none it says what is wrong
	return f, nil
}

// scored gives the annotations of a dataset as results.
func scored(d *coco.Dataset) iter.Seq2[coco.Result, error] {
	return func(yield func(coco.Result, error) bool) {
		for r, err := range d.Results() {
			if err != nil {
				err = ui.Failf(ui.ExitBadData, "%w", err)
			}
			if !yield(r, err) {
				return
			}
		}
	}
}
