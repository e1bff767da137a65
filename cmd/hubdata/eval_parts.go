package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/coco/eval"
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

// slice scores the parts of one kind.
func (job *evalJob) slice(ctx context.Context, r *evalReport, by string) (*evalSlicing, error) {
	out := &evalSlicing{By: by, Parts: []evalSlice{}}
	last := len(r.coco.Params.MaxDets) - 1
	switch by {
	case "category":
		for k, id := range r.coco.Categories {
			name := fmt.Sprint(id)
			for _, cat := range job.truth.Categories {
				if cat.ID == id {
					name = cat.Name
				}
			}
			s := evalSlice{Part: name, Images: r.Images, Instances: r.coco.Instances(k, 0)}
			s.fill(r.coco, r.single, r.ious[0], k, 0, last)
			out.Parts = append(out.Parts, s)
		}
		return out, nil
	case "size":
		for area, a := range r.coco.Params.Areas[1:] {
			s := evalSlice{Part: fmt.Sprintf("%s (%v to %v pixels)", a.Name, a.Min, a.Max), Images: r.Images}
			for k := range r.coco.K() {
				s.Instances += r.coco.Instances(k, area+1)
			}
			s.fill(r.coco, r.single, r.ious[0], -1, area+1, last)
			out.Parts = append(out.Parts, s)
		}
		return out, nil
	}
	images := map[string][]int{} // by part, as Part takes them
	var parts []string
	for k, i := range r.coco.Images() {
		name, err := job.partOf(int(i), by)
		if err != nil {
			return nil, err
		}
		if images[name] == nil {
			parts = append(parts, name)
		}
		images[name] = append(images[name], k)
	}
	score := func(name string) (evalSlice, error) {
		s := evalSlice{Part: name, Images: len(images[name])}
		coco, err := r.coco.Part(ctx, images[name])
		if err != nil {
			return s, err
		}
		single := coco
		if r.single != r.coco {
			if single, err = r.single.Part(ctx, images[name]); err != nil {
				return s, err
			}
		}
		for k := range coco.K() {
			s.Instances += coco.Instances(k, 0)
		}
		s.fill(coco, single, r.ious[0], -1, 0, 0)
		return s, nil
	}
	for s, err := range inOrder(r.coco.Params.Workers, each(ctx, parts), func() (func(string) (evalSlice, error), error) { return score, nil }) {
		if err != nil {
			return nil, err
		}
		out.Parts = append(out.Parts, s)
	}
	slices.SortStableFunc(out.Parts, func(a, b evalSlice) int {
		if by == "tile" { // worst first, those without truth last
			switch {
			case (a.APAt < 0) != (b.APAt < 0):
				if a.APAt < 0 {
					return 1
				}
				return -1
			case a.APAt != b.APAt:
				if a.APAt < b.APAt {
					return -1
				}
				return 1
			}
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
func (job *evalJob) partOf(i int, by string) (string, error) {
	img := &job.truth.Images[i]
	switch by {
	case "tile":
		return job.truth.images.name(i), nil
	case "fold":
		if e, ok := job.uses.Entry(job.truth.images.name(i)); ok && e.Fold >= 0 {
			return fmt.Sprint(e.Fold), nil
		}
		return "none", nil
	}
	member := map[string]string{"wsi": "source_wsi", "dataset": "dataset"}[by]
	v := img.Extra.Get(member)
	if v == nil {
		if t, ok := job.truth.images.tile(job.table, i); ok {
			return fmt.Sprint(map[string]int{"wsi": t.WSI, "dataset": t.Dataset}[by]), nil
		}
	}
	if v == nil {
		return "", failf(exitUsage, "--by %s: images[%d] of %s has no member %s", by, i, job.truth.name, member).
			hint("hubdata convert writes it; or name the HuBMAP folder as the truth")
	}
	var text string
	if json.Unmarshal(v, &text) == nil {
		return text, nil
	}
	return string(v), nil
}

// fill takes the scores of category k (below 0: all) in an area range.
func (s *evalSlice) fill(coco, single *eval.Result, iou, k, area, limit int) {
	s.AP50, s.APAt = coco.AP(0, k, area, limit), single.AP(iou, k, area, limit)
	sum, n := 0.0, 0
	for t := range coco.Params.IoU {
		if v := coco.AP(t, k, area, limit); v > -1 {
			sum, n = sum+v, n+1
		}
	}
	if s.AP = -1; n > 0 {
		s.AP = sum / float64(n)
	}
	right, wrong := 0, 0
	for c := range single.Cells() {
		if k >= 0 && c.K != k {
			continue
		}
		for d := range c.Detections {
			switch {
			case c.Ignored(d, iou, area):
			case c.Matched(d, iou, area):
				right++
			default:
				wrong++
			}
		}
	}
	s.Detections = right + wrong
	s.Recall, s.Precision = -1, -1
	if s.Instances > 0 {
		s.Recall = float64(right) / float64(s.Instances)
	}
	if s.Detections > 0 {
		s.Precision = float64(right) / float64(s.Detections)
	}
}
