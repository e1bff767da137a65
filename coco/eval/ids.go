package eval

import "github.com/hubdata/hubdata/coco"

// An idSet is a set of ids. Integers that are close together are stored as bits.
type idSet struct {
	lowest int64
	bits   []uint64
	others map[coco.ID]struct{}
}

// newIDSet returns an empty set for the ids of annotations.
func newIDSet(list []coco.Annotation) *idSet {
	s := &idSet{others: map[coco.ID]struct{}{}}
	lowest, highest, some := int64(0), int64(0), false
	for i := range list {
		if n, ok := list[i].ID.Int(); ok {
			if !some {
				lowest, highest, some = n, n, true
			}
			lowest, highest = min(lowest, n), max(highest, n)
		}
	}
	if span := uint64(highest) - uint64(lowest); some && span < 64*uint64(len(list))+1024 {
		s.lowest, s.bits = lowest, make([]uint64, span/64+1)
	}
	return s
}

// add adds an id and reports whether it is new.
func (s *idSet) add(id coco.ID) bool {
	if n, ok := id.Int(); ok && len(s.bits) > 0 {
		at := uint64(n) - uint64(s.lowest)
		old := s.bits[at/64]
		s.bits[at/64] |= 1 << (at % 64)
		return s.bits[at/64] != old
	}
	n := len(s.others)
	s.others[id] = struct{}{}
	return len(s.others) > n
}
