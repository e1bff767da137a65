package statscmd

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/stats"
	"github.com/hubdata/hubdata/internal/jsonscan"
)

// The columns that every file of --instances begins with.
const (
	inFileName = iota
	inImageID
	inID
	inCategoryID
	inCategory
	inCrowd
	inFold
	inScore
	inArea
	inX
	inY
	inWidth
	inHeight
	inCentroidX
	inCentroidY
	inMeasures // those of moreMeasures
)

var instanceColumns = []string{
	inFileName: "file_name", inImageID: "image_id", inID: "id", inCategoryID: "category_id", inCategory: "category", inCrowd: "iscrowd",
	inFold: "fold", inScore: "score", inArea: "area", inX: "x", inY: "y", inWidth: "width", inHeight: "height",
	inCentroidX: "centroid_x", inCentroidY: "centroid_y",
	inMeasures: "diameter", "eccentricity", "vertices", "border_cut", "overlap",
}

// moreMeasures are the columns from inMeasures on.
var moreMeasures = []stats.Measure{stats.Diameter, stats.Eccentricity, stats.Vertices, stats.BorderCut, stats.Overlap}

// Members of the image have a prefix, and members of the annotation whose names are taken have another.
const (
	ofImage      = "image_"
	ofAnnotation = "annotation_"
)

// memberColumn names the column of a member of an annotation.
func memberColumn(name string) string {
	if slices.Contains(instanceColumns, name) || strings.HasPrefix(name, ofImage) || strings.HasPrefix(name, ofAnnotation) {
		return ofAnnotation + name
	}
	return name
}

// instanceRow is what a file of --instances says of an instance: JSON, nil for what it does not have.
type instanceRow struct {
	cells   [20]json.RawMessage // of instanceColumns
	members []coco.Field        // by their columns
}

// rows are those of a tile that was measured.
func (f *rowsFile) rows(t *tile, measured []stats.Instance) ([]instanceRow, error) {
	var fileName, fold json.RawMessage
	if !t.Image.Missing.Has(coco.FieldFileName) {
		fileName = jsonscan.AppendString(nil, t.Image.FileName)
	}
	for _, k := range t.keys {
		if n, err := strconv.Atoi(k.Name); k.By == "fold" && err == nil {
			fold = number(float64(n))
		}
	}
	var ofTile []coco.Field
	for _, m := range t.Image.Extra {
		ofTile = append(ofTile, coco.Field{Key: ofImage + m.Key, Value: m.Value})
	}
	rows := make([]instanceRow, len(t.Annotations))
	for i := range rows {
		a, r := &t.Annotations[i], &rows[i]
		r.cells[inFileName], r.cells[inFold] = fileName, fold
		r.cells[inImageID], r.cells[inCrowd] = t.Image.ID.AppendJSON(nil), number(0)
		if !f.results {
			r.cells[inID] = a.ID.AppendJSON(nil)
		}
		if !a.Missing.Has(coco.FieldCategoryID) {
			r.cells[inCategoryID] = strconv.AppendInt(nil, a.CategoryID, 10)
		}
		if name, ok := f.categories[a.CategoryID]; ok {
			r.cells[inCategory] = jsonscan.AppendString(nil, name)
		}
		if err := r.place(a, t.Image.Height, t.Image.Width); err != nil {
			return nil, err
		}
		if a.IsCrowd {
			r.cells[inCrowd] = number(1)
		} else {
			r.measures(&measured[0])
			measured = measured[1:]
		}
		r.members = slices.Clip(ofTile)
		for _, m := range a.Extra {
			if m.Key == "score" {
				continue
			}
			r.members = append(r.members, coco.Field{Key: memberColumn(m.Key), Value: m.Value})
		}
	}
	return rows, nil
}

// place sets the score, and where the instance is: by its mask, else by what the file says.
func (r *instanceRow) place(a *coco.Annotation, height, width int) error {
	score, ok, err := a.Score()
	if err != nil {
		return err
	}
	if ok {
		r.cells[inScore] = number(score)
	}
	area, box := a.Area, a.BBox
	hasArea, hasBox := !a.Missing.Has(coco.FieldArea), !a.Missing.Has(coco.FieldBBox)
	if a.Segmentation.Kind() != coco.KindNone {
		mask, err := a.Segmentation.Mask(height, width)
		if err != nil {
			return err
		}
		area, box, hasArea, hasBox = float64(mask.Area()), mask.Bounds(), true, true
		if x, y, ok := mask.Centroid(); ok {
			r.cells[inCentroidX], r.cells[inCentroidY] = number(x), number(y)
		}
	}
	if hasArea {
		r.cells[inArea] = number(area)
	}
	if hasBox {
		for k, v := range []float64{box.X, box.Y, box.W, box.H} {
			r.cells[inX+k] = number(v)
		}
	}
	return nil
}

func (r *instanceRow) measures(in *stats.Instance) {
	for k, m := range moreMeasures {
		if v, ok := in.Value(m); ok {
			r.cells[inMeasures+k] = number(v)
		}
	}
}

// number is a number as JSON; nil if JSON has none like it.
func number(v float64) json.RawMessage {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return jsonscan.AppendFloat(nil, v)
}

// rowsFile is a file of --instances.
type rowsFile struct {
	out        *files.Output
	columns    map[string]int // of CSV; nil: the file has a JSON object in each line
	csv        *csv.Writer
	categories map[int64]string
	results    bool // instances have no ids
	text       []byte
}

// rowsForm is the form of a file of --instances, compressed or not: .csv or .jsonl.
func rowsForm(path string) string {
	path = strings.ToLower(path)
	for _, packed := range []string{".gz", ".zst"} {
		path = strings.TrimSuffix(path, packed)
	}
	return filepath.Ext(path)
}

// createRows begins a file of --instances, which outs allow.
func createRows(outs *files.Outputs, path string) (*rowsFile, error) {
	out, err := outs.Create(path)
	if err != nil {
		return nil, err
	}
	f := &rowsFile{out: out}
	if rowsForm(path) == ".csv" {
		f.columns, f.csv = map[string]int{}, csv.NewWriter(out)
	}
	return f, nil
}

// begin names the categories and the columns. images and annotations yield the members that records have.
func (f *rowsFile) begin(categories []coco.Category, results bool, images, annotations iter.Seq[coco.Fields]) error {
	f.categories, f.results = map[int64]string{}, results
	for i := range categories {
		f.categories[categories[i].ID] = categories[i].Name
	}
	if f.csv == nil {
		return nil
	}
	head := slices.Clone(instanceColumns)
	add := func(name string) {
		if _, ok := f.columns[name]; !ok {
			f.columns[name] = len(head)
			head = append(head, name)
		}
	}
	for members := range images {
		for _, m := range members {
			add(ofImage + m.Key)
		}
	}
	for members := range annotations {
		for _, m := range members {
			if m.Key != "score" {
				add(memberColumn(m.Key))
			}
		}
	}
	return f.csv.Write(head)
}

// write writes rows.
func (f *rowsFile) write(rows []instanceRow) error {
	for i := range rows {
		write := f.line
		if f.csv != nil {
			write = f.record
		}
		if err := write(&rows[i]); err != nil {
			return f.out.Failed(err)
		}
	}
	return nil
}

// line writes a row as a JSON object.
func (f *rowsFile) line(r *instanceRow) error {
	text := append(f.text[:0], '{')
	add := func(name string, value json.RawMessage) {
		if len(text) > 1 {
			text = append(text, ',')
		}
		text = append(jsonscan.AppendString(text, name), ':')
		if value == nil {
			value = json.RawMessage("null")
		}
		text = jsonscan.AppendFinite(text, jsonscan.AppendCompact(nil, value))
	}
	for k, name := range instanceColumns {
		add(name, r.cells[k])
	}
	for _, m := range r.members {
		add(m.Key, m.Value)
	}
	f.text = append(text, '}', '\n')
	_, err := f.out.Write(f.text)
	return err
}

// record writes a row as a record of CSV: strings as they are, null as an empty cell, all else as JSON.
func (f *rowsFile) record(r *instanceRow) error {
	record := make([]string, len(instanceColumns)+len(f.columns))
	cell := func(value json.RawMessage) string {
		var text string
		switch {
		case value == nil || bytes.Equal(value, []byte("null")):
			return ""
		case value[0] == '"' && json.Unmarshal(value, &text) == nil:
			return text
		}
		return string(jsonscan.AppendCompact(nil, value))
	}
	for k := range instanceColumns {
		record[k] = cell(r.cells[k])
	}
	for _, m := range r.members {
		place, ok := f.columns[m.Key]
		if !ok {
			return fmt.Errorf("no column is called %q", m.Key)
		}
		record[place] = cell(m.Value)
	}
	return f.csv.Write(record)
}

// finish writes all bytes.
func (f *rowsFile) finish() error {
	if f.csv != nil {
		f.csv.Flush()
		if err := f.csv.Error(); err != nil {
			return f.out.Failed(err)
		}
	}
	return f.out.Finish()
}
