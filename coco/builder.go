package coco

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/hubdata/hubdata/internal/spool"
)

// Builder makes a dataset from images that are added one by one, each with its
// annotations. A [Writer] needs all images before the annotations, and info before
// both. A Builder instead stores the encoded records and writes the file at the end.
// The zero value is an empty dataset without categories.
//
// Several builders can be filled in one pass over the data. An image for several of
// them is encoded once, by [AppendImageText], and added by [Builder.AddText].
type Builder struct {
	Categories []Category

	// Memory is the approximate number of bytes of text to keep in memory. The rest
	// goes to Disk. Without Disk it has no effect.
	Memory int

	// Disk creates a place for text beyond Memory, such as a temporary file. The caller
	// closes it after the last Write. Disk is called at most twice. nil: all text stays
	// in memory.
	Disk func() (Disk, error)

	images, annotations records
}

// Disk stores the text of a [Builder] that exceeds its memory: an empty [os.File], or
// anything that returns from byte 0 what was written.
type Disk interface {
	io.Writer
	io.ReaderAt
}

// records are encoded records, separated by a comma and a newline.
type records struct {
	count int
	text  spool.Buffer
}

// next counts a record and returns the text to append it to.
func (r *records) next(text []byte) []byte {
	r.count++
	if r.count > 1 {
		text = append(text, ",\n"...)
	}
	return text
}

// AppendImageText appends an image and its annotations as text for [Builder.AddText]:
// one line each, the image first. It omits the ids of the annotations, since each
// builder assigns its own.
func AppendImageText(dst []byte, img *Image, annotations []Annotation) ([]byte, error) {
	dst, err := AppendImage(dst, img)
	dst = append(dst, '\n')
	for i := range annotations {
		if err != nil {
			return dst, err
		}
		dst, err = appendAnnotationBody(dst, &annotations[i])
		dst = append(dst, '\n')
	}
	return dst, err
}

// Add adds an image with its annotations. Annotations are numbered from 1 in the order
// in which they are added.
func (b *Builder) Add(img *Image, annotations []Annotation) error {
	text, err := AppendImageText(nil, img, annotations)
	if err != nil {
		return err
	}
	return b.AddText(text)
}

// AddText is like [Builder.Add] for text that [AppendImageText] appended. It does not
// retain text.
func (b *Builder) AddText(text []byte) error {
	image, rest, ok := bytes.Cut(text, []byte{'\n'})
	if !ok {
		return fmt.Errorf("coco: %q is not the JSON text of an image", image)
	}
	b.images.text.Limit, b.annotations.text.Limit = b.Memory/2, b.Memory/2
	if b.Disk != nil && b.images.text.Disk == nil {
		disk := func() (spool.Disk, error) { return b.Disk() }
		b.images.text.Disk, b.annotations.text.Disk = disk, disk
	}
	if err := b.images.text.Grow(append(b.images.next(b.images.text.Tail()), image...)); err != nil {
		return err
	}
	tail := b.annotations.text.Tail()
	for len(rest) > 0 {
		var body []byte
		body, rest, _ = bytes.Cut(rest, []byte{'\n'})
		tail = append(b.annotations.next(tail), `{"id":`...)
		tail = strconv.AppendInt(tail, int64(b.annotations.count), 10)
		tail = append(tail, body...)
	}
	return b.annotations.text.Grow(tail)
}

// Images returns the number of images added.
func (b *Builder) Images() int { return b.images.count }

// Annotations returns the number of annotations added.
func (b *Builder) Annotations() int { return b.annotations.count }

// Write writes the dataset with an empty list of licenses. If info is nil, the member
// info is omitted.
func (b *Builder) Write(to io.Writer, info json.RawMessage) error {
	w := NewWriter(to)
	if err := w.Header(info, json.RawMessage(`[]`)); err != nil {
		return err
	}
	for i := range b.Categories {
		if err := w.Category(&b.Categories[i]); err != nil {
			return err
		}
	}
	if err := w.Images(b.images.text.Reader()); err != nil {
		return err
	}
	if err := w.Annotations(b.annotations.text.Reader()); err != nil {
		return err
	}
	return w.Close()
}
