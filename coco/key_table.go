package coco

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/hubdata/hubdata/internal/csvtable"
	"github.com/hubdata/hubdata/internal/wtf8"
)

// KeyTable holds values of images that a COCO file does not have: a CSV table with a
// row per image and a column per key, such as
//
//	name,patient,stain
//	p1/a.png,17,PAS
//
// The images' names are in the first of the columns file_name, filename, name, image,
// image_id and id that the table has, else in its first column.
type KeyTable struct {
	header []string
	names  int      // column
	rows   []string // row by row
}

// nameColumns are the columns that may hold the images' names.
var nameColumns = []string{"file_name", "filename", "name", "image", "image_id", "id"}

// maxKeyRows is the largest number of rows that ReadKeyTable accepts.
const maxKeyRows = 1 << 22

// ReadKeyTable reads a table. An error names the row, the line and the column.
func ReadKeyTable(r io.Reader) (*KeyTable, error) {
	in, err := csvtable.New(r)
	if err != nil {
		return nil, err
	}
	t := &KeyTable{header: slices.Clone(in.Header())}
	for k, name := range t.header {
		if name != "" && slices.Contains(t.header[:k], name) {
			return nil, in.Errorf(name, "duplicate column: remove one")
		}
	}
	for _, name := range nameColumns {
		if k := slices.Index(t.header, name); k >= 0 {
			t.names = k
			break
		}
	}
	for n := 0; ; n++ {
		err := in.Next()
		switch {
		case errors.Is(err, io.EOF):
			return t, nil
		case err != nil:
			return nil, err
		case n == maxKeyRows:
			return nil, in.Errorf("", "found more than %d rows", maxKeyRows)
		}
		for k, column := range t.header {
			v := in.Field(k)
			switch {
			case !utf8.ValidString(v):
				return nil, in.Errorf(column, "%s is not UTF-8: save the file as UTF-8", csvtable.Quote(v))
			case k == t.names && v == "":
				return nil, in.Errorf(column, "found an empty cell, expected the name of an image")
			}
			t.rows = append(t.rows, v)
		}
	}
}

// Columns returns the names of the columns that hold values.
func (t *KeyTable) Columns() []string {
	return slices.Delete(slices.Clone(t.header), t.names, t.names+1)
}

// images returns the names of the rows.
func (t *KeyTable) images() []string {
	var names []string
	for at := t.names; at < len(t.rows); at += len(t.header) {
		names = append(names, t.rows[at])
	}
	return names
}

// A KeyReader reads the values of keys of the images of one list.
type KeyReader struct {
	names *Names
	table *KeyTable // nil: none
	row   []int32   // of each image in the table; -1: none
}

// NewKeyReader returns a reader for the images of a list, whose values are their own
// and those in a table, which may be nil. The names in the table are read as
// [Names.Resolve] does. A table that lists none of the images is an error, and so is a
// name that fits several of them, or an image with two rows.
func NewKeyReader(names *Names, table *KeyTable) (*KeyReader, error) {
	r := &KeyReader{names: names, table: table}
	if table == nil {
		return r, nil
	}
	listed := table.images()
	found, err := names.Resolve(listed)
	if err != nil {
		return nil, err
	}
	if found.Matched == 0 && names.Len() > 0 {
		if len(listed) == 0 {
			return nil, errors.New("the table has no rows")
		}
		return nil, fmt.Errorf("column %s names none of the images: it begins with %s, the images with %s", wtf8.Quote(table.header[table.names]), wtf8.Quote(listed[0]), wtf8.Quote(names.Name(0)))
	}
	r.row = make([]int32, names.Len())
	for i := range r.row {
		r.row[i] = -1
	}
	for k, i := range found.Images {
		if i >= 0 {
			r.row[i] = int32(k)
		}
	}
	return r, nil
}

// Value returns the value that image i of the list has of a key: its own, as [Key.Value]
// returns it, or that in the table's column of the key's name or of one of its members.
// It reports false if it has none. It is an error if the image and the table differ.
func (r *KeyReader) Value(k Key, i int, own string, has bool) (text string, ok bool, err error) {
	if r.row == nil || r.row[i] < 0 {
		return own, has, nil
	}
	for _, column := range append([]string{k.Name}, k.Members...) {
		c := slices.Index(r.table.header, column)
		if c < 0 || c == r.table.names {
			continue
		}
		cell := r.table.rows[int(r.row[i])*len(r.table.header)+c]
		switch {
		case cell == "":
			return own, has, nil
		case has && cell != own:
			return "", false, fmt.Errorf("image %s: its %s is %s in the file, but %s in the table: remove one of them", wtf8.Quote(r.names.Name(i)), column, wtf8.Quote(own), wtf8.Quote(cell))
		}
		return cell, true, nil
	}
	return own, has, nil
}
