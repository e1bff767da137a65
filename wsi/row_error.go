package wsi

import "github.com/hubdata/hubdata/internal/csvtable"

// MaxRow is the most bytes that one row of a CSV table may have.
const MaxRow = csvtable.MaxRow

// A RowError tells what is wrong with a row of a CSV table: Row, the data row
// counted from 1 (0: the header), Line of the file, Column (empty: the whole
// row) and Err.
type RowError = csvtable.Error
