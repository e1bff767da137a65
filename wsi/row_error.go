package wsi

import "github.com/hubdata/hubdata/internal/csvtable"

// MaxRow is the limit in bytes for one row of a CSV table.
const MaxRow = csvtable.MaxRow

// A RowError describes an invalid row of a CSV table. Its fields are Row, the
// data row counted from 1 (0: the header), Line of the file, Column (empty: the
// whole row) and Err.
type RowError = csvtable.Error
