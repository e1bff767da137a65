package pseudo

import (
	"errors"
	"fmt"
	"math"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// Prediction is one object that a model found on a tile.
type Prediction struct {
	Model        int // index in Options.Models
	Source       int // index of its file; see Source
	Record       int // index in that file, from 0
	Category     int64
	Score        float64 // 0 to 1
	Box          rle.Box // tile pixels
	NoBox        bool    // Box is not set; the bounds of the mask are used
	Segmentation coco.Segmentation
}

// PredictionError describes an invalid prediction.
type PredictionError struct {
	Source int // index of the source
	Record int // index in the source, from 0
	Field  string
	Err    error
}

// Error returns the place, without the name of the source, and the reason.
func (e *PredictionError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("[%d]: %v", e.Record, e.Err)
	}
	return fmt.Sprintf("[%d].%s: %v", e.Record, e.Field, e.Err)
}

// Unwrap returns Err.
func (e *PredictionError) Unwrap() error { return e.Err }

// wrong returns the error of a field of the prediction.
func (p *Prediction) wrong(field string, err error) error {
	return &PredictionError{Source: p.Source, Record: p.Record, Field: field, Err: err}
}

var errNoSegmentation = errors.New("found none, expected a mask: this may be a file of boxes without masks, named *.bbox.json; the masks are in *.segm.json")

// check returns an error if the prediction is invalid. It does not inspect the
// mask.
func (p *Prediction) check() error {
	if !(p.Score >= 0 && p.Score <= 1) {
		return p.wrong("score", fmt.Errorf("found %v, expected 0 to 1", p.Score))
	}
	if p.Segmentation.Kind() == coco.KindNone {
		return p.wrong("segmentation", errNoSegmentation)
	}
	if p.NoBox {
		return nil
	}
	b := p.Box
	if s := b.X + b.Y + b.W + b.H; math.IsNaN(s - s) {
		return p.wrong("bbox", fmt.Errorf("found %v, expected finite numbers", [4]float64{b.X, b.Y, b.W, b.H}))
	}
	if b.W < 0 || b.H < 0 {
		return p.wrong("bbox", fmt.Errorf("found width %v and height %v, expected 0 or more: a box is x, y, width, height", b.W, b.H))
	}
	return nil
}

// NewPrediction returns the prediction of a model that a record of a results file is. source
// and record say where it is, for errors, which are of type [*PredictionError].
func NewPrediction(r *coco.Result, model, source, record int) (Prediction, error) {
	p := Prediction{
		Model: model, Source: source, Record: record, Category: r.CategoryID, Score: r.Score,
		Box: r.BBox, NoBox: r.Missing.Has(coco.FieldBBox), Segmentation: r.Segmentation,
	}
	if r.Missing.Has(coco.FieldScore) {
		return p, p.wrong("score", errors.New("found none, expected a score: this may be a file of labels, not predictions"))
	}
	if r.Missing.Has(coco.FieldCategoryID) {
		return p, p.wrong("category_id", errors.New("found none, expected a category number"))
	}
	return p, p.check()
}
