package folds

import (
	"fmt"
	"math"
	"slices"

	"github.com/hubdata/hubdata/slide"
)

// SpatialQuantile divides the tiles of each slide into k strips by quantiles of their
// column (X), as computed by pandas.Series.quantile. A tile is in fold f if its column
// is at least quantile f/k and less than quantile (f+1)/k. The last fold has only tiles
// with a column greater than quantile (k-1)/k. With k = 5 the first and the last fold
// are the two validation sets of the competition's first place, which took the tiles
// below the 0.2 quantile of i and those above the 0.8 quantile.
//
// It returns the fold of each tile, from 0. A fold can be empty if the tiles are in few
// columns; the error then wraps ErrFewSamples.
func SpatialQuantile(places []slide.Place, k int) ([]int, error) {
	if err := checkSplits(len(places), k); err != nil {
		return nil, err
	}
	columns := map[string][]float64{}
	for _, p := range places {
		columns[p.Slide] = append(columns[p.Slide], float64(p.X))
	}
	cuts := map[string][]float64{}
	for s, x := range columns {
		slices.Sort(x)
		for f := 1; f < k; f++ {
			cuts[s] = append(cuts[s], quantile(x, float64(f)/float64(k)))
		}
	}
	fold, size := make([]int, len(places)), make([]int, k)
	for i, p := range places {
		q, x := cuts[p.Slide], float64(p.X)
		f := 0
		for f < k-2 && x >= q[f] {
			f++
		}
		// f is k-2 or the strip left of q[f]. A tile at the last cut belongs to the
		// left.
		if f == k-2 && x > q[k-2] || k == 2 && x > q[0] {
			f = k - 1
		}
		fold[i] = f
		size[f]++
	}
	if f := slices.Index(size, 0); f >= 0 {
		return nil, fmt.Errorf("%w: no tile lies between quantiles %d/%d and %d/%d of the columns: use fewer folds, or the spatial method", ErrFewSamples, f, k, f+1, k)
	}
	return fold, nil
}

// quantile returns a quantile of sorted values by numpy's linear interpolation.
func quantile(sorted []float64, q float64) float64 {
	at := float64(q * float64(len(sorted)-1))
	low := math.Floor(at)
	t := at - low
	a := sorted[int(low)]
	b := sorted[min(int(low)+1, len(sorted)-1)]
	if t >= 0.5 {
		return b - float64((b-a)*(1-t))
	}
	return a + float64((b-a)*t)
}
