package draw

import (
	"image"
	"image/color"
	"math"

	"github.com/hubdata/hubdata/internal/boxindex"
	"github.com/hubdata/hubdata/internal/palette"
	"github.com/hubdata/hubdata/internal/typeface"
	"github.com/hubdata/hubdata/rle"
)

// A label is a text to be written next to a shape.
type label struct {
	text  string
	color color.RGBA
	box   image.Rectangle // of the shape
	size  image.Point     // of the text
}

// labels writes the labels of shapes next to their masks, where they cover as
// little as possible of other labels. Earlier shapes choose first.
func (t *Tile) labels(c *canvas, to func(rle.Point) point) {
	size := t.LabelSize
	if size <= 0 {
		size = 12
	}
	var f *typeface.Face
	var labels []label
	for i := range t.Shapes {
		s := &t.Shapes[i]
		if s.Label == "" {
			continue
		}
		if f == nil {
			f = typeface.New(size, true)
		}
		b := s.bounds()
		if b.W == 0 {
			continue
		}
		lo, hi := to(rle.Point{b.X, b.Y}), to(rle.Point{b.X + b.W, b.Y + b.H})
		box := image.Rect(int(math.Floor(lo[0])), int(math.Floor(lo[1])), int(math.Ceil(hi[0])), int(math.Ceil(hi[1])))
		if !box.Overlaps(c.Rect) {
			continue
		}
		text := f.Fit(typeface.Plain(s.Label), c.Rect.Dx()-2*haloWidth)
		labels = append(labels, label{text, s.Style.Color, box, image.Pt(f.Width(text), f.Height)})
	}
	for i, at := range arrange(c.Rect, labels) {
		k := labels[i].color
		halo := palette.Black
		if palette.Dark(k) {
			halo = palette.White
		}
		c.haloText(f, at.Min.X, at.Min.Y, k, translucent(halo, 0.85), labels[i].text)
	}
}

// arrange returns the places of labels. Only labels that may come near each other are
// compared.
func arrange(within image.Rectangle, labels []label) []image.Rectangle {
	reach := make([]boxindex.Box, len(labels)) // what the places of a label cover
	for i := range labels {
		l := &labels[i]
		var all image.Rectangle
		for _, p := range l.places() {
			all = all.Union(inside(within, image.Rectangle{p, p.Add(l.size)}))
		}
		reach[i] = boxindex.Box{X0: float64(all.Min.X), Y0: float64(all.Min.Y), X1: float64(all.Max.X), Y1: float64(all.Max.Y)}
	}
	var index boxindex.Index
	index.Reset(reach)
	var near []int32
	var others []image.Rectangle
	taken := make([]image.Rectangle, len(labels))
	for i := range labels {
		others = others[:0]
		near = index.AppendMeeting(near[:0], reach[i])
		for _, k := range near {
			others = append(others, taken[k])
		}
		taken[i] = labels[i].spot(within, others)
		index.Add(i)
	}
	return taken
}

// places returns where a label may begin, the best first.
func (l *label) places() [9]image.Point {
	box, size := l.box, l.size
	middle := image.Pt((box.Min.X+box.Max.X-size.X)/2, (box.Min.Y+box.Max.Y-size.Y)/2)
	return [9]image.Point{
		{middle.X, box.Min.Y - size.Y - 1}, // above
		{box.Max.X + 2, middle.Y},          // to the right
		{middle.X, box.Max.Y + 1},          // below
		{box.Min.X - size.X - 2, middle.Y}, // to the left
		{box.Max.X, box.Min.Y - size.Y},
		{box.Min.X - size.X, box.Min.Y - size.Y},
		{box.Max.X, box.Max.Y},
		{box.Min.X - size.X, box.Max.Y},
		middle,
	}
}

// spot finds a place for a label: the first that covers least of the taken rectangles.
func (l *label) spot(within image.Rectangle, taken []image.Rectangle) image.Rectangle {
	best, least := image.Rectangle{}, math.MaxInt
	for _, p := range l.places() {
		r := inside(within, image.Rectangle{p, p.Add(l.size)})
		cover := 0
		for _, other := range taken {
			o := r.Intersect(other)
			cover += o.Dx() * o.Dy()
		}
		if moved := r.Min.Sub(p); moved.X != 0 || moved.Y != 0 {
			cover += 4 * (abs(moved.X) + abs(moved.Y)) // prefer places from which the border does not push it away
		}
		if cover < least {
			best, least = r, cover
		}
	}
	return best
}

// inside moves r into within, with room for a halo.
func inside(within, r image.Rectangle) image.Rectangle {
	within = within.Inset(haloWidth)
	d := image.Pt(min(0, within.Max.X-r.Max.X), min(0, within.Max.Y-r.Max.Y))
	r = r.Add(d)
	return r.Add(image.Pt(max(0, within.Min.X-r.Min.X), max(0, within.Min.Y-r.Min.Y)))
}

func abs(n int) int { return max(n, -n) }
