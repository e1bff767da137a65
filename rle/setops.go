package rle

import (
	"fmt"
	"math/bits"
)

// A truthTable defines which pixels a set operation on two masks keeps. Bit a +
// 2*b is the result for a pixel with value a in the first mask and b in the
// second. Bit 0 must be zero: background in both stays background.
type truthTable uint8

const (
	tableUnion      truthTable = 0b1110
	tableIntersect  truthTable = 0b1000
	tableDifference truthTable = 0b0010
	tableXor        truthTable = 0b0110
)

// combine appends the runs of the set operation on a and b to dst, which must
// be empty. Both a and b must be canonical and have the same positive sum. The
// result is that of a loop over all pixels, but combine steps from run to run.
func combine(dst, a, b []uint32, table truthTable) []uint32 {
	var (
		i, j   = 0, 0
		ea, eb = a[0], b[0]    // where the current runs end
		state  = truthTable(0) // bit 0: inside a; bit 1: inside b
		value  = truthTable(0) // value of dst's open run
		last   = uint32(0)     // where dst's open run began
	)
	for {
		pos := min(ea, eb)
		step := truthTable(0)
		if ea == pos {
			if i++; i < len(a) {
				ea += a[i]
			} else {
				ea = ^uint32(0) // past the end: never first again
			}
			step = 1
		}
		if eb == pos {
			if j++; j < len(b) {
				eb += b[j]
			} else {
				eb = ^uint32(0)
			}
			step |= 2
		}
		if i == len(a) { // then j == len(b), as the sums agree
			return append(dst, pos-last)
		}
		state ^= step
		if v := table >> state & 1; v != value {
			dst = append(dst, pos-last)
			last, value = pos, v
		}
	}
}

// sameSize returns an error that wraps [ErrSize] if any two masks differ in
// size.
func sameSize(masks []Mask) error {
	for i, m := range masks {
		if m.h != masks[0].h || m.w != masks[0].w {
			return fmt.Errorf("%w: mask %d is %d x %d, expected %d x %d as mask 0", ErrSize, i, m.h, m.w, masks[0].h, masks[0].w)
		}
	}
	return nil
}

// pair applies a set operation to two masks of the same size.
func pair(a, b Mask, table truthTable) Mask {
	if len(a.runs) == 0 {
		return a
	}
	runs := combine(make([]uint32, 0, len(a.runs)+len(b.runs)), a.runs, b.runs, table)
	return Mask{h: a.h, w: a.w, runs: runs}
}

// reduce combines masks of the same size in pairs, so every run is merged only
// log2(n) times.
func reduce(masks []Mask, table truthTable) Mask {
	switch len(masks) {
	case 0:
		return Mask{}
	case 1:
		return masks[0]
	}
	half := len(masks) / 2
	return pair(reduce(masks[:half], table), reduce(masks[half:], table), table)
}

// Union returns the pixels that are foreground in any of the masks. If masks
// differ in size, the error wraps [ErrSize]. The union of no masks is the 0 x 0
// mask, as in pycocotools.
func Union(masks ...Mask) (Mask, error) {
	if err := sameSize(masks); err != nil {
		return Mask{}, err
	}
	return reduce(masks, tableUnion), nil
}

// Intersect returns the pixels that are foreground in all of the masks. If
// masks differ in size, the error wraps [ErrSize]. The intersection of no masks
// is the 0 x 0 mask, as in pycocotools.
func Intersect(masks ...Mask) (Mask, error) {
	if err := sameSize(masks); err != nil {
		return Mask{}, err
	}
	return reduce(masks, tableIntersect), nil
}

// Difference returns the pixels that are foreground in a and not in b. If masks
// differ in size, the error wraps [ErrSize].
func Difference(a, b Mask) (Mask, error) {
	if err := sameSize([]Mask{a, b}); err != nil {
		return Mask{}, err
	}
	return pair(a, b, tableDifference), nil
}

// Xor returns the pixels that are foreground in exactly one of a and b. If
// masks differ in size, the error wraps [ErrSize].
func Xor(a, b Mask) (Mask, error) {
	if err := sameSize([]Mask{a, b}); err != nil {
		return Mask{}, err
	}
	return pair(a, b, tableXor), nil
}

// Complement returns the mask with foreground and background exchanged.
func (m Mask) Complement() Mask {
	switch {
	case len(m.runs) == 0:
	case m.runs[0] == 0:
		m.runs = m.runs[1:]
	default:
		m.runs = append(make([]uint32, 1, len(m.runs)+1), m.runs...)
	}
	return m
}

// AtLeast returns the pixels where the weights of the masks that cover them sum
// to at least threshold. This is a weighted vote. With nil weights every mask
// counts 1. The weights of a pixel are added in the order of the masks,
// beginning at 0, so the result is always the same. A pixel that no mask covers
// has the sum 0, and a sum that is NaN is never enough. The vote of no masks is
// the 0 x 0 mask.
//
// If masks differ in size, or the number of weights differs from the number of
// masks, the error wraps [ErrSize].
func AtLeast(masks []Mask, weights []float64, threshold float64) (Mask, error) {
	if err := sameSize(masks); err != nil {
		return Mask{}, err
	}
	if weights != nil && len(weights) != len(masks) {
		return Mask{}, fmt.Errorf("%w: %d weights, expected one for each of %d masks", ErrSize, len(weights), len(masks))
	}
	if len(masks) == 0 || len(masks[0].runs) == 0 {
		return reduce(masks, tableUnion), nil
	}
	size := uint32(masks[0].h * masks[0].w)
	covering := newCover(len(masks), weights)
	out := runWriter{}
	changes := sortedChanges(masks)
	for k, pos := 0, uint32(0); pos < size; {
		for ; k < len(changes) && changes[k].at == pos; k++ {
			covering.flip(changes[k].mask)
		}
		next := size
		if k < len(changes) {
			next = changes[k].at
		}
		if covering.weight() >= threshold {
			out.add(int(pos), int(next-pos))
		}
		pos = next
	}
	return out.mask(masks[0].h, masks[0].w), nil
}

// A cover is the set of masks that cover a pixel.
type cover struct {
	weights []float64 // nil: each mask weighs 1
	masks   []uint64  // one bit per mask
	words   []uint64  // one bit per word of masks: whether it has a bit
	n       int       // number of masks in the set
}

func newCover(n int, weights []float64) *cover {
	words := (n + 63) / 64
	return &cover{weights: weights, masks: make([]uint64, words), words: make([]uint64, (words+63)/64)}
}

// flip adds a mask to the set, or removes it.
func (c *cover) flip(mask uint32) {
	word, bit := &c.masks[mask/64], uint64(1)<<(mask%64)
	if *word ^= bit; *word&bit != 0 {
		c.n++
	} else {
		c.n--
	}
	live := uint64(1) << (mask / 64 % 64)
	if *word != 0 {
		c.words[mask/4096] |= live
	} else {
		c.words[mask/4096] &^= live
	}
}

// weight adds the weights of the masks in the set, in order.
func (c *cover) weight() float64 {
	if c.weights == nil {
		return float64(c.n)
	}
	sum := 0.0
	for i, live := range c.words {
		for ; live != 0; live &= live - 1 {
			at := i*64 + bits.TrailingZeros64(live)
			for word := c.masks[at]; word != 0; word &= word - 1 {
				sum += c.weights[at*64+bits.TrailingZeros64(word)]
			}
		}
	}
	return sum
}

// A change is a place where a mask turns from background to foreground or back.
type change struct{ at, mask uint32 }

// sortedChanges lists where the masks change, by place. Every mask's changes
// are in order already, so neighbouring lists are merged until one is left.
func sortedChanges(masks []Mask) []change {
	n := 0
	for _, m := range masks {
		n += len(m.runs) - 1
	}
	list, spare := make([]change, 0, n), make([]change, 0, n)
	ends := make([]int, 0, len(masks)) // of the sorted parts of list
	for i, m := range masks {
		pos := uint32(0)
		for _, r := range m.runs[:len(m.runs)-1] {
			pos += r
			list = append(list, change{pos, uint32(i)})
		}
		ends = append(ends, len(list))
	}
	for len(ends) > 1 {
		spare = spare[:0]
		start, parts := 0, ends[:0]
		for i := 0; i < len(ends); i += 2 {
			mid, end := ends[i], ends[min(i+1, len(ends)-1)]
			spare = mergeChanges(spare, list[start:mid], list[mid:end])
			parts = append(parts, end)
			start = end
		}
		list, spare, ends = spare, list, parts
	}
	return list
}

// mergeChanges appends the changes of two sorted lists to dst, sorted.
func mergeChanges(dst, a, b []change) []change {
	for len(a) > 0 && len(b) > 0 {
		if b[0].at < a[0].at {
			dst, b = append(dst, b[0]), b[1:]
		} else {
			dst, a = append(dst, a[0]), a[1:]
		}
	}
	return append(append(dst, a...), b...)
}

// A runWriter builds a mask from pieces of foreground, added in column-major
// order. Pieces must not overlap; pieces that touch become one run.
type runWriter struct {
	runs []uint32
	end  int // where the last piece ended
}

// add sets n pixels, beginning with pixel start, to foreground. n must be
// positive.
func (w *runWriter) add(start, n int) {
	if start == w.end && len(w.runs) > 0 {
		w.runs[len(w.runs)-1] += uint32(n)
	} else {
		w.runs = append(w.runs, uint32(start-w.end), uint32(n))
	}
	w.end = start + n
}

// mask completes the mask and returns it.
func (w *runWriter) mask(height, width int) Mask {
	if w.end < height*width {
		w.runs = append(w.runs, uint32(height*width-w.end))
	}
	return Mask{h: height, w: width, runs: w.runs}
}
