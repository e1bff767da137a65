// Package npz writes archives of numpy arrays, which numpy.load reads: a zip of .npy
// files, as numpy.savez writes it. The same arrays give the same bytes.
package npz

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"
)

// A Writer writes an archive. Its first error sticks, and Close returns it.
type Writer struct {
	zip *zip.Writer
	err error
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{zip: zip.NewWriter(w)} }

// Close ends the archive. It does not close the underlying writer.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	return w.zip.Close()
}

// Floats writes an array of float64. The last index of the shape varies fastest.
func (w *Writer) Floats(name string, shape []int, values []float64) {
	w.array(name, "<f8", shape, len(values), func(dst []byte, i int) []byte {
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(values[i]))
	})
}

// Ints writes an array of int64 with one index.
func (w *Writer) Ints(name string, values []int64) {
	w.array(name, "<i8", []int{len(values)}, len(values), func(dst []byte, i int) []byte {
		return binary.LittleEndian.AppendUint64(dst, uint64(values[i]))
	})
}

// Strings writes an array of text with one index. Text may not contain the character 0.
func (w *Writer) Strings(name string, values []string) {
	longest := 1
	for _, s := range values {
		longest = max(longest, utf8.RuneCountInString(s))
	}
	w.array(name, fmt.Sprintf("<U%d", longest), []int{len(values)}, len(values), func(dst []byte, i int) []byte {
		n := 0
		for _, r := range values[i] {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(r))
			n++
		}
		return append(dst, make([]byte, 4*(longest-n))...)
	})
}

// array writes a file of version 1.0 of the format: a magic number, a header whose end
// is at a multiple of 64 bytes, and the n elements that put appends.
func (w *Writer) array(name, kind string, shape []int, n int, put func(dst []byte, i int) []byte) {
	if w.err != nil {
		return
	}
	size := 1
	var dims strings.Builder
	for _, d := range shape {
		size *= d
		fmt.Fprintf(&dims, "%d, ", d)
	}
	if size != n {
		w.err = fmt.Errorf("npz: array %s has %d elements, expected %d for the shape %v", name, n, size, shape)
		return
	}
	text := strings.TrimSuffix(dims.String(), " ") // (3,) or (2, 3,): both are tuples of Python
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", kind, text)
	const fixed = 10 // magic number, version, length
	header += strings.Repeat(" ", 63-(fixed+len(header))%64) + "\n"
	file, err := w.zip.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: zip.Store})
	if err != nil {
		w.err = err
		return
	}
	block := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(header)))
	block = append(block, header...)
	for i := range n {
		if block = put(block, i); len(block) >= 1<<16 {
			if _, w.err = file.Write(block); w.err != nil {
				return
			}
			block = block[:0]
		}
	}
	_, w.err = file.Write(block)
}
