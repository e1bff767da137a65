// Package htmlreport writes a report as one HTML file that is self-contained:
// style, script, charts and pictures are in the file, and its Content-Security-Policy
// forbids the browser to fetch anything. It reads in light and dark, on a telephone and
// on paper, by mouse, keyboard and screen reader; without the script it only loses the
// sorting of tables and the switch of the theme.
//
// A [Report] is text: whatever it holds, a file name or a class from any JSON
// file, is shown as it is and never becomes markup. The exceptions are made here or by
// hubdata: charts ([Chart]) and pictures ([Picture]).
//
// The same report gives the same bytes.
package htmlreport

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"math"
	"strings"
)

// Generator is what the file's generator element begins with; it identifies a file that
// this package wrote.
const Generator = "hubdata"

// A Report is a title, what matters most, and sections.
type Report struct {
	Title   string
	About   string // a line below the title
	Version string // of hubdata
	// Glance is the overview, in remarks.
	Glance   []Remark
	Facts    []Fact
	Sections []Section
}

// A Section is a chapter with an entry in the contents.
type Section struct {
	ID     string // of the element; letters and dashes
	Title  string
	Blocks []Block
	// Absent says why the section is empty; it then has no blocks.
	Absent *Absent
}

// Absent says why a section has no content, and which command makes it.
type Absent struct {
	Reason  string
	Command string // empty: there is none
	Failed  bool   // the content exists and could not be read
}

// A Block is one of its members.
type Block struct {
	Heading string
	Text    string
	Remarks []Remark
	Facts   []Fact
	Table   *Table
	Charts  *Charts
	Gallery *Gallery
	Folded  *Folded
}

// Folded is blocks that are shown on demand.
type Folded struct {
	Summary string
	Blocks  []Block
}

// Level is how much a remark matters.
type Level string

// The levels.
const (
	Good    Level = "good"
	Note    Level = "note"
	Warning Level = "warning"
	Bad     Level = "error"
)

// A Remark is a sentence, and a section to read about it.
type Remark struct {
	Level Level
	Text  string
	About string // the section's ID; empty: none
}

// A Fact is a number or a word with its name.
type Fact struct{ Name, Value, Note string }

// A Table is a table. The reader can sort it by a column.
type Table struct {
	Caption string
	Columns []Column
	Rows    [][]Cell
	Foot    []Cell // sums; nil: none
	// Shown is how many rows are seen before the rest is requested; 0: all.
	Shown int
}

// A Column is a column's head.
type Column struct {
	Name    string
	About   string // tooltip
	Numbers bool   // aligned right, and sorted as numbers
}

// A Cell is a cell's text.
type Cell struct {
	Text  string
	Sort  string // what it is sorted by, if not by its text
	Level Level  // empty: plain
	Code  bool   // set in the type of code
	// Share, from 0 to 1, is drawn as a bar; 0: none.
	Share float64
}

// Charts are charts side by side with one legend.
type Charts struct {
	Keys  []Key
	Items []Chart
	Small bool // many in a row
}

// A Key explains a colour of the charts. The sample is an SVG, trusted.
type Key struct {
	Sample template.HTML
	Text   string
}

// A Chart is an SVG drawing, trusted, such as package plot draws: with a title of its
// own for those who cannot see it.
type Chart struct {
	SVG     template.HTML
	Caption string
}

// A Gallery is pictures side by side, and what the lines on them mean.
type Gallery struct {
	Keys     []Key
	Pictures []Picture
}

// A Picture is an image in the file.
type Picture struct {
	Data          template.URL // data:image/...
	Width, Height int
	Alt           string
	Caption       string
}

// NewPicture takes the bytes of an image file of a type such as image/png.
func NewPicture(kind string, data []byte) Picture {
	return Picture{Data: template.URL("data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(data))}
}

//go:embed report.css
var style string

//go:embed report.js
var script string

//go:embed report.html.tmpl
var page string

var pages = template.Must(template.New("report").Funcs(template.FuncMap{
	"cell": func(columns []Column, i int, c Cell) cellView {
		v := cellView{Cell: c}
		if i < len(columns) {
			v.Numbers = columns[i].Numbers
		}
		v.Share = math.Round(min(max(c.Share, 0), 1)*1000) / 10
		v.Word = len(c.Text) <= longestWord && !strings.Contains(c.Text, " ")
		return v
	},
	"rest":  func(t *Table, i int) bool { return t.Shown > 0 && i >= t.Shown },
	"more":  func(t *Table) int { return max(0, len(t.Rows)-t.Shown) },
	"lines": func(s string) []string { return strings.Split(s, "\n") },
}).Parse(page))

// cellView is a cell and what its column says.
type cellView struct {
	Cell
	Numbers bool
	Share   float64 // in percent
	Word    bool    // of code: not to be broken
}

// longestWord is how many bytes of code are kept in one line of a cell.
const longestWord = 24

// view is what the page is made of.
type view struct {
	*Report
	Style     template.CSS
	Script    template.JS
	Policy    string
	Generator string
}

// policy forbids all but the page's own style and script, known by their sums, and
// pictures in the page.
func policy() string {
	sum := func(text string) string {
		s := sha256.Sum256([]byte(text))
		return base64.StdEncoding.EncodeToString(s[:])
	}
	return fmt.Sprintf("default-src 'none'; img-src data:; style-src 'sha256-%s'; script-src 'sha256-%s'; base-uri 'none'; form-action 'none'", sum(style), sum(script))
}

// Write writes the report.
func (r *Report) Write(w io.Writer) error {
	var text bytes.Buffer
	err := pages.Execute(&text, view{Report: r, Style: template.CSS(style), Script: template.JS(script), Policy: policy(), Generator: Generator + " " + r.Version})
	if err != nil {
		return err
	}
	_, err = w.Write(bytes.TrimLeft(text.Bytes(), "\n")) // the templates come first
	return err
}
