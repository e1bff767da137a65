package plot

import (
	"bytes"
	"fmt"
	"html"
	"image/color"
	"math"
	"strconv"

	"github.com/hubdata/hubdata/internal/figures"
	"github.com/hubdata/hubdata/internal/palette"
	"github.com/hubdata/hubdata/internal/printable"
)

// colors is the number of different colours of series. After that they repeat, and
// lines are dashed.
const colors = 7

// series returns the colour of a series.
func series(n int) string { return hex(palette.Lines()[n%colors]) }

func hex(k color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", k.R, k.G, k.B) }

// dashes returns the lengths of dashes and gaps of a line, which differ for lines of
// the same colour; nil: a solid line.
func dashes(n int) []float64 { return [][]float64{nil, {7, 4}, {2, 3}}[n/colors%3] }

// dashArray returns the attribute for it.
func dashArray(n int) string {
	if d := dashes(n); d != nil {
		return fmt.Sprintf(` stroke-dasharray="%v %v"`, d[0], d[1])
	}
	return ""
}

// drawing is an SVG under construction. Its elements have a class as well as a
// colour, so that the style sheet of a page can change colours. The classes are
// plot (the whole), paper, grid, axis, text, and line, bar or cell with s0, s1,
// ... for the series.
type drawing struct{ bytes.Buffer }

// escape makes a text from data part of a drawing. XML allows most control
// characters in no form.
func escape(s string) string { return html.EscapeString(printable.Text(s)) }

// begin opens the drawing. Screen readers read title and content.
func (d *drawing) begin(w, h int, title, content string) {
	fmt.Fprintf(d, `<svg xmlns="http://www.w3.org/2000/svg" class="plot" viewBox="0 0 %d %d" width="%d" height="%d" role="img" font-family="sans-serif" font-size="%v">`+"\n", w, h, w, h, textSize)
	fmt.Fprintf(d, "<title>%s</title>\n", escape(title))
	if content != "" {
		fmt.Fprintf(d, "<desc>%s</desc>\n", escape(content))
	}
	fmt.Fprintf(d, `<rect class="paper" width="%d" height="%d" fill="#fff"/>`+"\n", w, h)
}

func (d *drawing) end() { d.WriteString("</svg>\n") }

// text writes text anchored at start, middle or end.
func (d *drawing) text(x, y float64, anchor, s string) {
	fmt.Fprintf(d, `<text x="%v" y="%v" text-anchor="%s">%s</text>`, round(x), round(y), anchor, escape(s))
}

// labels writes the title and the names of the axes.
func (d *drawing) labels(b box, title, x, y string) {
	fmt.Fprintf(d, `<text x="%v" y="24" font-size="%v" text-anchor="middle">%s</text>`+"\n", float64(b.width)/2, titleSize,
		escape(fit(title, float64(b.width-2*edge), titleSize)))
	if x != "" {
		d.text(b.middle(), float64(b.height-edge-4), "middle", fit(x, float64(b.w()), textSize))
		d.WriteByte('\n')
	}
	if y != "" {
		fmt.Fprintf(d, `<text transform="translate(18 %v) rotate(-90)" text-anchor="middle">%s</text>`+"\n", float64(b.top)+
			float64(float64(b.h())/2), escape(fit(y, float64(b.h()+b.bottom), textSize)))
	}
}

// box is the layout of a chart in pixels: the size of the whole, and the
// margins around the plot.
type box struct{ width, height, left, right, top, bottom int }

// edge is the least distance of text from the edge of a drawing.
const edge = 6

func (b box) w() int          { return b.width - b.left - b.right }
func (b box) h() int          { return b.height - b.top - b.bottom }
func (b box) middle() float64 { return float64(b.left) + float64(float64(b.w())/2) }

// round rounds to a hundredth of a pixel.
func round(v float64) float64 { return math.Round(v*100) / 100 }

// ticks returns a step of 1, 2 or 5 times a power of ten that divides 0 to most
// into at most n parts, and the number of parts needed to reach most.
func ticks(most float64, n int) (step float64, parts int) {
	if !(most > 0) || math.IsInf(most, 1) {
		return 1, 1
	}
	raw := most / float64(n)
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5, 10} {
		if step = m * power; step >= float64(raw*(1-1e-9)) {
			break
		}
	}
	return step, int(math.Ceil(most/step - 1e-9))
}

// number formats a value of an axis.
func number(v float64) string {
	if a := math.Abs(v); a >= 1000 && a < 1e15 && a == math.Trunc(a) {
		return figures.Float(v, 0)
	}
	return strconv.FormatFloat(v, 'g', 6, 64)
}

// entry is an entry of a legend: the number of its series, its place, and its text.
type entry struct {
	n       int
	x, y    float64
	text    string
	shorter bool // the text is not the whole name
}

// keyW is the width of the sample of an entry, with the gap to its text.
const keyW = 26

// legend lays out the names of series in centred rows between title and plot, and makes
// the drawing taller if there are several rows. A single series has no legend.
func (b *box) legend(names []string) []entry {
	if len(names) < 2 {
		return nil
	}
	const gap = 14
	var out []entry
	room := float64(b.width - 2*edge)
	for k := 0; len(names) > 0; k++ {
		row, wide := len(out), -float64(gap)
		for i := 0; i < len(names); i++ {
			text := fit(names[i], room-keyW, textSize)
			w := keyW + textWidth(text, textSize)
			if i > 0 && wide+gap+w > room {
				break
			}
			out = append(out, entry{n: len(out), x: wide + gap, y: float64(b.top + 2), text: text, shorter: text != names[i]})
			wide += gap + w
		}
		for i := row; i < len(out); i++ {
			out[i].x += float64(float64(b.width)/2) - float64(wide/2)
		}
		names = names[len(out)-row:]
		b.top += lineH
		if k > 0 {
			b.height += lineH
		}
	}
	b.top += 2
	return out
}

// legend draws the entries of a legend.
func (d *drawing) legend(entries []entry, kind string, names []string) {
	for _, e := range entries {
		d.key(kind, e.n, e.x, e.y)
		if e.shorter {
			fmt.Fprintf(d, `<text x="%v" y="%v"><title>%s</title>%s</text>`, round(e.x+keyW), round(e.y+4), escape(names[e.n]),
				escape(e.text))
		} else {
			d.text(e.x+keyW, e.y+4, "start", e.text)
		}
		d.WriteByte('\n')
	}
}

// key draws the sample of a series: a piece of line, or a square.
func (d *drawing) key(kind string, n int, x, y float64) {
	if kind == "line" {
		fmt.Fprintf(d, `<path class="line s%d" d="M%v %vh20" stroke="%s" stroke-width="%v"%s/>`, n%colors, round(x), round(y),
			series(n), stroke, dashArray(n))
		return
	}
	fmt.Fprintf(d, `<rect class="bar s%d" x="%v" y="%v" width="12" height="12" fill="%s"/>`, n%colors, round(x+8),
		round(y-6), series(n))
}
