package folds

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/folds/randomstate"
)

// IterativeKFold divides samples that have several labels each into k folds in
// which every label has nearly its share: the label with the fewest samples left
// is dealt out first, each sample to the fold that wants most of it, then to the one
// that wants most samples, then by lot. labels[i] are the labels of sample i,
// small numbers from 0, each once.
//
// groups, if not nil, has a group for each sample; a group is then dealt out as
// a whole, the largest first, counting its samples. A fold that stays empty takes
// the smallest group of the fold with most groups.
//
// Without groups it equals MultilabelStratifiedKFold of iterative-stratification.
// The seed matters with and without Shuffle, since ties are broken by lot.
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
				return nil, fmt.Errorf("folds: sample %d has label %d: want 0 to %d", i, v, 1<<20)
			}
			kinds = max(kinds, v+1)
		}
	}
	it := &iterative{rng: randomstate.New(0), size: make([]int, units), has: make([][]labelCount, units), left: make([]int, kinds)}
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
			it.left[v]++
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
		it.want = append(it.want, share*float64(len(labels)))
		w := make([]float64, kinds)
		for v, n := range it.left {
			w[v] = share * float64(n)
		}
		it.wantLabel = append(it.wantLabel, w)
	}
	of := it.deal(order, groups != nil)
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

// iterative is a division under way. A unit is a sample, or a group of them.
type iterative struct {
	rng       *randomstate.Source
	size      []int          // samples of each unit
	has       [][]labelCount // labels of each unit
	left      []int          // samples of each label not dealt out yet
	want      []float64      // samples that each fold still wants
	wantLabel [][]float64    // the same of each label
}

// deal gives each unit its fold.
func (it *iterative) deal(order []int, grouped bool) []int {
	of := make([]int, len(order))
	for u := range of {
		of[u] = -1
	}
	byLabel := make([][]labelCount, len(it.left)) // units of each label (in the field label), in order
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
	for _, u := range rest { // without any label
		of[u] = it.lot(most(it.want, nil))
		it.take(u, of[u])
	}
	return of
}

// rarest returns the label with the fewest samples left, but some; -1: none.
func (it *iterative) rarest() int {
	var rarest []int
	for v, n := range it.left {
		switch {
		case n == 0:
		case len(rarest) == 0 || n < it.left[rarest[0]]:
			rarest = append(rarest[:0], v)
		case n == it.left[rarest[0]]:
			rarest = append(rarest, v)
		}
	}
	if len(rarest) == 0 {
		return -1
	}
	return it.lot(rarest)
}

// choose returns the fold that wants most of a label, then most samples.
func (it *iterative) choose(label int) int {
	wants := make([]float64, len(it.want))
	for f := range wants {
		wants[f] = it.wantLabel[f][label]
	}
	best := most(wants, nil)
	if len(best) > 1 {
		best = most(it.want, best)
	}
	return it.lot(best)
}

// most returns the places of the largest values, among those given; nil: all.
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

// lot chooses one; a single one without drawing.
func (it *iterative) lot(from []int) int {
	if len(from) == 1 {
		return from[0]
	}
	return from[it.rng.Interval(uint32(len(from)-1))]
}

// take counts a unit as dealt out.
func (it *iterative) take(u, fold int) {
	it.want[fold] -= float64(it.size[u])
	for _, c := range it.has[u] {
		it.left[c.label] -= c.n
		it.wantLabel[fold][c.label] -= float64(c.n)
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
