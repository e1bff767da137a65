package plot

import (
	"bytes"
	"fmt"
	"io"
	"math"
)

// A Graph consists of boxes and the links between them, drawn from left to right. Each
// box is one column after the last of the boxes that link to it.
type Graph struct {
	Title string
	Boxes []Box
	Links []Link // each leads to a later box of Boxes
}

// A Box is a node of a graph.
type Box struct {
	Name, Note string // on two lines
	Fill       string // colour, as SVG writes it
}

// A Link leads from one box to another, given by their indices in
// [Graph.Boxes].
type Link struct {
	From, To int
	Text     string // next to its end
}

// Sizes of a graph, in pixels.
const (
	boxHeight = 40
	rowHeight = 56
	linkBend  = 40 // room for the bend of a link
	columnGap = 70 // at least; links with long texts have more
)

// cells returns the column and the row of each box.
func (g *Graph) cells() (columns, rows []int) {
	columns, rows = make([]int, len(g.Boxes)), make([]int, len(g.Boxes))
	filled := map[int]int{} // number of rows in each column
	for i := range g.Boxes {
		for _, l := range g.Links {
			if l.To == i {
				columns[i] = max(columns[i], columns[l.From]+1)
			}
		}
		rows[i] = filled[columns[i]]
		filled[columns[i]]++
	}
	return columns, rows
}

// SVG writes the graph as SVG.
func (g *Graph) SVG(w io.Writer) error {
	columns, rows := g.cells()
	var widths, gaps []float64 // of columns, and of the gaps before them
	high := 0
	for i, b := range g.Boxes {
		for len(widths) <= columns[i] {
			widths, gaps = append(widths, 0), append(gaps, columnGap)
		}
		widths[columns[i]] = max(widths[columns[i]], max(textWidth(b.Name, textSize), textWidth(b.Note, textSize))+20)
		high = max(high, rows[i]+1)
	}
	for _, l := range g.Links {
		to := columns[l.To]
		gaps[to] = max(gaps[to], textWidth(l.Text, textSize)+linkBend+8)
	}
	left := make([]float64, len(widths))
	right := 10.0
	for i, w := range widths {
		left[i] = right
		if i > 0 {
			left[i] += gaps[i]
		}
		right = left[i] + w
	}
	top := func(box int) float64 { return 10 + float64(rowHeight*float64(rows[box])) }
	var d bytes.Buffer
	wide, tall := math.Ceil(right)+10, 20+rowHeight*high
	fmt.Fprintf(&d, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %d" width="%g" height="%d" role="img" font-family="sans-serif" font-size="%v">`+"\n", wide, tall, wide, tall, textSize)
	fmt.Fprintf(&d, "<title>%s</title>\n", escape(g.Title))
	fmt.Fprintf(&d, `<rect width="%g" height="%d" fill="#fff"/>`+"\n", wide, tall)
	for _, l := range g.Links {
		from := columns[l.From]
		x1, y1 := left[from]+widths[from], top(l.From)+boxHeight/2
		x2, y2 := left[columns[l.To]], top(l.To)+boxHeight/2
		flat := x2 - 4
		if l.Text != "" {
			flat = x2 - textWidth(l.Text, textSize) - 8
		}
		fmt.Fprintf(&d, `<path d="M%g %g C%g %g %g %g %g %gH%g" fill="none" stroke="#777"/>`+"\n", round(x1), y1, round(x1+linkBend/2), y1, round(flat-linkBend/2), y2, round(flat), y2, round(x2))
		fmt.Fprintf(&d, `<circle cx="%g" cy="%g" r="3" fill="#777"/>`+"\n", round(x2), y2)
		if l.Text != "" {
			fmt.Fprintf(&d, `<text x="%g" y="%g" fill="#555">%s</text>`+"\n", round(flat), y2-6, escape(l.Text))
		}
	}
	for i, b := range g.Boxes {
		x, y := left[columns[i]], top(i)
		fmt.Fprintf(&d, `<rect x="%g" y="%g" width="%g" height="%d" rx="4" fill="%s" stroke="#555"/>`+"\n", round(x), y, round(widths[columns[i]]), boxHeight, b.Fill)
		fmt.Fprintf(&d, `<text x="%g" y="%g">%s</text><text x="%g" y="%g" fill="#555">%s</text>`+"\n", round(x+10), y+17, escape(b.Name), round(x+10), y+32, escape(b.Note))
	}
	d.WriteString("</svg>\n")
	_, err := w.Write(d.Bytes())
	return err
}
