package plot

import (
	"fmt"
)

// rows is the layout of a chart with a row per group: names on the left, each on one or
// two lines, none left out.
type rows struct {
	box
	lines  [][]string // of each name
	names  []string
	height float64 // of a row
}

// Heights in a row: of a line of its name, and of a bar.
const (
	nameH = 14.0
	barH  = 12.0
)

// newRows lays out the names in at most 45 % of the width. Each row has room for some
// bars; right is the room at the right of the plot.
func newRows(b box, names []string, bars int, right float64) rows {
	r := rows{box: b, names: names, height: float64(barH*float64(max(bars, 1))) + 7}
	most := float64(b.width) * 0.45
	wide := 0.0
	for _, name := range names {
		lines := wrap(name, most, textSize)
		r.lines = append(r.lines, lines)
		for _, l := range lines {
			wide = max(wide, textWidth(l, textSize))
		}
		r.height = max(r.height, float64(nameH*float64(len(lines)))+5)
	}
	r.left, r.right = int(edge+wide)+8, int(right)+edge
	r.box.height = r.top + int(float64(r.height*float64(len(names)))+0.999) + r.bottom
	return r
}

// middle returns the middle of a row.
func (r *rows) rowMiddle(i int) float64 { return float64(r.top) + float64(r.height*(float64(i)+0.5)) }

// writeNames writes the names.
func (r *rows) writeNames(d *drawing) {
	for i, lines := range r.lines {
		y := r.rowMiddle(i) + 4 - float64(nameH/2*float64(len(lines)-1))
		fmt.Fprintf(d, `<text y="%v" text-anchor="end"><title>%s</title>`, round(y), escape(r.names[i]))
		for k, l := range lines {
			fmt.Fprintf(d, `<tspan x="%d" y="%v">%s</tspan>`, r.left-8, round(y+float64(nameH*float64(k))), escape(l))
		}
		d.WriteString("</text>\n")
	}
}
