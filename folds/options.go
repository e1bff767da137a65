package folds

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/internal/figures"
)

// Label is the type of a class or group. Labels are ordered as in Go, which is also how
// numpy.unique orders integers and strings.
type Label interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~string
}

// Options are the options of the strategies. nil: no shuffling.
type Options struct {
	_ struct{}

	// Shuffle shuffles the samples before they are divided, using Seed.
	Shuffle bool
	Seed    uint32

	// Warn is called with problems that do not prevent a division: errors that wrap
	// ErrSmallClass. nil: no calls.
	Warn func(error)
}

// Errors that the errors and warnings of the strategies wrap.
var (
	ErrSplits       = errors.New("too few folds")
	ErrFewSamples   = errors.New("fewer samples than folds")
	ErrFewGroups    = errors.New("fewer groups than folds")
	ErrSmallClasses = errors.New("every class is smaller than the number of folds")
	ErrSmallClass   = errors.New("a class is smaller than the number of folds") // a warning
	ErrHoldout      = errors.New("invalid hold-out")
	ErrLengths      = errors.New("lists of different lengths")
	ErrMethod       = errors.New("wrong method")
	ErrNoLabel      = errors.New("unknown label")
)

func (o *Options) warn(err error) {
	if o != nil && o.Warn != nil {
		o.Warn(err)
	}
}

func (o *Options) shuffles() bool { return o != nil && o.Shuffle }

// checkSplits returns an error if n samples cannot be divided into k folds.
func checkSplits(n, k int) error {
	switch {
	case k < 2:
		return fmt.Errorf("%w: found %d, expected at least 2", ErrSplits, k)
	case k > n:
		return fmt.Errorf("%w: %d folds of %s: use at most %d", ErrFewSamples, k, count(n, "sample"), n)
	}
	return nil
}

func sameLength(n, m int) error {
	if n != m {
		return fmt.Errorf("%w: %d samples, %d groups: give one group per sample", ErrLengths, n, m)
	}
	return nil
}

func checkGroups(groups, k int) error {
	if k > groups {
		return fmt.Errorf("%w: %d folds of %s: use at most %d", ErrFewGroups, k, count(groups, "group"), groups)
	}
	return nil
}

// count writes a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return figures.Int(n) + " " + thing + "s"
}

// checkClasses returns an error, or warns, if classes are too small for k folds.
func checkClasses(counts []int, k int, opts *Options) error {
	if largest := slices.Max(counts); k > largest {
		return fmt.Errorf("%w: the largest has %s, for %d folds", ErrSmallClasses, count(largest, "member"), k)
	}
	if least := slices.Min(counts); k > least {
		opts.warn(fmt.Errorf("%w: the smallest has %d, for %d folds: some folds get none of it", ErrSmallClass, least, k))
	}
	return nil
}

// unique numbers the labels in ascending order, as numpy.unique does. It returns the
// number of each sample's label, the distinct labels, and the number of samples of
// each.
func unique[L Label](labels []L) (number []int, names []L, counts []int) {
	number = make([]int, len(labels))
	seen := map[L]int{}
	for i, l := range labels {
		k, ok := seen[l]
		if !ok {
			k = len(names)
			seen[l] = k
			names = append(names, l)
		}
		number[i] = k
	}
	order := make([]int, len(names))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(names[a], names[b]) })
	rank, sorted := make([]int, len(names)), make([]L, len(names))
	for r, k := range order {
		rank[k], sorted[r] = r, names[k]
	}
	counts = make([]int, len(names))
	for i, k := range number {
		number[i] = rank[k]
		counts[rank[k]]++
	}
	return number, sorted, counts
}
