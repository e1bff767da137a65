package plot

import (
	"fmt"
	"io"
	"math"
)

// Bars is a bar chart with a group for each label. Each group has a bar for
// each series.
type Bars struct {
	Title, X, Y string
	// Labels names the groups. If there is one more label than groups, labels
	// are placed at the edges of groups, as in a histogram.
	Labels []string
	Series []Series
	// Width and Height are in pixels; 0: 480 x 300.
	Width, Height int
}

// Series holds the values of a colour, one for each group. Negative values and
// NaN are drawn as 0.
type Series struct {
	Name   string
	Values []float64
}

// Columns returns the number of groups.
func (b *Bars) Columns() int {
	n := 0
	for _, s := range b.Series {
		n = max(n, len(s.Values))
	}
	return n
}

// most returns the largest value.
func (b *Bars) most() float64 {
	m := 0.0
	for _, s := range b.Series {
		for _, v := range s.Values {
			m = max(m, height0(v))
		}
	}
	return m
}

// maxBar is the maximum width of a bar.
const maxBar = 72

// height0 returns a value as it is drawn.
func height0(v float64) float64 {
	if !(v > 0) || math.IsInf(v, 1) {
		return 0
	}
	return v
}

// SVG writes the chart as SVG. Each bar has its value as a tooltip.
func (b *Bars) SVG(w io.Writer) error {
	layout := box{width: b.Width, height: b.Height, left: 64, right: 16, top: 40, bottom: 50}
	if layout.width == 0 {
		layout.width = 480
	}
	if layout.height == 0 {
		layout.height = 300
	}
	var names []string
	for _, s := range b.Series {
		names = append(names, s.Name)
	}
	if len(names) > 1 {
		layout.top += lineH * layout.legendRows(names)
	}
	step, parts := ticks(b.most(), 5)
	top := step * float64(parts)
	for i := range parts + 1 { // room for the numbers next to the name of the axis
		layout.left = max(layout.left, 34+len(number(float64(step*float64(i))))*charW)
	}
	var d drawing
	d.begin(layout.width, layout.height, b.Title)
	y := func(v float64) float64 {
		return float64(layout.top) + float64((1-height0(v)/top)*float64(layout.h()))
	}
	for i := range parts + 1 {
		v := step * float64(i)
		fmt.Fprintf(&d, `<path class="grid" d="M%d %vH%d" stroke="#ddd"/>`, layout.left, round(y(v)), layout.width-layout.right)
		d.text(float64(layout.left-6), y(v)+4, "end", number(v))
		d.WriteByte('\n')
	}
	b.bars(&d, layout, y)
	b.names(&d, layout)
	fmt.Fprintf(&d, `<path class="axis" d="M%d %dH%d" stroke="#000"/>`+"\n", layout.left, layout.height-layout.bottom, layout.width-layout.right)
	d.labels(layout, b.Title, b.X, b.Y)
	if len(names) > 1 {
		d.legend(layout, "bar", names)
	}
	d.end()
	_, err := w.Write(d.Bytes())
	return err
}

// bars draws the bars.
func (b *Bars) bars(d *drawing, layout box, y func(float64) float64) {
	columns := b.Columns()
	if columns == 0 {
		d.text(float64(layout.left)+float64(float64(layout.w())/2), float64(layout.top)+float64(float64(layout.h())/2), "middle", "nothing to show")
		return
	}
	group := float64(layout.w()) / float64(columns)
	wide := min((group-min(float64(group*0.15), 6))/float64(len(b.Series)), maxBar)
	gap := group - float64(wide*float64(len(b.Series)))
	floor := float64(layout.height - layout.bottom)
	for k, s := range b.Series {
		for i, v := range s.Values {
			x := float64(layout.left) + float64(float64(i)*group) + float64(gap/2) + float64(float64(k)*wide)
			what := b.name(i)
			if s.Name != "" {
				what += ", " + s.Name
			}
			fmt.Fprintf(d, `<rect class="bar s%d" x="%v" y="%v" width="%v" height="%v" fill="%s"><title>%s: %s</title></rect>`+"\n", k%colors,
				round(x), round(y(v)), round(wide), round(floor-y(v)), series(k), escape(what), number(round(v)))
		}
	}
}

// name returns the text for a group.
func (b *Bars) name(i int) string {
	switch {
	case len(b.Labels) == b.Columns()+1:
		return b.Labels[i] + " to " + b.Labels[i+1]
	case i < len(b.Labels):
		return b.Labels[i]
	}
	return ""
}

// names writes as many names of groups as there is room for.
func (b *Bars) names(d *drawing, layout box) {
	columns, longest := b.Columns(), 1
	if columns == 0 {
		return
	}
	for _, l := range b.Labels {
		longest = max(longest, len([]rune(l)))
	}
	group := float64(layout.w()) / float64(columns)
	every := max(1, int(math.Ceil(float64(longest*charW+6)/group)))
	middle := group / 2
	if len(b.Labels) == columns+1 {
		middle = 0
	}
	for i := 0; i < len(b.Labels); i += every {
		d.text(float64(layout.left)+float64(float64(i)*group)+middle, float64(layout.height-layout.bottom+16), "middle", b.Labels[i])
	}
	d.WriteByte('\n')
}
