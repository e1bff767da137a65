package rle

import "math/bits"

// columns finds the column of a place by a multiplication, which takes less time than a
// division, and than a branch that depends on the shape of a mask.
type columns struct{ inverse uint64 } // 2^62 / height, rounded up

// newColumns returns the columns of a mask with h rows, at least one.
func newColumns(h int) columns {
	return columns{(1<<62 + uint64(h) - 1) / uint64(h)}
}

// of returns pos / h. It is exact for a height and a place up to [MaxPixels]: rounding the
// inverse up adds less than h/2^62 * pos/h < 1/h to the quotient, which is at least 1/h below
// the next integer.
func (c columns) of(pos int) int {
	x, _ := bits.Mul64(c.inverse, uint64(pos)<<2)
	return int(x)
}
