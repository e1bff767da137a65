// Package plot draws line charts as SVG or PNG, and bar charts, maps and graphs as SVG.
// Charts have axes, a grid and a legend, and nothing else. The same chart gives the
// same bytes.
package plot

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
	"strconv"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"github.com/hubdata/hubdata/internal/palette"
)

// A Chart is a line chart with axes from 0 to 1.
type Chart struct {
	Title, X, Y string
	Lines       []Line
	// Width and Height are in pixels; 0: 720 x 480.
	Width, Height int
	// Above puts the legend above the plot instead of in its lower left.
	Above bool
}

// A Line is one line of a chart.
type Line struct {
	Name   string
	Points [][2]float64 // x, y; points outside the axes are clipped
}

const (
	stroke = 2.0 // width of lines
	lineH  = 18  // height of an entry of the legend
)

// layout returns the layout of the chart.
func (c *Chart) layout() box {
	b := box{width: c.Width, height: c.Height, left: 60, right: 20, top: 40, bottom: 50}
	if b.width == 0 {
		b.width = 720
	}
	if b.height == 0 {
		b.height = 480
	}
	if c.Above {
		b.top += lineH * b.legendRows(c.names())
	}
	return b
}

func (c *Chart) names() []string {
	var names []string
	for _, l := range c.Lines {
		names = append(names, l.Name)
	}
	return names
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
	return round(float64(b.left) + float64(cut(p[0])*float64(b.w()))), round(float64(b.top) + float64((1-cut(p[1]))*float64(b.h())))
}

// legend returns the position of line i's entry in the legend at the bottom
// left of the plot.
func (c *Chart) legend(b box, i int) (x, y int) {
	return b.left + 12, b.height - b.bottom - 10 - (len(c.Lines)-1-i)*lineH
}

// SVG writes the chart as SVG.
func (c *Chart) SVG(w io.Writer) error {
	b := c.layout()
	var d drawing
	d.begin(b.width, b.height, c.Title)
	for i := 0; i <= 10; i++ {
		v := float64(i) / 10
		x, y := b.place([2]float64{v, v})
		fmt.Fprintf(&d, `<path class="grid" d="M%v %dV%dM%d %vH%d" stroke="#ddd"/>`+"\n", x, b.top, b.height-b.bottom, b.left, y, b.width-b.right)
		label := strconv.FormatFloat(v, 'f', 1, 64)
		d.text(x, float64(b.height-b.bottom+16), "middle", label)
		d.text(float64(b.left-6), y+4, "end", label)
		d.WriteByte('\n')
	}
	fmt.Fprintf(&d, `<rect class="axis" x="%d" y="%d" width="%d" height="%d" fill="none" stroke="#000"/>`+"\n", b.left, b.top, b.w(), b.h())
	d.labels(b, c.Title, c.X, c.Y)
	for i, l := range c.Lines {
		if len(l.Points) > 0 {
			fmt.Fprintf(&d, `<polyline class="line s%d" fill="none" stroke="%s" stroke-width="%v" points="`, i%colors, series(i), stroke)
			for j, p := range l.Points {
				if j > 0 {
					d.WriteByte(' ')
				}
				x, y := b.place(p)
				fmt.Fprintf(&d, "%v,%v", x, y)
			}
			d.WriteString("\"/>\n")
		}
		if !c.Above {
			x, y := c.legend(b, i)
			d.key("line", i, float64(x), float64(y-4))
			d.text(float64(x+26), float64(y), "start", l.Name)
			d.WriteByte('\n')
		}
	}
	if c.Above {
		d.legend(b, "line", c.names())
	}
	d.end()
	_, err := w.Write(d.Bytes())
	return err
}

// PNG writes the chart as a PNG image.
func (c *Chart) PNG(w io.Writer) error {
	b := c.layout()
	left, right, top, bottom := float64(b.left), float64(b.width-b.right), float64(b.top), float64(b.height-b.bottom)
	img := image.NewRGBA(image.Rect(0, 0, b.width, b.height))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	grey, black := palette.Pale, palette.Black
	for i := 0; i <= 10; i++ {
		v := float64(i) / 10
		x, y := b.place([2]float64{v, v})
		line(img, grey, 1, x, top, x, bottom)
		line(img, grey, 1, left, y, right, y)
		label := strconv.FormatFloat(v, 'f', 1, 64)
		text(img, int(x)-len(label)*charW/2, b.height-b.bottom+16, label)
		text(img, b.left-6-len(label)*charW, int(y)+4, label)
	}
	for _, s := range [][4]float64{{left, top, right, top}, {left, bottom, right, bottom}, {left, top, left, bottom}, {right, top, right, bottom}} {
		line(img, black, 1, s[0], s[1], s[2], s[3])
	}
	text(img, b.left+b.w()/2-len(c.Title)*charW/2, 24, c.Title)
	text(img, b.left+b.w()/2-len(c.X)*charW/2, b.height-12, c.X)
	text(img, 6, 24, c.Y) // horizontal text is easier to read
	colors := palette.Lines()
	for i, l := range c.Lines {
		k := colors[i%len(colors)]
		for j := 1; j < len(l.Points); j++ {
			x0, y0 := b.place(l.Points[j-1])
			x1, y1 := b.place(l.Points[j])
			line(img, k, stroke, x0, y0, x1, y1)
		}
		x, y := c.legend(b, i)
		line(img, k, stroke, float64(x), float64(y-4), float64(x+20), float64(y-4))
		text(img, x+26, y, l.Name)
	}
	return png.Encode(w, img)
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
	corners := [4][2]float64{{x0 - dx - dy, y0 - dy + dx}, {x1 + dx - dy, y1 + dy + dx}, {x1 + dx + dy, y1 + dy - dx}, {x0 - dx + dy, y0 - dy - dx}}
	r.MoveTo(float32(corners[0][0]), float32(corners[0][1]))
	for _, p := range corners[1:] {
		r.LineTo(float32(p[0]), float32(p[1]))
	}
	r.ClosePath()
	r.Draw(img, img.Bounds(), image.NewUniform(c), image.Point{})
}

func text(img *image.RGBA, x, y int, s string) {
	d := font.Drawer{Dst: img, Src: image.Black, Face: basicfont.Face7x13, Dot: fixed.P(x, y)}
	d.DrawString(s)
}
