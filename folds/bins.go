package folds

import "slices"

// Bins turns numbers into labels. It sorts the samples by value and cuts them into n
// bins of nearly equal size. Equal values are in the same bin, that of the first of
// them. Bins are numbered from 0 without gaps; there may be fewer than n.
func Bins(values []int, n int) []int {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case values[a] < values[b]:
			return -1
		case values[a] > values[b]:
			return 1
		}
		return 0
	})
	out := make([]int, len(values))
	bin, last := -1, -1
	for rank, i := range order {
		if rank > 0 && values[i] == values[order[rank-1]] {
			out[i] = bin
			continue
		}
		if b := rank * max(n, 1) / len(values); b != last {
			last = b
			bin++
		}
		out[i] = bin
	}
	return out
}
