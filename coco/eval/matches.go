package eval

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/coco"
)

// A State is the outcome of a detection or a true instance at one IoU.
type State uint8

// The states.
const (
	Unmatched State = iota // a false detection, or a missed true instance
	Matched                // a correct detection, or a true instance that is found
	Ignored                // neither: a crowd, outside the area range, or a detection of such an instance
)

var stateNames = [...]string{"unmatched", "matched", "ignored"}

// String returns the state's name: unmatched, matched or ignored.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("State(%d)", uint8(s))
}

// Matches holds the detections and true instances of one image, matched at one IoU.
type Matches struct {
	Detections []DetectionMatch // in descending order of score
	Truth      []TruthMatch     // by category, then as in the ground truth
}

// A DetectionMatch is a detection and the true instance that it matches.
type DetectionMatch struct {
	Detection int32 // index in the results
	Truth     int32 // index in the ground truth's annotations; -1: no match
	State     State
	Score     float64
	IoU       float64 // with the true instance; 0: no match
}

// A TruthMatch is a true instance and the detection that matches it.
type TruthMatch struct {
	Truth     int32 // index in the ground truth's annotations
	Detection int32 // index in the results; -1: no match
	State     State
}

// Image returns the index in [Result.Images] of the image of the ground truth with an id;
// ok is false if it does not count. To find an image by name, see [coco.Names.Find]:
// it returns a place in Images of the ground truth, where its id is.
func (r *Result) Image(id coco.ID) (image int, ok bool) {
	at, ok := r.e.ix.ImageAt(id)
	if !ok {
		return -1, false
	}
	if k := int(r.e.rank[at]); k >= 0 && k < len(r.e.images) && r.e.images[k] == int32(at) {
		return k, true
	}
	image = slices.Index(r.e.images, int32(at)) // of a subset
	return image, image >= 0
}

// Matches returns the matches of one image, given by its index in [Result.Images], which
// [Result.Image] finds, at the IoU threshold of s, or at the first one if s names none.
// Detections beyond the limit are left out. If s selects nothing, there are no matches.
func (r *Result) Matches(image int, s Select) *Matches {
	m := &Matches{}
	sel, ok := r.oneThreshold(s)
	if !ok {
		return m
	}
	t, limit := sel.iou[0], r.Params.MaxDets[sel.limit]
	var matches []int32
	for i := range r.e.records[image] {
		c := r.e.cell(&r.e.records[image][i])
		if !sel.has(c.K) {
			continue
		}
		first := len(m.Truth)
		for g, at := range c.Truth {
			match := TruthMatch{Truth: at, Detection: -1}
			if c.TruthIgnored(g, sel.area) {
				match.State = Ignored
			}
			m.Truth = append(m.Truth, match)
		}
		matches = c.AppendMatches(matches[:0], t, sel.area)
		for d := range min(len(c.Detections), limit) {
			match := DetectionMatch{Detection: c.Detections[d], Truth: -1, Score: c.Scores[d]}
			switch {
			case c.Ignored(d, t, sel.area):
				match.State = Ignored
			case c.Matched(d, t, sel.area):
				g := matches[d]
				match.State, match.Truth, match.IoU = Matched, c.Truth[g], c.iou(int32(d), g)
				found := &m.Truth[first+int(g)]
				found.State, found.Detection = Matched, match.Detection
			}
			m.Detections = append(m.Detections, match)
		}
	}
	slices.SortStableFunc(m.Detections, func(a, b DetectionMatch) int { return cmp.Compare(b.Score, a.Score) })
	return m
}

// iou returns the IoU of a pair, or 0 if the pair is not kept.
func (c *Cell) iou(detection, truth int32) float64 {
	first, _ := slices.BinarySearchFunc(c.Pairs, detection, func(p Pair, d int32) int { return cmp.Compare(p.Detection, d) })
	for _, p := range c.Pairs[first:] {
		if p.Detection != detection {
			break
		}
		if p.Truth == truth {
			return p.IoU
		}
	}
	return 0
}

// From returns the matches of the detections whose score is at least the given one.
// Instances that only other detections match become missed ones.
func (m *Matches) From(score float64) *Matches {
	n := 0
	for n < len(m.Detections) && m.Detections[n].Score >= score {
		n++
	}
	out := &Matches{Detections: m.Detections[:n:n], Truth: slices.Clone(m.Truth)}
	lost := map[int32]bool{}
	for _, d := range m.Detections[n:] {
		lost[d.Detection] = true
	}
	for i := range out.Truth {
		if t := &out.Truth[i]; t.Detection >= 0 && lost[t.Detection] {
			t.State, t.Detection = Unmatched, -1
		}
	}
	return out
}

// Counts counts the matches.
func (m *Matches) Counts() Counts {
	var c Counts
	for _, t := range m.Truth {
		switch t.State {
		case Matched:
			c.Found++
		case Unmatched:
			c.Missed++
		case Ignored:
		}
	}
	for _, d := range m.Detections {
		if d.State == Unmatched {
			c.False++
		}
	}
	return c
}
