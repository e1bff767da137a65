package rle

import (
	"errors"
	"fmt"
	"math"
	"sync"
)

// Rule determines which pixels belong to a polygon. The ring with vertices
// (1,1) (5,1) (5,4) (1,4) covers
//
//	FillOpenCV   FillCOCO   FillCenter
//	. . . . . .  . . . . .  . . . . .
//	. # # # # #  . # # # #  . # # # #
//	. # # # # #  . # # # #  . # # # #
//	. # # # # #  . # # # #  . # # # #
//	. # # # # #  . . . . .  . . . . .
//	. . . . . .
//
// The first rule treats vertices as pixels and draws the boundary. The other
// two treat vertices as points of the plane. The triangle (0,0) (6,0) (0,4)
// shows how slanted edges differ. FillCOCO and FillCenter agree here, but not
// everywhere, because FillCOCO rounds its boundary to fifths of a pixel:
//
//	FillOpenCV     FillCOCO     FillCenter
//	# # # # # # #  # # # # # .  # # # # # .
//	# # # # # # .  # # # # . .  # # # # . .
//	# # # # . . .  # # . . . .  # # . . . .
//	# # # . . . .  # . . . . .  # . . . . .
//	# . . . . . .
type Rule uint8

// The fill rules.
const (
	// FillOpenCV equals one call of OpenCV's cv2.fillPoly with all rings and
	// 8-connected lines. Vertices are pixel indices. The result is the drawn
	// boundary of every ring, and the even-odd interior of all rings together.
	// Fractions are truncated, as by NumPy's astype(int32); the truncated
	// values must fit in 32 bits. A ring of one point gives that pixel, a ring
	// of two points a line. Tests check equality with OpenCV up to a million
	// pixels around the image; near the ends of the 32-bit range OpenCV's own
	// arithmetic overflows.
	FillOpenCV Rule = iota
	// FillCOCO is pycocotools' polygon fill (rleFrPoly) of each ring, followed
	// by its merge, so the result is the union of the rings. Vertices are
	// points of the plane, where pixel (x, y) covers x to x+1. The boundary is
	// computed on a lattice of fifths of a pixel. Rings of one or two points
	// are empty. Coordinates must be between -1e8 and 1e8; beyond that the
	// reference's integers overflow.
	FillCOCO
	// FillCenter contains the pixels whose centre (x+0.5, y+0.5) is inside all
	// rings together by the even-odd rule. The decision is exact. A centre on a
	// left or top edge is inside, one on a right or bottom edge outside: an
	// edge from y0 to y1, y0 < y1, counts for a row if y0 <= y+0.5 < y1, and
	// for the pixels whose centres are at its crossing or to the right of it.
	// Polygons that share an edge therefore share no pixel. Coordinates must be
	// between -1e8 and 1e8.
	FillCenter
)

// ErrCoordinate is returned if a coordinate is NaN, infinite, or beyond the
// range of the fill rule. The message names the ring and the point.
var ErrCoordinate = errors.New("rle: bad coordinate")

// ErrRule is returned for a fill rule that does not exist.
var ErrRule = errors.New("rle: unknown fill rule")

var ruleNames = [...]string{FillOpenCV: "opencv", FillCOCO: "coco", FillCenter: "center"}

// String returns the name that [ParseRule] reads: opencv, coco or center.
func (r Rule) String() string {
	if int(r) < len(ruleNames) {
		return ruleNames[r]
	}
	return fmt.Sprintf("Rule(%d)", uint8(r))
}

// ParseRule returns the rule with the given name: opencv, coco or center. For
// any other it returns an error that wraps [ErrRule].
func ParseRule(s string) (Rule, error) {
	for r, name := range ruleNames {
		if s == name {
			return Rule(r), nil
		}
	}
	return 0, fmt.Errorf("%w %q: expected opencv, coco or center", ErrRule, s)
}

// FromPolygon fills rings on an h x w mask. Each ring is closed on its own,
// whether or not its last point repeats its first, and may run in either
// direction. Rings may overlap, and may extend beyond the mask, where they are
// clipped. The rule determines how rings combine. Without rings the mask is
// empty.
//
// The running time depends on the number of points and on the size of the part
// of the mask that the bounds of the rings cover, not on the length of the
// edges. Parts of more than 2^26 pixels are filled in bands of columns, so that
// the scratch memory stays small. FromPolygon may be called by several
// goroutines, and allocates only the result.
//
// It returns an error that wraps [ErrCoordinate] for a coordinate that is not
// finite or beyond the rule's limit, [ErrSize] for a bad size, [ErrRuns] for a
// mask of too many runs, see [MaxFillRuns], or [ErrRule].
func FromPolygon(h, w int, rule Rule, rings ...Ring) (Mask, error) {
	f := fillers.Get().(*filler)
	defer f.release()
	if err := f.fill(h, w, rule, rings); err != nil {
		return Mask{}, err
	}
	return f.mask(h, w), nil
}

// fill leaves the runs of rings in f.runs.
func (f *filler) fill(h, w int, rule Rule, rings []Ring) error {
	if err := CheckSize(h, w); err != nil {
		return err
	}
	f.limit = runLimit(points(rings))
	switch rule {
	case FillOpenCV:
		return f.openCV(h, w, rings)
	case FillCOCO:
		return f.coco(h, w, rings)
	case FillCenter:
		return f.center(h, w, rings)
	}
	return fmt.Errorf("%w %d: expected FillOpenCV, FillCOCO or FillCenter", ErrRule, rule)
}

// FromBox fills a box on an h x w mask, exactly as pycocotools' frBbox does: as
// the ring of its four corners under [FillCOCO]. It returns an error that wraps
// [ErrCoordinate] or [ErrSize] as [FromPolygon] does.
func FromBox(h, w int, b Box) (Mask, error) {
	x, y := b.X+b.W, b.Y+b.H
	ring := [4]Point{{b.X, b.Y}, {b.X, y}, {x, y}, {x, b.Y}}
	return FromPolygon(h, w, FillCOCO, ring[:])
}

// A vertex is a point of a ring, in the integer coordinates of the fill rule.
type vertex struct{ x, y int32 }

// A filler is the scratch memory of FromPolygon. Each rule leaves the runs of
// the mask in runs; the other fields only keep memory for reuse.
type filler struct {
	pts   []vertex    // vertices of all rings (FillOpenCV) or of one (FillCOCO)
	cols  []int32     // FillCOCO: for each vertex, the first pixel column whose middle is at it or to the right of it
	win   window      // toggles, then the filled pixels
	set   []uint64    // FillOpenCV: drawn pixels, laid out as win.bits
	edge  [2][]uint32 // FillCOCO: run bounds, ring after ring
	ends  [2][]int    // where each ring ends in edge
	runs  []uint32
	limit int // of runs
	left  int // FillCOCO: the pixel of the plane that is the mask's first
	top   int
	band  int // for tests: words of a band instead of maxBand
}

var fillers = sync.Pool{New: func() any { return new(filler) }}

// maxKept is the largest scratch memory, in words, that is kept for the next
// call. It is enough for a ring that spans a 4,000 pixel square. Larger scratch
// is left to the garbage collector.
const maxKept = 1 << 18

// maxBand is the largest number of words in the window of one band: 8 MiB.
const maxBand = 1 << 20

// bandWidth returns the largest number of columns of h rows that are filled at
// once.
func (f *filler) bandWidth(h int) int {
	words := maxBand
	if f.band > 0 {
		words = f.band
	}
	return max(words/((h+63)/64), 1)
}

func (f *filler) release() {
	f.left, f.top = 0, 0
	if cap(f.win.bits)+cap(f.set) > 2*maxKept || cap(f.pts)+cap(f.runs)+cap(f.edge[0])+cap(f.edge[1]) > 4*maxKept {
		return
	}
	fillers.Put(f)
}

// mask copies the runs out of the scratch.
func (f *filler) mask(h, w int) Mask {
	if h*w == 0 {
		return Mask{h: h, w: w}
	}
	runs := make([]uint32, len(f.runs))
	copy(runs, f.runs)
	return Mask{h: h, w: w, runs: runs}
}

// resize returns s with length n, its contents undefined.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}

// badPoint returns the error for point i of ring r.
func badPoint(r, i int, p Point, limit string) error {
	for _, v := range p {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%w: ring %d point %d is (%v, %v): expected finite numbers", ErrCoordinate, r, i, p[0], p[1])
		}
	}
	return fmt.Errorf("%w: ring %d point %d is (%v, %v): expected %s", ErrCoordinate, r, i, p[0], p[1], limit)
}
