// Package plot draws line charts as SVG or PNG: axes, grid, legend, and no more. The
// same chart gives the same bytes.
package plot

import (
	"bytes"
	"fmt"
	"html"
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

// A Chart is a chart of lines on axes from 0 to 1.
type Chart struct {
	Title, X, Y string
	Lines       []Line
}

// A Line is one line of a chart.
type Line struct {
	Name   string
	Points [][2]float64 // x, y; what is outside the axes is cut
}

// The layout in pixels.
const (
	width, height            = 720, 480
	left, right, top, bottom = 60, 20, 40, 50
	plotW, plotH             = width - left - right, height - top - bottom
	stroke                   = 2.0
	charW, lineH             = 7, 18 // of the legend, as wide as basicfont
)

// place returns where a point is drawn, in pixels to a hundredth.
func place(p [2]float64) (x, y float64) {
	cut := func(v float64) float64 {
		if !(v > 0) { // nor NaN
			return 0
		}
		return min(v, 1)
	}
	round := func(v float64) float64 { return math.Round(v*100) / 100 }
	return round(left + float64(cut(p[0])*plotW)), round(top + float64((1-cut(p[1]))*plotH))
}

// legend returns where line i's entry in the legend is, at the bottom left of the
// plot.
func (c *Chart) legend(i int) (x, y int) {
	return left + 12, height - bottom - 10 - (len(c.Lines)-1-i)*lineH
}

// SVG writes the chart as SVG.
func (c *Chart) SVG(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", width, height)
	for i := 0; i <= 10; i++ {
		v := float64(i) / 10
		x, y := place([2]float64{v, v})
		fmt.Fprintf(&b, `<path d="M%v %dV%dM%d %vH%d" stroke="#ddd"/>`+"\n", x, top, height-bottom, left, y, width-right)
		label := strconv.FormatFloat(v, 'f', 1, 64)
		fmt.Fprintf(&b, `<text x="%v" y="%d" text-anchor="middle">%s</text><text x="%d" y="%v" text-anchor="end">%s</text>`+"\n",
			x, height-bottom+16, label, left-6, y+4, label)
	}
	fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" fill="none" stroke="#000"/>`+"\n", left, top, plotW, plotH)
	fmt.Fprintf(&b, `<text x="%d" y="24" font-size="15" text-anchor="middle">%s</text>`+"\n", left+plotW/2, html.EscapeString(c.Title))
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">%s</text>`+"\n", left+plotW/2, height-12, html.EscapeString(c.X))
	fmt.Fprintf(&b, `<text transform="translate(18 %d) rotate(-90)" text-anchor="middle">%s</text>`+"\n", top+plotH/2, html.EscapeString(c.Y))
	colors := palette.Lines()
	for i, l := range c.Lines {
		k := colors[i%len(colors)]
		hex := fmt.Sprintf("#%02x%02x%02x", k.R, k.G, k.B)
		if len(l.Points) > 0 {
			fmt.Fprintf(&b, `<polyline fill="none" stroke="%s" stroke-width="%v" points="`, hex, stroke)
			for j, p := range l.Points {
				if j > 0 {
					b.WriteByte(' ')
				}
				x, y := place(p)
				fmt.Fprintf(&b, "%v,%v", x, y)
			}
			b.WriteString("\"/>\n")
		}
		x, y := c.legend(i)
		fmt.Fprintf(&b, `<path d="M%d %dh20" stroke="%s" stroke-width="%v"/><text x="%d" y="%d">%s</text>`+"\n", x, y-4, hex, stroke, x+26, y, html.EscapeString(l.Name))
	}
	b.WriteString("</svg>\n")
	_, err := w.Write(b.Bytes())
	return err
}

// PNG writes the chart as a PNG image.
func (c *Chart) PNG(w io.Writer) error {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	grey, black := palette.Pale, palette.Black
	for i := 0; i <= 10; i++ {
		v := float64(i) / 10
		x, y := place([2]float64{v, v})
		line(img, grey, 1, x, top, x, height-bottom)
		line(img, grey, 1, left, y, width-right, y)
		label := strconv.FormatFloat(v, 'f', 1, 64)
		text(img, int(x)-len(label)*charW/2, height-bottom+16, label)
		text(img, left-6-len(label)*charW, int(y)+4, label)
	}
	for _, s := range [][4]float64{{left, top, width - right, top}, {left, height - bottom, width - right, height - bottom}, {left, top, left, height - bottom}, {width - right, top, width - right, height - bottom}} {
		line(img, black, 1, s[0], s[1], s[2], s[3])
	}
	text(img, left+plotW/2-len(c.Title)*charW/2, 24, c.Title)
	text(img, left+plotW/2-len(c.X)*charW/2, height-12, c.X)
	text(img, 6, 24, c.Y) // upright text stays readable
	colors := palette.Lines()
	for i, l := range c.Lines {
		k := colors[i%len(colors)]
		for j := 1; j < len(l.Points); j++ {
			x0, y0 := place(l.Points[j-1])
			x1, y1 := place(l.Points[j])
			line(img, k, stroke, x0, y0, x1, y1)
		}
		x, y := c.legend(i)
		line(img, k, stroke, float64(x), float64(y-4), float64(x+20), float64(y-4))
		text(img, x+26, y, l.Name)
	}
	return png.Encode(w, img)
}

// line draws a straight line of a width, its ends drawn out by half of it, so that
// lines that follow one another join.
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
