package stats

import (
	"math"
	"math/bits"
	"slices"
)

// step is the number of steps of a value that make 1: values are counted in millionths.
const step = 1e6

// MaxValue is the largest value that is kept unchanged. Larger values count as
// MaxValue, and values below -MaxValue as -MaxValue.
const MaxValue = 1e12

// Values is a multiset of numbers: it stores how often each number occurred, in steps
// of a millionth. The zero Values is empty and ready for use. Several goroutines must
// not use it at the same time, unless it has been read since the last number was added:
// then any number of them may read it.
type Values struct {
	sorted  []tally // by value
	pending []int64 // values not yet in sorted
}

// tally counts the occurrences of a value.
type tally struct{ value, n int64 }

// leastPending is the number of values that are collected before they are sorted in.
// The longer sorted is, the more values are collected, so that each takes a constant
// number of moves.
const leastPending = 512

// Add adds a number. NaN is ignored.
func (v *Values) Add(x float64) {
	if math.IsNaN(x) {
		return
	}
	v.pending = append(v.pending, int64(math.Round(min(max(x, -MaxValue), MaxValue)*step)))
	if len(v.pending) >= max(leastPending, len(v.sorted)) {
		v.settle()
	}
}

// addTimes adds an integer n times.
func (v *Values) addTimes(x int, n int) {
	if n > 0 {
		v.merge([]tally{{int64(x) * step, int64(n)}})
	}
}

// settle sorts the pending values in.
func (v *Values) settle() {
	if len(v.pending) == 0 {
		return
	}
	slices.Sort(v.pending)
	var list []tally
	for _, x := range v.pending {
		if k := len(list) - 1; k >= 0 && list[k].value == x {
			list[k].n++
		} else {
			list = append(list, tally{x, 1})
		}
	}
	v.pending = v.pending[:0]
	v.merge(list)
}

// merge adds tallies, sorted by value.
func (v *Values) merge(list []tally) {
	if len(v.sorted) == 0 {
		v.sorted = append(v.sorted, list...)
		return
	}
	// Merge in place from the end: make room for the new values first, and close the
	// gap that values in both lists leave at the end.
	i, j := len(v.sorted)-1, len(list)-1
	v.sorted = append(v.sorted, list...)
	k := len(v.sorted)
	for j >= 0 {
		k--
		switch {
		case i < 0 || v.sorted[i].value < list[j].value:
			v.sorted[k] = list[j]
			j--
		case v.sorted[i].value > list[j].value:
			v.sorted[k] = v.sorted[i]
			i--
		default:
			v.sorted[k] = tally{list[j].value, v.sorted[i].n + list[j].n}
			i--
			j--
		}
	}
	v.sorted = slices.Delete(v.sorted, i+1, k)
}

// Merge adds the values of another set, which does not change.
func (v *Values) Merge(o *Values) {
	o.settle()
	v.settle()
	v.merge(o.sorted)
}

// N returns the number of values.
func (v *Values) N() int {
	v.settle()
	n := int64(0)
	for _, t := range v.sorted {
		n += t.n
	}
	return int(n)
}

// All calls yield for each distinct value in ascending order, with the number of its
// occurrences.
func (v *Values) All(yield func(value float64, n int) bool) {
	v.settle()
	for _, t := range v.sorted {
		if !yield(float64(t.value)/step, int(t.n)) {
			return
		}
	}
}

// Sum returns the sum of the values, rounded once.
func (v *Values) Sum() float64 {
	v.settle()
	return v.sum() / step
}

// sum returns the sum of the values in steps. The exact sum may exceed 64 bits.
func (v *Values) sum() float64 {
	var hi, lo uint64 // two's complement
	for _, t := range v.sorted {
		h, l := bits.Mul64(uint64(max(t.value, -t.value)), uint64(t.n))
		var carry uint64
		if t.value < 0 {
			lo, carry = bits.Sub64(lo, l, 0)
			hi, _ = bits.Sub64(hi, h, carry)
		} else {
			lo, carry = bits.Add64(lo, l, 0)
			hi, _ = bits.Add64(hi, h, carry)
		}
	}
	if int64(hi) < 0 {
		var borrow uint64
		lo, borrow = bits.Sub64(0, lo, 0)
		hi, _ = bits.Sub64(0, hi, borrow)
		return -(float64(float64(hi)*(1<<64)) + float64(lo))
	}
	return float64(float64(hi)*(1<<64)) + float64(lo)
}
