package rle

import (
	"errors"
	"fmt"
)

// MaxFillRuns is the largest number of runs of polygons beyond those that their
// points allow: 64 for each point of one mask, [RunsPerPoint] for each point of the
// masks of a [Budget]. A polygon that crosses a large mask again and again has far more runs
// than its text suggests: eight thousand points can give a hundred million.
const MaxFillRuns = 1 << 21

// RunsPerPoint is the number of runs for each point of a polygon that a [Budget] does
// not count: rectangles of up to a thousand columns are free, however many there are.
const RunsPerPoint = 512

// fillPerPoint is the number of runs for each point that one mask may have freely.
const fillPerPoint = 64

// ErrRuns is returned if polygons have too many runs, see [MaxFillRuns].
var ErrRuns = errors.New("rle: too many runs")

// runLimit returns the largest number of runs of polygons of so many points.
func runLimit(points int) int { return MaxFillRuns + fillPerPoint*points }

func points(rings []Ring) int {
	n := 0
	for _, ring := range rings {
		n += len(ring)
	}
	return n
}

// tooManyRuns is the error for a mask beyond its limit.
func (f *filler) tooManyRuns(h, w int, rings []Ring) error {
	return fmt.Errorf("%w: a polygon of %d points fills more than %d runs on a mask of height %d and width %d: expected fewer: simplify it or give the mask as runs",
		ErrRuns, points(rings), f.limit, h, w)
}

// A Budget bounds the memory that masks take which are held together, such as those
// of an image. The zero value is ready to use.
type Budget struct{ used int }

// Add counts a mask that was filled from polygons of so many points. If the masks
// have more than [MaxFillRuns] runs beyond [RunsPerPoint] for each point, the error
// wraps [ErrRuns], and the mask is not counted: the caller must not keep it.
func (b *Budget) Add(m Mask, points int) error {
	n := max(len(m.runs)-RunsPerPoint*points, 0)
	if b.used+n > MaxFillRuns {
		return fmt.Errorf("%w: the polygons of one image fill more than %d runs: expected fewer: simplify them or give masks as runs", ErrRuns, MaxFillRuns)
	}
	b.used += n
	return nil
}
