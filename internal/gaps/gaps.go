// Package gaps shortens the empty stretches between things on a line, such as the tiles of
// a slide, so that a picture of them shows the things and not the emptiness.
package gaps

import (
	"cmp"
	"slices"
)

// An Axis places things whose gaps are shortened.
type Axis struct {
	Total float64   // length of all
	Cuts  []float64 // the middles of the gaps that are shortened, rising

	from, to []float64 // the stretches with things, rising
	at       []float64 // where they start now
}

// Close shortens gaps longer than two things to the length of one. The spans are the
// starts and ends of the things, in any order.
func Close(spans [][2]float64) *Axis {
	a := &Axis{}
	spans = slices.SortedFunc(slices.Values(spans), func(p, q [2]float64) int { return cmp.Compare(p[0], q[0]) })
	for _, s := range spans {
		last, length := len(a.from)-1, s[1]-s[0]
		switch {
		case last < 0:
			a.from, a.to, a.at = append(a.from, s[0]), append(a.to, s[1]), append(a.at, 0)
		case s[0] <= a.to[last]+2*length:
			a.to[last] = max(a.to[last], s[1])
		default:
			end := a.at[last] + a.to[last] - a.from[last]
			a.Cuts = append(a.Cuts, end+float64(length/2))
			a.from, a.to, a.at = append(a.from, s[0]), append(a.to, s[1]), append(a.at, end+length)
		}
	}
	if last := len(a.from) - 1; last >= 0 {
		a.Total = a.at[last] + a.to[last] - a.from[last]
	}
	return a
}

// Place returns the distance from the start of all to v, which is in a span.
func (a *Axis) Place(v float64) float64 {
	i, found := slices.BinarySearch(a.from, v)
	if !found {
		i--
	}
	return a.at[i] + v - a.from[i]
}
