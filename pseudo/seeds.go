package pseudo

import "github.com/hubdata/hubdata/internal/boxindex"

// seeds are the boxes of one label that have started a cluster, with what is needed to find
// those that a box may overlap.
type seeds struct {
	index   boxindex.Index
	bounds  []boxindex.Box // of all boxes of the label; empty: there are few
	started []int32
	found   []int32
}

// reset removes all seeds. boxes are those that may become one. Without shapes their
// corners are compared.
func (s *seeds) reset(boxes []candidate, shapes Shapes) {
	s.started, s.bounds = s.started[:0], s.bounds[:0]
	if len(boxes) <= fewBoxes {
		return
	}
	for i := range boxes {
		c := boxes[i].box
		if shapes != nil {
			b := shapes.Bounds(int(boxes[i].index))
			c = Corners{b.X, b.Y, b.X + b.W, b.Y + b.H}
		}
		s.bounds = append(s.bounds, boxindex.Box{X0: c[0], Y0: c[1], X1: c[2], Y1: c[3]})
	}
	s.index.Reset(s.bounds)
}

// add makes box i a seed.
func (s *seeds) add(i int) {
	if len(s.bounds) == 0 {
		s.started = append(s.started, int32(i))
	} else {
		s.index.Add(i)
	}
}

// of returns the seeds that box i may overlap, in no particular order. They are valid until
// the next call.
func (s *seeds) of(i int) []int32 {
	if len(s.bounds) == 0 {
		return s.started
	}
	s.found = s.index.AppendMeeting(s.found[:0], s.bounds[i])
	return s.found
}
