// Package csvrows is the format csv: a table with a row per instance, for statistics.
package csvrows

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/stats"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/internal/jsonscan"
)

// Format is the format csv.
var Format = formats.Format{
	Name:     "csv",
	About:    "a CSV table with a row per instance, for statistics (pandas, R, Excel)",
	Export:   export,
	OneFile:  func(formats.Values) bool { return true },
	Unsigned: true,
}

// columns are those of the table. What an image or instance does not have is empty.
// Pixels are counted from 0; the centroid is the mean of the pixels' columns and rows.
var columns = []string{
	"image", "image_id", "id", "split", "fold", "dataset", "source_wsi", "i", "j", "class", "iscrowd", "score",
	"area", "x", "y", "width", "height", "centroid_x", "centroid_y", "eccentricity", "border", "model", "votes",
}

type exporter struct {
	classes   map[int64]string
	measurers sync.Pool // of *stats.Measurer
}

func export(set *formats.Set, _ formats.Values) (formats.Exporter, error) {
	e := &exporter{classes: map[int64]string{}}
	for i := range set.Categories {
		e.classes[set.Categories[i].ID] = set.Categories[i].Name
	}
	e.measurers.New = func() any { return new(stats.Measurer) }
	return e, nil
}

// Image returns the rows of an image.
func (e *exporter) Image(img *formats.Image) (*formats.Output, error) {
	measurer := e.measurers.Get().(*stats.Measurer)
	defer e.measurers.Put(measurer)
	tile, err := measurer.Measure(img.Height, img.Width, img.Instances)
	if err != nil {
		return nil, err
	}
	out := &formats.Output{}
	var text bytes.Buffer
	rows := csv.NewWriter(&text)
	measured := tile.Instances
	for i := range img.Instances {
		a := &img.Instances[i]
		row, err := e.row(img, a)
		if err != nil {
			return nil, fmt.Errorf("annotation %s: %w", a.ID, err)
		}
		if !a.IsCrowd {
			row.measures(&measured[0])
			measured = measured[1:]
		}
		_ = rows.Write(row[:]) // text takes all
		fate := formats.Fate{IoU: math.NaN()}
		switch {
		case jsonscan.HasNonFinite(a.Extra.Get("score")):
			fate.Changed = "a score that is not a finite number is left out"
		case a.Segmentation.Kind() != coco.KindNone:
			fate.Changed = "the mask is left out"
		}
		out.Fates = append(out.Fates, fate)
	}
	rows.Flush()
	if text.Len() > 0 {
		out.Parts = []formats.Part{{Text: text.Bytes()}}
	}
	return out, nil
}

// row is the cells of an instance.
type row [23]string

func (e *exporter) row(img *formats.Image, a *coco.Annotation) (r row, err error) {
	r = row{img.Path, img.ID.String(), a.ID.String(), img.Split}
	if img.Fold >= 0 {
		r[4] = strconv.Itoa(img.Fold)
	}
	for k, member := range []string{"dataset", "source_wsi", "i", "j"} {
		r[5+k], _ = img.Text(member)
	}
	r[9], r[10] = e.classes[a.CategoryID], "0"
	if a.IsCrowd {
		r[10] = "1"
	}
	score, ok, err := a.Score()
	if err != nil {
		return r, err
	}
	if ok {
		r[11] = number(score)
	}
	area, box := a.Area, a.BBox
	hasArea, hasBox := !a.Missing.Has(coco.FieldArea), !a.Missing.Has(coco.FieldBBox)
	if a.Segmentation.Kind() != coco.KindNone {
		mask, err := a.Segmentation.Mask(img.Height, img.Width)
		if err != nil {
			return r, err
		}
		area, box, hasArea, hasBox = float64(mask.Area()), mask.Bounds(), true, true
		if x, y, ok := mask.Centroid(); ok {
			r[17], r[18] = number(x), number(y)
		}
	}
	if hasArea {
		r[12] = number(area)
	}
	if hasBox {
		r[13], r[14], r[15], r[16] = number(box.X), number(box.Y), number(box.W), number(box.H)
	}
	if r[21], err = models(a.Extra); err != nil {
		return r, err
	}
	r[22], _ = a.Extra.Text("votes")
	return r, nil
}

// measures fills in what is measured of a mask.
func (r *row) measures(in *stats.Instance) {
	if v, ok := in.Value(stats.Eccentricity); ok {
		r[19] = number(v)
	}
	if v, ok := in.Value(stats.BorderCut); ok {
		r[20] = number(v)
	}
}

// models are the models that found an instance, with ; between them.
func models(extra coco.Fields) (string, error) {
	text := extra.Get("models")
	if text == nil {
		one, _ := extra.Text("model")
		return one, nil
	}
	var list []string
	if err := json.Unmarshal(text, &list); err != nil {
		return "", fmt.Errorf("models: %w", err)
	}
	return strings.Join(list, ";"), nil
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// Frame begins the table with the names of the columns.
func (e *exporter) Frame(string) formats.Frame {
	return formats.Frame{Before: strings.Join(columns, ",") + "\n"}
}

// Finish returns an empty part, so that a table without rows has its columns.
func (e *exporter) Finish() ([]formats.Part, error) { return []formats.Part{{}}, nil }
