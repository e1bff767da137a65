package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
)

// drawn draws twice, checks that both are the same XML, and returns it.
func drawn(t *testing.T, svg func(io.Writer) error) string {
	t.Helper()
	var a, b bytes.Buffer
	if err := svg(&a); err != nil {
		t.Fatal(err)
	}
	if err := svg(&b); err != nil || a.String() != b.String() {
		t.Error("two drawings differ")
	}
	for dec := xml.NewDecoder(bytes.NewReader(a.Bytes())); ; {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return a.String()
}

func checkContains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("no %q in\n%s", p, text)
		}
	}
}

// TestBars checks that bars have the heights of their values and the positions
// of their groups.
func TestBars(t *testing.T) {
	b := &Bars{Title: `<b>"&`, X: "x<", Y: "y", Labels: []string{"a<", "b", "c"},
		Series: []Series{{"one<", []float64{0, 5, 10}}, {"two", []float64{2.5, math.NaN(), -3}}}, Width: 138, Height: 208}
	// The plot is 64 wide and, below title and legend, 208-60-48 = 100 high.
	checkContains(t, drawn(t, b.SVG),
		`<title>&lt;b&gt;&#34;&amp;</title>`,
		"<desc>Bars of y for a&lt; to c (x&lt;). one&lt; at most: 10 for c. two at most: 2.5 for a&lt;.</desc>", ">x&lt;<",
		"<title>a&lt;, one&lt;: 0</title>", "<title>c, one&lt;: 10</title>",
		`<rect class="bar s0" x="102.27" y="60" width="9.07" height="100" `, // c: the largest reaches the top
		`<rect class="bar s0" x="80.93" y="110" width="9.07" height="50" `,  // b: half of it
		`<rect class="bar s1" x="68.67" y="135" width="9.07" height="25" `,
		`<rect class="bar s1" x="90" y="160" width="9.07" height="0" `, // NaN is drawn as 0
		`>10</text>`, `>two</text>`)

	edges := &Bars{Title: "h", Labels: []string{"0", "1", "2"}, Series: []Series{{Values: []float64{1, 2}}}}
	checkContains(t, drawn(t, edges.SVG), "<title>0 to 1: 1</title>", "<title>1 to 2: 2</title>")
	checkContains(t, drawn(t, (&Bars{Title: "none"}).SVG), "nothing to show")
	checkContains(t, drawn(t, (&Bars{Title: "zero", Series: []Series{{Values: []float64{0, 0}}}}).SVG), `height="0"`)
}

// TestTicks checks that steps of 1, 2 or 5 times a power of ten reach the
// largest value.
func TestTicks(t *testing.T) {
	for most, want := range map[float64][2]float64{1: {0.2, 5}, 3: {1, 3}, 10: {2, 5}, 11: {5, 3}, 4321: {1000, 5},
		0.07: {0.02, 4}, 0: {1, 1}, math.Inf(1): {1, 1}, math.NaN(): {1, 1}} {
		step, parts := ticks(most, 5)
		if math.Abs(step-want[0]) > 1e-12 || float64(parts) != want[1] {
			t.Errorf("%v: %d steps of %v, want %v of %v", most, parts, step, want[1], want[0])
		}
	}
	for v, want := range map[float64]string{0: "0", 1234: "1,234", 1234567: "1,234,567", 0.25: "0.25", 1e20: "1e+20",
		-1234: "-1,234"} {
		if got := number(v); got != want {
			t.Errorf("%v is written %s, want %s", v, got, want)
		}
	}
}

// TestMap checks that cells are in their places, that those without a title are one
// shape, and that empty space is shortened.
func TestMap(t *testing.T) {
	m := &Map{Title: "W<1", Width: 112, Cells: []Cell{
		{X: 100, Y: 50, W: 10, H: 10, Class: SeriesClass(1), Title: `t<"`, Label: "1"},
		{X: 110, Y: 50, W: 10, H: 10, Class: Pale()}, {X: 140, Y: 60, W: 10, H: 10, Class: Pale()},
		{X: 140, Y: 50, W: 10, H: 10, Class: Step(9)},
	}}
	// 50 units are 100 pixels: 2 to 1.
	checkContains(t, drawn(t, m.SVG), `<title>W&lt;1</title>`,
		`<rect class="cell s1" x="6" y="26" width="19" height="19" fill="#d55e00"><title>t&lt;&#34;</title></rect>`,
		`<path class="cell pale" d="M26 26h19v19h-19zM86 46h19v19h-19z" fill="#dddddd"/>`,
		`<path class="cell v5" d="M86 26h19v19h-19z"`, `>1</text>`)
	checkContains(t, drawn(t, (&Map{Title: "none"}).SVG), "none")
	one := drawn(t, (&Map{Title: "one", Cells: []Cell{{X: 1e6, Y: -1e6, W: 512, H: 512, Title: "t"}}}).SVG)
	checkContains(t, one, `width="23" height="23"`) // no poster
	tall := drawn(t, (&Map{Title: "tall", Width: 100, Cells: []Cell{{W: 1, H: 1}, {Y: 1e5, W: 1, H: 1}}}).SVG)
	checkContains(t, tall, `viewBox="0 0 36 104"`, `d="M6 62h24" stroke="#000" stroke-dasharray="3 3"`) // the gap is one cell
	ring := drawn(t, (&Map{Title: "ring", Cells: []Cell{{W: 1, H: 1, Class: SeriesClass(8), Title: "t", Label: "9"}}}).SVG)
	checkContains(t, ring, `class="cell ring s1"`, `stroke="#d55e00"`, `<text class="plain"`)
	var key bytes.Buffer
	if err := Key(&key, Step(0)); err != nil {
		t.Fatal(err)
	}
	checkContains(t, key.String(), `class="cell v0"`, `aria-hidden="true"`)
}

// TestLegend checks that a legend that is too long for one row has several, and that
// the drawing makes room for them.
func TestLegend(t *testing.T) {
	c := chart
	c.Width, c.Height = 200, 200
	c.Lines = append(c.Lines, Line{Name: strings.Repeat("long", 8)})
	text := drawn(t, c.SVG)
	checkContains(t, text, `<text x="`, ">one</text>", "<title>"+strings.Repeat("long", 8)+"</title>",
		`viewBox="0 0 200 218"`,
		`<rect class="axis" x="54" y="78" width="128" height="92"`)
}

// TestRows checks that names that do not fit below the bars are written next to them,
// all of them, and that steps of a number are left out instead.
func TestRows(t *testing.T) {
	names := []string{"a rather long name of a class", "another such name", strings.Repeat("W", 60)}
	b := Bars{Title: "t", Y: "instances", Labels: names, Series: []Series{{Values: []float64{1, 2000, 4000}}}, Width: 200}
	text := drawn(t, b.SVG)
	checkContains(t, text, "<title>a rather long name of a class</title>", ">a rather long n</tspan>",
		">ame of a class</tspan>", ">another such</tspan>", ">name</tspan>", "…", ">2,000</text>",
		"<title>"+names[2]+": 4,000</title>")
	b.Steps = true
	if text := drawn(t, b.SVG); strings.Contains(text, "tspan") {
		t.Error("steps of a number are in rows")
	}
}

// TestRanges checks the places of quantiles on the logarithmic axis.
func TestRanges(t *testing.T) {
	r := Ranges{Title: "areas", X: "area in pixels",
		Rows: []Range{{Name: "one<", Quantiles: [5]float64{1, 10, 100, 1000, 10000}}, {Name: "two", Empty: true}}, Width: 250}
	text := drawn(t, r.SVG)
	checkContains(t, text, "<title>one&lt;: median 100, middle half 10 to 1,000, 1 to 10,000 outside</title>",
		">none</text>", ">10,000</text>", "2 groups")
	checkContains(t, drawn(t, (&Ranges{Title: "none"}).SVG), "<title>none</title>")
	checkContains(t, drawn(t, (&Ranges{Title: "zero", Rows: []Range{{Name: "z"}}}).SVG), "z: median 0")
}
