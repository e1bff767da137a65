package demo

import "math/rand/v2"

// rng generates random numbers with operations that give the same results on
// every machine.
type rng struct{ rand.PCG }

// newRNG returns the generator for one purpose and one tile (or other thing).
func newRNG(seed uint64, purpose string, key uint64) *rng {
	// Hash the purpose with FNV-1a. mix then separates similar seeds.
	h := uint64(14695981039346656037)
	for i := range len(purpose) {
		h = (h ^ uint64(purpose[i])) * 1099511628211
	}
	r := new(rng)
	r.Seed(mix(seed^mix(h)), mix(key+h))
	return r
}

// mix is the finalizer of SplitMix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// float returns a number in [0, 1).
func (r *rng) float() float64 { return float64(r.Uint64()>>11) / (1 << 53) }

// between returns a number in [lo, hi).
func (r *rng) between(lo, hi float64) float64 { return lo + float64((hi-lo)*r.float()) }

// intN returns an integer in [0, n). Its bias is below n / 2^53.
func (r *rng) intN(n int) int { return int(r.float() * float64(n)) }

// chance is true with probability p.
func (r *rng) chance(p float64) bool { return r.float() < p }

// normal returns an approximately normal number with mean 0 and variance 1. It
// is the sum of 12 uniform numbers, so its absolute value is at most 6.
func (r *rng) normal() float64 {
	sum := -6.0
	for range 12 {
		sum += r.float()
	}
	return sum
}
