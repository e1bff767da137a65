// Package imagefile reads image files as those who train on them see them: their size
// from the header, and their pixels, whole or in part, in bounded memory.
//
// [Open] reads the header. A [File] has the size of the picture as it is shown, which
// the file may turn by an [Orientation]: OpenCV, which MMDetection and ultralytics load
// images with, detectron2 and browsers apply it. [File.Decode] decodes the picture,
// [File.Part] a part of it.
//
// TIFF and BigTIFF are decoded by this package, as libtiff does: in strips or tiles, of
// 1 to 16 bits per sample, planar or not, with fax, LZW, Deflate, Zstandard, PackBits
// or JPEG compression. PNG, JPEG, GIF, WebP and BMP are decoded by the packages for
// them. Of a PNG or JPEG that is too large for that, this package decodes parts: it reads
// the rows of a PNG, and cuts a JPEG of its own out of a JPEG, for image/jpeg. What is not
// decoded is an [ErrUnsupported], never an [ErrCorrupt].
package imagefile

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"

	"github.com/hubdata/hubdata/internal/imagefile/picture"
	"github.com/hubdata/hubdata/rle"
)

// MaxBytes is the largest number of bytes that [Open] reads from an image without
// random access: 64 MiB. A tile of the competition has less than 1 MiB.
const MaxBytes = 64 << 20

// MaxPixels is the largest number of pixels that are decoded at a time: 2^24, a square
// of 4,096 pixels. It bounds the memory that a file can make a decoder allocate.
const MaxPixels = 1 << 24

var (
	// ErrFormat is returned for data that are not an image of a known format.
	ErrFormat = errors.New("wsi: unknown image format")
	// ErrUnsupported is returned for an image that may be valid, but is of an
	// unsupported kind: another compression or colour model, or too many pixels.
	ErrUnsupported = picture.ErrUnsupported
	// ErrCorrupt is returned for an image whose header cannot be read or states
	// a size that no mask can have, and for an image with fewer pixels than its
	// header states.
	ErrCorrupt = errors.New("wsi: corrupt image")
)

// File is an image file. Its methods must not be called in parallel.
type File struct {
	Format        string      // TIFF, PNG, ...
	Width, Height int         // of the picture as it is shown, in pixels
	Orientation   Orientation // how it was turned for that
	at            *io.SectionReader
	format        *format
	Tiled         bool            // the picture is stored in tiles: any part is as cheap as another
	parts         picture.Picture // of a picture that is decoded in parts; nil: it is not, or not yet
	unread        error           // why the picture is not decoded; nil: it is
}

// Open reads the header of an image file. It decodes no pixels. The header of a TIFF may
// be anywhere in the file: if r is an [io.ReaderAt] and an [io.Seeker], as a file is,
// only the header is read, and pixels are read from r as they are needed. Otherwise all
// of r is read.
func Open(r io.Reader) (*File, error) {
	at, ok := section(r)
	if !ok {
		data, err := readImage(r)
		if err != nil {
			return nil, err
		}
		at = io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data)))
	}
	f, err := begin(at)
	if err != nil {
		return nil, err
	}
	w, h, err := f.format.size(at)
	switch {
	case errors.Is(err, ErrUnsupported):
		return nil, err
	case err != nil:
		return nil, f.corrupt(err)
	case w <= 0 || h <= 0 || w > rle.MaxPixels/h:
		return nil, fmt.Errorf("%w: %s of %d x %d pixels: expected 1 to %d", ErrCorrupt, f.Format, w, h, rle.MaxPixels)
	}
	if f.format.orientation != nil {
		f.Orientation = f.format.orientation(at)
	}
	f.Width, f.Height = f.Orientation.shown(w, h)
	if err := f.openParts(); err != nil {
		return nil, err
	}
	return f, nil
}

// begin finds out the format of a file.
func begin(at *io.SectionReader) (*File, error) {
	magic := make([]byte, 16)
	n, err := at.ReadAt(magic, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading the image: %w", err)
	}
	f := &File{at: at, Orientation: upright}
	if f.format, err = formatOf(magic[:n]); err != nil {
		return nil, err
	}
	f.Format = f.format.name
	return f, nil
}

// openParts finds out whether and how the picture is decoded.
func (f *File) openParts() (err error) {
	switch {
	case f.format.decode != nil:
	case f.format.parts == nil:
		f.unread = picture.NotDecoded("%s", f.Format)
	default:
		if f.parts, err = f.format.parts(f.at); errors.Is(err, ErrUnsupported) {
			f.unread = err
		} else if err != nil {
			return f.corrupt(err)
		}
	}
	t, ok := f.parts.(*tiffPicture)
	f.Tiled = ok && t.tiled
	return nil
}

// corrupt words an error of a decoder.
func (f *File) corrupt(err error) error {
	if errors.Is(err, ErrUnsupported) || errors.Is(err, ErrCorrupt) {
		return err
	}
	return fmt.Errorf("%w: %s: %w", ErrCorrupt, f.Format, err)
}

// Size returns the height and width of an image file in pixels, as the picture is shown.
// See [Open] for how r is read.
func Size(r io.Reader) (h, w int, err error) {
	f, err := Open(r)
	if err != nil {
		return 0, 0, err
	}
	return f.Height, f.Width, nil
}

// Decode decodes the picture of an image file, as it is shown. See [Open] for how r is
// read, and [File.Decode].
func Decode(r io.Reader) (image.Image, error) {
	f, err := Open(r)
	if err != nil {
		return nil, err
	}
	return f.Decode()
}

// Decode decodes the picture as it is shown, with up to [MaxPixels]. The file determines
// the type of the image. Its bounds begin at 0, 0.
func (f *File) Decode() (image.Image, error) {
	if f.unread != nil {
		return nil, f.unread
	}
	if f.Width > MaxPixels/f.Height {
		return nil, fmt.Errorf("%w: %s of %d x %d pixels, more than %d: cut it into tiles", ErrUnsupported, f.Format, f.Width, f.Height, MaxPixels)
	}
	w, h := f.Orientation.shown(f.Width, f.Height) // as stored
	var img image.Image
	var err error
	if f.parts != nil {
		img, err = f.parts.Decode(image.Rect(0, 0, w, h))
	} else {
		if _, err := f.at.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		img, err = f.format.decode(f.at)
	}
	if err != nil {
		return nil, f.corrupt(err)
	}
	if b := img.Bounds(); b.Dx() != w || b.Dy() != h {
		return nil, fmt.Errorf("%w: %s with a header of %d x %d pixels holds %d x %d", ErrCorrupt, f.Format, w, h, b.Dx(), b.Dy())
	}
	return f.Orientation.turn(img), nil
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
