package eval

import (
	"context"
	"math"
)

// A Score holds the scores of a selection. An average precision is -1 if there is no
// true instance.
type Score struct {
	Counts         // at one IoU
	AP     float64 // at all thresholds, as AP returns it
	AP50   float64 // average precision at IoU 0.5; -1 also if that is not a threshold
	APAt   float64 // average precision at the IoU of Counts
}

// Score scores a selection: counts and APAt at its IoU threshold, or at the first one
// if s names none. If s selects nothing, there are no instances and no detections, and
// the average precisions are NaN. Each average precision has the bits of pycocotools for
// the selection alone.
func (r *Result) Score(s Select) Score { return r.score(s, r.count) }

func (c *Curves) score(s Select, count func(*selection) Counts) Score {
	sel, ok := c.oneThreshold(s)
	if !ok {
		return Score{AP: math.NaN(), AP50: math.NaN(), APAt: math.NaN()}
	}
	out := Score{AP: -1, AP50: -1, APAt: -1}
	out.Counts = count(&sel)
	out.APAt = c.ap(&sel)
	s.IoU = 0.5
	out.AP50 = c.AP(s)
	s.IoU = 0
	out.AP = c.AP(s)
	return out
}

// A PartScore is the score of a part of the images.
type PartScore struct {
	Part   string
	Images int
	Score
}

// Parts divides the images into parts, such as slides or single tiles, and scores each
// by [Result.Score] as if the others did not exist. The function part returns the name
// of the part that an image belongs to; the image is given by its index in the ground
// truth's images. Parts come in the order in which the evaluation meets them. When ctx
// ends, its error is returned.
func (r *Result) Parts(ctx context.Context, s Select, part func(image int) string) ([]PartScore, error) {
	place := map[string]int{}
	var out []PartScore
	var images [][]int // of each part, as Subset expects them
	for i, at := range r.e.images {
		name := part(int(at))
		k, ok := place[name]
		if !ok {
			k = len(out)
			place[name] = k
			out, images = append(out, PartScore{Part: name}), append(images, nil)
		}
		images[k] = append(images[k], i)
	}
	p := r.Params
	if s.Area == "" && s.MaxDets == 0 {
		p = p.part()
	}
	memory := make([]partMemory, r.Params.Workers)
	err := forEach(ctx, r.Params.Workers, len(out), 1, func(worker, k int) *Error {
		if of, err := r.subset(ctx, images[k], p, &memory[worker]); err == nil { // the only error is the end of ctx, which forEach reports
			out[k].Images, out[k].Score = len(images[k]), of.Score(s)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
