package coco

import (
	"io"
	"iter"
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
	for i := range d.Annotations {
		if err := e.Annotation(&d.Annotations[i]); err != nil {
			return err
		}
	}
	for _, f := range d.Extra {
		if err := e.Member(f.Key, f.Value); err != nil {
			return err
		}
	}
	return e.Close()
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
	buf := []byte("[")
	n := 0
	for r, err := range results {
		if err != nil {
			return err
		}
		if n > 0 {
			buf = append(buf, ',')
		}
		n++
		if buf, err = AppendResult(append(buf, '\n'), &r); err != nil {
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
	_, err := w.Write(append(buf, "]\n"...))
	return err
}
