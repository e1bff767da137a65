package folds

import (
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/folds/randomstate"
)

// GroupKFold divides samples into k folds and never splits a group between folds.
// Without shuffling it assigns the largest groups first, each to the smallest fold.
// With shuffling it divides the groups as KFold divides samples. It equals
// scikit-learn's GroupKFold (which can shuffle since 1.6).
//
// It returns the fold of each sample, from 0. Errors wrap ErrSplits, ErrFewSamples or
// ErrFewGroups.
func GroupKFold[G Label](groups []G, k int, opts *Options) ([]int, error) {
	if err := checkSplits(len(groups), k); err != nil {
		return nil, err
	}
	number, names, counts := unique(groups)
	if err := checkGroups(len(names), k); err != nil {
		return nil, err
	}
	of := make([]int, len(names)) // fold of each group
	if opts.shuffles() {
		order := randomstate.New(opts.Seed).Perm(len(names))
		at := 0
		for f := range k {
			for range partSize(len(names), k, f) {
				of[order[at]] = f
				at++
			}
		}
	} else {
		order := make([]int, len(names))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return counts[a] - counts[b] })
		slices.Reverse(order)
		size := make([]int, k)
		for _, g := range order {
			least := 0
			for f := range size {
				if size[f] < size[least] {
					least = f
				}
			}
			size[least] += counts[g]
			of[g] = least
		}
	}
	fold := make([]int, len(groups))
	for i, g := range number {
		fold[i] = of[g]
	}
	return fold, nil
}

// LeaveOneGroupOut makes one fold of each group, in the order of their names, which it
// returns too. It equals scikit-learn's LeaveOneGroupOut. For fewer than two groups it
// returns an error that wraps ErrFewGroups.
func LeaveOneGroupOut[G Label](groups []G) (fold []int, names []G, err error) {
	fold, names, _ = unique(groups)
	if len(names) < 2 {
		return nil, nil, fmt.Errorf("%w: found %s, expected at least 2 to leave one out", ErrFewGroups, count(len(names), "group"))
	}
	return fold, names, nil
}
