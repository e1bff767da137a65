package plot

import (
	"fmt"
	"io"
	"strings"

	"github.com/hubdata/hubdata/internal/gaps"
	"github.com/hubdata/hubdata/internal/palette"
)

// A Map is a drawing of rectangles in their places, such as the tiles of a
// slide.
type Map struct {
	Title string
	Cells []Cell
	// Width is in pixels; 0: 320. It determines the height.
	Width int
}

// A Cell is a rectangle, in any unit, y downwards.
type Cell struct {
	X, Y, W, H float64
	Class      Class
	Label      string // written on the cell if there is room
	Title      string // tooltip; cells of a class without a title are drawn as one shape
}

// Class determines how a cell is filled: [SeriesClass] fills like a series, or draws a
// ring where the colours repeat, [Step] fills by a step of a scale, and [Pale] in a pale
// colour.
type Class struct{ kind, n int }

// SeriesClass returns a class that fills like series n of a chart.
func SeriesClass(n int) Class { return Class{0, n} }

// Steps is the number of steps of [Step].
const Steps = 6

// Step returns a class that fills by a scale from little (0) to much (Steps-1).
func Step(n int) Class { return Class{1, min(max(n, 0), Steps-1)} }

// Pale returns a class that fills in a barely visible colour.
func Pale() Class { return Class{2, 0} }

// Name returns the name of the class in the drawing.
func (c Class) Name() string {
	switch c.kind {
	case 0:
		if c.n >= colors {
			return fmt.Sprintf("ring s%d", c.n%colors)
		}
		return fmt.Sprintf("s%d", c.n)
	case 1:
		return fmt.Sprintf("v%d", c.n)
	}
	return "pale"
}

// ring returns the attributes of a class whose colour another class has already: it is
// drawn as a ring.
func (c Class) ring() string {
	if c.kind == 0 && c.n >= colors {
		return fmt.Sprintf(` fill-opacity="0" stroke="%s" stroke-width="3"`, series(c.n))
	}
	return ""
}

// labelSize is the size of the text on a cell.
const labelSize = 11.0

// ink returns the colour of text on a cell: plain for that of other text.
func (c Class) ink() string {
	color := palette.Pale
	switch {
	case c.ring() != "":
		return "plain"
	case c.kind == 0:
		color = palette.Lines()[c.n]
	case c.kind == 1:
		color = palette.Ramp(1 - float64(c.n)/(Steps-1))
	}
	if palette.Contrast(color, palette.White) > palette.Contrast(color, palette.Black) {
		return "white"
	}
	return "black"
}

func (c Class) fill() string {
	switch c.kind {
	case 0:
		return series(c.n)
	case 1:
		return hex(palette.Ramp(1 - float64(c.n)/(Steps-1)))
	}
	return hex(palette.Pale)
}

// maxStretch limits the ratio of height to width of a map, and maxCell the size of a
// cell.
const (
	maxStretch = 1.25
	maxCell    = 24
)

// SVG writes the map as SVG. A dashed line is where empty space is left out.
func (m *Map) SVG(w io.Writer) error {
	width := m.Width
	if width == 0 {
		width = 320
	}
	const margin, head = edge, 26
	var across, down [][2]float64
	for _, c := range m.Cells {
		across, down = append(across, [2]float64{c.X, c.X + c.W}), append(down, [2]float64{c.Y, c.Y + c.H})
	}
	xs, ys := gaps.Close(across), gaps.Close(down)
	wide, high := max(xs.Total, 1e-9), max(ys.Total, 1e-9)
	scale := float64(width-2*margin) / wide
	scale = min(scale, float64(width)*maxStretch/high)
	for _, c := range m.Cells {
		scale = min(scale, maxCell/max(c.W, c.H, 1e-9))
	}
	height := head + margin + int(float64(high*scale)+0.999)
	if len(m.Cells) == 0 {
		height, wide = head+margin, 0
	}
	title := fit(m.Title, float64(width-2*margin), textSize)
	width = min(width, int(max(float64(wide*scale), textWidth(title, textSize))+0.999)+2*margin) // no wider than needed
	var d drawing
	d.begin(width, height, m.Title, fmt.Sprintf("Map of %d rectangles.", len(m.Cells)))
	fmt.Fprintf(&d, `<text x="%d" y="17">%s</text>`+"\n", margin, escape(title))
	if len(m.Cells) > 0 {
		fmt.Fprintf(&d, `<rect class="grid" x="%d" y="%d" width="%v" height="%v" fill="none" stroke="#ddd"/>`+"\n", margin,
			head, round(wide*scale), round(high*scale))
	}
	for _, x := range xs.Cuts {
		fmt.Fprintf(&d, `<path class="axis" d="M%v %dv%v" stroke="#000" stroke-dasharray="3 3"/>`+"\n",
			round(margin+float64(x*scale)), head, round(high*scale))
	}
	for _, y := range ys.Cuts {
		fmt.Fprintf(&d, `<path class="axis" d="M%d %vh%v" stroke="#000" stroke-dasharray="3 3"/>`+"\n", margin,
			round(head+float64(y*scale)), round(wide*scale))
	}
	shapes := map[Class]*strings.Builder{}
	var order []Class
	for _, c := range m.Cells {
		x, y := margin+float64(xs.Place(c.X)*scale), head+float64(ys.Place(c.Y)*scale)
		w, h := float64(c.W*scale), float64(c.H*scale)
		w, h = max(w-gapOf(w), 0.5), max(h-gapOf(h), 0.5)
		if c.Title == "" {
			if shapes[c.Class] == nil {
				shapes[c.Class] = &strings.Builder{}
				order = append(order, c.Class)
			}
			fmt.Fprintf(shapes[c.Class], "M%v %vh%vv%vh-%vz", round(x), round(y), round(w), round(h), round(w))
			continue
		}
		fmt.Fprintf(&d, `<rect class="cell %s" x="%v" y="%v" width="%v" height="%v" fill="%s"%s><title>%s</title></rect>`+
			"\n",
			c.Class.Name(), round(x), round(y), round(w), round(h), c.Class.fill(), c.Class.ring(), escape(c.Title))
		if c.Label != "" && w >= textWidth(c.Label, labelSize)+1 && h >= labelSize+1 {
			fmt.Fprintf(&d, `<text class="%s" x="%v" y="%v" text-anchor="middle" font-size="%v"%s pointer-events="none">%s</text>`+"\n",
				c.Class.ink(), round(x+float64(w/2)), round(y+float64(h/2)+4), labelSize,
				map[string]string{"white": ` fill="#fff"`}[c.Class.ink()], escape(c.Label))
		}
	}
	for _, k := range order {
		fmt.Fprintf(&d, `<path class="cell %s" d="%s" fill="%s"%s/>`+"\n", k.Name(), shapes[k].String(), k.fill(), k.ring())
	}
	d.end()
	_, err := w.Write(d.Bytes())
	return err
}

// gapOf returns the gap between neighbours of the given size.
func gapOf(size float64) float64 { return min(1, size/8) }

// Key writes a sample of a class, for a legend.
func Key(w io.Writer, c Class) error {
	_, err := fmt.Fprintf(w,
		`<svg xmlns="http://www.w3.org/2000/svg" class="plot key" viewBox="0 0 14 14" width="14" height="14" aria-hidden="true"><rect class="cell %s" width="14" height="14" fill="%s"%s/></svg>`, c.Name(), c.fill(), c.ring())
	return err
}
