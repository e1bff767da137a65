package plot

import (
	"bytes"
	"fmt"
	"io"
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
	nameW     = 7.2 // approximate width of a letter of a name
	boxHeight = 40
	rowHeight = 56
	columnGap = 70
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
	var widths []float64 // of columns
	high := 0
	for i, b := range g.Boxes {
		for len(widths) <= columns[i] {
			widths = append(widths, 0)
		}
		widths[columns[i]] = max(widths[columns[i]], float64(nameW*float64(len(b.Name)))+20)
		high = max(high, rows[i]+1)
	}
	left := make([]float64, len(widths)+1)
	left[0] = 10
	for i, w := range widths {
		left[i+1] = left[i] + w + columnGap
	}
	top := func(box int) float64 { return 10 + float64(rowHeight*float64(rows[box])) }
	var d bytes.Buffer
	fmt.Fprintf(&d, `<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%d" font-family="sans-serif" font-size="12">`+"\n", max(left[len(widths)]-columnGap, 10)+10, 20+rowHeight*high)
	fmt.Fprintf(&d, "<title>%s</title>\n", escape(g.Title))
	for _, l := range g.Links {
		from := columns[l.From]
		x1, y1 := left[from]+widths[from], top(l.From)+boxHeight/2
		x2, y2 := left[columns[l.To]], top(l.To)+boxHeight/2
		fmt.Fprintf(&d, `<path d="M%g %g C%g %g %g %g %g %g" fill="none" stroke="#777"/>`+"\n", x1, y1, x1+columnGap/2, y1, x2-columnGap/2, y2, x2, y2)
		fmt.Fprintf(&d, `<circle cx="%g" cy="%g" r="3" fill="#777"/>`+"\n", x2, y2)
		if l.Text != "" {
			fmt.Fprintf(&d, `<text x="%g" y="%g" fill="#555">%s</text>`+"\n", x2-columnGap/2, y2-6, escape(l.Text))
		}
	}
	for i, b := range g.Boxes {
		x, y := left[columns[i]], top(i)
		fmt.Fprintf(&d, `<rect x="%g" y="%g" width="%g" height="%d" rx="4" fill="%s" stroke="#555"/>`+"\n", x, y, widths[columns[i]], boxHeight, b.Fill)
		fmt.Fprintf(&d, `<text x="%g" y="%g">%s</text><text x="%g" y="%g" fill="#555">%s</text>`+"\n", x+10, y+17, escape(b.Name), x+10, y+32, escape(b.Note))
	}
	d.WriteString("</svg>\n")
	_, err := w.Write(d.Bytes())
	return err
}
