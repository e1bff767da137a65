package rle

import "math/bits"

// Covariance returns the second central moments of the foreground pixels
// divided by the number of pixels: the variances xx of their columns and yy of
// their rows, and their covariance xy. They equal scikit-image's
// moments_central divided by mu00. For a single pixel all three are 0, because
// pixels count as points without extent. ok is false if there is no foreground.
//
// All sums are exact integers; only the results are rounded.
func (m Mask) Covariance() (xx, yy, xy float64, ok bool) {
	var s sums
	h := uint64(m.h)
	pos := uint64(0)
	for i, r := range m.runs {
		n := uint64(r)
		if i%2 == 1 {
			first, last := pos/h, (pos+n-1)/h
			if first == last {
				s.add(first, 1, pos-first*h, n)
			} else {
				// The part in the first column, the whole columns, the rest.
				s.add(first, 1, pos-first*h, (first+1)*h-pos)
				s.add(first+1, last-first-1, 0, h)
				s.add(last, 1, 0, pos+n-last*h)
			}
		}
		pos += n
	}
	if s.n == 0 {
		return 0, 0, 0, false
	}
	area := float64(s.n)
	over := func(sum uint128, a, b uint64) float64 {
		return sum.times(s.n).minus(a, b) / area / area
	}
	return over(s.xx, s.x, s.x), over(s.yy, s.y, s.y), over(uint128{lo: s.xy}, s.x, s.y), true
}

// sums holds the sums over pixels of column x, row y and their products. A mask
// has at most 2^30 pixels, so x*y is below 2^30 and the sums of x, y and x*y
// are below 2^60. The sums of squares can reach 2^90.
type sums struct {
	n, x, y, xy uint64
	xx, yy      uint128
}

// add adds the pixels of a block: columns x to x+w-1, rows y to y+h-1.
func (s *sums) add(x, w, y, h uint64) {
	if w == 0 {
		return
	}
	sumX, sumY := w*x+w*(w-1)/2, h*y+h*(h-1)/2
	s.n += w * h
	s.x += h * sumX
	s.y += w * sumY
	s.xy += sumX * sumY
	s.xx.addSquares(x, w, h)
	s.yy.addSquares(y, h, w)
}

// uint128 is an unsigned integer of 128 bits.
type uint128 struct{ hi, lo uint64 }

// addSquares adds, times over, the squares of the n numbers from, from+1 and so
// on, which sum to n*from^2 + from*n(n-1) + (n-1)n(2n-1)/6. No product of two
// of the arguments exceeds 2^60, because they describe a block inside a mask.
func (u *uint128) addSquares(from, n, times uint64) {
	u.addProduct(times*n*from, from)
	u.addProduct(times*n*from, n-1)
	a, b := times*n*(n-1)/2, 2*n-1
	if b%3 == 0 {
		b /= 3
	} else {
		a /= 3
	}
	u.addProduct(a, b)
}

func (u *uint128) addProduct(a, b uint64) {
	hi, lo := bits.Mul64(a, b)
	var carry uint64
	u.lo, carry = bits.Add64(u.lo, lo, 0)
	u.hi, _ = bits.Add64(u.hi, hi, carry)
}

func (u uint128) times(n uint64) uint128 {
	hi, lo := bits.Mul64(u.lo, n)
	return uint128{hi + u.hi*n, lo}
}

// minus returns u - a*b.
func (u uint128) minus(a, b uint64) float64 {
	hi, lo := bits.Mul64(a, b)
	negative := hi > u.hi || hi == u.hi && lo > u.lo
	if negative {
		u, hi, lo = uint128{hi, lo}, u.hi, u.lo
	}
	lo, borrow := bits.Sub64(u.lo, lo, 0)
	hi, _ = bits.Sub64(u.hi, hi, borrow)
	v := float64(float64(hi)*(1<<64)) + float64(lo)
	if negative {
		return -v
	}
	return v
}
