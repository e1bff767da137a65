package draw

import (
	"image"
	"image/color"
	"math"
	"sync"

	"golang.org/x/image/draw"
	"golang.org/x/image/vector"
)

// point is x, y in pixels of a canvas.
type point [2]float64

// canvas is a picture being drawn.
type canvas struct {
	*image.RGBA
	ras vector.Rasterizer

	points []point   // of a line, reused
	parts  [][]point // the same
}

// newCanvas returns a canvas of one colour.
func newCanvas(w, h int, background color.Color) *canvas {
	c := &canvas{RGBA: image.NewRGBA(image.Rect(0, 0, w, h))}
	draw.Draw(c.RGBA, c.Rect, image.NewUniform(background), image.Point{}, draw.Src)
	return c
}

// translucent returns a colour with an alpha from 0 to 1.
func translucent(c color.RGBA, alpha float64) color.NRGBA {
	return color.NRGBA{c.R, c.G, c.B, uint8(math.Round(min(max(alpha, 0), 1) * 255))}
}

// fill fills closed paths with anti-aliasing. Paths of the opposite direction
// cut holes. Where paths of the same direction overlap, the colour is applied
// once.
func (c *canvas) fill(paths [][]point, k color.Color) {
	lo, hi := point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for _, path := range paths {
		for _, p := range path {
			lo[0], lo[1] = min(lo[0], p[0]), min(lo[1], p[1])
			hi[0], hi[1] = max(hi[0], p[0]), max(hi[1], p[1])
		}
	}
	// Only the visible part that the paths cover is rasterised.
	clamp := func(v float64, most int) int { return int(min(max(v, 0), float64(most))) }
	window := image.Rect(clamp(math.Floor(lo[0]), c.Rect.Max.X), clamp(math.Floor(lo[1]), c.Rect.Max.Y),
		clamp(math.Ceil(hi[0]), c.Rect.Max.X), clamp(math.Ceil(hi[1]), c.Rect.Max.Y))
	if window.Empty() {
		return
	}
	c.ras.Reset(window.Dx(), window.Dy())
	at := func(p point) (float32, float32) {
		return float32(p[0] - float64(window.Min.X)), float32(p[1] - float64(window.Min.Y))
	}
	for _, path := range paths {
		for i, p := range path {
			if x, y := at(p); i == 0 {
				c.ras.MoveTo(x, y)
			} else {
				c.ras.LineTo(x, y)
			}
		}
		c.ras.ClosePath()
	}
	c.ras.Draw(c.RGBA, window, image.NewUniform(k), image.Point{})
}

// stroke draws lines of the given width along open paths.
func (c *canvas) stroke(paths [][]point, width float64, k color.Color) {
	c.points, c.parts = c.points[:0], c.parts[:0]
	from := 0
	add := func(points []point) { // adds what is new of them
		c.points, c.parts = points, append(c.parts, points[from:len(points):len(points)])
		from = len(points)
	}
	for _, path := range paths {
		for i := 1; i < len(path); i++ {
			add(appendSegment(c.points, path[i-1], path[i], width))
		}
		if width > 1.5 { // thinner lines show no gaps at joints
			for i := 1; i+1 < len(path); i++ {
				add(appendDisc(c.points, path[i], width/2))
			}
		}
	}
	c.fill(c.parts, k)
}

// appendSegment appends the rectangle around a straight line.
func appendSegment(to []point, a, b point, width float64) []point {
	dx, dy := b[0]-a[0], b[1]-a[1]
	n := math.Hypot(dx, dy)
	if n == 0 {
		return to
	}
	dx, dy = float64(dx/n*width/2), float64(dy/n*width/2) // not fused into the sums below
	return append(to, point{a[0] + dy, a[1] - dx}, point{b[0] + dy, b[1] - dx}, point{b[0] - dy, b[1] + dx}, point{a[0] - dy, a[1] + dx})
}

// appendDisc appends a regular polygon around a point, in the same direction as
// appendSegment.
func appendDisc(to []point, p point, r float64) []point {
	corners := smallDisc()
	if r > 3 {
		corners = largeDisc()
	}
	for _, d := range corners {
		to = append(to, point{p[0] + float64(r*d[0]), p[1] + float64(r*d[1])})
	}
	return to
}

// smallDisc and largeDisc are the corners of discs of radius 1 around 0.
var (
	smallDisc = sync.OnceValue(func() []point { return unitDisc(8) })
	largeDisc = sync.OnceValue(func() []point { return unitDisc(24) })
)

func unitDisc(n int) []point {
	out := make([]point, n)
	for i := range out {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		out[i] = point{cos, sin}
	}
	return out
}

// rectangle returns a closed path.
func rectangle(x0, y0, x1, y1 float64) []point {
	return []point{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}}
}

// dashes cuts a path into pieces and gaps of these lengths, the first of a piece, again and again.
func dashes(path []point, lengths ...float64) [][]point {
	var out [][]point
	var piece []point  // nil: in a gap
	next := 1          // index of the length after this one
	left := lengths[0] // remaining length of the piece or the gap
	for i, b := range path {
		if i == 0 {
			piece = []point{b}
			continue
		}
		a := path[i-1]
		n := math.Hypot(b[0]-a[0], b[1]-a[1])
		done := 0.0
		for n-done > left {
			done += left
			p := point{a[0] + (b[0]-a[0])*done/n, a[1] + (b[1]-a[1])*done/n}
			if piece != nil {
				out = append(out, append(piece, p))
				piece = nil
			} else {
				piece = []point{p}
			}
			left, next = lengths[next], (next+1)%len(lengths)
		}
		left -= n - done
		if piece != nil {
			piece = append(piece, b)
		}
	}
	if len(piece) > 1 {
		out = append(out, piece)
	}
	return out
}
