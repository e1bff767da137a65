package eval

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// A Comparison reports by how much one result is better than another, and how certain
// that is.
type Comparison struct {
	A, B       float64 // average precision of each, with the bits of AP; 0 if there is no true instance
	Difference float64 // A - B
	// Low and High bound the middle 95 % of the differences over the samples.
	Low, High float64
	// Better is the share of samples in which A is better. A tie counts half.
	Better                float64
	Samples               int
	WinsA, WinsB, Neither int // number of images by which result has the higher average precision
}

// Compare compares two results on the same ground truth by a paired bootstrap over the
// images. Each sample draws as many images as there are, with replacement, and computes
// the average precision of both results on them: the mean over the given IoU thresholds
// (nil: all of a) and the categories, for the first area range and the largest limit of
// detections.
//
// The same seed gives the same numbers with any number of workers. Only images with a
// true instance can win. If the results are of different images or categories, Compare
// returns an error that wraps [ErrParams].
func Compare(ctx context.Context, a, b *Result, ious []float64, samples int, seed uint64) (*Comparison, error) {
	if !slices.Equal(a.e.images, b.e.images) || !slices.Equal(a.Categories, b.Categories) || a.e.k != b.e.k {
		return nil, fmt.Errorf("%w: the results have different images or categories", ErrParams)
	}
	if samples < 1 || samples > 1_000_000 {
		return nil, fmt.Errorf("%w: found %d samples, expected 1 to 1,000,000", ErrParams, samples)
	}
	if ious == nil {
		ious = a.Params.IoU
	}
	sides := [2][]*ranking{}
	scores := [2]float64{}
	for side, r := range []*Result{a, b} {
		whole, _ := r.allThresholds(Select{})
		whole.iou = nil
		for _, iou := range ious {
			sel, ok := r.allThresholds(Select{IoU: iou})
			if !ok || iou == 0 {
				return nil, fmt.Errorf("%w: found the IoU %v, expected a threshold of both results", ErrParams, iou)
			}
			whole.iou = append(whole.iou, sel.iou...)
			for i := range r.groups {
				sides[side] = append(sides[side], r.rank(&selection{iou: sel.iou, k: []int{int(r.groups[i].k)}, area: sel.area, limit: sel.limit}))
			}
		}
		scores[side] = max(0, r.ap(&whole))
	}
	n := len(a.e.images)
	workers := a.Params.Workers
	scratch := make([]bootstrapper, workers)
	of := func(worker int, weights []int32) (x, y float64) {
		s := &scratch[worker]
		return s.ap(sides[0], a.Params.Recall, weights), s.ap(sides[1], b.Params.Recall, weights)
	}
	c := &Comparison{A: scores[0], B: scores[1], Difference: scores[0] - scores[1], Samples: samples}
	for i := range scratch {
		scratch[i].weights = make([]int32, n)
	}
	differences := make([]float64, samples)
	err := forEach(ctx, workers, samples, 4, func(worker, i int) *Error {
		w := scratch[worker].weights
		clear(w)
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		for range n {
			w[rng.IntN(n)]++
		}
		x, y := of(worker, w)
		differences[i] = x - y
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, d := range differences {
		switch {
		case d > 0:
			c.Better++
		case d == 0:
			c.Better += 0.5
		}
	}
	c.Better /= float64(samples)
	slices.Sort(differences)
	c.Low, c.High = quantile(differences, 0.025), quantile(differences, 0.975)
	c.countWins(sides, n, a.Params.Recall)
	return c, nil
}

// countWins compares the results image by image.
func (c *Comparison) countWins(sides [2][]*ranking, images int, recalls []float64) {
	// The detections of each image, in order.
	var parts [2][][]*ranking
	for side, list := range sides {
		parts[side] = make([][]*ranking, images)
		for _, c := range list {
			own := make([]ranking, images)
			for i := range own {
				own[i].truth = c.truth[i : i+1]
				parts[side][i] = append(parts[side][i], &own[i])
			}
			for d, image := range c.images {
				own[image].right = append(own[image].right, c.right[d])
			}
		}
	}
	var s bootstrapper
	for i := range images {
		x, y := s.ap(parts[0][i], recalls, nil), s.ap(parts[1][i], recalls, nil)
		switch {
		case x > y:
			c.WinsA++
		case y > x:
			c.WinsB++
		default:
			c.Neither++
		}
	}
}

// A bootstrapper is the memory of one goroutine of the bootstrap.
type bootstrapper struct {
	weights       []int32
	precision, at []float64
}

// ap returns the mean over the rankings that have true instances, or 0 if none has.
func (s *bootstrapper) ap(list []*ranking, recalls []float64, weights []int32) float64 {
	sum, n := 0.0, 0
	for _, c := range list {
		if cap(s.precision) < len(c.right) {
			s.precision, s.at = make([]float64, len(c.right)), make([]float64, len(c.right))
		}
		if v := c.ap(recalls, weights, s.precision, s.at); v > -1 {
			sum += v
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

// quantile returns a quantile of a sorted list by numpy's linear method.
func quantile(sorted []float64, part float64) float64 {
	at := float64(part * float64(len(sorted)-1))
	i := int(math.Floor(at))
	j := min(i+1, len(sorted)-1)
	return sorted[i] + float64((sorted[j]-sorted[i])*(at-float64(i)))
}
