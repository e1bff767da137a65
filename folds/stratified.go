package folds

import "github.com/hubdata/hubdata/folds/randomstate"

// StratifiedKFold divides samples of classes y into k folds in which each class
// has nearly its share. It equals scikit-learn's StratifiedKFold. The names of
// the classes do not matter.
//
// It returns the fold of each sample, from 0. Errors wrap ErrSplits, ErrFewSamples
// or ErrSmallClasses; warnings ErrSmallClass.
func StratifiedKFold[L Label](y []L, k int, opts *Options) ([]int, error) {
	if err := checkSplits(len(y), k); err != nil {
		return nil, err
	}
	// Classes are numbered by their first sample.
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
	// Dealt out class by class, sample s of the sorted classes goes to fold s % k:
	// how many of each class a fold gets. Which ones is decided below.
	folds := make([][]int, len(counts)) // of the class's samples, in their order
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
