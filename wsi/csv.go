package wsi

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
)

// MaxRow is the most bytes that one row of a CSV table may have.
const MaxRow = 1 << 20

// A RowError tells what is wrong with a row of a CSV table.
type RowError struct {
	Row    int    // data row, counted from 1; 0: the header
	Line   int    // line of the file, counted from 1
	Column string // name of the column; empty: the whole row
	Err    error
}

// Error returns the place and the reason.
func (e *RowError) Error() string {
	var b strings.Builder
	if e.Row == 0 {
		fmt.Fprintf(&b, "header (line %d)", e.Line)
	} else {
		fmt.Fprintf(&b, "row %d (line %d)", e.Row, e.Line)
	}
	if e.Column != "" {
		fmt.Fprintf(&b, ", column %q", e.Column)
	}
	fmt.Fprintf(&b, ": %v", e.Err)
	return b.String()
}

// Unwrap returns the reason.
func (e *RowError) Unwrap() error { return e.Err }

// table reads a CSV table whose columns may stand in any order.
type table struct {
	csv     *csv.Reader
	limit   *rowLimit
	columns []string // those asked for
	at      []int    // where each of columns stands in a row
	row     int      // data rows read
	line    int      // where the last good row begins
	fields  []string // the current row
}

// newTable reads the header and finds the columns.
func newTable(r io.Reader, columns ...string) (*table, error) {
	limit := &rowLimit{r: r, left: MaxRow}
	t := &table{csv: csv.NewReader(limit), limit: limit, columns: columns, at: make([]int, len(columns))}
	t.csv.ReuseRecord = true
	t.csv.FieldsPerRecord = -1 // checked here, with a message of our own
	header, err := t.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, &RowError{Line: 1, Err: fmt.Errorf("the file is empty: want a header with the columns %s", strings.Join(columns, ", "))}
	}
	if err != nil {
		return nil, t.wrap(err)
	}
	header = slices.Clone(header)
	header[0] = strings.TrimPrefix(header[0], "\uFEFF")
	for i := range header {
		if !utf8.ValidString(header[i]) {
			return nil, t.errorf("", "not UTF-8: save the file as UTF-8")
		}
		header[i] = strings.TrimSpace(header[i])
	}
	for k, name := range columns {
		t.at[k] = slices.Index(header, name)
		if t.at[k] < 0 {
			return nil, t.errorf("", "no column %q: found %s; want %s, in any order%s",
				name, quoteShort(strings.Join(header, ", ")), strings.Join(columns, ", "), delimiterHint(header))
		}
		if slices.Contains(header[t.at[k]+1:], name) {
			return nil, t.errorf(name, "the column is there twice: remove one")
		}
	}
	t.csv.FieldsPerRecord = len(header)
	return t, nil
}

// delimiterHint says what may help if a header did not split.
func delimiterHint(header []string) string {
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

// next goes to the next row. It returns io.EOF after the last.
func (t *table) next() error {
	t.limit.left = MaxRow
	fields, err := t.csv.Read()
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	t.row++
	if errors.Is(err, csv.ErrFieldCount) {
		return t.errorf("", "%d fields, but the header has %d", len(fields), t.csv.FieldsPerRecord)
	}
	if err != nil {
		return t.wrap(err)
	}
	t.fields = fields
	t.line, _ = t.csv.FieldPos(0)
	return nil
}

// wrap gives an error of the CSV reader its place.
func (t *table) wrap(err error) error {
	var pe *csv.ParseError
	if errors.As(err, &pe) {
		return &RowError{Row: t.row, Line: pe.Line, Err: fmt.Errorf("byte %d of the line: %w", pe.Column, pe.Err)}
	}
	if errors.Is(err, errRowTooLong) {
		return &RowError{Row: t.row, Line: t.line + 1, Err: err}
	}
	return err // of the reader below
}

// errorf makes the error of a column of the current row.
func (t *table) errorf(column, format string, args ...any) error {
	line, _ := t.csv.FieldPos(0)
	return &RowError{Row: t.row, Line: line, Column: column, Err: fmt.Errorf(format, args...)}
}

// text returns column k of the current row, in memory of its own.
func (t *table) text(k int) (string, error) {
	s := t.fields[t.at[k]]
	switch {
	case !utf8.ValidString(s):
		return "", t.errorf(t.columns[k], "%s is not UTF-8: save the file as UTF-8", quoteShort(s))
	case s == "":
		return "", t.errorf(t.columns[k], "empty")
	}
	return strings.Clone(s), nil
}

// integer returns column k of the current row.
func (t *table) integer(k int) (int, error) {
	s := strings.TrimSpace(t.fields[t.at[k]])
	v, err := strconv.Atoi(s)
	if err != nil {
		if errors.Is(err, strconv.ErrRange) {
			return 0, t.errorf(t.columns[k], "%s is out of range", quoteShort(s))
		}
		return 0, t.errorf(t.columns[k], "%s is not a whole number", quoteShort(s))
	}
	return v, nil
}

// number returns column k of the current row.
func (t *table) number(k int) (float64, error) {
	s := strings.TrimSpace(t.fields[t.at[k]])
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, t.errorf(t.columns[k], "%s is not a finite number", quoteShort(s))
	}
	return v, nil
}

// quoteShort quotes what was found, cut where it is long.
func quoteShort(s string) string {
	const most = 60
	if len(s) > most {
		cut := most
		for cut > most-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
			cut--
		}
		return strconv.Quote(s[:cut]) + "..."
	}
	return strconv.Quote(s)
}

var errRowTooLong = fmt.Errorf("the row has more than %d bytes: is a quote not closed?", MaxRow)

// rowLimit stops reading when one row takes more than MaxRow bytes: the CSV
// reader itself would collect a field of any length. It counts what the CSV
// reader takes in, which runs ahead of the row by no more than its buffer.
type rowLimit struct {
	r    io.Reader
	left int
}

func (l *rowLimit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errRowTooLong
	}
	if len(p) > l.left {
		p = p[:l.left]
	}
	n, err := l.r.Read(p)
	l.left -= n
	return n, err
}
