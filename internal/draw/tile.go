package draw

import (
	"fmt"
	"image"
	"image/color"
	"math"

	"golang.org/x/image/draw"

	"github.com/hubdata/hubdata/internal/palette"
	"github.com/hubdata/hubdata/internal/typeface"
	"github.com/hubdata/hubdata/rle"
)

// Shape is an instance on a tile.
type Shape struct {
	Mask  rle.Mask // of the tile's size
	Box   rle.Box  // drawn if the mask has no size: the instance has no mask
	Style Style
	Label string
}

// isBox says whether the box is drawn, not the mask.
func (s *Shape) isBox() bool {
	h, w := s.Mask.Size()
	return h == 0 && w == 0
}

// bounds returns the box around what is drawn.
func (s *Shape) bounds() rle.Box {
	if s.isBox() {
		return s.Box
	}
	return s.Mask.Bounds()
}

// rings returns the rings to fill, and those to draw as lines.
func (s *Shape) rings() (fill, lines []rle.Ring) {
	if s.isBox() {
		b := s.Box
		r := []rle.Ring{{{b.X, b.Y}, {b.X + b.W, b.Y}, {b.X + b.W, b.Y + b.H}, {b.X, b.Y + b.H}}}
		return r, r
	}
	fill = rle.Rings(s.Mask.Polygons(rle.Conn8))
	return fill, smoothed(fill)
}

// Outlines returns the rings that are drawn as the outline of a mask, in its pixels: they pass through the middles of
// the sides of its pixels.
func Outlines(m rle.Mask) []rle.Ring { return smoothed(rle.Rings(m.Polygons(rle.Conn8))) }

func smoothed(rings []rle.Ring) (lines []rle.Ring) {
	for _, ring := range rings {
		lines = append(lines, smooth(ring))
	}
	return lines
}

// middle returns a point near the middle of what is drawn, on a mask.
func (s *Shape) middle() rle.Point {
	if s.isBox() {
		return rle.Point{s.Box.X + float64(s.Box.W/2), s.Box.Y + float64(s.Box.H/2)}
	}
	return middle(s.Mask)
}

// Tile is a tile with the shapes to draw on it. Later shapes are drawn above
// earlier ones.
type Tile struct {
	Image         image.Image     // of the tile's size, unless ImageOf is set; nil: blank
	ImageOf       image.Rectangle // the part of the tile that Image shows, at any scale; empty: all
	Height, Width int             // pixels
	Shapes        []Shape
	View          image.Rectangle // the part to draw, in tile pixels; empty: all
	Notice        string          // text on a blank tile without an image
	LabelSize     float64         // font size of labels, in pixels; 0: 12
}

// maxPixels is the largest height times width of a picture: 2^27, which takes
// half a gigabyte.
const maxPixels = 1 << 27

// ErrSize is the error for a picture that would be too large or have no pixels.
type ErrSize struct{ Width, Height int }

func (e *ErrSize) Error() string {
	return fmt.Sprintf("a picture of %d x %d pixels: expected 1 to %d", e.Width, e.Height, maxPixels)
}

// sized returns an error if a picture cannot have this size.
func sized(w, h int) error {
	if w < 1 || h < 1 || w > maxPixels/h {
		return &ErrSize{w, h}
	}
	return nil
}

// Shown returns the part of the tile that is drawn.
func (t *Tile) Shown() image.Rectangle {
	all := image.Rect(0, 0, t.Width, t.Height)
	if v := t.View.Intersect(all); !v.Empty() {
		return v
	}
	return all
}

// Size returns the width and height of the picture at a zoom, which is the
// number of pixels of the picture per pixel of the tile, along each side.
func (t *Tile) Size(zoom float64) (w, h int) {
	v := t.Shown()
	side := func(n int) int { return int(max(1, math.Round(min(float64(n)*zoom, 1<<30)))) }
	return side(v.Dx()), side(v.Dy())
}

// Picture draws the tile at a zoom above 0. The error is an [*ErrSize].
func (t *Tile) Picture(zoom float64) (*image.RGBA, error) {
	w, h := t.Size(zoom)
	if err := sized(w, h); err != nil || t.Width < 1 || t.Height < 1 {
		return nil, &ErrSize{w, h}
	}
	c := newCanvas(w, h, palette.White)
	v := t.Shown()
	if t.Image != nil {
		c.picture(t.Image, t.source(v))
	} else {
		c.blank(t.Notice)
	}
	to := func(p rle.Point) point {
		return point{(p[0] - float64(v.Min.X)) * float64(w) / float64(v.Dx()), (p[1] - float64(v.Min.Y)) * float64(h) / float64(v.Dy())}
	}
	outlines := make([][][]point, len(t.Shapes))
	for i := range t.Shapes {
		s := &t.Shapes[i]
		fill, lines := s.rings()
		if s.Style.Fill > 0 {
			c.fill(place(fill, to), translucent(s.Style.Color, s.Style.Fill))
		}
		for _, path := range place(lines, to) {
			c.inset(path, s.Style.width()/2)
			outlines[i] = append(outlines[i], s.Style.pieces(append(path, path[0]))...)
		}
	}
	for i := range t.Shapes { // fills lie under all lines, so that no line is hidden
		s := &t.Shapes[i].Style
		c.stroke(outlines[i], s.casingWidth(), s.casing())
	}
	for i := range t.Shapes {
		c.stroke(outlines[i], t.Shapes[i].Style.width(), t.Shapes[i].Style.Color)
	}
	for i := range t.Shapes {
		s := &t.Shapes[i]
		b := s.bounds()
		lo, hi := to(rle.Point{b.X, b.Y}), to(rle.Point{b.X + b.W, b.Y + b.H})
		if min(hi[0]-lo[0], hi[1]-lo[1]) < markLeast {
			continue // the mark would hide the instance
		}
		c.mark(&s.Style, to(s.middle()), markSize)
	}
	t.labels(c, to)
	return c.RGBA, nil
}

// source returns the part of the image that shows a part of the tile.
func (t *Tile) source(part image.Rectangle) image.Rectangle {
	b := t.Image.Bounds()
	if t.ImageOf.Empty() {
		return part.Add(b.Min)
	}
	scale := func(v, from, size, pixels int) int {
		return int(math.Round(float64(v-from) * float64(pixels) / float64(size)))
	}
	of := t.ImageOf
	x := func(v int) int { return b.Min.X + scale(v, of.Min.X, of.Dx(), b.Dx()) }
	y := func(v int) int { return b.Min.Y + scale(v, of.Min.Y, of.Dy(), b.Dy()) }
	return image.Rect(x(part.Min.X), y(part.Min.Y), x(part.Max.X), y(part.Max.Y))
}

// picture draws a part of an image over the whole canvas.
func (c *canvas) picture(img image.Image, part image.Rectangle) {
	scaler := draw.Interpolator(draw.CatmullRom)
	switch {
	case c.Rect.Dx() == part.Dx() && c.Rect.Dy() == part.Dy():
		op := draw.Over
		if o, ok := img.(interface{ Opaque() bool }); ok && o.Opaque() {
			op = draw.Src // gives the same, by copying
		}
		draw.Draw(c.RGBA, c.Rect, img, part.Min, op)
		return
	case c.Rect.Dx() >= 4*part.Dx(): // single pixels should be visible
		scaler = draw.NearestNeighbor
	case c.Rect.Dx() > part.Dx():
		scaler = draw.ApproxBiLinear
	}
	scaler.Scale(c.RGBA, c.Rect, img, part, draw.Over, nil)
}

// blankColor replaces a missing image. It is light, and not a colour of tissue.
var blankColor = color.RGBA{0xf4, 0xf4, 0xf4, 0xff}

// blank draws a replacement for a missing image, with a notice at the bottom.
func (c *canvas) blank(notice string) {
	w, h := float64(c.Rect.Dx()), float64(c.Rect.Dy())
	draw.Draw(c.RGBA, c.Rect, image.NewUniform(blankColor), image.Point{}, draw.Src)
	frame := []point{{0.5, 0.5}, {w - 0.5, 0.5}, {w - 0.5, h - 0.5}, {0.5, h - 0.5}, {0.5, 0.5}}
	c.stroke([][]point{frame}, 1, palette.Pale)
	if notice != "" {
		f := typeface.New(11, false)
		c.text(f, 6, c.Rect.Dy()-f.Height-5, palette.Grey, f.Fit(typeface.Plain(notice), c.Rect.Dx()-12))
	}
}

// inset keeps the line of a path within the canvas.
func (c *canvas) inset(path []point, by float64) {
	w, h := float64(c.Rect.Dx())-by, float64(c.Rect.Dy())-by
	// Points further beyond the border are outside the view, and stay there.
	side := func(v, most float64) float64 {
		switch {
		case v < by && v > -0.01:
			return by
		case v > most && v < most+by+0.01:
			return most
		}
		return v
	}
	for i, p := range path {
		path[i] = point{side(p[0], w), side(p[1], h)}
	}
}

// middle returns a point on a mask, near its middle. It is the centroid or, if
// that lies outside a bent mask, the middle of the run that contains the middle
// pixel.
func middle(m rle.Mask) rle.Point {
	x, y, ok := m.Centroid()
	if !ok || m.At(int(math.Round(x)), int(math.Round(y))) {
		return rle.Point{x + 0.5, y + 0.5}
	}
	h, _ := m.Size()
	at, left := 0, m.Area()/2
	for i, n := range m.Runs() {
		if i%2 == 1 {
			if left < int(n) {
				// A run may continue into the next column. Use its part in this
				// column.
				p := at + left
				from, to := max(at, p/h*h), min(at+int(n), (p/h+1)*h)
				return rle.Point{float64(p/h) + 0.5, float64(float64(from%h+to-from-1+from%h)/2) + 0.5}
			}
			left -= int(n)
		}
		at += int(n)
	}
	return rle.Point{x + 0.5, y + 0.5}
}

// place maps rings to a canvas.
func place(rings []rle.Ring, to func(rle.Point) point) [][]point {
	out := make([][]point, len(rings))
	for i, ring := range rings {
		out[i] = make([]point, len(ring))
		for k, p := range ring {
			out[i][k] = to(p)
		}
	}
	return out
}

// smooth moves a ring along the sides of pixels, as returned by
// [rle.Mask.Polygons], so that it passes through the middles of these sides.
func smooth(ring rle.Ring) rle.Ring {
	out := make(rle.Ring, 0, 2*len(ring))
	for i, a := range ring {
		b := ring[(i+1)%len(ring)]
		dx, dy := b[0]-a[0], b[1]-a[1] // one of them is 0
		n := math.Abs(dx + dy)
		dx, dy = float64(dx/n/2), float64(dy/n/2)
		out = append(out, rle.Point{a[0] + dx, a[1] + dy})
		if n > 1 {
			out = append(out, rle.Point{b[0] - dx, b[1] - dy})
		}
	}
	return out
}
