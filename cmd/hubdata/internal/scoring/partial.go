package scoring

import (
	"context"
	"io"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/coco/eval"
)

// A Partial is what the detections on some of the images add to a score.
type Partial struct {
	Remarks Remarks

	whole       *eval.Result
	competition *eval.HuBMAPOptions // nil: not computed
}

// CheckTruth evaluates the ground truth without detections, and returns the parameters of all evaluations. Its errors
// are those of the ground truth.
func (s *Scorer) CheckTruth(ctx context.Context) (*eval.Params, error) {
	r := &Report{}
	if err := s.evaluate(ctx, &preds.Detections{}, r); err != nil {
		return nil, err
	}
	return r.Whole.Params, nil
}

// Partial evaluates detections on the images of the ground truth, which are some of all: Params.Part says which. All
// of --iou are thresholds of the parameters.
func (s *Scorer) Partial(ctx context.Context, d *preds.Detections) (*Partial, error) {
	competition, err := s.competition()
	if err != nil {
		return nil, err
	}
	r := &Report{}
	if err := s.evaluate(ctx, d, r); err != nil {
		return nil, err
	}
	return &Partial{Remarks: s.gather(d, r.Whole), whole: r.Whole, competition: competition}, nil
}

// Write writes the partial as package eval does; places and label are those of [eval.PartialOptions].
func (p *Partial) Write(w io.Writer, places []uint64, label []byte) error {
	return p.whole.WritePartial(w, &eval.PartialOptions{HuBMAP: p.competition, Places: places, Label: label})
}

// Merge makes the report of what partials come to. The names of the results and the ground truth, and the remarks of
// all partials, are not in them.
func Merge(o Scoring, results, truth string, remarks Remarks, partials []*eval.PartialReader) (*Report, error) {
	m, err := eval.MergePartials(nil, partials...)
	if err != nil {
		return nil, err
	}
	o.Params = *m.Params
	r := &Report{File: results, Images: m.Images, Detections: m.Detections, Type: m.Params.Type.String(), IoU: o.iou(),
		merged: m, params: m.Params, remarks: remarks}
	if m.HuBMAP != nil {
		v := 0.0
		if r.Detections > 0 {
			v = m.HuBMAP.AP
		}
		r.setHuBMAP(o.iou(), v)
	}
	r.average(&o)
	r.remark(&o, truth)
	for _, by := range o.By {
		parts := slicing{By: by}
		if by == "category" {
			parts.Parts = r.categories(m.Categories, func(k int) string { return m.CategoryNames[k] })
		} else {
			parts.Parts = r.sizes()
		}
		r.By = append(r.By, parts)
	}
	return r, nil
}
