package folds

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/slide"
)

// countBins is the number of bins of the labels that count instances.
const countBins = 5

// Images describes the images to be divided. Its lists have one element per image.
type Images struct {
	_ struct{}

	Names     []string      // without duplicates
	Places    []slide.Place // for methods that use the places of tiles; nil: unknown
	Instances []int         // number of instances on each image; nil: not counted

	// Column returns the values of a label, one per image. nil: the only labels are
	// those of Instances.
	Column func(label string) ([]string, error)
}

// Label returns a label of the images as ranks, as [Ranks] does. The labels vessels and
// annotations are the number of instances, if it is known, in five [Bins]. Any other
// label is a column. For an unknown label it returns an error that wraps ErrNoLabel.
func (im *Images) Label(name string) ([]int, error) {
	if CountsInstances(name) && im.Instances != nil {
		return Bins(im.Instances, countBins), nil
	}
	if im.Column == nil {
		return nil, fmt.Errorf("%w: %q", ErrNoLabel, name)
	}
	values, err := im.Column(name)
	if err != nil {
		return nil, err
	}
	return Ranks(values), nil
}

// CountsInstances reports whether a label is the number of instances: vessels or
// annotations.
func CountsInstances(label string) bool { return label == "vessels" || label == "annotations" }

// Ranks numbers the values of a label from 0 in ascending order: as integers if all of
// them are integers, as pandas reads a column, otherwise as text. Equal values have
// equal ranks, and so do different spellings of one integer.
func Ranks(values []string) []int {
	distinct := slices.Clone(values)
	slices.Sort(distinct)
	distinct = slices.Compact(distinct)
	number := make(map[string]int64, len(distinct))
	for _, v := range distinct {
		n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
		if err != nil {
			number = nil
			break
		}
		number[v] = n
	}
	if number != nil {
		slices.SortStableFunc(distinct, func(a, b string) int { return cmp.Compare(number[a], number[b]) })
	}
	rank := make(map[string]int, len(distinct))
	next := -1
	for i, v := range distinct {
		if i == 0 || number == nil || number[v] != number[distinct[i-1]] {
			next++
		}
		rank[v] = next
	}
	out := make([]int, len(values))
	for i, v := range values {
		out[i] = rank[v]
	}
	return out
}

// JointLabel combines several labels into one. Each is a list with the rank of each
// sample. Two samples have equal ranks in the result if all their labels are equal. The
// order is that of the first label, then of the next.
func JointLabel(labels ...[]int) []int {
	if len(labels) == 1 {
		return labels[0]
	}
	if len(labels) == 0 {
		return nil
	}
	order := make([]int, len(labels[0]))
	for i := range order {
		order[i] = i
	}
	compare := func(a, b int) int {
		for _, l := range labels {
			if c := cmp.Compare(l[a], l[b]); c != 0 {
				return c
			}
		}
		return 0
	}
	slices.SortFunc(order, compare)
	out := make([]int, len(order))
	rank := 0
	for k, i := range order {
		if k > 0 && compare(order[k-1], i) != 0 {
			rank++
		}
		out[i] = rank
	}
	return out
}

// labelsOfEach returns for each sample its labels, one of each list. The numbers of a
// list continue those of the list before. This is the form that [IterativeKFold]
// expects.
func labelsOfEach(labels [][]int) [][]int {
	out := make([][]int, len(labels[0]))
	first := 0
	for _, l := range labels {
		for i, v := range l {
			out[i] = append(out[i], first+v)
		}
		first += slices.Max(l) + 1
	}
	return out
}
