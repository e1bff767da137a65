package coco

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/hubdata/hubdata/internal/spool"
)

// Builder makes a dataset of images that come one by one, each with its annotations.
// Unlike a [Writer], which wants all images before the annotations and info before
// both, it writes the file at the end: until then the records wait, encoded. The zero
// value is an empty dataset without categories.
//
// Many builders can be filled in one pass over the data. An image that goes into
// several is encoded once, by [AppendImageText], and added by [Builder.AddText].
type Builder struct {
	Categories []Category

	// Memory is how many bytes of text to keep in memory, about. The rest goes to Disk.
	// It has no effect without Disk.
	Memory int

	// Disk creates a place for text beyond Memory, such as a temporary file, which the
	// caller closes after the last Write. It is called at most twice. nil: all text stays
	// in memory.
	Disk func() (Disk, error)

	images, annotations records
}

// Disk is where a [Builder] puts text that exceeds its memory: an empty [os.File], or
// whatever gives back from byte 0 on what was written.
type Disk interface {
	io.Writer
	io.ReaderAt
}

// records are encoded records with a comma and a newline between two.
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
// a line of each, that of the image first. The annotations' ids are left out, since
// each builder gives its own.
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

// Add adds an image with its annotations, whose ids are counted on from those of the
// images before: 1 is the first.
func (b *Builder) Add(img *Image, annotations []Annotation) error {
	text, err := AppendImageText(nil, img, annotations)
	if err != nil {
		return err
	}
	return b.AddText(text)
}

// AddText is [Builder.Add] with what [AppendImageText] appended. It does not keep text.
func (b *Builder) AddText(text []byte) error {
	image, rest, ok := bytes.Cut(text, []byte{'\n'})
	if !ok {
		return fmt.Errorf("coco: %q is not the text of an image", image)
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

// Images is the number of images added.
func (b *Builder) Images() int { return b.images.count }

// Annotations is the number of annotations added.
func (b *Builder) Annotations() int { return b.annotations.count }

// Write writes the dataset with the member info, which is left out if it is nil, and
// an empty list of licenses.
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
