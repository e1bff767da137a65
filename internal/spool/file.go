// Package spool stores bytes until they are read, in memory up to a limit and beyond
// that in an unnamed temporary file. A [Buffer] holds one long text that is read from
// its start, a [Store] many short texts that are read in any order.
package spool

import (
	"errors"
	"fmt"
	"io"
	"sort"

	"github.com/hubdata/hubdata/internal/atomicfile"
)

// errDisk marks the errors of a [File].
var errDisk = errors.New("keeping on the disk what is too much for memory")

// onDisk marks an error of the disk. The end of the data is not an error of the
// disk.
func onDisk(err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return fmt.Errorf("%w: %w", errDisk, err)
}

// File is a temporary file without a name, created when the first byte is written.
// Several [Part]s can share it. Only one goroutine may write at a time, and none may
// read while it does.
type File struct {
	Dir  func() (string, error) // returns the folder of the file, and may create it
	file *atomicfile.Scratch
	size int64
}

// Write appends p.
func (f *File) Write(p []byte) (int, error) {
	if f.file == nil {
		dir, err := f.Dir()
		if err != nil {
			return 0, onDisk(err)
		}
		file, err := atomicfile.NewScratch(dir)
		if err != nil {
			return 0, onDisk(err)
		}
		f.file = &file
	}
	n, err := f.file.Write(p)
	f.size += int64(n)
	return n, onDisk(err)
}

// ReadAt reads written bytes.
func (f *File) ReadAt(p []byte, at int64) (int, error) {
	if f.file == nil {
		return 0, io.EOF
	}
	n, err := f.file.ReadAt(p, at)
	return n, onDisk(err)
}

// Size returns the number of bytes written.
func (f *File) Size() int64 { return f.size }

// Close closes and removes the file. The File is then empty and can be used
// again.
func (f *File) Close() error {
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file, f.size = nil, 0
	return err
}

// Part is one of several texts in a [File]. Parts can be written alternately, piece
// by piece. Each is read as if it were alone in the file.
type Part struct {
	file   *File
	pieces []piece // in order
	size   int64
}

// piece is the place of some bytes of a part.
type piece struct {
	at   int64 // in the file
	from int64 // in the part
	size int64
}

// Part returns a new, empty part.
func (f *File) Part() *Part { return &Part{file: f} }

// Write appends p to the part.
func (p *Part) Write(text []byte) (int, error) {
	at := p.file.size
	n, err := p.file.Write(text)
	if k := len(p.pieces) - 1; k >= 0 && p.pieces[k].at+p.pieces[k].size == at {
		p.pieces[k].size += int64(n)
	} else if n > 0 {
		p.pieces = append(p.pieces, piece{at, p.size, int64(n)})
	}
	p.size += int64(n)
	return n, err
}

// ReadAt reads from byte at of the part.
func (p *Part) ReadAt(to []byte, at int64) (int, error) {
	k := sort.Search(len(p.pieces), func(k int) bool { return p.pieces[k].from+p.pieces[k].size > at })
	n := 0
	for ; n < len(to) && k < len(p.pieces); k++ {
		from := at + int64(n) - p.pieces[k].from
		next := to[n:min(int64(len(to)), int64(n)+p.pieces[k].size-from)]
		m, err := p.file.ReadAt(next, p.pieces[k].at+from)
		if n += m; m < len(next) {
			return n, err
		}
	}
	if n < len(to) {
		return n, io.EOF
	}
	return n, nil
}
