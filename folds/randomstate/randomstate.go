// Package randomstate generates the same numbers as numpy.random.RandomState for the
// same seed: the Mersenne Twister MT19937 with numpy's legacy seeding, bounded integers
// and shuffle, which NumPy has promised not to change.
//
// Source: M. Matsumoto and T. Nishimura, Mersenne Twister, ACM TOMACS 8 (1998); NumPy's
// RandomState for the use of its words.
package randomstate

import "math/bits"

const (
	words = 624
	shift = 397
)

// Source is a generator. The zero value is not ready for use: see [New].
type Source struct {
	state [words]uint32
	next  int
}

// New returns the generator for a seed, as RandomState(seed) does.
func New(seed uint32) *Source {
	s := &Source{next: words}
	s.state[0] = seed
	for i := 1; i < words; i++ {
		prev := s.state[i-1]
		s.state[i] = 1812433253*(prev^prev>>30) + uint32(i)
	}
	return s
}

// Uint32 returns the next word.
func (s *Source) Uint32() uint32 {
	if s.next == words {
		s.refill()
	}
	y := s.state[s.next]
	s.next++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

func (s *Source) refill() {
	for i := range words {
		y := s.state[i]&(1<<31) | s.state[(i+1)%words]&(1<<31-1)
		v := s.state[(i+shift)%words] ^ y>>1
		if y&1 != 0 {
			v ^= 0x9908b0df
		}
		s.state[i] = v
	}
	s.next = 0
}

// Interval returns a number from 0 to most, both included. It draws words, masked to
// the bits of most, until one is not greater than most. Interval(0) draws nothing.
func (s *Source) Interval(most uint32) uint32 {
	if most == 0 {
		return 0
	}
	mask := uint32(1)<<bits.Len32(most) - 1
	for {
		if v := s.Uint32() & mask; v <= most {
			return v
		}
	}
}

// Shuffle shuffles n elements, as RandomState.shuffle does with an array of one
// dimension. swap exchanges two of them. n is at most 2^32.
func (s *Source) Shuffle(n int, swap func(i, j int)) {
	for i := n - 1; i > 0; i-- {
		swap(i, int(s.Interval(uint32(i))))
	}
}

// ShuffleInts shuffles a.
func (s *Source) ShuffleInts(a []int) {
	for i := len(a) - 1; i > 0; i-- {
		j := s.Interval(uint32(i))
		a[i], a[j] = a[j], a[i]
	}
}

// Perm returns 0 to n-1 in random order, as RandomState.permutation(n) does.
func (s *Source) Perm(n int) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	s.ShuffleInts(p)
	return p
}
