package slide

import (
	"cmp"
	"slices"

	"github.com/hubdata/hubdata/internal/boxindex"
)

// Cluster is instances of a ground truth and detections that share pixels, directly or
// through others.
type Cluster struct {
	Truth, Detections []int // ascending
	X, Y              int   // of the box around them
	Width, Height     int
}

// Clusters divides the instances of a slide into parts between which no instance of the
// truth shares a pixel with a detection. A slide is too large for one mask, but scores
// depend only on such pairs: each cluster can be scored as an image, without a limit of
// detections. Clusters are in the order of their first instances, truth first.
func Clusters(truth, detections []Region) []Cluster {
	boxes := make([]boxindex.Box, len(truth))
	for i, r := range truth {
		boxes[i] = pixelBox(r)
	}
	parent := make([]int32, len(truth)+len(detections))
	for i := range parent {
		parent[i] = int32(i)
	}
	find := func(i int32) int32 {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	var index boxindex.Index
	index.Reset(boxes)
	for i := range boxes {
		index.Add(i)
	}
	var meeting []int32
	for d, r := range detections {
		meeting = index.AppendMeeting(meeting[:0], pixelBox(r))
		for _, t := range meeting {
			a, b := find(t), find(int32(len(truth)+d))
			if a != b && Shared(truth[t], r) > 0 {
				parent[max(a, b)] = min(a, b)
			}
		}
	}
	at := map[int32]int{}
	var out []Cluster
	add := func(i int, r Region) *Cluster {
		root := find(int32(i))
		k, ok := at[root]
		if !ok {
			k = len(out)
			at[root] = k
			out = append(out, Cluster{X: r.X, Y: r.Y})
		}
		c := &out[k]
		h, w := r.Mask.Size()
		right, bottom := max(c.X+c.Width, r.X+w), max(c.Y+c.Height, r.Y+h)
		c.X, c.Y = min(c.X, r.X), min(c.Y, r.Y)
		c.Width, c.Height = right-c.X, bottom-c.Y
		return c
	}
	for i, r := range truth {
		c := add(i, r)
		c.Truth = append(c.Truth, i)
	}
	for i, r := range detections {
		c := add(len(truth)+i, r)
		c.Detections = append(c.Detections, i)
	}
	slices.SortStableFunc(out, func(a, b Cluster) int { return cmp.Compare(first(a, len(truth)), first(b, len(truth))) })
	return out
}

// first returns the place of the first instance of a cluster, truth before detections.
func first(c Cluster, truth int) int {
	if len(c.Truth) > 0 {
		return c.Truth[0]
	}
	return truth + c.Detections[0]
}
