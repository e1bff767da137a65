package eval

import (
	"slices"
	"sort"
)

// spacing is numpy's spacing(1), which pycocotools adds to a divisor.
const spacing = 0x1p-52

// A plot is the precision-recall curve of one category, area range and limit, at each
// threshold. It holds only the recalls that are reached, so that its size is bounded by the
// detections and by Params.Recall.
type plot struct {
	needs *needs
	lines []plotLine // by threshold
}

// A plotLine is a plot at one threshold.
type plotLine struct {
	right   int32   // number of correct detections
	reached int32   // number of Params.Recall, from the first on, that are reached
	levels  []level // by step
}

// A level is what the curve is at a recall or any higher one.
type level struct{ precision, score float64 }

// needs says what reaches each of Params.Recall if there are so many true instances.
type needs struct {
	truths int
	need   []int   // by recall: the number of correct detections needed
	step   []int32 // by recall: its place in the levels of a line; recalls of one need share it
	bounds []int   // the different needs from 1 on, ascending; 1 is one of them
	bound  []int32 // by recall: the place of its need in bounds, that of 1 for 0
}

// newNeeds returns the needs of a number of true instances.
func newNeeds(recalls []float64, truths int) *needs {
	s := &needs{truths, make([]int, len(recalls)), make([]int32, len(recalls)), []int{1}, make([]int32, len(recalls))}
	n, step := 0, int32(0)
	for i, recall := range recalls {
		if i > 0 && recall < recalls[i-1] {
			n = 0
		}
		n += sort.Search(truths+1-n, func(k int) bool { return float64(n+k)/float64(truths) >= recall })
		if s.need[i] = n; i > 0 && n != s.need[i-1] {
			step++
		}
		s.step[i] = step
		s.bounds = append(s.bounds, max(n, 1))
	}
	slices.Sort(s.bounds)
	s.bounds = slices.Compact(s.bounds)
	for i, need := range s.need {
		at, _ := slices.BinarySearch(s.bounds, max(need, 1))
		s.bound[i] = int32(at)
	}
	return s
}

// at returns the level at a recall, given by its index.
func (p *plot) at(threshold, recall int) level {
	l := &p.lines[threshold]
	if recall >= int(l.reached) {
		return level{}
	}
	return l.levels[p.needs.step[recall]]
}

// recall returns the highest recall.
func (p *plot) recall(threshold int) float64 {
	return float64(p.lines[threshold].right) / float64(p.needs.truths)
}
