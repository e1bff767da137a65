package main

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

	"github.com/hubdata/hubdata/coco"
)

// modelFiles are the files of a model's predictions.
type modelFiles struct {
	name  string
	files []string
}

// modelList are models, no two of one name.
type modelList []modelFiles

// names are those of the models.
func (l modelList) names() []string {
	var names []string
	for _, m := range l {
		names = append(names, m.name)
	}
	return names
}

// place is that of a model in the list; -1: there is none of that name.
func (l modelList) place(name string) int {
	return slices.IndexFunc(l, func(m modelFiles) bool { return m.name == name })
}

// paths gives the files, each with the place of its model.
func (l modelList) paths() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for i, m := range l {
			for _, path := range m.files {
				if !yield(i, path) {
					return
				}
			}
		}
	}
}

// splitFiles splits a list of files at its commas, but for those in the name of a file
// that is there.
func splitFiles(list string) []string {
	var files []string
	for parts := strings.Split(list, ","); len(parts) > 0; {
		n := len(parts)
		for n > 1 && !exists(strings.Join(parts[:n], ",")) {
			n--
		}
		files, parts = append(files, strings.Join(parts[:n], ",")), parts[n:]
	}
	return files
}

// findModels takes each file of predictions in a folder for a model.
func findModels(dir string) (modelList, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var models modelList
	boxes := ""
	for _, e := range entries { // sorted by name
		bare := unpackedName(e.Name())
		if e.IsDir() || filepath.Ext(bare) != ".json" || strings.HasPrefix(bare, ".") {
			continue
		}
		name := strings.TrimSuffix(bare, ".json")
		if strings.HasSuffix(name, ".bbox") {
			boxes = e.Name()
			continue // MMDetection writes one beside each .segm.json
		}
		name = strings.TrimSuffix(name, ".segm")
		if k := models.place(name); k >= 0 {
			return nil, usagef("%s holds two files of model %s: %s and %s", dir, name, filepath.Base(models[k].files[0]), e.Name()).
				hint("take one away, or name what to read: --model %s=FILE", name)
		}
		models = append(models, modelFiles{name, []string{filepath.Join(dir, e.Name())}})
	}
	if len(models) == 0 {
		f := failf(exitFailure, "no predictions in %s", dir).
			hint("put each model's *.segm.json there, or name the files: --model NAME=FILE")
		if boxes != "" {
			f = f.hint("%s holds boxes without masks", boxes)
		}
		return nil, f
	}
	return models, nil
}

// isJSON says whether the text begins as JSON does; a table of tiles does not.
func isJSON(r *bufio.Reader) bool {
	b := firstByte(r)
	return b == '{' || b == '['
}

// firstByte returns the first byte that is not white space or of a byte order
// mark, 0 if none is near.
func firstByte(r *bufio.Reader) byte {
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

// resultFile is an open file of predictions: COCO results, or a dataset whose
// annotations have scores, which is read whole.
type resultFile struct {
	*input
	list    string        // path of the list in the file
	dataset *coco.Dataset // nil: results
	text    peeked        // of results
	records iter.Seq2[coco.Result, error]
}

// openResults opens a file and sees of what kind it is.
func openResults(c *console, path string, progress func(n int)) (*resultFile, error) {
	in, err := openInput(c, path)
	if err != nil {
		return nil, err
	}
	in.count.seen = progress
	f := &resultFile{input: in, text: peeked{bufio.NewReaderSize(in, 4096), in}}
	switch firstByte(f.text.Reader) {
	case '{':
		if f.dataset, err = coco.Decode(f.text); err != nil {
			in.Close()
			return nil, inFile(in.name, err)
		}
		f.list = "annotations"
		f.records = scored(f.dataset)
		return f, nil
	case 0:
		if _, err := f.text.Peek(1); errors.Is(err, io.EOF) {
			in.Close()
			return nil, fmt.Errorf("%s: %w: the file is empty, want COCO results: a list, [] if nothing was found", in.name, errInput)
		}
	}
	f.records = coco.ReadResults(f.text) // if it is none it says what is wrong
	return f, nil
}

// scored gives the annotations of a dataset as results.
func scored(d *coco.Dataset) iter.Seq2[coco.Result, error] {
	return func(yield func(coco.Result, error) bool) {
		for r, err := range d.Results() {
			if err != nil {
				err = failf(exitBadData, "%w", err)
			}
			if !yield(r, err) {
				return
			}
		}
	}
}
