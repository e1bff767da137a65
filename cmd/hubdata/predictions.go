package main

import (
	"bufio"
	"bytes"
	"encoding/json"
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
	"github.com/hubdata/hubdata/wsi"
)

// findModels takes each file of predictions in a folder for a model.
func findModels(dir string) ([]modelFiles, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var models []modelFiles
	boxes := ""
	for _, e := range entries { // sorted by name
		bare := strings.TrimSuffix(strings.TrimSuffix(e.Name(), ".gz"), ".zst")
		if e.IsDir() || filepath.Ext(bare) != ".json" || strings.HasPrefix(bare, ".") {
			continue
		}
		name := strings.TrimSuffix(bare, ".json")
		if strings.HasSuffix(name, ".bbox") {
			boxes = e.Name()
			continue // MMDetection writes one beside each .segm.json
		}
		name = strings.TrimSuffix(name, ".segm")
		if k := slices.IndexFunc(models, func(m modelFiles) bool { return m.name == name }); k >= 0 {
			return nil, usagef("%s holds two files of model %s: %s and %s", dir, name, filepath.Base(models[k].files[0]), e.Name()).
				hint("take one away, or name what to read: --model %s=FILE", name)
		}
		models = append(models, modelFiles{name: name, files: []string{filepath.Join(dir, e.Name())}, weight: 1})
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

// predictionFile is an open file of a model's predictions.
type predictionFile struct {
	*resultFile
	model int
	ids   *imageIDs // its own for a dataset
	tiles *idsIn    // its ids in the table; nil: not asked yet
	last  struct {  // what an id was found to be: those of a tile follow one another
		id   coco.ID
		tile *wsi.Tile
	}
}

// openPredictions opens a file of a model.
func openPredictions(c *console, path string, model int, ids *imageIDs, progress func(n int)) (*predictionFile, error) {
	r, err := openResults(c, path, progress)
	if err != nil {
		return nil, err
	}
	f := &predictionFile{resultFile: r, model: model, ids: ids}
	if r.dataset != nil {
		f.ids = &imageIDs{categories: ids.categories}
		if err := f.ids.takeDataset(r.name, r.dataset); err != nil {
			r.Close()
			return nil, inFile(r.name, err)
		}
	}
	return f, nil
}

// scored gives the annotations of a dataset as results.
func scored(d *coco.Dataset) iter.Seq2[coco.Result, error] {
	return func(yield func(coco.Result, error) bool) {
		for i := range d.Annotations {
			a := &d.Annotations[i]
			r := coco.Result{ImageID: a.ImageID, CategoryID: a.CategoryID, BBox: a.BBox, Segmentation: a.Segmentation, Missing: a.Missing &^ (coco.FieldArea | coco.FieldIsCrowd)}
			if v := a.Extra.Get("score"); v == nil {
				r.Missing |= coco.FieldScore
			} else if err := json.Unmarshal(v, &r.Score); err != nil {
				yield(r, failf(exitBadData, "annotations[%d].score: found %s, want a number", i, v))
				return
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}
