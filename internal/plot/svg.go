package plot

import (
	"bytes"
	"fmt"
	"html"
	"image/color"
	"math"
	"strconv"

	"github.com/hubdata/hubdata/internal/palette"
	"github.com/hubdata/hubdata/internal/printable"
)

// colors is the number of different colours of series. After that colours
// repeat.
const colors = 7

// series returns the colour of a series.
func series(n int) string { return hex(palette.Lines()[n%colors]) }

func hex(k color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", k.R, k.G, k.B) }

// charW is the approximate width of a character, to place text that cannot be
// measured.
const charW = 7

// drawing is an SVG under construction. Its elements have a class as well as a
// colour, so that the style sheet of a page can change colours. The classes are
// plot (the whole), paper, grid, axis, text, and line, bar or cell with s0, s1,
// ... for the series.
type drawing struct {
	bytes.Buffer
	keys int // number of legend entries drawn so far
}

// escape makes a text from data part of a drawing. XML allows most control
// characters in no form.
func escape(s string) string { return html.EscapeString(printable.Text(s)) }

// begin opens the drawing. Screen readers read the title.
func (d *drawing) begin(w, h int, title string) {
	fmt.Fprintf(d, `<svg xmlns="http://www.w3.org/2000/svg" class="plot" viewBox="0 0 %d %d" role="img" aria-label="%s" font-family="sans-serif" font-size="12">`+"\n", w, h, escape(title))
	fmt.Fprintf(d, `<rect class="paper" width="%d" height="%d" fill="#fff"/>`+"\n", w, h)
}

func (d *drawing) end() { d.WriteString("</svg>\n") }

// text writes text anchored at start, middle or end.
func (d *drawing) text(x, y float64, anchor, s string) {
	fmt.Fprintf(d, `<text x="%v" y="%v" text-anchor="%s">%s</text>`, round(x), round(y), anchor, escape(s))
}

// labels writes the title and the names of the axes.
func (d *drawing) labels(b box, title, x, y string) {
	mid := float64(b.left) + float64(float64(b.w())/2)
	fmt.Fprintf(d, `<text x="%v" y="24" font-size="15" text-anchor="middle">%s</text>`+"\n", mid, escape(title))
	if x != "" {
		d.text(mid, float64(b.height-12), "middle", x)
	}
	if y != "" {
		fmt.Fprintf(d, `<text transform="translate(18 %v) rotate(-90)" text-anchor="middle">%s</text>`+"\n", float64(b.top)+float64(float64(b.h())/2), escape(y))
	}
}

// box is the layout of a chart in pixels: the size of the whole, and the
// margins around the plot.
type box struct{ width, height, left, right, top, bottom int }

func (b box) w() int { return b.width - b.left - b.right }
func (b box) h() int { return b.height - b.top - b.bottom }

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
	text := strconv.FormatFloat(v, 'g', 6, 64)
	if a := math.Abs(v); a >= 1000 && a < 1e15 && a == math.Trunc(a) {
		digits := strconv.FormatFloat(v, 'f', 0, 64)
		for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
			digits = digits[:i] + "," + digits[i:]
		}
		return digits
	}
	return text
}

// legendRows returns the number of rows of a legend above the plot.
func (b box) legendRows(names []string) int {
	rows, x := 1, 0
	for _, name := range names {
		w := keyWidth(name)
		if x > 0 && x+w > b.width {
			rows, x = rows+1, 0
		}
		x += w
	}
	return rows
}

// keyWidth returns the approximate width of an entry of a legend.
func keyWidth(name string) int { return len([]rune(name))*charW + 40 }

// legend names the series in rows below the title.
func (d *drawing) legend(b box, kind string, names []string) {
	y := 42
	for len(names) > 0 {
		n, wide := 0, 0
		for n < len(names) && (n == 0 || wide+keyWidth(names[n]) <= b.width) {
			wide += keyWidth(names[n])
			n++
		}
		x := max(float64(b.width-wide)/2, 4)
		for _, name := range names[:n] {
			d.key(kind, d.keys, x, float64(y))
			d.text(x+26, float64(y+4), "start", name)
			d.keys++
			x += float64(keyWidth(name))
		}
		names, y = names[n:], y+lineH
	}
	d.WriteByte('\n')
}

// key draws the sample of a series: a piece of line, or a square.
func (d *drawing) key(kind string, n int, x, y float64) {
	if kind == "line" {
		fmt.Fprintf(d, `<path class="line s%d" d="M%v %vh20" stroke="%s" stroke-width="%v"/>`, n%colors, round(x), round(y), series(n), stroke)
		return
	}
	fmt.Fprintf(d, `<rect class="bar s%d" x="%v" y="%v" width="12" height="12" fill="%s"/>`, n%colors, round(x+8), round(y-6), series(n))
}
