package folds

import (
	"fmt"
	"math"
	"slices"

	"github.com/hubdata/hubdata/folds/randomstate"
)

// Split is a division of samples into two sets, given by their indices in the order in
// which they were drawn.
type Split struct{ Train, Test []int }

// Holdout sets the size of each set of a [Split]: a share in (0, 1), or a number of
// samples of at least 1. A set left at zero gets the rest. If both are zero, the test
// set gets a tenth in [ShuffleSplit], and a quarter in [TrainTestSplit].
type Holdout struct {
	TestShare, TrainShare float64
	TestCount, TrainCount int
}

// sizes returns the sizes of the sets for n samples.
func (h Holdout) sizes(n int, defaultTest float64) (train, test int, err error) {
	if h == (Holdout{}) {
		h.TestShare = defaultTest
	}
	size := func(name string, share float64, count int, round func(float64) float64) (int, bool, error) {
		switch {
		case share != 0 && count != 0:
			return 0, false, fmt.Errorf("%w: the %s set has both a share and a count: set one", ErrHoldout, name)
		case count != 0:
			if count < 1 || count >= n {
				return 0, false, fmt.Errorf("%w: found %d %s samples of %d, expected 1 to %d", ErrHoldout, count, name, n, n-1)
			}
			return count, true, nil
		case share != 0:
			if !(share > 0 && share < 1) {
				return 0, false, fmt.Errorf("%w: found a %s share of %v, expected more than 0 and less than 1", ErrHoldout, name, share)
			}
			return int(round(share * float64(n))), true, nil
		}
		return 0, false, nil
	}
	test, haveTest, err := size("test", h.TestShare, h.TestCount, math.Ceil)
	if err != nil {
		return 0, 0, err
	}
	train, haveTrain, err := size("training", h.TrainShare, h.TrainCount, math.Floor)
	if err != nil {
		return 0, 0, err
	}
	if h.TestShare+h.TrainShare > 1 {
		return 0, 0, fmt.Errorf("%w: shares of %v and %v add up to more than 1", ErrHoldout, h.TrainShare, h.TestShare)
	}
	if !haveTrain {
		train = n - test
	} else if !haveTest {
		test = n - train
	}
	if train+test > n {
		return 0, 0, fmt.Errorf("%w: %d training and %d test samples are more than %d", ErrHoldout, train, test, n)
	}
	if train == 0 {
		return 0, 0, fmt.Errorf("%w: none of %d samples are left for training", ErrHoldout, n)
	}
	return train, test, nil
}

// ShuffleSplit draws independent splits of n samples. It equals scikit-learn's
// ShuffleSplit, including the order of the indices. Errors wrap ErrHoldout.
func ShuffleSplit(n, splits int, size Holdout, seed uint32) ([]Split, error) {
	train, test, err := size.sizes(n, 0.1)
	if err != nil {
		return nil, err
	}
	rng := randomstate.New(seed)
	out := make([]Split, max(splits, 0))
	for i := range out {
		p := rng.Perm(n)
		out[i] = Split{Train: p[test : test+train : test+train], Test: p[:test:test]}
	}
	return out, nil
}

// TrainTestSplit divides n samples into a training and a test set. If Shuffle is off,
// the training set is the first samples. stratify, if not nil, has the class of each
// sample; the shares of the classes are then nearly equal in both sets. It requires
// Shuffle. The indices equal those of scikit-learn's train_test_split. Errors wrap
// ErrHoldout, or ErrSmallClasses for a class with a single member.
func TrainTestSplit[L Label](n int, size Holdout, stratify []L, opts *Options) (Split, error) {
	train, test, err := size.sizes(n, 0.25)
	if err != nil {
		return Split{}, err
	}
	switch {
	case stratify != nil && len(stratify) != n:
		return Split{}, fmt.Errorf("%w: %d samples, %d classes", ErrLengths, n, len(stratify))
	case stratify != nil && !opts.shuffles():
		return Split{}, fmt.Errorf("%w: stratification needs Shuffle", ErrHoldout)
	case stratify != nil:
		return stratifiedSplit(stratify, train, test, randomstate.New(opts.Seed))
	case opts.shuffles():
		p := randomstate.New(opts.Seed).Perm(n)
		return Split{Train: p[test : test+train : test+train], Test: p[:test:test]}, nil
	}
	all := make([]int, train+test)
	for i := range all {
		all[i] = i
	}
	return Split{Train: all[:train:train], Test: all[train:]}, nil
}

// stratifiedSplit returns one split of scikit-learn's StratifiedShuffleSplit.
func stratifiedSplit[L Label](y []L, train, test int, rng *randomstate.Source) (Split, error) {
	class, names, counts := unique(y)
	if least := slices.Min(counts); least < 2 {
		return Split{}, fmt.Errorf("%w: class %v has 1 member, expected at least 2", ErrSmallClasses, names[slices.Index(counts, least)])
	}
	if k := len(counts); train < k || test < k {
		return Split{}, fmt.Errorf("%w: found %d training and %d test samples, expected at least one of each of %d classes", ErrHoldout, train, test, k)
	}
	members := make([][]int, len(counts))
	for i, c := range class {
		members[c] = append(members[c], i)
	}
	inTrain := shares(counts, train, rng)
	left := make([]int, len(counts))
	for c := range left {
		left[c] = counts[c] - inTrain[c]
	}
	inTest := shares(left, test, rng)
	var s Split
	for c, m := range members {
		p := rng.Perm(len(m))
		for _, i := range p[:inTrain[c]] {
			s.Train = append(s.Train, m[i])
		}
		for _, i := range p[inTrain[c] : inTrain[c]+inTest[c]] {
			s.Test = append(s.Test, m[i])
		}
	}
	rng.ShuffleInts(s.Train)
	rng.ShuffleInts(s.Test)
	return s, nil
}

// shares divides draws among classes in proportion to their sizes: the integer parts
// first, then one each in descending order of the fractions. Ties are broken at random.
func shares(counts []int, draws int, rng *randomstate.Source) []int {
	total := 0
	for _, n := range counts {
		total += n
	}
	out := make([]int, len(counts))
	fraction := make([]float64, len(counts))
	need := draws
	for c, n := range counts {
		exact := float64(float64(n) / float64(total) * float64(draws))
		out[c] = int(math.Floor(exact))
		fraction[c] = exact - math.Floor(exact)
		need -= out[c]
	}
	values := slices.Clone(fraction)
	slices.Sort(values)
	values = slices.Compact(values)
	slices.Reverse(values)
	for _, v := range values {
		if need <= 0 {
			break
		}
		var equal []int
		for c, f := range fraction {
			if f == v {
				equal = append(equal, c)
			}
		}
		now := min(len(equal), need)
		for _, i := range rng.Perm(len(equal))[:now] {
			out[equal[i]]++
		}
		need -= now
	}
	return out
}
