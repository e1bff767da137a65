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

// idMap finds tiles and classes by the ids that predictions have.
type idMap struct {
	table      *wsi.Table
	tiles      []wsi.Tile // by row
	from       string     // what the ids are of, for messages
	images     map[coco.ID]int
	categories map[int64]string
	list       string // of the categories, for messages
	strings    bool   // images has strings among its ids
	ints       bool
}

// newIDMap reads --images; without, ids are rows of the tiles' table or names.
func newIDMap(c *console, o *pseudoOptions, table *wsi.Table, tableName string) (*idMap, *input, error) {
	m := &idMap{table: table, tiles: slices.Collect(table.All()), from: tableName}
	classes := wsi.AllClasses()
	m.categories = map[int64]string{}
	for k, name := range classes {
		m.categories[o.categoryStart+int64(k)] = name
	}
	var in *input
	if o.images != "" {
		var err error
		if in, err = openInput(c, o.images); err != nil {
			return nil, nil, err
		}
		if err := m.read(in); err != nil {
			in.Close()
			return nil, nil, err
		}
	}
	m.describe()
	return m, in, nil
}

func (m *idMap) describe() {
	var list []string
	ids := make([]int64, 0, len(m.categories))
	for id := range m.categories {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		list = append(list, fmt.Sprintf("%d %s", id, m.categories[id]))
	}
	m.list = strings.Join(list, ", ")
	for id := range m.images {
		if id.IsString() {
			m.strings = true
		} else {
			m.ints = true
		}
	}
}

// read reads a COCO dataset or a table of tiles.
func (m *idMap) read(in *input) error {
	m.from, m.images = in.name, map[coco.ID]int{}
	r := bufio.NewReader(in)
	if isJSON(r) {
		categories := map[int64]string{}
		for rec, err := range coco.NewReader(r).Records() {
			if err != nil {
				return inFile(in.name, err)
			}
			switch rec := rec.(type) {
			case *coco.Image:
				if err := m.addImage(rec); err != nil {
					return inFile(in.name, err)
				}
			case *coco.Category:
				categories[rec.ID] = rec.Name
			}
		}
		if len(categories) > 0 {
			m.categories = categories
		}
		return nil
	}
	for t, err := range wsi.ReadTiles(r) {
		if err != nil {
			return inFile(in.name, err)
		}
		tile, ok := m.table.Tile(t.ID)
		if !ok {
			return fmt.Errorf("%s: %w: tile %s is not in tile_meta.csv", in.name, errInput, t.ID)
		}
		m.images[coco.IntID(int64(t.Row))] = tile.Row
		m.images[coco.StringID(t.ID)] = tile.Row
	}
	return nil
}

// addImage enters a COCO image.
func (m *idMap) addImage(img *coco.Image) error {
	name := coco.ImageName(img)
	tile, ok := m.table.Tile(name)
	if !ok {
		return fmt.Errorf("%w: image %s is of tile %q, which is not in tile_meta.csv", errInput, img.ID.AppendJSON(nil), name)
	}
	if row, ok := m.images[img.ID]; ok && row != tile.Row {
		return fmt.Errorf("%w: image id %s stands for two tiles, %s and %s", errInput, img.ID.AppendJSON(nil), m.tiles[row-1].ID, name)
	}
	m.images[img.ID] = tile.Row
	return nil
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

// tile returns the tile of an image id.
func (m *idMap) tile(id coco.ID) (*wsi.Tile, error) {
	if m.images != nil {
		if row, ok := m.images[id]; ok {
			return &m.tiles[row-1], nil
		}
		switch {
		case id.IsString() && !m.strings && m.ints:
			return nil, fmt.Errorf("image_id: found the string %s, but the images of %s have integers as ids: the predictions were made with another file", id.AppendJSON(nil), m.from)
		case !id.IsString() && !m.ints && m.strings:
			return nil, fmt.Errorf("image_id: found the integer %s, but the images of %s have strings as ids: the predictions were made with another file", id, m.from)
		}
		return nil, fmt.Errorf("image_id: found %s, which no image of %s has", id.AppendJSON(nil), m.from)
	}
	if n, ok := id.Int(); ok {
		if n >= 1 && n <= int64(len(m.tiles)) {
			return &m.tiles[n-1], nil
		}
		return nil, fmt.Errorf("image_id: found %d, want a row of %s from 1 to %d: name the COCO file that the model was run on with --images", n, m.from, len(m.tiles))
	}
	if t, ok := m.table.Tile(id.String()); ok {
		return &m.tiles[t.Row-1], nil
	}
	return nil, fmt.Errorf("image_id: found %s, which is no tile of %s: name the COCO file that the model was run on with --images", id.AppendJSON(nil), m.from)
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
	ids   *idMap // its own for a dataset
}

// openPredictions opens a file of a model.
func openPredictions(c *console, path string, model int, ids *idMap, progress func(n int)) (*predictionFile, error) {
	r, err := openResults(c, path, progress)
	if err != nil {
		return nil, err
	}
	f := &predictionFile{resultFile: r, model: model, ids: ids}
	if r.dataset != nil {
		f.ids = &idMap{table: ids.table, tiles: ids.tiles, from: r.name, images: map[coco.ID]int{}, categories: map[int64]string{}}
		if err := f.ids.takeDataset(r.dataset); err != nil {
			r.Close()
			return nil, inFile(r.name, err)
		}
	}
	return f, nil
}

// takeDataset enters the images and categories of a dataset.
func (m *idMap) takeDataset(d *coco.Dataset) error {
	for i := range d.Images {
		if err := m.addImage(&d.Images[i]); err != nil {
			return err
		}
	}
	for _, cat := range d.Categories {
		m.categories[cat.ID] = cat.Name
	}
	m.describe()
	return nil
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
