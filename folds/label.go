package folds

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// countBins is the number of bins of the labels that count instances.
const countBins = 5

// Images are images to be divided, and what is known of them: lists of one length.
type Images struct {
	_ struct{}

	Names     []string // each once
	Places    []Place  // for the methods that look at places; nil: unknown
	Instances []int    // number of instances on each image; nil: not counted

	// Column gives the values of a label, one an image. nil: there is no label
	// but those of Instances.
	Column func(label string) ([]string, error)
}

// Label gives a label of the images as ranks, as [Ranks] does. The labels vessels
// and annotations are the number of instances, if it is known, in five [Bins]; any
// other is a column. A label that is not known is an error that wraps ErrNoLabel.
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

// CountsInstances says whether a label is the number of instances: vessels and
// annotations are.
func CountsInstances(label string) bool { return label == "vessels" || label == "annotations" }

// Ranks numbers the values of a label from 0 in their order: as whole numbers if
// all are, as pandas reads a column, else as text. Equal values have equal ranks, and
// so have two ways to write one number.
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

// JointLabel makes one label of several, lists of one length with ranks from 0: two
// samples have equal ranks if all their labels are equal. The first label decides the
// order, then the next.
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

// labelsOfEach lists, for each sample, the labels that it has: one of each list,
// numbered on from one list to the next. [IterativeKFold] takes them so.
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
