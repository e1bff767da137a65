package stats

import "math"

// Shift compares the values of one measure in two sets.
type Shift struct {
	Measure Measure `json:"measure"`
	A       Summary `json:"a"`
	B       Summary `json:"b"`
	// KS is the two-sample Kolmogorov-Smirnov statistic, as computed by
	// scipy.stats.ks_2samp: the largest distance between the cumulative distributions,
	// from 0 (equal) to 1 (disjoint). It is 0 if one of the sets is empty.
	KS float64 `json:"ks"`
	// Wasserstein is the mean distance, in the measure's unit, by which values must
	// move to turn one set into the other, as computed by
	// scipy.stats.wasserstein_distance. It is 0 if one of the sets is empty.
	Wasserstein float64 `json:"wasserstein"`
	Verdict     Verdict `json:"verdict"`
}

// Verdict sums up a shift in a word.
type Verdict uint8

// The verdicts.
const (
	TooFew  Verdict = iota // one of the sets has fewer than LeastValues values
	Alike                  // no farther apart than samples of one distribution often are, or than SomeShift
	Shifted                // farther, up to LargeShift
	Unlike                 // farther apart than LargeShift
)

// A comparison needs at least LeastValues values on each side. Up to SomeShift two
// distributions count as alike, beyond LargeShift as unlike. For comparison, the areas
// of the competition's tiers 1 and 2, which were labelled by different rules, are about
// 0.1 apart.
const (
	LeastValues = 50
	SomeShift   = 0.1
	LargeShift  = 0.2
)

// String returns too few, alike, shifted or unlike.
func (v Verdict) String() string { return [...]string{"too few", "alike", "shifted", "unlike"}[v] }

// MarshalText returns the verdict's name.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// NewShift compares the values of a measure in two sets.
func NewShift(m Measure, a, b *Values) Shift {
	s := Shift{Measure: m, A: a.Summary(), B: b.Summary(), KS: KS(a, b), Wasserstein: Wasserstein(a, b)}
	switch {
	case s.A.N < LeastValues || s.B.N < LeastValues:
		s.Verdict = TooFew
	case s.KS <= max(SomeShift, chance(s.A.N, s.B.N)):
		s.Verdict = Alike
	case s.KS <= LargeShift:
		s.Verdict = Shifted
	default:
		s.Verdict = Unlike
	}
	return s
}

// chance returns the KS statistic that two samples of one distribution exceed in one
// case of twenty: the asymptotic bound sqrt(-ln(0.05/2)/2 (n+m)/nm). The constant
// 3.6888794541139363 is -ln(0.025) on every machine, while the last bit of math.Log may
// differ.
func chance(n, m int) float64 {
	return math.Sqrt(3.6888794541139363 / 2 * (1/float64(n) + 1/float64(m)))
}

// KS returns the two-sample Kolmogorov-Smirnov statistic of two sets.
func KS(a, b *Values) float64 {
	most, pairs := int64(0), int64(a.N())*int64(b.N())
	walk(a, b, func(_, _, apart int64) { most = max(most, apart) })
	if most == 0 {
		return 0
	}
	return float64(most) / float64(pairs)
}

// Wasserstein returns the first Wasserstein distance of two sets: the area
// between their cumulative distributions.
func Wasserstein(a, b *Values) float64 {
	area, pairs := 0.0, float64(a.N())*float64(b.N())
	walk(a, b, func(at, next, apart int64) { area += float64(float64(apart) / pairs * (float64(next-at) / step)) })
	return area
}

// walk visits the values of both sets in ascending order. For each value, visit
// receives the next value and the distance of the cumulative distributions at this
// value, in units of one over the product of the sets' sizes (each below 2^31). If a
// set is empty, walk visits nothing.
func walk(a, b *Values, visit func(at, next, apart int64)) {
	na, nb := int64(a.N()), int64(b.N())
	if na == 0 || nb == 0 {
		return
	}
	i, j := 0, 0
	upToA, upToB := int64(0), int64(0)
	least := func() int64 {
		switch {
		case i == len(a.sorted):
			return b.sorted[j].value
		case j == len(b.sorted):
			return a.sorted[i].value
		}
		return min(a.sorted[i].value, b.sorted[j].value)
	}
	for i < len(a.sorted) || j < len(b.sorted) {
		at := least()
		if i < len(a.sorted) && a.sorted[i].value == at {
			upToA += a.sorted[i].n
			i++
		}
		if j < len(b.sorted) && b.sorted[j].value == at {
			upToB += b.sorted[j].n
			j++
		}
		next := at
		if i < len(a.sorted) || j < len(b.sorted) {
			next = least()
		}
		apart := upToA*nb - upToB*na
		visit(at, next, max(apart, -apart))
	}
}
