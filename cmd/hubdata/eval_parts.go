package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/wsi"
)

// slicings are the parts that --by knows.
var slicings = []string{"wsi", "dataset", "tile", "fold", "category", "size"}

// evalSlicing is the scores of parts.
type evalSlicing struct {
	By    string      `json:"by"`
	Parts []evalSlice `json:"parts"`
}

// evalSlice is the scores of one part.
type evalSlice struct {
	Part       string  `json:"part"`
	Images     int     `json:"images"`
	Instances  int     `json:"instances"`
	Detections int     `json:"detections"`
	AP         float64 `json:"ap"` // -1 without a true instance, as all that follow
	AP50       float64 `json:"ap50"`
	APAt       float64 `json:"ap_at_iou"` // at the first of --iou
	Recall     float64 `json:"recall_at_iou"`
	Precision  float64 `json:"precision_at_iou"` // of all detections; -1 without any
}

// newEvalSlice words a score; at is that at --iou.
func newEvalSlice(part string, images int, whole, at eval.Score) evalSlice {
	return evalSlice{Part: part, Images: images, Instances: whole.Instances(), Detections: at.Detections(),
		AP: whole.AP, AP50: whole.AP50, APAt: at.APAt, Recall: at.Recall(), Precision: at.Precision()}
}

// slice scores the parts of one kind.
func (s *scorer) slice(ctx context.Context, r *evalReport, by string) (*evalSlicing, error) {
	out := &evalSlicing{By: by, Parts: []evalSlice{}}
	score := func(part string, of eval.Select) {
		whole := r.whole.Score(of)
		of.IoU = r.iou
		out.Parts = append(out.Parts, newEvalSlice(part, r.Images, whole, r.single.Score(of)))
	}
	switch by {
	case "category":
		for _, id := range r.whole.Categories {
			name := fmt.Sprint(id)
			if k := slices.IndexFunc(s.truth.Categories, func(c coco.Category) bool { return c.ID == id }); k >= 0 {
				name = s.truth.Categories[k].Name
			}
			score(name, eval.Select{Categories: []int64{id}})
		}
		return out, nil
	case "size":
		for _, a := range r.whole.Params.Areas[1:] {
			score(fmt.Sprintf("%s (%v to %v pixels)", a.Name, a.Min, a.Max), eval.Select{Area: a.Name})
		}
		return out, nil
	}
	names := make([]string, len(s.truth.Images)) // of the parts that images are in
	for _, i := range r.whole.Images() {
		var err error
		if names[i], err = s.partOf(int(i), by); err != nil {
			return nil, err
		}
	}
	part := func(image int) string { return names[image] }
	at, err := r.single.Parts(ctx, eval.Select{IoU: r.iou}, part)
	if err != nil {
		return nil, err
	}
	whole := at
	if r.whole != r.single {
		if whole, err = r.whole.Parts(ctx, eval.Select{}, part); err != nil {
			return nil, err
		}
	}
	for k, p := range whole {
		out.Parts = append(out.Parts, newEvalSlice(p.Part, p.Images, p.Score, at[k].Score))
	}
	slices.SortStableFunc(out.Parts, func(a, b evalSlice) int {
		if by == "tile" && a.APAt != b.APAt { // worst first, those without truth last
			switch {
			case a.APAt < 0:
				return 1
			case b.APAt < 0:
				return -1
			}
			return cmp.Compare(a.APAt, b.APAt)
		}
		return compareNumbers(a.Part, b.Part)
	})
	return out, nil
}

// compareNumbers orders numbers by size before other texts.
func compareNumbers(a, b string) int {
	if len(a) != len(b) && isNumber(a) && isNumber(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// partOf says which part an image of the truth is in.
func (s *scorer) partOf(i int, by string) (string, error) {
	img := &s.truth.Images[i]
	switch by {
	case "tile":
		return s.truth.images.name(i), nil
	case "fold":
		if e, ok := s.uses.Entry(s.truth.images.name(i)); ok && e.Fold >= 0 {
			return fmt.Sprint(e.Fold), nil
		}
		return "none", nil
	}
	member := map[string]wsi.TileMember{"wsi": wsi.MemberWSI, "dataset": wsi.MemberDataset}[by]
	text, ok := member.Text(img, s.truth.images.row(s.table, i))
	if !ok {
		return "", failf(exitUsage, "--by %s: images[%d] of %s has no member %s", by, i, s.truth.name, member).
			hint("hubdata convert writes it; or name the HuBMAP folder as the truth")
	}
	return text, nil
}
