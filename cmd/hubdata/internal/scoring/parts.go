package scoring

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/internal/figures"
)

// Slicings are the values of --by that are not keys of images.
var Slicings = []string{"tile", "fold", "category", "size"}

// slicing is the scores of parts.
type slicing struct {
	By    string `json:"by"`
	Parts []Part `json:"parts"`
}

// Part is the scores of one part.
type Part struct {
	Part       string  `json:"part"`
	Images     int     `json:"images"`
	Instances  int     `json:"instances"`
	Detections int     `json:"detections"`
	AP         float64 `json:"ap"` // -1 without ground-truth instances, as for all that follow
	AP50       float64 `json:"ap50"`
	APAt       float64 `json:"ap_at_iou"` // at the first of --iou
	Recall     float64 `json:"recall_at_iou"`
	Precision  float64 `json:"precision_at_iou"` // of all detections; -1 without any
}

// newPart words a score; at is that at --iou.
func newPart(part string, images int, whole, at eval.Score) Part {
	return Part{Part: part, Images: images, Instances: whole.Instances(), Detections: at.Detections(),
		AP: whole.AP, AP50: whole.AP50, APAt: at.APAt, Recall: at.Recall(), Precision: at.Precision()}
}

// slice scores the parts of one kind.
func (s *Scorer) slice(ctx context.Context, r *Report, by string) (*slicing, error) {
	out := &slicing{By: by, Parts: []Part{}}
	switch by {
	case "category":
		names := map[int64]string{}
		for _, c := range s.Truth.Categories {
			if _, again := names[c.ID]; !again {
				names[c.ID] = c.Name
			}
		}
		out.Parts = r.categories(r.Whole.Categories, func(k int) string {
			name, ok := names[r.Whole.Categories[k]]
			if !ok {
				name = fmt.Sprint(r.Whole.Categories[k])
			}
			return name
		})
		return out, nil
	case "size":
		out.Parts = r.sizes()
		return out, nil
	}
	column, err := s.Groups(by)
	if err != nil {
		return nil, err
	}
	r.noteGroups(by, column.None, len(column.Values))
	names := column.Values
	part := func(image int) string { return names[image] }
	at, err := r.Single.Parts(ctx, eval.Select{IoU: r.IoU}, part)
	if err != nil {
		return nil, err
	}
	whole := at
	if r.Whole != r.Single {
		if whole, err = r.Whole.Parts(ctx, eval.Select{}, part); err != nil {
			return nil, err
		}
	}
	for k, p := range whole {
		out.Parts = append(out.Parts, newPart(p.Part, p.Images, p.Score, at[k].Score))
	}
	slices.SortStableFunc(out.Parts, func(a, b Part) int {
		if by == "tile" && a.APAt != b.APAt { // worst first, those without ground truth last
			switch {
			case a.APAt < 0:
				return 1
			case b.APAt < 0:
				return -1
			}
			return cmp.Compare(a.APAt, b.APAt)
		}
		return byName(a, b)
	})
	return out, nil
}

// byName orders parts by their names, of which numbers come by value.
func byName(a, b Part) int { return figures.CompareNumbers(a.Part, b.Part) }

// PartsBy are the scores of the parts of a kind that was asked for.
func (r *Report) PartsBy(by string) []Part {
	for _, s := range r.By {
		if s.By == by {
			return s.Parts
		}
	}
	return nil
}

// score scores a selection.
func (r *Report) score(part string, of eval.Select) Part {
	whole := r.Evaluation().Score(of)
	of.IoU = r.IoU
	return newPart(part, r.Images, whole, r.single().Score(of))
}

// categories scores each category.
func (r *Report) categories(ids []int64, name func(k int) string) []Part {
	parts := []Part{}
	for k := range ids {
		parts = append(parts, r.score(name(k), eval.Select{Categories: ids[k : k+1]}))
	}
	return parts
}

// sizes scores each area range but the first.
func (r *Report) sizes() []Part {
	parts := []Part{}
	for _, a := range r.params.Areas[1:] {
		parts = append(parts, r.score(sizeName(a), eval.Select{Area: a.Name}))
	}
	return parts
}

// sizeName names an area range; COCO's last one has an end that no image reaches.
func sizeName(a eval.AreaRange) string {
	if a.Max >= 1e10 {
		return fmt.Sprintf("%s (%s pixels or more)", a.Name, figures.Float(a.Min, -1))
	}
	return fmt.Sprintf("%s (%s to %s pixels)", a.Name, figures.Float(a.Min, -1), figures.Float(a.Max, -1))
}

// Grouped reports whether a value of --by divides the images, and not the instances.
func Grouped(by string) bool { return by != "category" && by != "size" }

// noteGroups notes that some of the images have no value of a key.
func (r *Report) noteGroups(by string, none, images int) {
	if slices.Contains(Slicings, by) {
		return
	}
	key, err := imagekey.Parse("by", by)
	if err != nil {
		return // as those who asked for it were told
	}
	if note := imagekey.Note(key, none, images); note != "" {
		r.Notes = append(r.Notes, "--by "+by+": "+note)
	}
}

// Groups are the parts that the images of the ground truth are in: a value for each.
func (s *Scorer) Groups(by string) (*imagekey.Column, error) {
	column := &imagekey.Column{}
	switch by {
	case "tile":
		for i := range s.Truth.Images {
			column.Add(s.Truth.Names.Name(i), true)
		}
		return column, nil
	case "fold":
		for i := range s.Truth.Images {
			e, ok := s.Folds.Entry(s.Truth.Names.Name(i))
			column.Add(fmt.Sprint(e.Fold), ok && e.Fold >= 0)
		}
		return column, nil
	}
	key, err := imagekey.Parse("by", by)
	if err != nil {
		return nil, err
	}
	keys, err := s.Keys.Reader(s.Truth.Names, s.Truth.Name)
	if err != nil {
		return nil, err
	}
	return keys.Of("by", key, s.Truth.Images, s.Table)
}
