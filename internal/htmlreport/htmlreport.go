// Package htmlreport writes a report as one self-contained HTML file. Style, script,
// charts and pictures are in the file, and its Content-Security-Policy forbids the
// browser to fetch anything. The report is readable in light and dark themes, on a
// phone and on paper, with a mouse, a keyboard or a screen reader. Without scripts,
// only the sorting of tables and the theme switch are missing.
//
// A [Report] is text. Whatever it contains, such as a file name or a class from an
// untrusted JSON file, is shown literally and never becomes markup; package printable
// shows control characters and marks of direction as escapes. The exceptions are
// charts ([Chart]) and pictures ([Picture]), which this package or hubdata generates.
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
	"sync"

	"github.com/hubdata/hubdata/internal/printable"
)

// Generator is the beginning of the generator element in the file. It identifies
// files written by this package.
const Generator = "hubdata"

// A Report has a title, the most important remarks, and sections.
type Report struct {
	Title   string
	About   string // a line below the title
	Version string // version of hubdata
	// Glance is the overview.
	Glance   []Remark
	Facts    []Fact
	Sections []Section
}

// A Section is a chapter with an entry in the table of contents.
type Section struct {
	ID     string // id of the element: letters and dashes
	Title  string
	Blocks []Block
	// Absent explains why the section is empty. The section then has no blocks.
	Absent *Absent
}

// Absent names what is missing, and the command that would create it.
type Absent struct {
	Reason  string
	Command string // empty: no command would
	Failed  bool   // it exists but could not be read
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

// Folded holds blocks that are shown on demand.
type Folded struct {
	Summary string
	Blocks  []Block
}

// Level is the importance of a remark.
type Level string

// The levels.
const (
	Good    Level = "good"
	Note    Level = "note"
	Warning Level = "warning"
	Bad     Level = "error"
)

// A Remark is a sentence with a reference to a section.
type Remark struct {
	Level Level
	Text  string
	About string // ID of the section; empty: none
}

// A Fact is a named number or word.
type Fact struct{ Name, Value, Note string }

// A Table is a table. The reader can sort it by a column.
type Table struct {
	Caption string
	About   string // a sentence below the caption
	Columns []Column
	Rows    [][]Cell
	Foot    []Cell // totals; nil: none
	// Shown is the number of rows that are shown at first; 0: all.
	Shown int
}

// A Column is the head of a column.
type Column struct {
	Name    string
	About   string // what it holds, if the name does not say it: written below the caption
	Numbers bool   // aligned right, and sorted as numbers
}

// A Cell is a cell of a table.
type Cell struct {
	Text  string
	Sort  string // sort key, if not the text
	Level Level  // empty: plain
	Code  bool   // set in a monospaced font
	// Share, from 0 to 1, is drawn as a bar; 0: none.
	Share float64
}

// Charts are charts side by side with one legend.
type Charts struct {
	Keys  []Key
	Items []Chart
}

// A Key explains a colour of the charts. The sample is trusted SVG.
type Key struct {
	Sample template.HTML
	Text   string
}

// A Chart is a trusted SVG drawing, for example from package plot. It must have a
// title for readers who cannot see it.
type Chart struct {
	SVG     template.HTML
	Caption string
}

// SVG is what draw writes, which escapes all text, as package plot does.
func SVG(draw func(io.Writer) error) template.HTML {
	var b strings.Builder
	_ = draw(&b) // a builder takes all
	return template.HTML(b.String())
}

// A Gallery is a row of pictures, with an explanation of the lines on them.
type Gallery struct {
	Keys     []Key
	Note     string // below the keys
	Pictures []Picture
}

// A Picture is an image in the file.
type Picture struct {
	Data          template.URL // data:image/...
	Width, Height int
	Alt           string
	Caption       string
}

// NewPicture returns a picture with the bytes of an image file of the given
// media type, such as image/png.
func NewPicture(kind string, data []byte) Picture {
	return Picture{Data: template.URL("data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(data))}
}

//go:embed report.css
var style string

//go:embed report.js
var script string

//go:embed report.html.tmpl
var page string

// pages is the template of the page.
var pages = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("report").Funcs(functions).Parse(page))
})

// functions are those that the template calls.
var functions = template.FuncMap{
	"cell": func(columns []Column, i int, c Cell) cellView {
		v := cellView{Cell: c}
		if i < len(columns) {
			v.Numbers = columns[i].Numbers
		}
		v.Share = math.Round(min(max(c.Share, 0), 1)*1000) / 10
		v.Word = len(c.Text) <= longestWord && !strings.Contains(c.Text, " ")
		return v
	},
	"about": func(t *Table) string {
		var parts []string
		for _, c := range t.Columns {
			if c.About != "" {
				parts = append(parts, c.Name+": "+c.About)
			}
		}
		return strings.TrimSpace(t.About + " " + strings.Join(parts, "; "))
	},
	"rest":  func(t *Table, i int) bool { return t.Shown > 0 && i >= t.Shown },
	"more":  func(t *Table) int { return max(0, len(t.Rows)-t.Shown) },
	"lines": func(s string) []string { return strings.Split(s, "\n") },
}

// cellView is a cell with the properties of its column.
type cellView struct {
	Cell
	Numbers bool
	Share   float64 // in percent
	Word    bool    // code that must not be broken into lines
}

// longestWord is the length in bytes up to which code stays on one line of a
// cell.
const longestWord = 24

// view is the data for the template of the page.
type view struct {
	*Report
	Style     template.CSS
	Script    template.JS
	Policy    string
	Generator string
}

// policy returns a policy that forbids everything except the page's own style
// and script, identified by their hashes, and pictures in the page.
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
	err := pages().Execute(&text, view{Report: r, Style: template.CSS(style), Script: template.JS(script), Policy: policy(), Generator: Generator + " " + r.Version})
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, printable.Lines(strings.TrimLeft(text.String(), "\n"))) // the template definitions leave empty lines first
	return err
}
