package plot

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
)

// A textBox is where a line of text of a drawing is.
type textBox struct {
	text           string
	x0, y0, x1, y1 float64
}

// textBoxes returns the size of a drawing and the boxes of its texts, by the widths of
// the Go font and the height of letters.
func textBoxes(t *testing.T, svg string) (w, h float64, boxes []textBox) {
	t.Helper()
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		return v
	}
	var inherited map[string]string // attributes of the text element
	var own map[string]string       // with those of the tspan
	reading := false
	dec := xml.NewDecoder(strings.NewReader(svg))
	var skip int // depth of a title in a text
	for {
		token, err := dec.Token()
		if err == io.EOF {
			return w, h, boxes
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			attrs := map[string]string{}
			for _, a := range e.Attr {
				attrs[a.Name.Local] = a.Value
			}
			switch e.Name.Local {
			case "svg":
				view := strings.Fields(attrs["viewBox"])
				w, h = number(view[2]), number(view[3])
				if attrs["width"] != view[2] || attrs["height"] != view[3] || attrs["role"] != "img" {
					t.Errorf("the drawing is shown in another size than drawn, or has no role: %v", attrs)
				}
			case "text":
				inherited, own, reading = attrs, attrs, true
			case "tspan":
				own = map[string]string{}
				for k, v := range inherited {
					own[k] = v
				}
				for k, v := range attrs {
					own[k] = v
				}
			case "title", "desc":
				skip++
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "text":
				reading = false
			case "title", "desc":
				skip--
			}
		case xml.CharData:
			if !reading || skip > 0 || len(e) == 0 {
				continue
			}
			size := textSize
			if own["font-size"] != "" {
				size = number(own["font-size"])
			}
			wide := textWidth(string(e), size) / loose
			left := map[string]float64{"": 0, "start": 0, "middle": -wide / 2, "end": -wide}[own["text-anchor"]]
			b := textBox{text: string(e), x0: left, x1: left + wide, y0: -0.75 * size, y1: 0.1 * size}
			if move := own["transform"]; move != "" {
				var x, y float64
				if _, err := fmt.Sscanf(move, "translate(%g %g) rotate(-90)", &x, &y); err != nil {
					t.Fatal(err)
				}
				b = textBox{b.text, x + b.y0, y - b.x1, x + b.y1, y - b.x0}
			} else {
				x, y := number(own["x"]), number(own["y"])
				b = textBox{b.text, x + b.x0, y + b.y0, x + b.x1, y + b.y1}
			}
			boxes = append(boxes, b)
		}
	}
}

// checkLayout checks that all text of a drawing is inside it, and covers no other.
func checkLayout(t *testing.T, what string, svg func(io.Writer) error) {
	t.Helper()
	w, h, boxes := textBoxes(t, drawn(t, svg))
	for i, b := range boxes {
		if b.x0 < 0 || b.y0 < 0 || b.x1 > w || b.y1 > h {
			t.Errorf("%s: %q is outside of %v x %v: %+v", what, b.text, w, h, b)
		}
		for _, o := range boxes[:i] {
			if math.Min(b.x1, o.x1) > math.Max(b.x0, o.x0) && math.Min(b.y1, o.y1) > math.Max(b.y0, o.y0) {
				t.Errorf("%s: %q and %q overlap", what, b.text, o.text)
			}
		}
	}
}

// names are those of n groups, long and short, in several scripts.
func names(n int) []string {
	base := []string{"a", "Squamous cell carcinoma in situ", "血管（細動脈と毛細血管）", "patient_01/slide-2/region_000003",
		strings.Repeat("W", 90), "", "Ελληνικά αγγεία"}
	out := make([]string, n)
	for i := range out {
		out[i] = base[i%len(base)]
		if i >= len(base) {
			out[i] += fmt.Sprint(" ", i)
		}
	}
	return out
}

// TestLayout checks all drawings with few and many groups, names and numbers of all
// lengths, small and large.
func TestLayout(t *testing.T) {
	for _, width := range []int{200, 312, 720} {
		for _, n := range []int{0, 1, 2, 7, 12, 40} {
			for _, most := range []float64{0.003, 1, 123456789} {
				what := fmt.Sprintf("%d wide, %d groups, up to %v", width, n, most)
				values := make([]float64, n)
				for i := range values {
					values[i] = most * float64(i+1) / float64(n)
				}
				named := Bars{Title: strings.Repeat("title ", 12), X: "class", Y: "number of instances", Labels: names(n),
					Series: []Series{{Values: values}}, Width: width}
				checkLayout(t, what+": named", named.SVG)
				edges := Bars{Title: "edges", X: "pixels", Y: "% of instances", Width: width, Height: 240}
				for i := 0; i <= n; i++ {
					edges.Labels = append(edges.Labels, number(round(most*float64(i)*1.37)))
				}
				for _, name := range names(min(n, 9)) {
					edges.Series = append(edges.Series, Series{Name: name, Values: values})
				}
				checkLayout(t, what+": edges", edges.SVG)
				ranges := Ranges{Title: "ranges", X: "area in pixels", Width: width}
				for i, name := range names(n) {
					ranges.Rows = append(ranges.Rows,
						Range{Name: name, Empty: i%5 == 4, Quantiles: [5]float64{most / 9, most / 3, most / 2, most, most}})
				}
				checkLayout(t, what+": ranges", ranges.SVG)
			}
			lines := Chart{Title: strings.Repeat("W", 50), X: strings.Repeat("x ", 80), Y: strings.Repeat("y ", 80),
				Width: width, Height: 240}
			for _, name := range names(n) {
				lines.Lines = append(lines.Lines, Line{Name: name, Points: [][2]float64{{0, 1}, {1, 0}}})
			}
			checkLayout(t, fmt.Sprintf("%d wide, %d lines", width, n), lines.SVG)
			tiles := Map{Title: strings.Repeat("WSI ", 30), Width: width}
			graph := Graph{Title: "graph"}
			for i, name := range names(n) {
				tiles.Cells = append(tiles.Cells, Cell{X: float64(i%5) * 512, Y: float64(i/5) * 9e4, W: 512, H: 512,
					Class: SeriesClass(i), Title: name, Label: fmt.Sprint(i)})
				graph.Boxes = append(graph.Boxes, Box{Name: name, Note: names(n)[n-1-i], Fill: "#fff"})
				if i > 0 {
					graph.Links = append(graph.Links, Link{From: i / 2, To: i, Text: name})
				}
			}
			graph.Links = deleteLoops(graph.Links)
			checkLayout(t, fmt.Sprintf("%d wide, %d tiles", width, n), tiles.SVG)
			checkLayout(t, fmt.Sprintf("%d boxes", n), graph.SVG)
		}
	}
}

func deleteLoops(links []Link) []Link {
	var out []Link
	for _, l := range links {
		if l.From != l.To {
			out = append(out, l)
		}
	}
	return out
}

// TestEveryGroupNamed checks that each group that has a name of its own is written.
func TestEveryGroupNamed(t *testing.T) {
	b := Bars{Title: "t", Y: "instances", Series: []Series{{}}, Width: 312}
	r := Ranges{Title: "t", X: "area", Width: 312}
	for i := range 40 {
		name := fmt.Sprintf("Histological region of type number %d", i+1)
		b.Labels, b.Series[0].Values = append(b.Labels, name), append(b.Series[0].Values, 1)
		r.Rows = append(r.Rows, Range{Name: name})
	}
	for what, svg := range map[string]func(io.Writer) error{"bars": b.SVG, "ranges": r.SVG} {
		_, _, boxes := textBoxes(t, drawn(t, svg))
		for i := range 40 {
			line := fmt.Sprintf("type number %d", i+1)
			found := false
			for _, box := range boxes {
				found = found || box.text == line
			}
			if !found {
				t.Errorf("%s: no text %q", what, line)
			}
		}
	}
}

// TestFit checks that names stay different at their ends, and that a name of any length
// is shortened quickly.
func TestFit(t *testing.T) {
	for _, c := range []struct {
		name, want string
	}{{"short", "short"}, {"region of type 12", "region…ype 12"}, {strings.Repeat("x", 1<<20), "xxxxxx…xxxxx"}} {
		if got := fit(c.name, 92, textSize); got != c.want || textWidth(got, textSize) > 92 {
			t.Errorf("%.20q is shortened to %q, expected %q", c.name, got, c.want)
		}
		for _, line := range wrap(c.name, 92, textSize) {
			if textWidth(line, textSize) > 92 {
				t.Errorf("%.20q: the line %q is %v wide", c.name, line, textWidth(line, textSize))
			}
		}
	}
}
