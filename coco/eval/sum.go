package eval

// mean returns numpy's mean: the pairwise sum divided by the number of values.
func mean(v []float64) float64 { return pairwiseSum(v) / float64(len(v)) }

// pairwiseSum adds in the order of numpy: it halves more than 128 numbers, each time at
// a multiple of eight, and keeps eight partial sums below that.
func pairwiseSum(v []float64) float64 {
	n := len(v)
	if n < 8 {
		sum := 0.0
		for _, x := range v {
			sum += x
		}
		return sum
	}
	if n > 128 {
		half := n / 2
		half -= half % 8
		return pairwiseSum(v[:half]) + pairwiseSum(v[half:])
	}
	r := [8]float64(v[:8])
	i := 8
	for ; i < n-n%8; i += 8 {
		for k := range r {
			r[k] += v[i+k]
		}
	}
	sum := ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]))
	for ; i < n; i++ {
		sum += v[i]
	}
	return sum
}
