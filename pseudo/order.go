package pseudo

import "math"

// key is sorted in place of a box or a cluster.
type key struct {
	bits uint64 // smaller values come first
	at   int32
	part int32 // index of the label
}

// falling returns bits that sort greater scores first. Scores must not be
// negative.
func falling(score float64) uint64 {
	return ^math.Float64bits(score + 0) // + 0 turns -0 into 0
}

// sorter sorts keys stably.
type sorter struct {
	keys, spare []key
	starts      []int32
}

// fewKeys is the largest number of keys for which insertion sort is faster. The
// number is measured.
const fewKeys = 64

// sort orders the keys by their bits, byte by byte from the lowest.
func (s *sorter) sort() {
	n := len(s.keys)
	if n <= fewKeys {
		for i := 1; i < n; i++ {
			k := s.keys[i]
			j := i
			for ; j > 0 && s.keys[j-1].bits > k.bits; j-- {
				s.keys[j] = s.keys[j-1]
			}
			s.keys[j] = k
		}
		return
	}
	var counts [8][256]int32
	for i := range s.keys {
		bits := s.keys[i].bits
		for b := range 8 {
			counts[b][byte(bits>>(8*b))]++
		}
	}
	for b := range 8 {
		shift := 8 * b
		starts := &counts[b]
		if starts[byte(s.keys[0].bits>>shift)] == int32(n) {
			continue // all equal
		}
		at := int32(0)
		for v, c := range starts {
			starts[v] = at
			at += c
		}
		to := s.spareKeys()
		for _, k := range s.keys {
			p := &starts[byte(k.bits>>shift)]
			to[*p] = k
			*p++
		}
		s.keys, s.spare = to, s.keys
	}
}

// split orders the keys by their part, from 0 to n-1.
func (s *sorter) split(n int) {
	if n < 2 {
		return
	}
	s.starts = s.starts[:0]
	for range n {
		s.starts = append(s.starts, 0)
	}
	for i := range s.keys {
		s.starts[s.keys[i].part]++
	}
	at := int32(0)
	for v, c := range s.starts {
		s.starts[v] = at
		at += c
	}
	to := s.spareKeys()
	for _, k := range s.keys {
		p := &s.starts[k.part]
		to[*p] = k
		*p++
	}
	s.keys, s.spare = to, s.keys
}

// spareKeys returns memory for as many keys as there are.
func (s *sorter) spareKeys() []key {
	if cap(s.spare) < len(s.keys) {
		s.spare = make([]key, cap(s.keys))
	}
	return s.spare[:len(s.keys)]
}
