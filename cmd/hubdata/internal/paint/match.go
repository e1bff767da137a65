package paint

import (
	"context"
	"maps"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
)

// limitOfAP is how many predictions of a tile count for its AP, as in COCO's.
const limitOfAP = 100

// matches are predictions matched with the labels of a scene.
type matches struct {
	result   *eval.Result
	images   []coco.Image // of the dataset, all of which count
	iou      float64
	minScore float64
	kind     eval.Type
}

// Predict adds predictions to the scene. One finds an instance from iou on, of their masks
// or, if an instance or a prediction has none, of the boxes of all. Those below the scene's
// MinScore are not drawn.
func (s *Scene) Predict(ctx context.Context, d *preds.Detections, iou float64, workers int) error {
	// The first limit is eval's, for AP; the second lets all be matched.
	kind := KindOf(s.Dataset, &d.List)
	p := &eval.Params{Type: kind, IoU: []float64{iou}, MaxDets: []int{limitOfAP, 1 << 30}, Workers: workers, SkipUnknownCategories: true, Categories: slices.Collect(maps.Keys(s.Classes))}
	r, err := eval.Evaluate(ctx, s.Dataset, &d.List, p)
	if err != nil {
		return d.Fault(&preds.Truth{Dataset: s.Dataset, Name: s.File, Names: s.Names}, err)
	}
	s.predictions, s.matches = d, &matches{result: r, images: s.Images, iou: iou, minScore: s.MinScore, kind: kind}
	return ctx.Err()
}

// at returns the index into result.Images of an image of the dataset.
func (m *matches) at(image int) int {
	at, _ := m.result.Image(m.images[image].ID)
	return at
}

// KindOf says by what predictions and labels are matched: by masks or, if one of them has none, by boxes.
func KindOf(labels *coco.Dataset, predictions *coco.Results) eval.Type {
	for i := range labels.Annotations {
		if labels.Annotations[i].Segmentation.Kind() == coco.KindNone {
			return eval.BBox
		}
	}
	for i := range predictions.Len() {
		if predictions.Segmentation(i).Kind() == coco.KindNone {
			return eval.BBox
		}
	}
	return eval.Segm
}

// MatchesBoxes says whether predictions are matched by boxes.
func (s *Scene) MatchesBoxes() bool { return s.matches != nil && s.matches.kind == eval.BBox }

// of returns what is drawn on an image, matched.
func (m *matches) of(image int) *eval.Matches {
	return m.result.Matches(m.at(image), eval.Select{}).From(m.minScore)
}

// Score is how good the predictions on a tile are.
type Score struct {
	AP     float64 `json:"ap"` // at the IoU of matching; -1 without a true instance
	F1     float64 `json:"f1"` // of what is drawn; -1 without instance and prediction
	Found  int     `json:"found"`
	Missed int     `json:"missed"`
	False  int     `json:"false"`
}

// Score scores the predictions on an image; nil: there are none in the scene, or
// the image was never outlined.
func (s *Scene) Score(ctx context.Context, image int) (*Score, error) {
	if s.matches == nil || s.IsUnlabelled(image) {
		return nil, nil
	}
	m := s.matches
	part, err := m.result.Subset(ctx, []int{m.at(image)})
	if err != nil {
		return nil, err
	}
	c := m.of(image).Counts()
	return &Score{AP: part.AP(eval.Select{MaxDets: limitOfAP}), F1: c.F1(), Found: c.Found, Missed: c.Missed, False: c.False}, nil
}
