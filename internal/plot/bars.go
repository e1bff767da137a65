package plot

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// Bars is a bar chart with a group for each label. Each group has a bar for
// each series.
type Bars struct {
	Title, X, Y string
	// Labels names the groups. If there is one more label than groups, labels
	// are placed at the edges of groups, as in a histogram.
	Labels []string
	// Steps says that the labels are steps of a number, of which some can be left out.
	// Other names are all written: if they do not fit below the bars, each group is a row.
	Steps  bool
	Series []Series
	// Width and Height are in pixels; 0: 480 x 300. A legend of several rows, or groups
	// in rows, change the height.
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

func (b *Bars) names() []string {
	var names []string
	for _, s := range b.Series {
		names = append(names, s.Name)
	}
	return names
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
	layout := box{width: b.Width, height: b.Height, left: 58, right: 16, top: 40, bottom: 48}
	if layout.width == 0 {
		layout.width = 480
	}
	if layout.height == 0 {
		layout.height = 300
	}
	legend := layout.legend(b.names())
	step, parts := ticks(b.most(), 5)
	for i := range parts + 1 { // room for the numbers next to the name of the axis
		layout.left = max(layout.left, 34+int(textWidth(number(step*float64(i)), textSize)))
	}
	if len(b.Labels) == b.Columns()+1 {
		layout.right = max(layout.right, int(textWidth(b.Labels[len(b.Labels)-1], textSize)/2)+edge)
	}
	var d drawing
	if b.every(layout) > 1 && !b.Steps && len(b.Labels) == b.Columns() {
		b.asRows(&d, layout)
	} else {
		b.asColumns(&d, layout, step, parts)
	}
	d.legend(legend, "bar", b.names())
	d.end()
	_, err := w.Write(d.Bytes())
	return err
}

// asColumns draws the groups next to each other.
func (b *Bars) asColumns(d *drawing, layout box, step float64, parts int) {
	top := step * float64(parts)
	d.begin(layout.width, layout.height, b.Title, b.content())
	y := func(v float64) float64 {
		return float64(layout.top) + float64((1-height0(v)/top)*float64(layout.h()))
	}
	for i := range parts + 1 {
		v := step * float64(i)
		fmt.Fprintf(d, `<path class="grid" d="M%d %vH%d" stroke="#ddd"/>`, layout.left, round(y(v)),
			layout.width-layout.right)
		d.text(float64(layout.left-6), y(v)+4, "end", number(v))
		d.WriteByte('\n')
	}
	b.bars(d, layout, y)
	b.labels(d, layout)
	fmt.Fprintf(d, `<path class="axis" d="M%d %dH%d" stroke="#000"/>`+"\n", layout.left, layout.height-layout.bottom,
		layout.width-layout.right)
	d.labels(layout, b.Title, b.X, b.Y)
}

// bars draws the bars.
func (b *Bars) bars(d *drawing, layout box, y func(float64) float64) {
	columns := b.Columns()
	if columns == 0 {
		d.text(layout.middle(), float64(layout.top)+float64(float64(layout.h())/2), "middle", "nothing to show")
		return
	}
	group := float64(layout.w()) / float64(columns)
	wide := min((group-min(float64(group*0.15), 6))/float64(len(b.Series)), maxBar)
	gap := group - float64(wide*float64(len(b.Series)))
	floor := float64(layout.height - layout.bottom)
	for k, s := range b.Series {
		for i, v := range s.Values {
			x := float64(layout.left) + float64(float64(i)*group) + float64(gap/2) + float64(float64(k)*wide)
			b.bar(d, k, i, v, [4]float64{x, y(v), wide, floor - y(v)})
		}
	}
}

// bar draws the bar of a group and a series: x, y, width and height.
func (b *Bars) bar(d *drawing, k, i int, v float64, r [4]float64) {
	what := b.name(i)
	if b.Series[k].Name != "" {
		what += ", " + b.Series[k].Name
	}
	fmt.Fprintf(d, `<rect class="bar s%d" x="%v" y="%v" width="%v" height="%v" fill="%s"><title>%s: %s</title></rect>`+
		"\n", k%colors,
		round(r[0]), round(r[1]), round(r[2]), round(r[3]), series(k), escape(what), number(round(v)))
}

// asRows draws the groups below each other, with their values in numbers.
func (b *Bars) asRows(d *drawing, layout box) {
	most, widest := b.most(), 0.0
	for _, s := range b.Series {
		for _, v := range s.Values {
			widest = max(widest, textWidth(number(round(v)), textSize))
		}
	}
	layout.bottom = 30
	r := newRows(layout, b.Labels, len(b.Series), widest+8)
	d.begin(r.width, r.box.height, b.Title, b.content())
	for k, s := range b.Series {
		for i, v := range s.Values {
			y := r.rowMiddle(i) + float64(barH*(float64(k)-float64(float64(len(b.Series))/2)))
			wide := float64(r.w()) * height0(v) / max(most, 1e-300)
			b.bar(d, k, i, v, [4]float64{float64(r.left), y + 1, wide, barH - 2})
			d.text(float64(r.left)+wide+5, y+float64(barH/2)+4, "start", number(round(v)))
			d.WriteByte('\n')
		}
	}
	r.writeNames(d)
	fmt.Fprintf(d, `<path class="axis" d="M%d %dV%d" stroke="#000"/>`+"\n", r.left, r.top, r.box.height-r.bottom)
	axis := b.Y
	if b.X != "" {
		axis += " by " + b.X
	}
	d.labels(r.box, b.Title, axis, "")
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

// content describes the chart for readers who cannot see it.
func (b *Bars) content() string {
	n := b.Columns()
	if n == 0 {
		return "Nothing to show."
	}
	text := fmt.Sprintf("Bars of %s for %s", b.Y, b.name(0))
	if n > 1 {
		text += " to " + b.name(n-1)
	}
	if b.X != "" {
		text += " (" + b.X + ")"
	}
	text += "."
	for _, s := range b.Series {
		at := 0
		for i, v := range s.Values {
			if height0(v) > height0(s.Values[at]) {
				at = i
			}
		}
		if len(s.Values) > 0 {
			text += fmt.Sprintf(" %s: %s for %s.", strings.TrimSpace(s.Name+" at most"), number(round(height0(s.Values[at]))),
				b.name(at))
		}
	}
	return text
}

// every returns n such that each n-th label has room.
func (b *Bars) every(layout box) int {
	columns, widest := b.Columns(), 0.0
	if columns == 0 {
		return 1
	}
	for _, l := range b.Labels {
		widest = max(widest, textWidth(l, textSize))
	}
	return max(1, int(math.Ceil((widest+6)/(float64(layout.w())/float64(columns)))))
}

// labels writes as many labels of groups as there is room for.
func (b *Bars) labels(d *drawing, layout box) {
	columns := b.Columns()
	if columns == 0 {
		return
	}
	group := float64(layout.w()) / float64(columns)
	middle := group / 2
	if len(b.Labels) == columns+1 {
		middle = 0
	}
	every := b.every(layout)
	for i := 0; i < len(b.Labels); i += every {
		d.text(float64(layout.left)+float64(float64(i)*group)+middle, float64(layout.height-layout.bottom+16), "middle",
			b.Labels[i])
	}
	d.WriteByte('\n')
}
