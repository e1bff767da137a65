package eval

import (
	"github.com/hubdata/hubdata/internal/boxindex"
	"github.com/hubdata/hubdata/rle"
)

// neighbours finds the true instances that a detection may overlap.
type neighbours struct {
	all   []int32 // all true instances: there are few pairs, or pairs that do not overlap count too
	index boxindex.Index
	boxes []boxindex.Box // in the index; empty: it is not used
	found []int32
}

// fewPairs is the largest number of pairs that are compared one by one. The number is
// measured.
const fewPairs = 200

// reset replaces the true instances, whose boxes boxOf returns, for so many detections.
// Pairs below an IoU of least do not count.
func (n *neighbours) reset(detections, truths int, least float64, boxOf func(j int) boxindex.Box) {
	n.all, n.boxes = n.all[:0], n.boxes[:0]
	if detections*truths <= fewPairs || least <= 0 {
		for j := range truths {
			n.all = append(n.all, int32(j))
		}
		return
	}
	for j := range truths {
		n.boxes = append(n.boxes, boxOf(j))
	}
	n.index.Reset(n.boxes)
	for j := range n.boxes {
		n.index.Add(j)
	}
}

// isAll reports whether all true instances are near every detection.
func (n *neighbours) isAll() bool { return len(n.boxes) == 0 }

// of returns the true instances near a box, in no particular order. They are valid until
// the next call.
func (n *neighbours) of(b boxindex.Box) []int32 {
	if n.isAll() {
		return n.all
	}
	n.found = n.index.AppendMeeting(n.found[:0], b)
	return n.found
}

// edges returns the edges of a box.
func edges(b rle.Box) boxindex.Box {
	return boxindex.Box{X0: b.X, Y0: b.Y, X1: b.X + b.W, Y1: b.Y + b.H}
}

// pixels returns the first and last columns and rows of a mask from its bounds.
func pixels(b rle.Box) boxindex.Box {
	return boxindex.Box{X0: b.X, Y0: b.Y, X1: b.X + b.W - 1, Y1: b.Y + b.H - 1}
}
