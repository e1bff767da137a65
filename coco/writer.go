package coco

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/hubdata/hubdata/internal/jsonscan"
)

// Writer writes a dataset as a stream. It writes one record per line, so that two
// versions of a file can be compared by lines:
//
//	{
//	"info":{...},
//	"images":[
//	{"id":1,...},
//	{"id":2,...}
//	],
//	...
//	}
//
// Images, annotations and categories may come in any order, but the records of each
// section must be consecutive. [Writer.Close] ends the file; it writes an empty list
// for a section without records. After an error every method returns that error.
type Writer struct {
	w       io.Writer
	buf     []byte
	open    string // the section that is being written
	seen    map[string]bool
	started bool
	err     error
}

// The sections of a dataset that hold records.
const (
	sectionCategories  = "categories"
	sectionImages      = "images"
	sectionAnnotations = "annotations"
)

// flushAt is the size at which a Writer's buffer is written.
const flushAt = 64 << 10

// NewWriter returns a Writer to w. It writes in blocks of about 64 KiB.
func NewWriter(w io.Writer) *Writer {
	return &Writer{w: w, seen: map[string]bool{}}
}

// Header writes the members info and licenses; nil omits a member. MMDetection and
// pycocotools expect info to be an object and licenses a list.
func (w *Writer) Header(info, licenses json.RawMessage) error {
	if info != nil {
		if err := w.Member("info", info); err != nil {
			return err
		}
	}
	if licenses != nil {
		return w.Member("licenses", licenses)
	}
	return nil
}

// Member writes a top-level member other than images, annotations and
// categories. It is an error to write one name twice.
func (w *Writer) Member(key string, value json.RawMessage) error {
	switch key {
	case sectionCategories, sectionImages, sectionAnnotations:
		return w.fail(fmt.Errorf("coco: member %q: write records with their own methods", key))
	}
	if !w.begin(key) {
		return w.err
	}
	buf, err := appendRaw(w.buf, value)
	if err != nil {
		return w.fail(fmt.Errorf("coco: member %q: %w", key, err))
	}
	w.buf = buf
	return w.flush(flushAt)
}

// Category writes a category.
func (w *Writer) Category(c *Category) error {
	if !w.record(sectionCategories) {
		return w.err
	}
	buf, err := AppendCategory(w.buf, c)
	return w.wrote(buf, err)
}

// Image writes an image.
func (w *Writer) Image(img *Image) error {
	if !w.record(sectionImages) {
		return w.err
	}
	buf, err := AppendImage(w.buf, img)
	return w.wrote(buf, err)
}

// Annotation writes an annotation.
func (w *Writer) Annotation(a *Annotation) error {
	if !w.record(sectionAnnotations) {
		return w.err
	}
	buf, err := AppendAnnotation(w.buf, a)
	return w.wrote(buf, err)
}

// Images copies encoded images, as [AppendImage] writes them, separated by a comma and
// a newline. It does not check them. An empty r adds nothing.
func (w *Writer) Images(r io.Reader) error { return w.records(sectionImages, r) }

// Annotations copies encoded annotations, as [AppendAnnotation] writes them, in the
// form that [Writer.Images] expects.
func (w *Writer) Annotations(r io.Reader) error { return w.records(sectionAnnotations, r) }

func (w *Writer) records(section string, r io.Reader) error {
	// The first byte decides whether there is anything.
	first := make([]byte, 1)
	switch _, err := io.ReadFull(r, first); {
	case errors.Is(err, io.EOF):
		return w.err
	case err != nil:
		return w.fail(err)
	}
	if !w.record(section) {
		return w.err
	}
	w.buf = append(w.buf, first...)
	if w.flush(0) != nil {
		return w.err
	}
	if _, err := io.Copy(w.w, r); err != nil {
		return w.fail(err)
	}
	return nil
}

// Close ends the file and writes what remains in the buffer. It does not close the
// underlying writer.
func (w *Writer) Close() error {
	for _, s := range []string{sectionCategories, sectionImages, sectionAnnotations} {
		if !w.seen[s] {
			if !w.begin(s) {
				return w.err
			}
			w.buf = append(w.buf, "[]"...)
		}
	}
	w.endSection()
	w.buf = append(w.buf, "\n}\n"...)
	if w.flush(0) != nil {
		return w.err
	}
	w.err = errors.New("coco: the writer is closed")
	return nil
}

func (w *Writer) fail(err error) error {
	if w.err == nil {
		w.err = err
	}
	return w.err
}

// begin starts a top-level member.
func (w *Writer) begin(key string) bool {
	if w.err == nil && w.seen[key] {
		w.err = fmt.Errorf("coco: %q is already written: write each member once, in one piece", key)
	}
	if w.err != nil {
		return false
	}
	w.seen[key] = true
	w.endSection()
	if w.started {
		w.buf = append(w.buf, ",\n"...)
	} else {
		w.buf = append(w.buf, "{\n"...)
		w.started = true
	}
	w.buf = append(jsonscan.AppendString(w.buf, key), ':')
	return true
}

func (w *Writer) endSection() {
	if w.open != "" {
		w.buf = append(w.buf, "\n]"...)
		w.open = ""
	}
}

// record prepares for a record of a section.
func (w *Writer) record(section string) bool {
	if w.err != nil {
		return false
	}
	if w.open == section {
		w.buf = append(w.buf, ",\n"...)
		return true
	}
	if !w.begin(section) {
		return false
	}
	w.buf = append(w.buf, "[\n"...)
	w.open = section
	return true
}

func (w *Writer) wrote(buf []byte, err error) error {
	if err != nil {
		return w.fail(err)
	}
	w.buf = buf
	return w.flush(flushAt)
}

// flush writes the buffer if it holds more than limit bytes.
func (w *Writer) flush(limit int) error {
	if len(w.buf) > limit {
		if _, err := w.w.Write(w.buf); err != nil {
			return w.fail(err)
		}
		w.buf = w.buf[:0]
	}
	return nil
}
