package scoring

import (
	"context"
	"io"
	"slices"

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

// Write writes the partial as package eval does. It sets the options of the competition's metric.
func (p *Partial) Write(w io.Writer, o eval.PartialOptions) error {
	o.HuBMAP = p.competition
	return p.whole.WritePartial(w, &o)
}

// A Merging is what partials do not say of the images of all of them.
type Merging struct {
	Results string // name
	Truth   string // name of the ground truth
	Remarks Remarks
	None    map[string]int // images without a group, by value of --by
}

// Merge makes the report of what partials come to. The values of --by that divide the images are groupings of all.
func Merge(o Scoring, of *Merging, partials []*eval.PartialReader) (*Report, error) {
	m, err := eval.MergePartials(nil, partials...)
	if err != nil {
		return nil, err
	}
	o.Params = *m.Params
	r := &Report{File: of.Results, Images: m.Images, Detections: m.Detections, Type: m.Params.Type.String(), IoU: o.iou(),
		merged: m, params: m.Params, remarks: of.Remarks}
	if m.HuBMAP != nil {
		v := 0.0
		if r.Detections > 0 {
			v = m.HuBMAP.AP
		}
		r.setHuBMAP(o.iou(), v)
	}
	r.average(&o)
	r.remark(&o, of.Truth)
	for _, by := range o.By {
		parts := slicing{By: by}
		switch by {
		case "category":
			parts.Parts = r.categories(m.Categories, func(k int) string { return m.CategoryNames[k] })
		case "size":
			parts.Parts = r.sizes()
		default:
			parts.Parts = []Part{}
			for _, p := range m.Parts(by, r.IoU) {
				parts.Parts = append(parts.Parts, newPart(p.Part, p.Images, p.Score, p.Score))
			}
			slices.SortStableFunc(parts.Parts, byName)
			r.noteGroups(by, of.None[by], of.Remarks.Images)
		}
		r.By = append(r.By, parts)
	}
	return r, nil
}
