package coco

import (
	"context"
	"io"
	"iter"
	"slices"
	"sync"

	"github.com/hubdata/hubdata/internal/parallel"
)

// Encode writes the dataset as a [Writer] does: info, licenses, categories, images,
// annotations, then the extra members, each in order.
func (d *Dataset) Encode(w io.Writer) error {
	e := NewWriter(w)
	if err := e.Header(d.Info, d.Licenses); err != nil {
		return err
	}
	// A section without records is written here, not at the end of the file.
	e.empty(sectionCategories, len(d.Categories))
	for i := range d.Categories {
		if err := e.Category(&d.Categories[i]); err != nil {
			return err
		}
	}
	e.empty(sectionImages, len(d.Images))
	for i := range d.Images {
		if err := e.Image(&d.Images[i]); err != nil {
			return err
		}
	}
	e.empty(sectionAnnotations, len(d.Annotations))
	if err := e.annotations(d.Annotations); err != nil {
		return err
	}
	for _, f := range d.Extra {
		if err := e.Member(f.Key, f.Value); err != nil {
			return err
		}
	}
	return e.Close()
}

// encodedTogether is the number of annotations that one goroutine encodes at a time.
const encodedTogether = 512

// annotations writes annotations, which several goroutines encode.
func (w *Writer) annotations(list []Annotation) error {
	if len(list) <= encodedTogether {
		for i := range list {
			if err := w.Annotation(&list[i]); err != nil {
				return err
			}
		}
		return nil
	}
	var texts sync.Pool // those that were written
	encode := func(part []Annotation) (text []byte, err error) {
		if old, ok := texts.Get().(*[]byte); ok {
			text = (*old)[:0]
		}
		for i := range part {
			if i > 0 {
				text = append(text, ",\n"...)
			}
			if text, err = AppendAnnotation(text, &part[i]); err != nil {
				return nil, err
			}
		}
		return text, nil
	}
	parts := func(yield func([]Annotation, error) bool) {
		for part := range slices.Chunk(list, encodedTogether) {
			if !yield(part, nil) {
				return
			}
		}
	}
	for text, err := range parallel.Map(context.Background(), 0, parts, encode) {
		if err != nil {
			return w.fail(err)
		}
		if !w.record(sectionAnnotations) {
			return w.err
		}
		w.buf = append(w.buf, text...)
		texts.Put(&text)
		if err := w.flush(flushAt); err != nil {
			return err
		}
	}
	return nil
}

// empty writes the section if it has no records.
func (w *Writer) empty(section string, n int) {
	if n == 0 && w.begin(section) {
		w.buf = append(w.buf, "[]"...)
	}
}

// EncodeResults writes a results file, one record per line.
func EncodeResults(w io.Writer, results []Result) error {
	return WriteResults(w, func(yield func(Result, error) bool) {
		for i := range results {
			if !yield(results[i], nil) {
				return
			}
		}
	})
}

// WriteResults writes the results of a sequence, such as that of [ReadResults], as
// [EncodeResults] does, one at a time. It stops at an error of the sequence and returns
// it; the file is then incomplete.
func WriteResults(w io.Writer, results iter.Seq2[Result, error]) error {
	return writeResults(w, results, "[", "\n", ",\n", "]\n")
}

// writeResults writes results, with texts before all, before the first one, between two and
// after all. The last record's line ends.
func writeResults(w io.Writer, results iter.Seq2[Result, error], before, first, between, after string) error {
	buf := []byte(before)
	n := 0
	for r, err := range results {
		if err != nil {
			return err
		}
		if n == 0 {
			buf = append(buf, first...)
		} else {
			buf = append(buf, between...)
		}
		n++
		if buf, err = AppendResult(buf, &r); err != nil {
			return err
		}
		if len(buf) > flushAt {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	if n > 0 {
		buf = append(buf, '\n')
	}
	_, err := w.Write(append(buf, after...))
	return err
}
