package slide

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// MaxCoordinate bounds the coordinates and sizes of a slide, in pixels.
const MaxCoordinate = 1 << 30

// Place is where an image lies on its slide.
type Place struct {
	Slide         string  // its name; empty: unknown, the image is then on a slide of its own
	X, Y          int     // top left corner in slide pixels
	Width, Height int     // of the image, in its own pixels
	Scale         float64 // slide pixels per pixel of the image; 0: 1
}

// scale returns the scale, 1 for 0.
func (p Place) scale() float64 {
	if p.Scale == 0 {
		return 1
	}
	return p.Scale
}

// span returns how many slide pixels n pixels of the image cover.
func (p Place) span(n int) int {
	if p.Scale == 0 || p.Scale == 1 {
		return n
	}
	return int(math.Round(float64(n) * p.Scale))
}

// Extent returns the width and the height that the image covers on the slide, in slide
// pixels.
func (p Place) Extent() (width, height int) { return p.span(p.Width), p.span(p.Height) }

// Gap returns the distance between two images of one slide in slide pixels, along the
// axis on which it is larger. It is 0 if they touch at an edge or a corner, and
// negative if they overlap. It reports false for images of different slides.
func Gap(a, b Place) (gap int, ok bool) {
	if a.Slide == "" || a.Slide != b.Slide {
		return 0, false
	}
	aw, ah := a.Extent()
	bw, bh := b.Extent()
	x := max(a.X-(b.X+bw), b.X-(a.X+aw))
	y := max(a.Y-(b.Y+bh), b.Y-(a.Y+ah))
	return max(x, y), true
}

// Near calls f once for every pair of images of one slide whose [Gap] is at most most
// slide pixels, with a before b, in ascending order of a, then b.
//
// It hashes images into cells as large as the widest image plus most, so that it has to
// compare only neighbouring cells.
func Near(places []Place, most int, f func(a, b, gap int)) {
	edge := 1
	for _, p := range places {
		w, h := p.Extent()
		edge = max(edge, w, h)
	}
	edge += max(most, 0)
	type cell struct {
		slide string
		x, y  int
	}
	at := func(p Place) cell { return cell{p.Slide, floorDiv(p.X, edge), floorDiv(p.Y, edge)} }
	cells := map[cell][]int{}
	for i, p := range places {
		if p.Slide != "" {
			c := at(p)
			cells[c] = append(cells[c], i)
		}
	}
	type found struct{ b, gap int }
	var near []found
	for a, p := range places {
		if p.Slide == "" {
			continue
		}
		near = near[:0]
		c := at(p)
		for dx := -1; dx <= 1; dx++ {
			for dy := -1; dy <= 1; dy++ {
				for _, b := range cells[cell{c.slide, c.x + dx, c.y + dy}] {
					if b <= a {
						continue
					}
					if gap, ok := Gap(p, places[b]); ok && gap <= most {
						near = append(near, found{b, gap})
					}
				}
			}
		}
		slices.SortFunc(near, func(x, y found) int { return x.b - y.b })
		for _, n := range near {
			f(a, n.b, n.gap)
		}
	}
}

// floorDiv returns a/b rounded down.
func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// ErrPlace is wrapped by errors of a place that cannot be on a slide.
var ErrPlace = errors.New("bad place")

// check reports a place that cannot be that of a tile.
func (p Place) check() error {
	switch {
	case p.X < 0 || p.Y < 0:
		return fmt.Errorf("%w: found %d, %d, expected a corner at 0, 0 or beyond: a slide has no negative pixels", ErrPlace, p.X, p.Y)
	case p.Width < 1 || p.Height < 1:
		return fmt.Errorf("%w: found a size of %d x %d pixels, expected 1 x 1 or more", ErrPlace, p.Width, p.Height)
	case !(p.scale() > 0) || p.scale() > MaxCoordinate:
		return fmt.Errorf("%w: found the scale %v, expected a number above 0", ErrPlace, p.Scale)
	case float64(p.X)+float64(float64(p.Width)*p.scale()) > MaxCoordinate || float64(p.Y)+float64(float64(p.Height)*p.scale()) > MaxCoordinate:
		return fmt.Errorf("%w: the tile ends beyond pixel 2^30", ErrPlace)
	}
	return nil
}
