package wsi

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/tiff"

	"github.com/hubdata/hubdata/rle"
)

// MaxImageBytes is the most that [ImageSize] reads of a TIFF that cannot be
// read at any place: 256 MiB. A tile of the competition has under one.
const MaxImageBytes = 256 << 20

var (
	// ErrImageFormat is returned for data that is no TIFF, PNG or JPEG image.
	ErrImageFormat = errors.New("wsi: unknown image format")
	// ErrImageCorrupt is returned for an image whose header cannot be read or
	// states a size that no mask can have.
	ErrImageCorrupt = errors.New("wsi: corrupt image")
)

// ImageSize returns the height and width in pixels of a TIFF, PNG or JPEG image
// from its header. Pixels are not decoded. A TIFF's header may lie anywhere in
// the file: if r is an [io.ReaderAt] and an [io.Seeker], as a file is, only the
// header is read.
func ImageSize(r io.Reader) (h, w int, err error) {
	at, isFile := section(r)
	br := bufio.NewReader(r)
	magic, err := br.Peek(8)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, 0, fmt.Errorf("reading the image: %w", err)
	}
	var c image.Config
	var format string
	switch {
	case bytes.HasPrefix(magic, []byte("II*\x00")), bytes.HasPrefix(magic, []byte("MM\x00*")):
		format = "TIFF"
		if !isFile {
			data, err := io.ReadAll(io.LimitReader(br, MaxImageBytes+1))
			if err != nil {
				return 0, 0, fmt.Errorf("reading the image: %w", err)
			}
			if len(data) > MaxImageBytes {
				return 0, 0, fmt.Errorf("%w: TIFF of more than %d bytes: open it as a file", ErrImageFormat, MaxImageBytes)
			}
			at = bytes.NewReader(data)
		}
		c, err = tiff.DecodeConfig(at)
	case bytes.HasPrefix(magic, []byte("\x89PNG\r\n\x1a\n")):
		format = "PNG"
		c, err = png.DecodeConfig(br)
	case bytes.HasPrefix(magic, []byte("\xFF\xD8\xFF")):
		format = "JPEG"
		c, err = jpeg.DecodeConfig(br)
	default:
		return 0, 0, fmt.Errorf("%w: it begins with %q: want a TIFF, PNG or JPEG image", ErrImageFormat, magic)
	}
	var unsupported tiff.UnsupportedError
	switch {
	case errors.As(err, &unsupported):
		return 0, 0, fmt.Errorf("%w: %w", ErrImageFormat, err)
	case err != nil:
		return 0, 0, fmt.Errorf("%w: %s: %w", ErrImageCorrupt, format, err)
	case c.Width <= 0 || c.Height <= 0 || c.Width > rle.MaxPixels/c.Height:
		return 0, 0, fmt.Errorf("%w: %s of %d x %d pixels: want 1 to %d", ErrImageCorrupt, format, c.Width, c.Height, rle.MaxPixels)
	}
	return c.Height, c.Width, nil
}

// section returns r from its place on if it can be read anywhere. It must be
// called before r is read.
func section(r io.Reader) (io.Reader, bool) {
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
