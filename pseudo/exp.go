package pseudo

import "math"

// A pair is a number of about twice the precision. It is the sum of two
// numbers, the second of which is less than half of the last bit of the first.
type pair struct{ hi, lo float64 }

// The float64 conversions keep the compiler from fusing a product and a sum. On
// machines with such an instruction the result would be rounded differently.

// times returns the product.
func (a pair) times(b pair) pair {
	p := float64(a.hi * b.hi)
	return join(p, math.FMA(a.hi, b.hi, -p)+(float64(a.hi*b.lo)+float64(a.lo*b.hi)))
}

// plus returns the sum; a must not be the smaller one.
func (a pair) plus(b pair) pair {
	s := join(a.hi, b.hi)
	return join(s.hi, s.lo+(a.lo+b.lo))
}

// join returns the pair for two numbers, the second of which is not larger than
// the first.
func join(a, b float64) pair {
	s := a + b
	return pair{s, b - (s - a)}
}

// The logarithm of 2 in three parts. The first two have 42 bits, so that
// multiples of up to 2048 are exact.
const (
	ln2High = 0x1.62e42fefa38p-1
	ln2Mid  = 0x1.ef35793c76p-45
	ln2Low  = math.Ln2 - ln2High - ln2Mid
)

// inverseFactorials holds 1/n!.
var inverseFactorials = func() (c [22]pair) {
	n := 1.0
	for k := range c {
		n *= float64(max(k, 1)) // exact up to 22!
		hi := 1 / n
		c[k] = pair{hi, -math.FMA(hi, n, -1) / n}
	}
	return c
}()

// pairTerms is the number of terms of the series that are summed as pairs. The
// rest is below 2^-15 of the sum.
const pairTerms = 8

// exp returns the float64 nearest to e to the power of x, on every machine.
// [math.Exp] returns one of the two nearest numbers, and not the same one on amd64
// as on arm64. Results below 1e-300 may be rounded twice.
func exp(x float64) float64 {
	n := math.RoundToEven(x * (roots * math.Log2E))
	if !(math.Abs(n) < 1024) {
		return slowExp(x)
	}
	// e^x is a power of 2 times a root of 2 times e^r, with |r| below 0.011.
	r := x - float64(n*(ln2High/roots)) - float64(n*(ln2Mid/roots))
	t := 1.0/720 + float64(r*(1.0/5040))
	t = 1.0/120 + float64(r*t)
	t = 1.0/24 + float64(r*t)
	t = 1.0/6 + float64(r*t)
	t = 0.5 + float64(r*t)
	t = r + float64(float64(r*r)*t)
	root := &rootsOf2[int(n)&(roots-1)]
	rest := root.lo + float64(root.hi*t)
	// The sum of the two is off by less than one part in 2^58. If that decides how it
	// is rounded, compute it more precisely.
	low, high := root.hi+(rest-float64(root.hi*0x1p-58)), root.hi+(rest+float64(root.hi*0x1p-58))
	if low != high {
		return slowExp(x)
	}
	return low * math.Float64frombits(uint64(1023+int(n)>>5)<<52)
}

// roots is the number of powers of 2 between 1 and 2 with which the fast path
// of exp begins.
const roots = 32

var rootsOf2 = func() (list [roots]pair) {
	for j := range list {
		x := float64(j) / roots
		list[j] = expPair(pair{x * ln2High, float64(x*ln2Mid) + float64(x*ln2Low)})
	}
	return list
}()

func slowExp(x float64) float64 {
	k := math.RoundToEven(x * math.Log2E)
	if !(math.Abs(k) < 1022) { // overflow, underflow, infinite or NaN
		return math.Exp(x)
	}
	// Subtract the nearest multiple of log 2 from x, which leaves at most half
	// of log 2.
	a, b := x-float64(k*ln2High), -float64(k*ln2Mid)
	if math.Abs(a) < math.Abs(b) {
		a, b = b, a
	}
	r := join(a, b)
	return math.Ldexp(expPair(join(r.hi, r.lo-float64(k*ln2Low))).hi, int(k))
}

// expPair sums the series of e to the power of r to a precision of about 2^-68.
// The absolute value of r is from 0 to 1.
func expPair(r pair) pair {
	rest := 0.0
	for n := len(inverseFactorials) - 1; n >= pairTerms; n-- {
		rest = float64(rest*r.hi) + inverseFactorials[n].hi
	}
	sum := pair{rest, 0}
	for n := pairTerms - 1; n >= 0; n-- {
		sum = inverseFactorials[n].plus(sum.times(r))
	}
	return sum
}
