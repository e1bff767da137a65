package eval

// meanOf returns numpy's mean of n values, which next gives in order, up to 128 at a time.
func meanOf(n int, next func(v []float64)) float64 {
	var block [128]float64
	return sumOf(n, block[:], next) / float64(n)
}

// sumOf is pairwiseSum of values that next gives.
func sumOf(n int, block []float64, next func(v []float64)) float64 {
	if n > len(block) {
		half := n / 2
		half -= half % 8
		left := sumOf(half, block, next)
		return left + sumOf(n-half, block, next)
	}
	next(block[:n])
	return pairwiseSum(block[:n])
}

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
