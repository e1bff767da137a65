package folds

import "github.com/hubdata/hubdata/folds/randomstate"

// StratifiedKFold divides samples of classes y into k folds, so that every fold gets
// nearly the same share of each class. It equals scikit-learn's StratifiedKFold. The
// result does not depend on the names of the classes.
//
// It returns the fold of each sample, from 0. Errors wrap ErrSplits, ErrFewSamples or
// ErrSmallClasses; warnings wrap ErrSmallClass.
func StratifiedKFold[L Label](y []L, k int, opts *Options) ([]int, error) {
	if err := checkSplits(len(y), k); err != nil {
		return nil, err
	}
	// Classes are numbered in the order of their first samples.
	seen := map[L]int{}
	class := make([]int, len(y))
	var counts []int
	for i, l := range y {
		c, ok := seen[l]
		if !ok {
			c = len(counts)
			seen[l] = c
			counts = append(counts, 0)
		}
		class[i] = c
		counts[c]++
	}
	if err := checkClasses(counts, k, opts); err != nil {
		return nil, err
	}
	// Assigning sample s of the samples sorted by class to fold s % k gives the number
	// of samples of each class in a fold. Which samples these are is decided below.
	folds := make([][]int, len(counts)) // folds of a class's samples, in order
	first := 0
	for c, n := range counts {
		share := make([]int, k)
		for s := first; s < first+n; s++ {
			share[s%k]++
		}
		first += n
		for f, m := range share {
			for range m {
				folds[c] = append(folds[c], f)
			}
		}
	}
	if opts.shuffles() {
		rng := randomstate.New(opts.Seed)
		for c := range folds {
			rng.ShuffleInts(folds[c])
		}
	}
	fold := make([]int, len(y))
	for i, c := range class {
		fold[i] = folds[c][0]
		folds[c] = folds[c][1:]
	}
	return fold, nil
}
