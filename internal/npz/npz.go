// Package npz writes archives of numpy arrays, which numpy.load reads: a zip of .npy
// files, as numpy.savez writes it. The same arrays give the same bytes.
package npz

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"math"
	"strings"
	"unicode/utf8"
)

// A Writer writes an archive. Its first error sticks, and Close returns it.
type Writer struct {
	zip  *zip.Writer
	file io.Writer // of the array
	err  error
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

// Floats writes an array of float64, of which values gives one for each element of the
// shape. The last index of the shape varies fastest.
func (w *Writer) Floats(name string, shape []int, values iter.Seq[float64]) {
	block, n := w.begin(name, "<f8", shape), 0
	for v := range values {
		if block = w.flush(binary.LittleEndian.AppendUint64(block, math.Float64bits(v)), 1<<16); w.err != nil {
			return
		}
		n++
	}
	w.end(block, name, shape, n)
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

// array writes an array of n elements, which put appends.
func (w *Writer) array(name, kind string, shape []int, n int, put func(dst []byte, i int) []byte) {
	block := w.begin(name, kind, shape)
	for i := range n {
		if block = w.flush(put(block, i), 1<<16); w.err != nil {
			return
		}
	}
	w.end(block, name, shape, n)
}

// begin begins a file of version 1.0 of the format: a magic number and a header whose end is
// at a multiple of 64 bytes. It returns them.
func (w *Writer) begin(name, kind string, shape []int) []byte {
	if w.err != nil {
		return nil
	}
	var dims strings.Builder
	for _, d := range shape {
		fmt.Fprintf(&dims, "%d, ", d)
	}
	text := strings.TrimSuffix(dims.String(), " ") // (3,) or (2, 3,): both are tuples of Python
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", kind, text)
	const fixed = 10 // magic number, version, length
	header += strings.Repeat(" ", 63-(fixed+len(header))%64) + "\n"
	if w.file, w.err = w.zip.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: zip.Store}); w.err != nil {
		return nil
	}
	block := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(header)))
	return append(block, header...)
}

// flush writes a block of at least so many bytes. It returns what is left to write.
func (w *Writer) flush(block []byte, least int) []byte {
	if w.err != nil || len(block) < least {
		return block
	}
	_, w.err = w.file.Write(block)
	return block[:0]
}

// end writes the last block of an array that has n elements.
func (w *Writer) end(block []byte, name string, shape []int, n int) {
	size := 1
	for _, d := range shape {
		size *= d
	}
	if w.flush(block, 0); w.err == nil && size != n {
		w.err = fmt.Errorf("npz: array %s has %d elements, expected %d for the shape %v", name, n, size, shape)
	}
}
