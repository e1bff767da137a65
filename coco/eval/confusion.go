package eval

import (
	"cmp"
	"context"
	"fmt"
)

// ConfusionOptions define which detection belongs to which true instance in a
// [Confusion]. The zero options are those of hotcoco.
type ConfusionOptions struct {
	_ struct{}

	// IoU is the IoU from which on a detection may match a true instance. 0: 0.5.
	IoU float64
	// MaxDets is the number of detections per image that count, those with the highest
	// scores of all categories together. 0: the largest of [Params.MaxDets].
	MaxDets int
	// MinScore is the lowest score of a detection that counts. nil: all count.
	MinScore *float64
}

// A Confusion counts which category was found in place of which: the confusion matrix of
// a detector.
type Confusion struct {
	Options ConfusionOptions // with the defaults filled in

	// Categories are the ids of the categories, in the order of rows and columns. If
	// categories are ignored, all count as one, and it is nil.
	Categories []int64
	// Counts is a square with a row and a column per category, and a last row and column
	// for the background. Counts[t][d] is the number of instances of category t that
	// were matched by a detection of category d. The last column counts missed
	// instances, the last row detections that match nothing.
	Counts [][]int
}

// Confusion matches detections with true instances whatever their categories, and counts
// the pairs of categories, as COCOeval.confusion_matrix of hotcoco 1.3.0 does. If o is
// nil, it uses the zero [ConfusionOptions]. Categories and images are those of the
// evaluation. When ctx ends, its error is returned.
//
// In each image, detections choose in descending order of score. A detection takes the
// free instance with the highest IoU, if that reaches the threshold. Of equal scores, the
// detection of the lower category comes first, then the earlier one. Of equal IoUs, the
// instance of the higher category is taken, then the later one.
//
// Instances that the evaluation ignores do not take part: a detection of a crowd matches
// nothing and counts as background.
//
// Other tools define the matrix differently. ultralytics 8.4.190 has detections as rows,
// counts detections of a score above 0.25 and requires an IoU above 0.45. supervision
// 0.31.2 has the truth as rows, counts detections from a score of 0.3 on, and matches
// without regard to scores: pairs of one category first, then in descending order of IoU.
//
// Unlike hotcoco, Confusion never compares boxes in place of a missing mask.
func (r *Result) Confusion(ctx context.Context, o *ConfusionOptions) (*Confusion, error) {
	e := r.e
	opts, err := o.complete(r.Params)
	if err != nil {
		return nil, err
	}
	counters := make([]confusionCounter, e.p.Workers)
	for i := range counters {
		counters[i].init(e, opts)
	}
	err = forEach(ctx, e.p.Workers, len(e.images), 4, func(worker, i int) *Error { return counters[worker].image(i) })
	if err != nil {
		return nil, err
	}
	out := &Confusion{Options: opts, Counts: newSquare(e.k + 1)}
	if !e.p.IgnoreCategories {
		out.Categories = e.categories[:len(e.categories):len(e.categories)]
	}
	for i := range counters {
		for t, row := range counters[i].counts {
			for d, n := range row {
				out.Counts[t][d] += n
			}
		}
	}
	return out, nil
}

// complete returns the options with defaults in place of zeros, or an error if they are
// not valid.
func (o *ConfusionOptions) complete(p *Params) (ConfusionOptions, error) {
	c := ConfusionOptions{}
	if o != nil {
		c = *o
	}
	c.IoU, c.MaxDets = cmp.Or(c.IoU, .5), cmp.Or(c.MaxDets, p.MaxDets[len(p.MaxDets)-1])
	switch {
	case !(0 < c.IoU && c.IoU <= 1):
		return c, fmt.Errorf("%w: found an IoU of %v, expected a number above 0 and up to 1", ErrParams, c.IoU)
	case c.MaxDets < 1:
		return c, fmt.Errorf("%w: found a limit of %d detections, expected at least 1", ErrParams, c.MaxDets)
	case c.MinScore != nil && *c.MinScore != *c.MinScore:
		return c, fmt.Errorf("%w: found a lowest score of NaN, expected a number", ErrParams)
	}
	return c, nil
}

// newSquare returns n rows of n zeros.
func newSquare(n int) [][]int {
	rows := make([][]int, n)
	for i := range rows {
		rows[i] = make([]int, n)
	}
	return rows
}

// A confusionCounter holds the memory with which one goroutine counts image after image.
type confusionCounter struct {
	allPairs
	o      ConfusionOptions
	counts [][]int // of the images so far
	taken  []bool  // true instances of the image that do not take part any more
}

// init prepares the counter for an evaluation.
func (c *confusionCounter) init(e *evaluation, o ConfusionOptions) {
	c.o, c.counts = o, newSquare(e.k+1)
	c.allPairs.init(e, o.IoU, o.MaxDets, func(x, y int32) int {
		return cmp.Or(cmp.Compare(e.kOf[e.dt.CategoryID(int(x))], e.kOf[e.dt.CategoryID(int(y))]), cmp.Compare(x, y))
	})
}

// image counts image i of the evaluation.
func (c *confusionCounter) image(i int) *Error {
	if err := c.fill(i); err != nil {
		return err
	}
	e, cell, background := c.e, &c.cell, c.e.k
	c.taken = c.taken[:0]
	for _, at := range cell.Truth {
		c.taken = append(c.taken, e.ignoresTruth(at))
	}
	pairs := cell.Pairs
	for d, at := range cell.Detections {
		if c.o.MinScore != nil && e.dt.Score(int(at)) < *c.o.MinScore {
			break // so are those that follow
		}
		n := countPairs(pairs, d)
		row := background
		if g := c.choose(pairs[:n]); g >= 0 {
			c.taken[g] = true
			row = int(c.classOf(g))
		}
		c.counts[row][e.class(e.dt.CategoryID(int(at)))]++
		pairs = pairs[n:]
	}
	for g := range cell.Truth {
		if !c.taken[g] {
			c.counts[c.classOf(int32(g))][background]++
		}
	}
	return nil
}

// choose returns the instance that a detection with these pairs takes, or -1.
func (c *confusionCounter) choose(pairs []Pair) int32 {
	best := Pair{Truth: -1}
	for _, p := range pairs { // in descending order of IoU
		if p.IoU < max(c.o.IoU, best.IoU) {
			break
		}
		if !c.taken[p.Truth] && (best.Truth < 0 || c.after(p.Truth, best.Truth)) {
			best = p
		}
	}
	return best.Truth
}

// after reports whether the category of instance g comes after that of h, or is the same
// and g comes after h in the file.
func (c *confusionCounter) after(g, h int32) bool {
	k := func(g int32) int { return c.e.kOf[c.cell.truth(g).CategoryID] }
	return cmp.Or(cmp.Compare(k(g), k(h)), cmp.Compare(g, h)) > 0
}
