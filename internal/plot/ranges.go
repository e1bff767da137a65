package plot

import (
	"fmt"
	"io"
	"math"
)

// Ranges shows how the values of groups are distributed, with a row per group: a line
// between two outer quantiles, a bar between two inner ones, and a stroke at the median.
// The axis is logarithmic.
type Ranges struct {
	Title string
	X     string // measure and unit
	Rows  []Range
	Width int // in pixels; 0: 480. The number of rows determines the height.
}

// A Range is a row: quantiles in rising order, the third one the median.
type Range struct {
	Name      string
	Empty     bool // the group has no values
	Quantiles [5]float64
}

// SVG writes the chart as SVG. Each row has its numbers as a tooltip.
func (c *Ranges) SVG(w io.Writer) error {
	layout := box{width: c.Width, top: 40, bottom: 48}
	if layout.width == 0 {
		layout.width = 480
	}
	low, high := math.Inf(1), math.Inf(-1)
	var names []string
	for _, r := range c.Rows {
		names = append(names, r.Name)
		for _, v := range r.Quantiles {
			if !r.Empty && v > 0 && !math.IsInf(v, 1) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if low > high {
		low, high = 1, 1
	}
	from, to := math.Floor(math.Log10(low)), math.Ceil(math.Log10(high))
	to = max(to, from+1)
	half := func(v float64) float64 { return float64(textWidth(number(v), textSize) / 2) }
	rows := newRows(layout, names, 1, half(math.Pow(10, to)))
	rows.left = max(rows.left, int(half(math.Pow(10, from)))+edge)
	x := func(v float64) float64 {
		at := (float64(math.Log10(min(max(v, low), high))) - from) / (to - from)
		return round(float64(rows.left) + float64(at*float64(rows.w())))
	}
	var d drawing
	d.begin(rows.width, rows.box.height, c.Title, fmt.Sprintf("Quantiles of %s, on a logarithmic axis, of %d groups.", c.X,
		len(c.Rows)))
	end := -math.MaxFloat64 // of the last number of the axis
	for e := from; e <= to; e++ {
		v := math.Pow(10, e)
		at := float64(rows.left) + float64((e-from)/(to-from)*float64(rows.w()))
		fmt.Fprintf(&d, `<path class="grid" d="M%v %dV%d" stroke="#ddd"/>`, round(at), rows.top, rows.box.height-rows.bottom)
		if half := half(v); at-half > end+8 {
			d.text(at, float64(rows.box.height-rows.bottom+16), "middle", number(v))
			end = at + half
		}
		d.WriteByte('\n')
	}
	for i, r := range c.Rows {
		q, y := r.Quantiles, rows.rowMiddle(i)
		if r.Empty {
			d.text(float64(rows.left+5), y+4, "start", "none")
			d.WriteByte('\n')
			continue
		}
		fmt.Fprintf(&d, `<g><title>%s: median %s, middle half %s to %s, %s to %s outside</title><path class="line s0" d="M%v %vH%v" stroke="%s" stroke-width="1.5"/>`,
			escape(r.Name), number(round(q[2])), number(round(q[1])), number(round(q[3])), number(round(q[0])),
			number(round(q[4])), x(q[0]), round(y), x(q[4]), series(0))
		fmt.Fprintf(&d, `<rect class="bar s0" x="%v" y="%v" width="%v" height="%v" fill="%s"/><path class="median" d="M%v %vv%v" stroke="#fff" stroke-width="2"/></g>`+"\n",
			x(q[1]), round(y-barH/2), round(max(x(q[3])-x(q[1]), 3)), barH, series(0), round(max(x(q[2]), x(q[1])+1)),
			round(y-barH/2), barH)
	}
	rows.writeNames(&d)
	fmt.Fprintf(&d, `<path class="axis" d="M%d %dH%d" stroke="#000"/>`+"\n", rows.left, rows.box.height-rows.bottom,
		rows.width-rows.right)
	d.labels(rows.box, c.Title, c.X, "")
	d.end()
	_, err := w.Write(d.Bytes())
	return err
}
