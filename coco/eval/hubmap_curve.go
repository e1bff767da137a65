package eval

import (
	"encoding/binary"
	"math"
)

// A hubmapCurve is the curve of the competition's metric, whose points are added in falling
// order of scores. It keeps a byte or so for each true positive.
type hubmapCurve struct {
	truths int
	right  int // true positives
	wrong  int // false positives, in all and since the last true positive
	since  int
	blocks []hubmapBlock
}

// A hubmapBlock is what blockHits true positives, one after another, have.
type hubmapBlock struct {
	right, wrong int     // of the points before
	n            int     // true positives
	gaps         []byte  // the number of false positives before each true positive
	best         float64 // the highest precision of its points, later of those of any later block too
}

// blockHits is the number of true positives of a block.
const blockHits = 1 << 12

// add adds a point.
func (c *hubmapCurve) add(hit bool) {
	if !hit {
		c.since++
		return
	}
	if n := len(c.blocks); n == 0 || c.blocks[n-1].n == blockHits {
		c.blocks = append(c.blocks, hubmapBlock{right: c.right, wrong: c.wrong})
	}
	b := &c.blocks[len(c.blocks)-1]
	b.gaps = binary.AppendUvarint(b.gaps, uint64(c.since))
	b.n++
	c.right, c.wrong, c.since = c.right+1, c.wrong+c.since, 0
	b.best = max(b.best, float64(c.right)/float64(c.right+c.wrong))
}

// ap returns the sum of precision times the growth of recall, with each precision raised to
// the largest one at any later point; NaN: there are no true instances. A point where recall
// does not grow adds nothing. The Object Detection API adds a last point with recall 1 and
// precision 0: its term is 0, but it takes a place in the order of the sum.
func (c *hubmapCurve) ap() float64 {
	if c.truths == 0 {
		return math.NaN()
	}
	for i := len(c.blocks) - 2; i >= 0; i-- {
		c.blocks[i].best = max(c.blocks[i].best, c.blocks[i+1].best)
	}
	n := c.right
	if c.right < c.truths {
		n++
	}
	var terms []float64 // of the block, the next one first
	block := 0
	var sum [128]float64
	return sumOf(n, sum[:], func(v []float64) {
		for i := range v {
			if len(terms) == 0 && block < len(c.blocks) {
				terms = c.terms(block, terms)
				block++
			}
			if v[i] = 0; len(terms) > 0 {
				v[i], terms = terms[0], terms[1:]
			}
		}
	})
}

// terms returns the terms of the sum of a block.
func (c *hubmapCurve) terms(block int, dst []float64) []float64 {
	b := &c.blocks[block]
	dst = dst[:0]
	right, wrong := b.right, b.wrong
	for gaps := b.gaps; len(gaps) > 0; {
		gap, n := binary.Uvarint(gaps)
		gaps = gaps[n:]
		right, wrong = right+1, wrong+int(gap)
		dst = append(dst, float64(right)/float64(right+wrong))
	}
	best := 0.0
	if block+1 < len(c.blocks) {
		best = c.blocks[block+1].best
	}
	truths := float64(c.truths)
	for i := len(dst) - 1; i >= 0; i-- {
		best = max(best, dst[i])
		before := float64(b.right+i) / truths
		dst[i] = (float64(b.right+i+1)/truths - before) * best
	}
	return dst
}
