// Package scoring scores detections against ground truth, for eval, report and view: a [Scorer] makes a [Report] with
// the numbers of package eval, those of parts of the images, mistakes, thresholds and remarks, and writes it as text.
// Scores of some of the images are a [Partial], and [Merge] makes the report of them.
package scoring

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"sync"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/wsi"
)

// Scoring says what is computed of each file of results.
type Scoring struct {
	Params eval.Params
	Ious   []float64 // single thresholds to report
	Metric string    // coco, hubmap, lvis or all
	By     []string  // the parts that are scored too: of slicings, or keys of images
	Sweep  bool
	Thrs   []float64 // of the sweep
	Errors bool
	Stitch bool // also score whole instances on slides

	Confusion    bool
	ConfusionThr *float64 // lowest score of a detection in the confusion matrix; nil: all
}

// iou is the IoU of all that is reported at a single IoU.
func (o *Scoring) iou() float64 { return o.Ious[0] }

// A Scorer scores detections against one ground truth.
type Scorer struct {
	Scoring
	Truth *preds.Truth
	Folds *folds.Index    // of the ground truth's tiles, for the parts "fold"
	Table *wsi.Table      // of the ground truth's tiles, where its images do not say more; nil: none
	Keys  *imagekey.Table // of further values of the images; nil: none

	wholes *wholeTruth // of Stitch; nil: not joined yet
}

// Report is what eval reports of one file of results.
type Report struct {
	File       string        `json:"file"`
	Images     int           `json:"images"`
	Instances  int           `json:"instances"` // true ones, without crowds
	Detections int           `json:"detections"`
	Type       string        `json:"type"`
	Stats      []float64     `json:"stats,omitempty"`
	At         []thresholdAP `json:"at,omitempty"`
	HuBMAP     *float64      `json:"hubmap,omitempty"`
	HuBMAPIoU  float64       `json:"hubmap_iou,omitempty"`
	By         []slicing     `json:"by,omitempty"`
	Sweep      *Sweep        `json:"sweep,omitempty"`
	Errors     *mistakes     `json:"errors,omitempty"`
	Confusion  *confusion    `json:"confusion,omitempty"`
	Stitched   *stitched     `json:"stitched,omitempty"`
	Notes      []string      `json:"notes,omitempty"`

	IoU    float64      `json:"-"` // of all that is reported at a single IoU
	Whole  *eval.Result `json:"-"` // at COCO's thresholds, or --iou-thrs; nil if merged
	Single *eval.Result `json:"-"` // at those of --iou; may be the same

	merged  *eval.Merged // in place of Whole and Single; nil: not merged from parts
	params  *eval.Params
	remarks Remarks
}

// Evaluation is the evaluation at COCO's thresholds, or --iou-thrs.
func (r *Report) Evaluation() Evaluation {
	if r.merged != nil {
		return r.merged
	}
	return r.Whole
}

// single is the evaluation at the thresholds of --iou.
func (r *Report) single() Evaluation {
	if r.merged != nil {
		return r.merged
	}
	return r.Single
}

// Evaluation is what an evaluation and merged parts of one have.
type Evaluation interface {
	AP(eval.Select) float64
	APAt(iou float64) float64
	Curve(eval.Select) []eval.CurvePoint
	Instances(eval.Select) int
	Score(eval.Select) eval.Score
	Stats() []float64
	WriteSummary(io.Writer) error
	WriteNPZ(io.Writer) error
	WriteArraysJSON(io.Writer) error
}

// thresholdAP is the COCO average precision at one IoU.
type thresholdAP struct {
	IoU float64 `json:"iou"`
	AP  float64 `json:"ap"`
}

// Score scores a file of results.
func (s *Scorer) Score(ctx context.Context, d *preds.Detections) (*Report, error) {
	r := &Report{File: d.Name, Detections: d.List.Len(), Type: s.Params.Type.String(), IoU: s.iou()}
	err := s.fill(ctx, d, r)
	if err == nil {
		err = s.look(ctx, d, r)
	}
	if err == nil && s.Stitch {
		err = s.stitch(ctx, d, r)
	}
	if err != nil {
		return nil, d.Fault(s.Truth, err)
	}
	return r, nil
}

// fill computes COCO's numbers and the competition's.
func (s *Scorer) fill(ctx context.Context, d *preds.Detections, r *Report) error {
	competition, err := s.competition()
	if err != nil {
		return err
	}
	if err := s.evaluate(ctx, d, r); err != nil {
		return err
	}
	if competition != nil {
		v := 0.0
		if d.List.Len() > 0 {
			competition.From = r.Single
			score, err := eval.HuBMAP(s.Truth.Dataset, &d.List, competition)
			if err != nil {
				return ui.Failf(ui.ExitBadData, "%s: %w", d.Name, err)
			}
			v = score.AP
		}
		r.setHuBMAP(s.iou(), v)
	}
	r.average(&s.Scoring)
	r.remarks = s.gather(d, r.Whole)
	r.remark(&s.Scoring, s.Truth.Name)
	return nil
}

// competition returns the options of the competition's metric, or nil if it is not computed.
func (s *Scorer) competition() (*eval.HuBMAPOptions, error) {
	if s.Metric != "hubmap" && s.Metric != "all" || s.Params.Type != eval.Segm {
		return nil, nil
	}
	if !slices.ContainsFunc(s.Truth.Categories, func(c coco.Category) bool { return c.Name == wsi.BloodVessel }) {
		if s.Metric == "hubmap" {
			return nil, ui.Failf(ui.ExitBadData, "%s has no class %s, which the competition scores", s.Truth.Name,
				wsi.BloodVessel)
		}
		return nil, nil // these are not the competition's data
	}
	return &eval.HuBMAPOptions{IoU: s.iou(), Class: wsi.BloodVessel}, nil
}

// setHuBMAP sets the competition's number; NaN: there are no true instances.
func (r *Report) setHuBMAP(iou, v float64) {
	r.HuBMAPIoU = iou
	if math.IsNaN(v) {
		r.Notes = append(r.Notes, fmt.Sprintf("the ground truth has no %s: no competition metric", wsi.BloodVessel))
	} else {
		r.HuBMAP = &v
	}
}

// evaluate scores at COCO's thresholds, and at those of --iou if they are others.
func (s *Scorer) evaluate(ctx context.Context, d *preds.Detections, r *Report) error {
	p := s.Params
	p.SkipUnknownCategories = true
	if s.Errors {
		p.PairIoU = 0.1 // TIDE's background: its pairs are then computed once
	}
	var err error
	if r.Whole, err = eval.Evaluate(ctx, s.Truth.Dataset, &d.List, &p); err != nil {
		return err
	}
	r.Single = r.Whole
	if s.OtherIoU(r.Whole.Params) {
		p.IoU = s.Ious
		if r.Single, err = eval.Evaluate(ctx, s.Truth.Dataset, &d.List, &p); err != nil {
			return err
		}
	}
	r.Images = len(r.Whole.Images())
	r.params = r.Whole.Params
	return nil
}

// OtherIoU reports whether some of --iou is not one of the thresholds of parameters.
func (o *Scoring) OtherIoU(p *eval.Params) bool {
	return slices.ContainsFunc(o.Ious, func(v float64) bool {
		return !slices.ContainsFunc(p.IoU, func(t float64) bool { return math.Abs(t-v) < 1e-9 })
	})
}

// average fills COCO's numbers.
func (r *Report) average(o *Scoring) {
	r.Instances = r.Evaluation().Instances(eval.Select{})
	if o.Metric == "hubmap" {
		return
	}
	r.Stats = r.Evaluation().Stats()
	for _, iou := range o.Ious {
		r.At = append(r.At, thresholdAP{iou, r.single().APAt(iou)})
	}
}

// look inspects what was scored: parts, mistakes and thresholds.
func (s *Scorer) look(ctx context.Context, d *preds.Detections, r *Report) error {
	var wg sync.WaitGroup
	var mistakesErr, confusionErr error
	if s.Errors {
		wg.Go(func() {
			m, err := r.Whole.Mistakes(ctx, &eval.MistakeOptions{Positive: s.iou()})
			if mistakesErr = err; err == nil {
				r.Errors = newMistakes(m, d, s.Truth.Names)
			}
		})
	}
	if s.Confusion {
		wg.Go(func() {
			m, err := r.Whole.Confusion(ctx, &eval.ConfusionOptions{IoU: s.iou(), MinScore: s.ConfusionThr})
			if confusionErr = err; err == nil {
				r.Confusion = newConfusion(m, s.Truth.Categories)
			}
		})
	}
	if s.Sweep {
		wg.Go(func() { r.Sweep = newSweep(r.Single.Sweep(eval.Select{IoU: s.iou()}), s.iou(), s.Thrs) })
	}
	var err error
	for _, by := range s.By {
		var parts *slicing
		if parts, err = s.slice(ctx, r, by); err != nil {
			break
		}
		r.By = append(r.By, *parts)
	}
	wg.Wait()
	return cmp.Or(err, mistakesErr, confusionErr)
}
