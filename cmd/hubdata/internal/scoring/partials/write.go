package partials

import (
	"context"
	"encoding/json"
	"io"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
)

// Held is results that are held in memory.
type Held struct {
	Results *preds.Detections
	Read    int // detections of the results, before images were left out
	Notes   []string
}

// Write scores the results on the images of the shard, and writes what they add to a score, to what create returns once
// all inputs are open.
func (r *Run) Write(ctx context.Context, c *ui.Console, held *Held, create func() (io.Writer, error)) (*Label, error) {
	s, d := r.Scorer, held.Results
	label, err := r.label(c)
	if err != nil {
		return nil, err
	}
	list, err := sums(c, d.Stdin, r.Results)
	if err != nil {
		return nil, err
	}
	label.Results, label.Notes = list[0], held.Notes
	from, to := r.Shard.Range(len(s.Truth.Images))
	groupings, err := label.divide(s, from, to)
	if err != nil {
		return nil, err
	}
	if r.Shard.Of > 0 {
		s.Params.Part = partOf(d)
		if err := selectRange(from, to, s.Truth, d); err != nil {
			return nil, err
		}
	}
	label.Elsewhere = held.Read - d.List.Len()
	w, err := create()
	if err != nil {
		return nil, err
	}
	if err := write(ctx, s, d, label, groupings, w); err != nil {
		return nil, d.Fault(s.Truth, err)
	}
	return label, nil
}

// partOf says which part some of the detections are.
func partOf(d *preds.Detections) eval.Part {
	switch {
	case d.List.Len() == 0:
		return eval.APart
	case d.List.Missing(0).Has(coco.FieldBBox):
		return eval.PartUnboxed
	}
	return eval.PartBoxed
}

// selectRange drops what is not on the images from the first up to the second index.
func selectRange(from, to int, truth *preds.Truth, d *preds.Detections) error {
	dropped := truth.Only(func(i int) bool { return from <= i && i < to })
	return d.Keep(func(r *coco.Result) (bool, error) { return !dropped[r.ImageID], nil })
}

// write evaluates detections, and writes what they add to a score. It fills the remarks of the label.
func write(ctx context.Context, s *scoring.Scorer, d *preds.Detections, label *Label, groupings []eval.Grouping, w io.Writer) error {
	p, err := s.Partial(ctx, d)
	if err != nil {
		return err
	}
	label.Remarks = p.Remarks
	with := eval.PartialOptions{Places: []uint64{}, Groupings: groupings}
	for i := range s.Truth.Images {
		with.Places = append(with.Places, uint64(s.Truth.Names.Place(i)))
	}
	if len(s.Truth.Images) == label.All && label.Shard.Of == 0 {
		with.Places = nil // a ground truth of the part alone
	}
	if with.Label, err = json.Marshal(label); err != nil {
		return err
	}
	return p.Write(w, with)
}
