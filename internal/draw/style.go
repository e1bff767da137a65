package draw

import (
	"image/color"

	"github.com/hubdata/hubdata/internal/palette"
)

// Line is the line style of an outline.
type Line uint8

// The line styles.
const (
	Solid Line = iota
	Dashed
	Dotted
	LongDashed
	DashDotted
	Sparse // short pieces far from each other
	NoLine
)

// Mark is a symbol in the middle of a mask, for readers and printers without
// colours.
type Mark uint8

// The marks.
const (
	NoMark Mark = iota
	Cross
	Ring
)

// Style determines how an instance is drawn.
type Style struct {
	Color color.RGBA
	Line  Line
	Mark  Mark
	Width float64 // of the line, in pixels of the picture; 0: 1.8
	Fill  float64 // opacity of the fill of the mask, 0 to 1
}

// lineWidth is the default width of a line.
const lineWidth = 1.8

func (s *Style) width() float64 {
	if s.Width > 0 {
		return s.Width
	}
	return lineWidth
}

// casing returns the colour under a line.
func (s *Style) casing() color.NRGBA {
	if palette.Dark(s.Color) {
		return translucent(palette.White, 0.6)
	}
	return translucent(palette.Black, 0.5)
}

// casingWidth returns the width of the casing, which extends beyond the line on
// both sides.
func (s *Style) casingWidth() float64 { return s.width() * 1.75 }

// pieces cuts a path according to the line style.
func (s *Style) pieces(path []point) [][]point {
	w := s.width() / lineWidth
	switch s.Line {
	case Dashed:
		return dashes(path, 6*w, 3.5*w)
	case Dotted:
		return dashes(path, 2*w, 2.5*w)
	case LongDashed:
		return dashes(path, 13*w, 4*w)
	case DashDotted:
		return dashes(path, 8*w, 3*w, 2*w, 3*w)
	case Sparse:
		return dashes(path, 3*w, 7*w)
	case NoLine:
		return nil
	}
	return [][]point{path}
}

// These are half the size of a mark, and the least size of an instance with a
// mark, in pixels.
const (
	markSize  = 3.5
	markLeast = 16
)

// mark draws the mark at point p. r is half its size.
func (c *canvas) mark(s *Style, p point, r float64) {
	var paths [][]point
	switch s.Mark {
	case Cross:
		paths = [][]point{{{p[0] - r, p[1] - r}, {p[0] + r, p[1] + r}}, {{p[0] - r, p[1] + r}, {p[0] + r, p[1] - r}}}
	case Ring:
		circle := appendDisc(nil, p, r)
		paths = [][]point{append(circle, circle[0])}
	default:
		return
	}
	c.stroke(paths, s.casingWidth(), s.casing())
	c.stroke(paths, s.width(), s.Color)
}
