package slide

import (
	"fmt"

	"github.com/hubdata/hubdata/rle"
)

// Reduced returns the region at a lower resolution, in which n x n pixels become one: one
// that has at least half of them. Pixel (0, 0) is the first of its square. It is an error
// that wraps [ErrGrid] if n is below 1.
func (r Region) Reduced(n int) (Region, error) {
	if n < 1 || n > MaxCoordinate {
		return Region{}, fmt.Errorf("%w: found the scale %d, expected a whole number from 1 to 2^30", ErrGrid, n)
	}
	h, w := r.Mask.Size()
	if n == 1 || h == 0 || w == 0 {
		return r, nil
	}
	left, top := r.X/n, r.Y/n
	width, height := (r.X+w-1)/n-left+1, (r.Y+h-1)/n-top+1
	runs, end := []uint32{}, 0 // where the last run ends
	counts := make([]int, height)
	flush := func(column int) {
		for y, count := range counts {
			if 2*count < n*n {
				continue
			}
			if at := column*height + y; at == end && len(runs) > 0 {
				runs[len(runs)-1]++
			} else {
				runs = append(runs, uint32(at-end), 1)
			}
			end = column*height + y + 1
		}
		clear(counts)
	}
	column := 0
	for _, s := range r.appendSpans(nil) {
		for ; s.x/n-left > column; column++ {
			flush(column)
		}
		for y := s.y0; y < s.y1; {
			row := y / n
			next := min((row+1)*n, s.y1)
			counts[row-top] += next - y
			y = next
		}
	}
	flush(column)
	m, err := rle.FromRuns(height, width, append(runs, uint32(height*width-end)))
	if err != nil {
		return Region{}, err
	}
	return NewRegion(left, top, m), nil
}
