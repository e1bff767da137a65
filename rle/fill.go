package rle

import (
	"errors"
	"fmt"
	"math"
	"sync"
)

// Rule says which pixels belong to a polygon.
type Rule uint8

// The fill rules.
const (
	// FillOpenCV is OpenCV's cv2.fillPoly with 8-connected lines: vertices are
	// pixel indices; the drawn boundary and the even-odd interior of all rings together.
	FillOpenCV Rule = iota
	// FillCOCO is pycocotools' frPyObjects and merge: vertices are points of the
	// plane, where pixel (x, y) covers x to x+1; the union of the rings.
	FillCOCO
	// FillCenter takes the pixels whose centre (x+0.5, y+0.5) is inside all rings
	// together by the even-odd rule.
	FillCenter
)

// ErrCoordinate is returned when a coordinate is not a number, infinite, or
// beyond what the fill rule can compute. The message names the ring and point.
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

// ParseRule returns the rule of a name: opencv, coco or center. For any other
// it returns an error that wraps [ErrRule].
func ParseRule(s string) (Rule, error) {
	for r, name := range ruleNames {
		if s == name {
			return Rule(r), nil
		}
	}
	return 0, fmt.Errorf("%w %q: want opencv, coco or center", ErrRule, s)
}

// FromPolygon fills rings on an h x w mask.
func FromPolygon(h, w int, rule Rule, rings ...Ring) (Mask, error) {
	if err := checkSize(h, w); err != nil {
		return Mask{}, err
	}
	f := fillers.Get().(*filler)
	defer f.release()
	var err error
	switch rule {
	case FillOpenCV:
		err = f.openCV(h, w, rings)
	case FillCOCO:
		err = f.coco(h, w, rings)
	case FillCenter:
		err = f.center(h, w, rings)
	default:
		err = fmt.Errorf("%w %d: want FillOpenCV, FillCOCO or FillCenter", ErrRule, rule)
	}
	if err != nil {
		return Mask{}, err
	}
	return f.mask(h, w), nil
}

// FromBox fills a box on an h x w mask, bit for bit as pycocotools' frBbox
// does: the ring of its four corners under [FillCOCO].
func FromBox(h, w int, b Box) (Mask, error) {
	x, y := b.X+b.W, b.Y+b.H
	ring := [4]Point{{b.X, b.Y}, {b.X, y}, {x, y}, {x, b.Y}}
	return FromPolygon(h, w, FillCOCO, ring[:])
}

// A vertex is a point of a ring in the whole numbers of the fill rule.
type vertex struct{ x, y int32 }

// A filler is the scratch memory of FromPolygon. Each rule leaves the runs of
// the mask in runs; all else is only for reuse.
type filler struct {
	pts  []vertex // vertices of all rings (FillOpenCV) or of one (FillCOCO)
	cols []int32  // FillCOCO: first column at or right of each vertex
	win  window   // toggles, then the filled pixels
	set  []uint64 // FillOpenCV: drawn pixels, laid out as win.bits
	edge [2][]uint32
	ends [2][]int
	runs []uint32
}

var fillers = sync.Pool{New: func() any { return new(filler) }}

// maxKept is the scratch, in words, that is kept for the next call: enough for
// a ring that spans a 4,000 pixel square. Larger is left to the collector.
const maxKept = 1 << 18

func (f *filler) release() {
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

// badPoint explains why point i of ring r was refused.
func badPoint(r, i int, p Point, limit string) error {
	for _, v := range p {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%w: ring %d point %d is (%v, %v): want finite numbers", ErrCoordinate, r, i, p[0], p[1])
		}
	}
	return fmt.Errorf("%w: ring %d point %d is (%v, %v): want %s", ErrCoordinate, r, i, p[0], p[1], limit)
}
