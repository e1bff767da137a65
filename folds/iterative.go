package folds

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/folds/randomstate"
)

// IterativeKFold divides samples with several labels each into k folds, so that every
// fold gets nearly the same share of every label. labels[i] are the labels of sample i:
// small integers from 0, without duplicates.
//
// It starts with the label that has the fewest remaining samples, and assigns each of
// them to the fold that lacks most samples of this label. Of equal folds it takes the
// one that lacks most samples, then a random one.
//
// groups, if not nil, has the group of each sample. Groups are assigned as a whole, the
// largest first, and count as many times as they have samples. A fold that remains
// empty gets the smallest group of the fold with most groups.
//
// Without groups it equals MultilabelStratifiedKFold of iterative-stratification. The
// seed matters with and without Shuffle, since ties are broken at random.
//
// It returns the fold of each sample, from 0. Errors wrap ErrSplits, ErrFewSamples,
// ErrFewGroups or ErrLengths.
//
// Source: K. Sechidis, G. Tsoumakas and I. Vlahavas, On the Stratification of
// Multi-Label Data, ECML PKDD 2011.
func IterativeKFold(labels [][]int, groups []int, k int, opts *Options) ([]int, error) {
	if err := checkSplits(len(labels), k); err != nil {
		return nil, err
	}
	unit := make([]int, len(labels)) // of each sample
	units := len(labels)
	if groups == nil {
		for i := range unit {
			unit[i] = i
		}
	} else {
		if err := sameLength(len(labels), len(groups)); err != nil {
			return nil, err
		}
		var names []int
		unit, names, _ = unique(groups)
		units = len(names)
		if err := checkGroups(units, k); err != nil {
			return nil, err
		}
	}
	kinds := 0
	for i, l := range labels {
		for _, v := range l {
			if v < 0 || v > 1<<20 {
				return nil, fmt.Errorf("folds: sample %d: found label %d, expected 0 to %d", i, v, 1<<20)
			}
			kinds = max(kinds, v+1)
		}
	}
	it := &iterative{rng: randomstate.New(0), size: make([]int, units), has: make([][]labelCount, units), remaining: make([]int, kinds)}
	if opts != nil {
		it.rng = randomstate.New(opts.Seed)
	}
	order := make([]int, units)
	for i := range order {
		order[i] = i
	}
	if opts.shuffles() {
		it.rng.ShuffleInts(order)
	}
	for i, u := range unit {
		it.size[u]++
		for _, v := range labels[i] {
			it.remaining[v]++
			at := slices.IndexFunc(it.has[u], func(c labelCount) bool { return c.label == v })
			if at < 0 {
				at = len(it.has[u])
				it.has[u] = append(it.has[u], labelCount{label: v})
			}
			it.has[u][at].n++
		}
	}
	share := 1 / float64(k)
	for range k {
		it.lacks = append(it.lacks, share*float64(len(labels)))
		w := make([]float64, kinds)
		for v, n := range it.remaining {
			w[v] = share * float64(n)
		}
		it.lacksLabel = append(it.lacksLabel, w)
	}
	of := it.assign(order, groups != nil)
	if groups != nil {
		it.fillEmpty(of, k)
	}
	fold := make([]int, len(labels))
	for i, u := range unit {
		fold[i] = of[u]
	}
	return fold, nil
}

type labelCount struct{ label, n int }

// iterative is the state of a division. A unit is a sample, or a group of samples.
type iterative struct {
	rng        *randomstate.Source
	size       []int          // number of samples of each unit
	has        [][]labelCount // labels of each unit
	remaining  []int          // samples of each label that are not assigned yet
	lacks      []float64      // samples that each fold still lacks
	lacksLabel [][]float64    // the same for each label
}

// assign assigns each unit to a fold.
func (it *iterative) assign(order []int, grouped bool) []int {
	of := make([]int, len(order))
	for u := range of {
		of[u] = -1
	}
	byLabel := make([][]labelCount, len(it.remaining)) // units of each label (in the field label), in order
	for _, u := range order {
		for _, c := range it.has[u] {
			byLabel[c.label] = append(byLabel[c.label], labelCount{u, c.n})
		}
	}
	for {
		v := it.rarest()
		if v < 0 {
			break
		}
		units := byLabel[v]
		if grouped {
			slices.SortStableFunc(units, func(a, b labelCount) int { return cmp.Compare(b.n, a.n) })
		}
		for _, c := range units {
			if of[c.label] < 0 {
				of[c.label] = it.choose(v)
				it.take(c.label, of[c.label])
			}
		}
	}
	rest := slices.DeleteFunc(slices.Clone(order), func(u int) bool { return of[u] >= 0 })
	if grouped {
		slices.SortStableFunc(rest, func(a, b int) int { return cmp.Compare(it.size[b], it.size[a]) })
	}
	for _, u := range rest { // units without any label
		of[u] = it.pick(most(it.lacks, nil))
		it.take(u, of[u])
	}
	return of
}

// rarest returns the label with the fewest remaining samples, or -1 if none has any.
func (it *iterative) rarest() int {
	var rarest []int
	for v, n := range it.remaining {
		switch {
		case n == 0:
		case len(rarest) == 0 || n < it.remaining[rarest[0]]:
			rarest = append(rarest[:0], v)
		case n == it.remaining[rarest[0]]:
			rarest = append(rarest, v)
		}
	}
	if len(rarest) == 0 {
		return -1
	}
	return it.pick(rarest)
}

// choose returns the fold that lacks most of a label, then most samples.
func (it *iterative) choose(label int) int {
	lack := make([]float64, len(it.lacks))
	for f := range lack {
		lack[f] = it.lacksLabel[f][label]
	}
	best := most(lack, nil)
	if len(best) > 1 {
		best = most(it.lacks, best)
	}
	return it.pick(best)
}

// most returns the indices of the largest values, out of among (nil: all).
func most(values []float64, among []int) []int {
	if among == nil {
		among = make([]int, len(values))
		for i := range among {
			among[i] = i
		}
	}
	var best []int
	for _, i := range among {
		switch {
		case len(best) == 0 || values[i] > values[best[0]]:
			best = append(best[:0], i)
		case values[i] == values[best[0]]:
			best = append(best, i)
		}
	}
	return best
}

// pick returns a random element. It draws no random number if there is only one.
func (it *iterative) pick(from []int) int {
	if len(from) == 1 {
		return from[0]
	}
	return from[it.rng.Interval(uint32(len(from)-1))]
}

// take records that a unit is assigned to a fold.
func (it *iterative) take(u, fold int) {
	it.lacks[fold] -= float64(it.size[u])
	for _, c := range it.has[u] {
		it.remaining[c.label] -= c.n
		it.lacksLabel[fold][c.label] -= float64(c.n)
	}
}

// fillEmpty moves a group into each empty fold.
func (it *iterative) fillEmpty(of []int, k int) {
	units := make([]int, k)
	for _, f := range of {
		units[f]++
	}
	for f := range units {
		if units[f] > 0 {
			continue
		}
		from := slices.Index(units, slices.Max(units))
		small := -1
		for u, g := range of {
			if g == from && (small < 0 || it.size[u] < it.size[small]) {
				small = u
			}
		}
		of[small] = f
		units[from]--
		units[f]++
	}
}
