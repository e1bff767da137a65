package folds

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/internal/csvtable"
	"github.com/hubdata/hubdata/internal/wtf8"
)

// maxEntries is the maximum number of images of a plan that is read.
const maxEntries = 1 << 26

// A RowError describes an error in a row of a plan's CSV: Row is the data row counted
// from 1 (0: the header), Line the line of the file, Column the column (empty: the
// whole row), and Err the reason.
type RowError = csvtable.Error

// WriteCSV writes the plan as a table with the columns id and fold, which pandas can
// read. The fold of an image in no fold is -1. Only JSON distinguishes images that are
// always in training, and records what a buffer leaves out. An id that contains CR LF
// is an error, since readers of CSV convert it to LF. A surrogate without its other half,
// from a file name that is not UTF-8, is written in three bytes, as Python's error handler
// surrogatepass does; then the table is not UTF-8. [ReadPlanCSV] reads it back.
func (p *Plan) WriteCSV(w io.Writer) error {
	cw := csv.NewWriter(w)
	row := []string{"id", "fold"}
	if err := cw.Write(row); err != nil {
		return err
	}
	for _, e := range p.Entries {
		if strings.Contains(e.ID, "\r\n") {
			return fmt.Errorf("folds: id %s: found CR LF, which CSV readers turn into LF: rename the image, or write JSON", wtf8.Quote(e.ID))
		}
		row[0], row[1] = e.ID, strconv.Itoa(e.Fold)
		if err := cw.Write(row); err != nil {
			return err
		}
	}
	cw.Flush()
	return cw.Error()
}

// ReadPlanCSV reads a table with the columns id and fold; it ignores other columns.
// Folds are numbered from 0 or from 1, without gaps; -1 means no fold. A bad row is a
// [*RowError].
func ReadPlanCSV(r io.Reader) (*Plan, error) {
	t, err := csvtable.New(r, "id", "fold")
	if err != nil {
		return nil, err
	}
	p := &Plan{}
	rows, sizes := map[string][2]int{}, map[int]int{}
	for {
		if err := t.Next(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		var e Entry
		if e.ID, err = t.Text(0); err != nil {
			return nil, err
		}
		if e.Fold, err = t.Integer(1); err != nil {
			return nil, err
		}
		if e.Fold < NoFold || e.Fold > maxFolds {
			return nil, t.Errorf("fold", "found fold %d, expected 0 to %d, or %d for none", e.Fold, maxFolds, NoFold)
		}
		row, line := t.Row()
		if at, ok := rows[e.ID]; ok {
			return nil, t.Errorf("id", "%s is already in row %d (line %d): remove one", csvtable.Quote(e.ID), at[0], at[1])
		}
		if len(p.Entries) == maxEntries {
			return nil, t.Errorf("", "found more than %d images", maxEntries)
		}
		rows[e.ID] = [2]int{row, line}
		if e.Fold == NoFold {
			e.Why = "the plan puts it in no fold"
		} else {
			sizes[e.Fold]++
		}
		p.Entries = append(p.Entries, e)
	}
	var numbers []int
	for f := range sizes {
		numbers = append(numbers, f)
	}
	slices.Sort(numbers)
	if len(numbers) < 2 {
		return nil, &RowError{Line: 1, Column: "fold", Err: fmt.Errorf("found %d different folds, expected at least 2, numbered from 0 or 1", len(numbers))}
	}
	if numbers[0] > 1 {
		return nil, &RowError{Line: 1, Column: "fold", Err: fmt.Errorf("the lowest fold is %d: number folds from 0 or 1", numbers[0])}
	}
	p.First, p.K = numbers[0], len(numbers)
	for i, f := range numbers {
		if f != p.First+i {
			return nil, &RowError{Line: 1, Column: "fold", Err: fmt.Errorf("no image is in fold %d, but some are in fold %d: number folds without gaps", p.First+i, numbers[len(numbers)-1])}
		}
	}
	return p, p.Validate()
}
