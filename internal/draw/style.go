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

// Dashes returns the lengths of the pieces and the gaps of a line of the default width, 1.8 pixels; nil: it is solid, or
// none.
func (s *Style) Dashes() []float64 {
	switch s.Line {
	case Dashed:
		return []float64{6, 3.5}
	case Dotted:
		return []float64{2, 2.5}
	case LongDashed:
		return []float64{13, 4}
	case DashDotted:
		return []float64{8, 3, 2, 3}
	case Sparse:
		return []float64{3, 7}
	case Solid, NoLine:
	}
	return nil
}

// pieces cuts a path according to the line style.
func (s *Style) pieces(path []point) [][]point {
	lengths := s.Dashes()
	switch {
	case s.Line == NoLine:
		return nil
	case lengths == nil:
		return [][]point{path}
	}
	w := s.width() / lineWidth
	for i := range lengths {
		lengths[i] *= w
	}
	return dashes(path, lengths...)
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
