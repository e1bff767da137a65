package eval

import (
	"slices"
)

// maxThreshold is the highest IoU that a threshold requires. pycocotools accepts an IoU
// lower than 1 by this margin for the threshold 1.
const maxThreshold = 1 - 1e-10

// A grid numbers the pairs of area range and IoU threshold: those of area range a begin
// with bit a*thresholds. A property that holds for some of the pairs is a set of bits,
// words uint64 long. So an instance is tried for all of the pairs in one step.
type grid struct {
	p          *Params
	thresholds int
	words      int
	all        []uint64
	ofArea     [][]uint64 // the bits of one area range
	sorted     []float64  // thresholds in ascending order, at most maxThreshold
	reached    []uint64   // words bits for each number of sorted thresholds that an IoU reaches
	lowest     float64
}

func newGrid(p *Params) *grid {
	t, a := len(p.IoU), len(p.Areas)
	g := &grid{p: p, thresholds: t, words: (t*a + 63) / 64}
	set := func(words []uint64, a, t int) {
		bit := a*g.thresholds + t
		words[bit/64] |= 1 << (bit % 64)
	}
	g.all = make([]uint64, g.words)
	for i := range p.Areas {
		words := make([]uint64, g.words)
		for k := range t {
			set(words, i, k)
			set(g.all, i, k)
		}
		g.ofArea = append(g.ofArea, words)
	}
	clamped := make([]float64, t)
	for k, v := range p.IoU {
		clamped[k] = min(v, maxThreshold)
	}
	g.sorted = slices.Sorted(slices.Values(clamped))
	g.lowest = g.sorted[0]
	for n := range t + 1 {
		words := make([]uint64, g.words)
		for k, v := range clamped {
			if n > 0 && v <= g.sorted[n-1] {
				for i := range p.Areas {
					set(words, i, k)
				}
			}
		}
		g.reached = append(g.reached, words...)
	}
	return g
}

// reachedBy returns the bits of the thresholds that an IoU reaches.
func (g *grid) reachedBy(iou float64) []uint64 {
	n := 0
	for n < len(g.sorted) && g.sorted[n] <= iou {
		n++
	}
	return g.reached[n*g.words : (n+1)*g.words]
}

// outside adds the bits of the area ranges that an area is outside of.
func (g *grid) outside(words []uint64, area float64) {
	for a, r := range g.p.Areas {
		if area < r.Min || area > r.Max {
			for w, bits := range g.ofArea[a] {
				words[w] |= bits
			}
		}
	}
}

// has reports whether the bit of an area range and a threshold is set.
func (g *grid) has(words []uint64, area, threshold int) bool {
	bit := area*g.thresholds + threshold
	return words[bit/64]>>(bit%64)&1 == 1
}
