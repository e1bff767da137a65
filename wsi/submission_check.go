package wsi

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hubdata/hubdata/internal/csvtable"
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/rle"
)

// SubmissionFault is a fault in a submission.
type SubmissionFault struct {
	Code   FaultCode
	Row    int    // data row in the file, counted from 1; 0: the header, or no row
	Line   int    // of the file, counted from 1; 0: no line
	Column string // empty: the whole row
	Token  int    // of prediction_string, counted from 1; 0: not one token
	ID     string // of the tile, if known
	Reason string // what was found, what was expected, what to do
}

// String returns the place, the reason and the code in one line.
func (f SubmissionFault) String() string {
	var b strings.Builder
	switch {
	case f.Line == 0:
	case f.Row == 0:
		fmt.Fprintf(&b, "header (line %d), ", f.Line)
	default:
		fmt.Fprintf(&b, "row %d (line %d), ", f.Row, f.Line)
	}
	if f.ID != "" {
		fmt.Fprintf(&b, "tile %s, ", csvtable.Quote(f.ID))
	}
	if f.Column != "" {
		fmt.Fprintf(&b, "column %s, ", wtf8.Quote(f.Column))
	}
	if f.Token > 0 {
		fmt.Fprintf(&b, "token %d, ", f.Token)
	}
	place := strings.TrimSuffix(b.String(), ", ")
	if place == "" {
		return fmt.Sprintf("%s (%s)", f.Reason, f.Code)
	}
	return fmt.Sprintf("%s: %s (%s)", place, f.Reason, f.Code)
}

// FaultCode names a kind of fault. Codes do not change between versions.
type FaultCode string

// The codes of [CheckSubmission].
const (
	FaultFile          FaultCode = "file"           // not CSV from here on: the rest is not checked
	FaultColumnMissing FaultCode = "column-missing" // one of the four columns is missing
	FaultColumnTwice   FaultCode = "column-twice"   // two columns with one name
	FaultColumnExtra   FaultCode = "column-extra"   // a column that is not part of the competition's format
	FaultRow           FaultCode = "row"            // not CSV, or not as many fields as the header
	FaultID            FaultCode = "id"             // empty, or not UTF-8
	FaultIDTwice       FaultCode = "id-twice"       // two rows for one tile
	FaultIDUnknown     FaultCode = "id-unknown"     // not a requested tile
	FaultIDMissing     FaultCode = "id-missing"     // a requested tile has no row
	FaultSize          FaultCode = "size"           // height or width is not a number, or not that of the tile
	FaultTokens        FaultCode = "tokens"         // not three tokens per instance
	FaultClass         FaultCode = "class"          // not 0
	FaultScore         FaultCode = "score"          // not from 0 to 1
	FaultBytesLiteral  FaultCode = "bytes-literal"  // b'...', as Python prints bytes
	FaultMask          FaultCode = "mask"           // invalid base64, zlib or counts
	FaultMaskEmpty     FaultCode = "mask-empty"     // a mask without pixels
)

// SubmissionTile is a tile that a submission must contain.
type SubmissionTile struct {
	ID            string
	Height, Width int // 0: unknown
}

// SubmissionRules are the requirements against which a submission is checked.
type SubmissionRules struct {
	Tiles    []SubmissionTile // each must have one row, and no other tile may have one; nil: any tiles
	TileSize int              // height and width of tiles whose size is not in Tiles; 0: any
}

// SubmissionCounts counts the contents of a submission.
type SubmissionCounts struct {
	Rows        int
	Empty       int // rows without instances
	Instances   int // valid instances
	Overlapping int // rows in which masks share a pixel; not a fault, because no known rule forbids it
	Faults      int
}

// CheckSubmission reads all of a submission and calls fault with every fault,
// in the order of the file; tiles without a row come last. It holds one row,
// with one mask at a time, in memory. The error is that of r, if it could not
// be read.
func CheckSubmission(r io.Reader, rules *SubmissionRules, fault func(SubmissionFault)) (SubmissionCounts, error) {
	c := &submissionCheck{rules: rules, seen: map[string]int{}}
	if rules == nil {
		c.rules = &SubmissionRules{}
	}
	c.report = func(f SubmissionFault) {
		c.counts.Faults++
		fault(f)
	}
	if c.rules.Tiles != nil {
		c.tiles = make(map[string]*SubmissionTile, len(c.rules.Tiles))
		for i := range c.rules.Tiles {
			c.tiles[c.rules.Tiles[i].ID] = &c.rules.Tiles[i]
		}
	}
	err := c.file(r)
	return c.counts, err
}

// submissionCheck is the state of CheckSubmission.
type submissionCheck struct {
	rules  *SubmissionRules
	tiles  map[string]*SubmissionTile // nil: any
	seen   map[string]int             // id to row
	report func(SubmissionFault)
	counts SubmissionCounts

	table   *csvtable.Table
	columns [4]int // of submissionColumns in the header; -1: none
}

// file checks the header and all rows.
func (c *submissionCheck) file(r io.Reader) error {
	var err error
	if c.table, err = csvtable.NewLimit(r, MaxSubmissionRow); errors.Is(err, csvtable.ErrEmpty) {
		err = &csvtable.Error{Line: 1, Err: csvtable.Empty(submissionColumns)} // whose absence is a fault each, otherwise
	}
	if err != nil {
		return c.broken(err, FaultFile)
	}
	c.header()
	for {
		err := c.table.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		c.counts.Rows++
		if err == nil {
			c.row()
			continue
		}
		if !c.table.Ended() {
			c.markSeen()
			_ = c.broken(err, FaultRow)
			continue
		}
		if err := c.broken(err, FaultFile); err != nil {
			return err
		}
		return nil // it is unknown which tiles the rest names
	}
	for i := range c.rules.Tiles {
		if t := &c.rules.Tiles[i]; c.seen[t.ID] == 0 && c.columns[0] >= 0 {
			c.report(SubmissionFault{Code: FaultIDMissing, ID: t.ID,
				Reason: "the tile has no row: give it one, with an empty prediction_string if nothing was found"})
		}
	}
	return nil
}

// broken reports an error of the table as a fault. It returns an error of the
// underlying reader.
func (c *submissionCheck) broken(err error, code FaultCode) error {
	var row *csvtable.Error
	if !errors.As(err, &row) {
		return err
	}
	c.report(SubmissionFault{Code: code, Row: row.Row, Line: row.Line, Column: row.Column, Reason: row.Err.Error()})
	return nil
}

// header finds the columns.
func (c *submissionCheck) header() {
	header := c.table.Header()
	_, line := c.table.Row()
	found := csvtable.Quote(strings.Join(header, ", "))
	for k, name := range submissionColumns {
		c.columns[k] = slices.Index(header, name)
		if c.columns[k] < 0 {
			c.report(SubmissionFault{Code: FaultColumnMissing, Line: line, Column: name,
				Reason: fmt.Sprintf("missing: found %s; expected %s%s", found, strings.Join(submissionColumns, ", "),
					csvtable.DelimiterHint(header))})
		}
	}
	for k, name := range header {
		switch {
		case slices.Contains(header[:k], name):
			c.report(SubmissionFault{Code: FaultColumnTwice, Line: line, Column: name, Reason: "duplicate column: remove one"})
		case name == "":
			c.report(SubmissionFault{Code: FaultColumnExtra, Line: line,
				Reason: fmt.Sprintf("column %d has no name, as the index that pandas writes: expected %s; write it with to_csv(index=False)", k+1, strings.Join(submissionColumns, ", "))})
		case !slices.Contains(submissionColumns, name):
			c.report(SubmissionFault{Code: FaultColumnExtra, Line: line, Column: name,
				Reason: fmt.Sprintf("not a column of the competition: expected %s", strings.Join(submissionColumns, ", "))})
		}
	}
}

// value returns one of submissionColumns in the current row.
func (c *submissionCheck) value(k int) (string, bool) {
	if c.columns[k] < 0 {
		return "", false
	}
	return c.table.Field(c.columns[k]), true
}

// markSeen records the id of a row that is otherwise unusable.
func (c *submissionCheck) markSeen() {
	if id, ok := c.value(0); ok && id != "" && c.seen[id] == 0 {
		c.seen[id] = c.counts.Rows
	}
}

// row checks the current row.
func (c *submissionCheck) row() {
	row, line := c.table.Row()
	place := SubmissionFault{Row: row, Line: line}
	report := func(code FaultCode, column string, token int, format string, args ...any) {
		f := place
		f.Code, f.Column, f.Token, f.Reason = code, column, token, fmt.Sprintf(format, args...)
		c.report(f)
	}
	want := SubmissionTile{Height: c.rules.TileSize, Width: c.rules.TileSize} // 0: any
	if id, ok := c.value(0); ok {
		switch {
		case !utf8.ValidString(id):
			report(FaultID, "id", 0, "%s is not UTF-8: save the file as UTF-8", csvtable.Quote(id))
		case id == "":
			report(FaultID, "id", 0, "empty: expected the name of a tile")
		default:
			place.ID = id
			if first := c.seen[id]; first > 0 {
				report(FaultIDTwice, "id", 0, "the tile is already in row %d: remove one", first)
			} else {
				c.seen[id] = row
			}
			if t := c.tiles[id]; t != nil {
				if t.Height > 0 {
					want = *t
				}
			} else if c.tiles != nil {
				want = SubmissionTile{}
				report(FaultIDUnknown, "id", 0, "no such tile among the %d requested", len(c.tiles))
			}
		}
	}
	found := SubmissionTile{}
	sized := true
	for k, v := range []struct{ found, want *int }{{&found.Height, &want.Height}, {&found.Width, &want.Width}} {
		if column := submissionColumns[k+1]; !c.edge(k+1, v.found, *v.want, func(format string, args ...any) {
			report(FaultSize, column, 0, format, args...)
		}) {
			sized = false
		}
	}
	if sized && found.Height > rle.MaxPixels/found.Width {
		report(FaultSize, "", 0, "height %d and width %d: a mask has at most %d pixels", found.Height, found.Width,
			rle.MaxPixels)
		sized = false
	}
	if !sized {
		found = want // 0 if unknown: masks are not decoded
	}
	text, ok := c.value(3)
	if !ok {
		return
	}
	if strings.TrimSpace(text) == "" {
		c.counts.Empty++
	}
	var all rle.Mask
	masks, overlaps := 0, false
	p := prediction{height: found.Height, width: found.Width}
	p.fault = func(token int, code FaultCode, err error) bool {
		report(code, submissionColumns[3], token, "%v", err)
		return true
	}
	p.instance = func(token int, in SubmissionInstance) bool {
		area := in.Mask.Area()
		if area == 0 {
			report(FaultMaskEmpty, submissionColumns[3], token, "the mask is empty: leave the instance out")
			return true
		}
		c.counts.Instances++
		if masks++; masks == 1 {
			all = in.Mask
		} else if !overlaps {
			before := all.Area()
			all, _ = rle.Union(all, in.Mask) // all of the same size
			overlaps = all.Area() < before+area
		}
		return true
	}
	p.scan(text)
	if overlaps {
		c.counts.Overlapping++
	}
}

// edge checks the height or width in column k, and reports whether masks can be
// decoded with it.
func (c *submissionCheck) edge(k int, v *int, want int, report func(format string, args ...any)) bool {
	text, ok := c.value(k)
	if !ok {
		return false
	}
	n, err := strconv.Atoi(strings.TrimSpace(text))
	switch {
	case err != nil && want > 0:
		report("found %s, expected %d", csvtable.Quote(text), want)
	case err != nil:
		report("found %s, expected a number of pixels", csvtable.Quote(text))
	case want > 0 && n != want:
		report("found %d, expected %d", n, want)
	case checkEdge(n) != nil:
		report("%v", checkEdge(n))
	default:
		*v = n
		return true
	}
	return false
}
