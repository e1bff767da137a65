package folds

import "github.com/hubdata/hubdata/folds/randomstate"

// KFold divides n samples into k folds of nearly equal size: consecutive ranges of the
// samples in their order, or in a shuffled order. It equals scikit-learn's KFold.
//
// It returns the fold of each sample, from 0. Errors wrap ErrSplits or ErrFewSamples.
func KFold(n, k int, opts *Options) ([]int, error) {
	if err := checkSplits(n, k); err != nil {
		return nil, err
	}
	var order []int
	if opts.shuffles() {
		order = randomstate.New(opts.Seed).Perm(n)
	}
	fold := make([]int, n)
	at := 0
	for f := range k {
		for range partSize(n, k, f) {
			if order == nil {
				fold[at] = f
			} else {
				fold[order[at]] = f
			}
			at++
		}
	}
	return fold, nil
}

// partSize returns the size of part f when n things are divided into k parts. The first
// n%k parts have one more.
func partSize(n, k, f int) int {
	if f < n%k {
		return n/k + 1
	}
	return n / k
}
