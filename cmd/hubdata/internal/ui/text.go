package ui

import (
	"fmt"
	"io"
	"strings"

	"github.com/hubdata/hubdata/internal/printable"
)

// Fprintf is [fmt.Fprintf] for text that people read. Names in data are arguments, and what an argument gives is shown
// by [printable.Text]: it cannot end the line, leave its cell of a table, or command the terminal. The format is not
// changed. A failure of w is found when w is flushed.
func Fprintf(w io.Writer, format string, args ...any) {
	if false {
		_ = fmt.Sprintf(format, args...) // so that go vet checks formats
	}
	shown := make([]any, len(args))
	for i, arg := range args {
		switch arg.(type) {
		case bool, int, int32, int64, uint64, float32, float64:
			shown[i] = arg
		default:
			shown[i] = shownArg{arg}
		}
	}
	fmt.Fprintf(w, format, shown...)
}

// shownArg is an argument of which only what is printable is shown.
type shownArg struct{ value any }

func (a shownArg) Format(f fmt.State, verb rune) {
	value := a.value
	if s, ok := value.(string); ok && verb != 'q' {
		value = printable.Text(s) // so that a width counts what is shown
	}
	_, _ = io.WriteString(f, printable.Text(fmt.Sprintf(fmt.FormatString(f, verb), value))) // to memory
}

// Align says where the cells of a table are.
type Align bool

const (
	Left  Align = false
	Right Align = true // for numbers
)

// Table writes rows of cells as columns, for text as [Fprintf] writes it. Each line that is written is a row; a tab ends
// a cell. What follows the last tab of a row is in no column. All rows with cells have the same number of them.
type Table struct {
	w     io.Writer
	align Align
	text  strings.Builder
}

// NewTable returns a table that [Table.Flush] writes to w.
func NewTable(w io.Writer, align Align) *Table { return &Table{w: w, align: align} }

func (t *Table) Write(p []byte) (int, error) { return t.text.Write(p) }

// gap is the number of spaces between columns.
const gap = 2

// Flush writes the table.
func (t *Table) Flush() error {
	var widths []int
	for line := range strings.Lines(t.text.String()) {
		cells := strings.Split(line, "\t")
		for i, cell := range cells[:len(cells)-1] {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], printable.Width(cell))
		}
	}
	var out strings.Builder
	for line := range strings.Lines(t.text.String()) {
		cells := strings.Split(line, "\t")
		for i, cell := range cells[:len(cells)-1] {
			space := strings.Repeat(" ", widths[i]+gap-printable.Width(cell))
			if t.align == Right {
				out.WriteString(space + cell)
			} else {
				out.WriteString(cell + space)
			}
		}
		out.WriteString(cells[len(cells)-1])
	}
	t.text.Reset()
	_, err := io.WriteString(t.w, out.String())
	return err
}
