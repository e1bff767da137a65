package folds

import (
	"math"
	"slices"

	"github.com/hubdata/hubdata/folds/randomstate"
)

// StratifiedGroupKFold divides samples into k folds. It never splits a group, and
// within this limit gives every fold nearly the same share of each class: it starts
// with the groups of the most uneven classes, and assigns each to the fold where the
// classes' shares then vary least. It equals scikit-learn's StratifiedGroupKFold since
// 1.8. Before, shuffling paired classes with the samples of other groups. Shuffling
// only changes the order of groups whose classes are equally uneven.
//
// It returns the fold of each sample, from 0. As in scikit-learn, a fold may remain
// empty if groups are very uneven. Errors wrap ErrSplits, ErrFewSamples,
// ErrSmallClasses or ErrFewGroups; warnings wrap ErrSmallClass.
func StratifiedGroupKFold[L, G Label](y []L, groups []G, k int, opts *Options) ([]int, error) {
	if err := sameLength(len(y), len(groups)); err != nil {
		return nil, err
	}
	if err := checkSplits(len(y), k); err != nil {
		return nil, err
	}
	class, _, classCounts := unique(y)
	if err := checkClasses(classCounts, k, opts); err != nil {
		return nil, err
	}
	group, names, _ := unique(groups)
	if err := checkGroups(len(names), k); err != nil {
		return nil, err
	}
	order := make([]int, len(names))
	for i := range order {
		order[i] = i
	}
	if opts.shuffles() {
		randomstate.New(opts.Seed).ShuffleInts(order)
	}
	counts := make([][]float64, len(names)) // of each group, by class
	for g := range counts {
		counts[g] = make([]float64, len(classCounts))
	}
	for i, g := range group {
		counts[g][class[i]]++
	}
	uneven := make([]float64, len(names))
	for g := range uneven {
		uneven[g] = deviation(counts[g])
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case uneven[a] > uneven[b]:
			return -1
		case uneven[a] < uneven[b]:
			return 1
		}
		return 0
	})
	p := newGroupPlacer(classCounts, k)
	of := make([]int, len(names))
	for _, g := range order {
		of[g] = p.best(counts[g])
		for c, n := range counts[g] {
			p.perFold[of[g]][c] += n
		}
	}
	fold := make([]int, len(y))
	for i, g := range group {
		fold[i] = of[g]
	}
	return fold, nil
}

// groupPlacer chooses folds for groups.
type groupPlacer struct {
	total   []float64   // of each class
	perFold [][]float64 // by class
	std     []float64   // scratch, by class
	share   []float64   // scratch, by fold
}

func newGroupPlacer(classCounts []int, k int) *groupPlacer {
	p := &groupPlacer{perFold: make([][]float64, k), std: make([]float64, len(classCounts)), share: make([]float64, k)}
	for _, n := range classCounts {
		p.total = append(p.total, float64(n))
	}
	for f := range p.perFold {
		p.perFold[f] = make([]float64, len(classCounts))
	}
	return p
}

// best returns the fold in which a group leaves the shares of the classes most even. Of
// folds that are equal by numpy.isclose it returns the smallest.
func (p *groupPlacer) best(group []float64) int {
	best := 0
	least, leastSamples := math.Inf(1), math.Inf(1)
	for f := range p.perFold {
		for c, n := range group {
			p.perFold[f][c] += n
		}
		eval := p.spread()
		for c, n := range group {
			p.perFold[f][c] -= n
		}
		samples := sum(p.perFold[f])
		if eval < least || closeTo(eval, least) && samples < leastSamples {
			best, least, leastSamples = f, eval, samples
		}
	}
	return best
}

// spread returns the mean over the classes of the standard deviation of their shares
// over the folds.
func (p *groupPlacer) spread() float64 {
	k := float64(len(p.perFold))
	// For an array of folds by classes numpy adds rows one after the other, but it adds
	// a single column like contiguous numbers.
	add := func(a []float64) float64 {
		total := 0.0
		for _, v := range a {
			total += v
		}
		return total
	}
	if len(p.total) == 1 {
		add = sum
	}
	for c := range p.total {
		for f := range p.perFold {
			p.share[f] = p.perFold[f][c] / p.total[c]
		}
		mean := add(p.share) / k
		for f, s := range p.share {
			d := s - mean
			p.share[f] = float64(d * d)
		}
		p.std[c] = math.Sqrt(add(p.share) / k)
	}
	return sum(p.std) / float64(len(p.std))
}

// deviation returns the standard deviation of a row, as numpy.std computes it.
func deviation(row []float64) float64 {
	n := float64(len(row))
	mean := sum(row) / n
	squares := make([]float64, len(row))
	for i, v := range row {
		d := v - mean
		squares[i] = float64(d * d)
	}
	return math.Sqrt(sum(squares) / n)
}

// closeTo returns numpy.isclose(a, b) with the default tolerances.
func closeTo(a, b float64) bool {
	if math.IsInf(b, 0) || math.IsInf(a, 0) {
		return a == b
	}
	return math.Abs(a-b) <= 1e-8+float64(1e-5*math.Abs(b))
}

// sum adds contiguous numbers in numpy's order, so that the last bits agree: up to 8
// numbers from the left, up to 128 in eight lanes, more in halves.
func sum(a []float64) float64 {
	n := len(a)
	switch {
	case n < 8:
		s := 0.0
		for i, v := range a {
			if i == 0 {
				s = v
			} else {
				s += v
			}
		}
		return s
	case n <= 128:
		var r [8]float64
		copy(r[:], a)
		i := 8
		for ; i+8 <= n; i += 8 {
			for l := range r {
				r[l] += a[i+l]
			}
		}
		s := ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]))
		for ; i < n; i++ {
			s += a[i]
		}
		return s
	}
	half := n / 2
	half -= half % 8
	return sum(a[:half]) + sum(a[half:])
}
