// Package csvtable reads CSV tables whose columns may be in any order. Its
// errors name the row, the line and the column.
package csvtable

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hubdata/hubdata/internal/wtf8"
)

// MaxRow is the limit in bytes for one row of a CSV table, unless [NewLimit]
// sets another.
const MaxRow = 1 << 20

// An Error describes an invalid row of a CSV table.
type Error struct {
	Row    int    // data row, counted from 1; 0: the header
	Line   int    // line of the file, counted from 1
	Column string // name of the column; empty: the whole row
	Err    error
}

// Error returns the place and the reason.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Row == 0 {
		fmt.Fprintf(&b, "header (line %d)", e.Line)
	} else {
		fmt.Fprintf(&b, "row %d (line %d)", e.Row, e.Line)
	}
	if e.Column != "" {
		fmt.Fprintf(&b, ", column %s", wtf8.Quote(e.Column))
	}
	fmt.Fprintf(&b, ": %v", e.Err)
	return b.String()
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// Table reads a CSV table whose columns may be in any order.
type Table struct {
	csv     *csv.Reader
	limit   *rowLimit
	columns []string // the requested columns
	at      []int    // index of each of columns in a row
	row     int      // number of data rows read
	line    int      // line on which the last good row begins
	header  []string
	fields  []string // the current row
	ended   bool
}

// ErrEmpty is wrapped by the error of [New] for a file without a header.
var ErrEmpty = errors.New("the file is empty")

// Empty returns [ErrEmpty] with the columns that are expected.
func Empty(columns []string) error {
	return fmt.Errorf("%w: expected a header with the columns %s", ErrEmpty, strings.Join(columns, ", "))
}

// New reads the header of r and finds the columns.
func New(r io.Reader, columns ...string) (*Table, error) { return NewLimit(r, MaxRow, columns...) }

// NewLimit is [New] for rows of at most maxRow bytes.
func NewLimit(r io.Reader, maxRow int, columns ...string) (*Table, error) {
	limit := &rowLimit{r: r, most: maxRow, remaining: maxRow}
	t := &Table{csv: csv.NewReader(limit), limit: limit, columns: columns, at: make([]int, len(columns))}
	t.csv.ReuseRecord = true
	t.csv.FieldsPerRecord = -1 // checked below, with a better message
	header, err := t.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, &Error{Line: 1, Err: Empty(columns)}
	}
	if err != nil {
		return nil, t.wrap(err)
	}
	header = slices.Clone(header)
	header[0] = strings.TrimPrefix(header[0], "\uFEFF")
	for i := range header {
		if !isText(header[i]) {
			return nil, t.Errorf("", "not UTF-8: save the file as UTF-8")
		}
		header[i] = strings.TrimSpace(header[i])
	}
	for k, name := range columns {
		t.at[k] = slices.Index(header, name)
		if t.at[k] < 0 {
			return nil, t.Errorf("", "no column %s: found %s; expected %s, in any order%s",
				wtf8.Quote(name), Quote(strings.Join(header, ", ")), strings.Join(columns, ", "), DelimiterHint(header))
		}
		if slices.Contains(header[t.at[k]+1:], name) {
			return nil, t.Errorf(name, "duplicate column: remove one")
		}
	}
	t.csv.FieldsPerRecord = len(header)
	t.header = header
	return t, nil
}

// Header returns the names of all columns. It must not be changed.
func (t *Table) Header() []string { return t.header }

// Row returns the number of the current data row, counted from 1, and the line
// of the file on which it begins.
func (t *Table) Row() (row, line int) {
	line, _ = t.csv.FieldPos(0)
	return t.row, line
}

// Field returns field k of the current row, in the order of the header, in
// memory of its own. It is empty if the row has too few fields.
func (t *Table) Field(k int) string {
	if k >= len(t.fields) {
		return ""
	}
	return strings.Clone(t.fields[k])
}

// DelimiterHint returns a hint for a header that may have another delimiter.
func DelimiterHint(header []string) string {
	if len(header) != 1 {
		return ""
	}
	for _, d := range []struct{ char, name string }{{";", "semicolons"}, {"\t", "tabs"}, {"|", "bars"}} {
		if strings.Contains(header[0], d.char) {
			return "; the columns seem to be separated by " + d.name + ": save the file with commas"
		}
	}
	return ""
}

// Next advances to the next row. It returns io.EOF after the last row. After
// any other error it may be called for the row after it, unless [Table.Ended].
func (t *Table) Next() error {
	t.limit.remaining, t.fields = t.limit.most, nil
	fields, err := t.csv.Read()
	if errors.Is(err, io.EOF) {
		t.ended = true
		return io.EOF
	}
	t.row++
	if errors.Is(err, csv.ErrFieldCount) {
		t.fields = fields
		return t.Errorf("", "%d fields, but the header has %d", len(fields), t.csv.FieldsPerRecord)
	}
	if err != nil {
		return t.wrap(err)
	}
	t.fields = fields
	t.line, _ = t.csv.FieldPos(0)
	return nil
}

// Ended reports whether there is no row after the one at which [Table.Next]
// stopped.
func (t *Table) Ended() bool { return t.ended }

// wrap adds the place to an error of the CSV reader.
func (t *Table) wrap(err error) error {
	var pe *csv.ParseError
	if errors.As(err, &pe) {
		return &Error{Row: t.row, Line: pe.Line, Err: fmt.Errorf("byte %d of the line: %w", pe.Column, pe.Err)}
	}
	t.ended = true
	var long *rowTooLongError
	if errors.As(err, &long) {
		return &Error{Row: t.row, Line: t.line + 1, Err: long}
	}
	return err // an error of the underlying reader
}

// Errorf returns an error for a column of the current row.
func (t *Table) Errorf(column, format string, args ...any) error {
	line, _ := t.csv.FieldPos(0)
	return &Error{Row: t.row, Line: line, Column: column, Err: fmt.Errorf(format, args...)}
}

// isText reports whether s is UTF-8. It may have surrogates without their other half, in
// three bytes each, which are in the names of files that are not UTF-8.
func isText(s string) bool {
	for !utf8.ValidString(s) {
		at, _ := wtf8.Next(s)
		if at < 0 || !utf8.ValidString(s[:at]) {
			return false
		}
		s = s[at+wtf8.Length:]
	}
	return true
}

// Text returns column k of the current row, in memory of its own.
func (t *Table) Text(k int) (string, error) {
	s := t.fields[t.at[k]]
	switch {
	case !isText(s):
		return "", t.Errorf(t.columns[k], "%s is not UTF-8: save the file as UTF-8", Quote(s))
	case s == "":
		return "", t.Errorf(t.columns[k], "empty")
	}
	return strings.Clone(s), nil
}

// Value returns column k of the current row unchanged, in memory of its own.
func (t *Table) Value(k int) string { return strings.Clone(t.fields[t.at[k]]) }

// Integer returns column k of the current row.
func (t *Table) Integer(k int) (int, error) {
	s := strings.TrimSpace(t.fields[t.at[k]])
	v, err := strconv.Atoi(s)
	if err != nil {
		if errors.Is(err, strconv.ErrRange) {
			return 0, t.Errorf(t.columns[k], "%s is out of range", Quote(s))
		}
		return 0, t.Errorf(t.columns[k], "%s is not a whole number", Quote(s))
	}
	return v, nil
}

// Number returns column k of the current row.
func (t *Table) Number(k int) (float64, error) {
	s := strings.TrimSpace(t.fields[t.at[k]])
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, t.Errorf(t.columns[k], "%s is not a finite number", Quote(s))
	}
	return v, nil
}

// Quote quotes a text for a message, shortened if it is long.
func Quote(s string) string {
	const most = 60
	if len(s) > most {
		cut := most
		for cut > most-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
			cut--
		}
		return wtf8.Quote(s[:cut]) + "..."
	}
	return wtf8.Quote(s)
}

// rowTooLongError is the error for a row of more than most bytes.
type rowTooLongError struct{ most int }

func (e *rowTooLongError) Error() string {
	return fmt.Sprintf("the row has more than %d bytes: is a closing quote missing?", e.most)
}

// rowLimit stops reading when one row has more than most bytes. The CSV reader
// itself would collect a field of any length. rowLimit counts what the CSV
// reader has read, which is ahead of the row by no more than its buffer.
type rowLimit struct {
	r         io.Reader
	most      int
	remaining int
}

func (l *rowLimit) Read(p []byte) (int, error) {
	if l.remaining <= 0 {
		return 0, &rowTooLongError{l.most}
	}
	if len(p) > l.remaining {
		p = p[:l.remaining]
	}
	n, err := l.r.Read(p)
	l.remaining -= n
	return n, err
}
