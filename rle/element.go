package rle

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// MaxElement is the largest side of a structuring element in pixels.
const MaxElement = 1023

// ErrElement is returned for an invalid structuring element, number of
// iterations or border rule.
var ErrElement = errors.New("rle: bad morphology argument")

// Element is a structuring element: a set of pixels around a centre pixel,
// which it includes. It is symmetric from left to right and from top to bottom,
// and never changes. The zero Element is the single centre pixel, which leaves
// every mask unchanged.
//
// Column dx of every element is a single run of rows from -half to +half. The
// further a column is from the centre, the shorter its run. An element is
// therefore a union of centred rectangles, which the kernels rely on.
type Element struct {
	shape string
	half  []int32 // half[i] is the half-height of the columns -i and +i
}

// shapes lists the shapes that ParseElement accepts.
var shapes = [...]struct {
	name   string
	radius bool // whether the number is a radius rather than a side
	make   func(int) (Element, error)
}{
	{"cross", false, Cross},
	{"square", false, Square},
	{"ellipse", false, Ellipse},
	{"disk", true, Disk},
	{"diamond", true, Diamond},
}

// Cross returns the centre row and the centre column of an n x n square:
// cv2.getStructuringElement(cv2.MORPH_CROSS, (n, n)). n must be odd.
func Cross(n int) (Element, error) {
	return bySide("cross", n, func(dx, r int) int {
		if dx == 0 {
			return r
		}
		return 0
	})
}

// Square returns the n x n square: cv2.getStructuringElement(cv2.MORPH_RECT,
// (n, n)) and skimage.morphology.footprint_rectangle((n, n)). n must be odd.
func Square(n int) (Element, error) {
	return bySide("square", n, func(_, r int) int { return r })
}

// Ellipse returns cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (n, n)). n must
// be odd. It differs from [Disk]: with r = n/2, row dy extends to
// round(r*sqrt((r*r-dy*dy)/(r*r))), with halves rounded to even. Its top and
// bottom rows are therefore single pixels, but its outermost columns are not.
func Ellipse(n int) (Element, error) {
	return bySide("ellipse", n, func(dx, r int) int {
		// Rows get shorter away from the centre, so the half-height of a column
		// is the last row that still reaches it.
		dy := 0
		for dy < r && ellipseReach(dy+1, r) >= dx {
			dy++
		}
		return dy
	})
}

// ellipseReach returns the half-width of row dy of OpenCV's ellipse, computed
// with OpenCV's order of operations.
func ellipseReach(dy, r int) int {
	inv := 0.0
	if r != 0 {
		inv = 1 / (float64(r) * float64(r))
	}
	return int(math.RoundToEven(float64(r) * math.Sqrt(float64(r*r-dy*dy)*inv)))
}

// Disk returns the pixels whose centres are at most r from that of the middle
// pixel: skimage.morphology.disk(r). Its side is 2r+1.
func Disk(r int) (Element, error) {
	return byRadius("disk", r, func(dx, r int) int {
		dy := 0
		for dx*dx+(dy+1)*(dy+1) <= r*r {
			dy++
		}
		return dy
	})
}

// Diamond returns the pixels that can be reached from the centre in at most r
// steps up, down, left or right: skimage.morphology.diamond(r). Its side is
// 2r+1.
func Diamond(r int) (Element, error) {
	return byRadius("diamond", r, func(dx, r int) int { return r - dx })
}

func bySide(shape string, n int, half func(dx, r int) int) (Element, error) {
	if n < 1 || n > MaxElement || n%2 == 0 {
		return Element{}, fmt.Errorf("%w: %s of side %d: want an odd side from 1 to %d", ErrElement, shape, n, MaxElement)
	}
	return newElement(shape, n/2, half), nil
}

func byRadius(shape string, r int, half func(dx, r int) int) (Element, error) {
	if r < 0 || r > MaxElement/2 {
		return Element{}, fmt.Errorf("%w: %s of radius %d: want a radius from 0 to %d", ErrElement, shape, r, MaxElement/2)
	}
	return newElement(shape, r, half), nil
}

func newElement(shape string, r int, half func(dx, r int) int) Element {
	e := Element{shape: shape, half: make([]int32, r+1)}
	for dx := range e.half {
		e.half[dx] = int32(half(dx, r))
	}
	return e
}

// ParseElement reads the form that [Element.String] writes: "cross:N",
// "square:N" or "ellipse:N" with an odd side N, "disk:R" or "diamond:R" with a
// radius R.
func ParseElement(s string) (Element, error) {
	name, number, ok := strings.Cut(s, ":")
	if n, err := strconv.Atoi(number); ok && err == nil {
		for _, shape := range shapes {
			if shape.name == name {
				return shape.make(n)
			}
		}
	}
	return Element{}, fmt.Errorf("%w: element %.40q: want cross:N, square:N, ellipse:N, disk:R or diamond:R", ErrElement, s)
}

// String returns the element as "shape:number", which [ParseElement] reads.
func (e Element) String() string {
	for _, shape := range shapes {
		if shape.name == e.shape && shape.radius {
			return fmt.Sprintf("%s:%d", e.shape, e.radius())
		}
	}
	if e.shape == "" {
		return "square:1"
	}
	return fmt.Sprintf("%s:%d", e.shape, e.Side())
}

// Side returns the side in pixels of the square around the element. It is odd.
func (e Element) Side() int { return 2*e.radius() + 1 }

// At reports whether the pixel dx columns and dy rows from the centre belongs to
// the element.
func (e Element) At(dx, dy int) bool {
	dx, dy = max(dx, -dx), max(dy, -dy)
	return dx >= 0 && dy >= 0 && dx <= e.radius() && dy <= e.halfHeight(dx)
}

// radius returns the half-width. Columns -radius to +radius are not empty.
func (e Element) radius() int { return max(len(e.half), 1) - 1 }

// halfHeight returns the half-height of columns -dx and +dx, for dx from 0 to
// radius.
func (e Element) halfHeight(dx int) int {
	if len(e.half) == 0 {
		return 0
	}
	return int(e.half[dx])
}
