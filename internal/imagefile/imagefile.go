// Package imagefile reads TIFF, PNG and JPEG files: their size from the header,
// and their pixels, in bounded memory.
package imagefile

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/tiff"

	"github.com/hubdata/hubdata/rle"
)

// MaxBytes is the largest number of bytes that [Size] and [Decode] read from an
// image without random access: 64 MiB. A tile of the competition has less than
// 1 MiB.
const MaxBytes = 64 << 20

// MaxPixels is the largest height times width of an image that [Decode]
// decodes: 2^24, a square of 4,096 pixels. It bounds the memory that a file can
// make a decoder allocate.
const MaxPixels = 1 << 24

var (
	// ErrFormat is returned for data that is not a TIFF, PNG or JPEG image.
	ErrFormat = errors.New("wsi: unknown image format")
	// ErrUnsupported is returned for an image that may be valid, but is of an
	// unsupported kind: BigTIFF, another compression or colour model, or too
	// many pixels.
	ErrUnsupported = errors.New("wsi: image of a kind that is not read")
	// ErrCorrupt is returned for an image whose header cannot be read or states
	// a size that no mask can have, and for an image with fewer pixels than its
	// header states.
	ErrCorrupt = errors.New("wsi: corrupt image")
)

// format is a supported image format.
type format struct {
	name   string
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

// formatOf returns the format of an image, given its first 8 bytes.
func formatOf(magic []byte) (*format, error) {
	has := func(prefix string) bool { return bytes.HasPrefix(magic, []byte(prefix)) }
	switch {
	case has("II*\x00"), has("MM\x00*"):
		return &format{"TIFF", tiff.DecodeConfig, tiff.Decode}, nil
	case has("\x89PNG\r\n\x1a\n"):
		return &format{"PNG", png.DecodeConfig, png.Decode}, nil
	case has("\xFF\xD8\xFF"):
		return &format{"JPEG", jpeg.DecodeConfig, jpeg.Decode}, nil
	case has("II+\x00"), has("MM\x00+"):
		return nil, fmt.Errorf("%w: BigTIFF: convert it to TIFF or PNG", ErrUnsupported)
	}
	return nil, fmt.Errorf("%w: it begins with %q: want a TIFF, PNG or JPEG image", ErrFormat, magic)
}

// failed wraps an error of a decoder.
func (f *format) failed(err error) error {
	var tiffKind tiff.UnsupportedError
	var jpegKind jpeg.UnsupportedError
	var pngKind png.UnsupportedError
	if errors.As(err, &tiffKind) || errors.As(err, &jpegKind) || errors.As(err, &pngKind) {
		return fmt.Errorf("%w: %w: convert it to PNG", ErrUnsupported, err)
	}
	return fmt.Errorf("%w: %s: %w", ErrCorrupt, f.name, err)
}

// size reads the header.
func (f *format) size(r io.Reader) (h, w int, err error) {
	c, err := f.config(r)
	switch {
	case err != nil:
		return 0, 0, f.failed(err)
	case c.Width <= 0 || c.Height <= 0 || c.Width > rle.MaxPixels/c.Height:
		return 0, 0, fmt.Errorf("%w: %s of %d x %d pixels: want 1 to %d", ErrCorrupt, f.name, c.Width, c.Height, rle.MaxPixels)
	}
	return c.Height, c.Width, nil
}

// Size returns the height and width in pixels of a TIFF, PNG or JPEG image from
// its header. It does not decode pixels. The header of a TIFF may be anywhere
// in the file: if r is an [io.ReaderAt] and an [io.Seeker], as a file is, only
// the header is read.
func Size(r io.Reader) (h, w int, err error) {
	at, isFile := section(r)
	br := bufio.NewReader(r)
	magic, err := br.Peek(8)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, 0, fmt.Errorf("reading the image: %w", err)
	}
	f, err := formatOf(magic)
	switch {
	case err != nil:
		return 0, 0, err
	case f.name != "TIFF":
		return f.size(br)
	case isFile:
		return f.size(at)
	}
	data, err := readImage(br)
	if err != nil {
		return 0, 0, err
	}
	return f.size(bytes.NewReader(data))
}

// Decode decodes a TIFF, PNG or JPEG image: grey, with a palette, RGB, with
// alpha, CMYK (JPEG), of 1, 8 or 16 bits per channel, in strips or tiles. The
// decoder determines the type of the image. Size and kind are checked before
// any pixel is decoded. See [Size] for how r is read.
func Decode(r io.Reader) (image.Image, error) {
	at, ok := section(r)
	if !ok {
		data, err := readImage(r)
		if err != nil {
			return nil, err
		}
		at = io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data)))
	}
	magic := make([]byte, 8)
	n, err := at.ReadAt(magic, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading the image: %w", err)
	}
	f, err := formatOf(magic[:n])
	if err != nil {
		return nil, err
	}
	h, w, err := f.size(at)
	if err != nil {
		return nil, err
	}
	if w > MaxPixels/h {
		return nil, fmt.Errorf("%w: %s of %d x %d pixels, more than %d: cut it into tiles", ErrUnsupported, f.name, w, h, MaxPixels)
	}
	if f.name == "TIFF" && planar(at) {
		return nil, fmt.Errorf("%w: TIFF with one plane a channel (PlanarConfiguration 2): convert it to PNG", ErrUnsupported)
	}
	if _, err := at.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	img, err := f.decode(at)
	if err != nil {
		return nil, f.failed(err)
	}
	if b := img.Bounds(); b.Dx() != w || b.Dy() != h {
		return nil, fmt.Errorf("%w: %s with a header of %d x %d pixels holds %d x %d", ErrCorrupt, f.name, w, h, b.Dx(), b.Dy())
	}
	return img, nil
}

// readImage reads a whole image from a reader without random access.
func readImage(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("reading the image: %w", err)
	}
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("%w: more than %d bytes: open it as a file", ErrUnsupported, MaxBytes)
	}
	return data, nil
}

// planar reports whether a TIFF stores its channels in separate planes, which
// its decoder mistakes for missing pixels.
func planar(at io.ReaderAt) bool {
	head := make([]byte, 8)
	if _, err := at.ReadAt(head, 0); err != nil {
		return false
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if head[0] == 'M' {
		order = binary.BigEndian
	}
	const tagPlanar, tagSamples, entry = 284, 277, 12
	offset := int64(order.Uint32(head[4:]))
	if _, err := at.ReadAt(head[:2], offset); err != nil {
		return false
	}
	tags := make([]byte, entry*int(order.Uint16(head)))
	if _, err := at.ReadAt(tags, offset+2); err != nil {
		return false
	}
	planes, samples := uint16(1), uint16(1)
	for ; len(tags) > 0; tags = tags[entry:] {
		switch order.Uint16(tags) {
		case tagPlanar:
			planes = order.Uint16(tags[8:])
		case tagSamples:
			samples = order.Uint16(tags[8:])
		}
	}
	return planes == 2 && samples > 1
}

// section returns r from its current position on if r has random access. It
// must be called before r is read.
func section(r io.Reader) (*io.SectionReader, bool) {
	at, ok := r.(interface {
		io.ReaderAt
		io.Seeker
	})
	if !ok {
		return nil, false
	}
	begin, err := at.Seek(0, io.SeekCurrent)
	if err != nil { // a pipe
		return nil, false
	}
	return io.NewSectionReader(at, begin, 1<<40), true
}
