// Package plot draws line charts as SVG or PNG, and bar charts, ranges, maps and graphs
// as SVG. Charts have axes, a grid and a legend, and nothing else. No text leaves the
// drawing or covers another, whatever names and numbers it has: what does not fit is
// wrapped or shortened, and a tooltip has the whole. The same chart gives the same bytes.
package plot

import (
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"github.com/hubdata/hubdata/internal/figures"
	"github.com/hubdata/hubdata/internal/palette"
	"github.com/hubdata/hubdata/internal/typeface"
)

// A Chart is a line chart with axes from 0 to 1.
type Chart struct {
	Title, X, Y string
	Lines       []Line
	// Width and Height are in pixels; 0: 720 x 480. A legend of several rows adds to the
	// height.
	Width, Height int
}

// A Line is one line of a chart.
type Line struct {
	Name   string
	Points [][2]float64 // x, y; points outside the axes are clipped
}

// stroke is the width of lines.
const stroke = 2.0

// layout returns the layout of the chart and its legend.
func (c *Chart) layout() (box, []entry) {
	b := box{width: c.Width, height: c.Height, left: 54, right: 18, top: 40, bottom: 48}
	if b.width == 0 {
		b.width = 720
	}
	if b.height == 0 {
		b.height = 480
	}
	return b, b.legend(c.names())
}

func (c *Chart) names() []string {
	var names []string
	for _, l := range c.Lines {
		names = append(names, l.Name)
	}
	return names
}

// tenths returns after how many tenths an axis of the given length has a number.
func tenths(length int) int {
	if length < 300 {
		return 2
	}
	return 1
}

// place returns the position of a point in the drawing, in pixels rounded to
// hundredths.
func (b box) place(p [2]float64) (x, y float64) {
	cut := func(v float64) float64 {
		if !(v > 0) { // also true for NaN
			return 0
		}
		return min(v, 1)
	}
	return round(float64(b.left) + float64(cut(p[0])*float64(b.w()))), round(float64(b.top) +
		float64((1-cut(p[1]))*float64(b.h())))
}

// SVG writes the chart as SVG.
func (c *Chart) SVG(w io.Writer) error {
	b, legend := c.layout()
	var d drawing
	d.begin(b.width, b.height, c.Title, c.content())
	for i := 0; i <= 10; i++ {
		v := float64(i) / 10
		x, y := b.place([2]float64{v, v})
		fmt.Fprintf(&d, `<path class="grid" d="M%v %dV%dM%d %vH%d" stroke="#ddd"/>`+"\n", x, b.top, b.height-b.bottom, b.left,
			y, b.width-b.right)
		label := figures.Float(v, 1)
		if i%tenths(b.w()) == 0 {
			d.text(x, float64(b.height-b.bottom+16), "middle", label)
		}
		if i%tenths(b.h()) == 0 {
			d.text(float64(b.left-6), y+4, "end", label)
		}
		d.WriteByte('\n')
	}
	fmt.Fprintf(&d, `<rect class="axis" x="%d" y="%d" width="%d" height="%d" fill="none" stroke="#000"/>`+"\n", b.left,
		b.top, b.w(), b.h())
	d.labels(b, c.Title, c.X, c.Y)
	for i, l := range c.Lines {
		if len(l.Points) > 0 {
			fmt.Fprintf(&d, `<polyline class="line s%d" fill="none" stroke="%s" stroke-width="%v"%s points="`, i%colors,
				series(i), stroke, dashArray(i))
			for j, p := range l.Points {
				if j > 0 {
					d.WriteByte(' ')
				}
				x, y := b.place(p)
				fmt.Fprintf(&d, "%v,%v", x, y)
			}
			d.WriteString("\"/>\n")
		}
	}
	d.legend(legend, "line", c.names())
	d.end()
	_, err := w.Write(d.Bytes())
	return err
}

// content describes the chart for readers who cannot see it.
func (c *Chart) content() string {
	text := fmt.Sprintf("Lines of %s over %s", cmp.Or(c.Y, "shares"), cmp.Or(c.X, "shares"))
	if names := c.names(); len(names) > 1 {
		text += ": " + strings.Join(names, ", ")
	}
	return text + "."
}

// PNG writes the chart as a PNG image.
func (c *Chart) PNG(w io.Writer) error {
	b, legend := c.layout()
	left, right, top, bottom := float64(b.left), float64(b.width-b.right), float64(b.top), float64(b.height-b.bottom)
	img := image.NewRGBA(image.Rect(0, 0, b.width, b.height))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	small, large := typeface.New(textSize, false), typeface.New(titleSize, false)
	for i := 0; i <= 10; i++ {
		v := float64(i) / 10
		x, y := b.place([2]float64{v, v})
		line(img, palette.Pale, 1, x, top, x, bottom)
		line(img, palette.Pale, 1, left, y, right, y)
		label := figures.Float(v, 1)
		wide := float64(small.Width(label))
		if i%tenths(b.w()) == 0 {
			text(img, small, x-float64(wide/2), bottom+16, label)
		}
		if i%tenths(b.h()) == 0 {
			text(img, small, left-6-wide, y+4, label)
		}
	}
	for _, s := range [][4]float64{{left, top, right, top}, {left, bottom, right, bottom}, {left, top, left, bottom},
		{right, top, right, bottom}} {
		line(img, palette.Black, 1, s[0], s[1], s[2], s[3])
	}
	middle := func(f *typeface.Face, x, y float64, s string) {
		text(img, f, float64(x)-float64(float64(f.Width(s))/2), y, s)
	}
	middle(large, float64(b.width)/2, 24, fit(c.Title, float64(b.width-2*edge), titleSize))
	middle(small, b.middle(), float64(b.height-edge-4), fit(c.X, float64(b.w()), textSize))
	upright(img, small, 18, top+float64(float64(b.h())/2), fit(c.Y, float64(b.h()), textSize))
	for i, l := range c.Lines {
		points := make([][2]float64, len(l.Points))
		for j, p := range l.Points {
			points[j][0], points[j][1] = b.place(p)
		}
		for _, piece := range pieces(points, dashes(i)) {
			for j := 1; j < len(piece); j++ {
				line(img, palette.Lines()[i%colors], stroke, piece[j-1][0], piece[j-1][1], piece[j][0], piece[j][1])
			}
		}
	}
	for _, e := range legend {
		for _, piece := range pieces([][2]float64{{e.x, e.y}, {e.x + 20, e.y}}, dashes(e.n)) {
			line(img, palette.Lines()[e.n%colors], stroke, piece[0][0], piece[0][1], piece[1][0], piece[1][1])
		}
		text(img, small, e.x+keyW, e.y+4, e.text)
	}
	return png.Encode(w, img)
}

// pieces cuts a line into its dashes.
func pieces(line [][2]float64, dash []float64) [][][2]float64 {
	if dash == nil || len(line) == 0 {
		return [][][2]float64{line}
	}
	var out [][][2]float64
	piece, on, rest := [][2]float64{line[0]}, true, dash[0]
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		for {
			dx, dy := b[0]-a[0], b[1]-a[1]
			n := math.Sqrt(float64(dx*dx) + float64(dy*dy))
			if n <= rest {
				rest -= n
				break
			}
			a = [2]float64{a[0] + float64(dx*rest/n), a[1] + float64(dy*rest/n)}
			if on {
				out = append(out, append(piece, a))
			}
			if on = !on; on {
				rest = dash[0]
			} else {
				rest = dash[1]
			}
			piece = [][2]float64{a}
		}
		piece = append(piece, b)
	}
	if on {
		out = append(out, piece)
	}
	return out
}

// line draws a straight line. It extends both ends by half the width, so that
// consecutive lines join.
func line(img *image.RGBA, c color.RGBA, width, x0, y0, x1, y1 float64) {
	dx, dy := x1-x0, y1-y0
	n := math.Sqrt(float64(dx*dx) + float64(dy*dy))
	if n == 0 {
		return
	}
	dx, dy = float64(dx/n*width/2), float64(dy/n*width/2)
	r := vector.NewRasterizer(img.Rect.Dx(), img.Rect.Dy())
	corners := [4][2]float64{{x0 - dx - dy, y0 - dy + dx}, {x1 + dx - dy, y1 + dy + dx}, {x1 + dx + dy, y1 + dy - dx},
		{x0 - dx + dy, y0 - dy - dx}}
	r.MoveTo(float32(corners[0][0]), float32(corners[0][1]))
	for _, p := range corners[1:] {
		r.LineTo(float32(p[0]), float32(p[1]))
	}
	r.ClosePath()
	r.Draw(img, img.Bounds(), image.NewUniform(c), image.Point{})
}

// text writes text, whose first letter starts at x on the line y.
func text(img *image.RGBA, f *typeface.Face, x, y float64, s string) {
	d := font.Drawer{Dst: img, Src: image.Black, Face: f, Dot: fixed.P(int(math.Round(x)), int(math.Round(y)))}
	d.DrawString(s)
}

// upright writes text from bottom to top. Its line is at x, its middle at y.
func upright(img *image.RGBA, f *typeface.Face, x, y float64, s string) {
	w, h := f.Width(s), f.Height
	flat := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(flat, flat.Rect, image.White, image.Point{}, draw.Src)
	text(flat, f, 0, float64(f.Ascent), s)
	left, bottom := int(x)-f.Ascent, int(y)+w/2
	for i := range w {
		for j := range h {
			img.Set(left+j, bottom-i, flat.At(i, j))
		}
	}
}
