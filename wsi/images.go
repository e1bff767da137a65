package wsi

import (
	"image"
	"io"

	"github.com/hubdata/hubdata/internal/imagefile"
)

// MaxImageBytes is the most that [ImageSize] and [DecodeImage] read of an image
// that cannot be read at any place: 64 MiB. A tile of the competition has under
// one.
const MaxImageBytes = imagefile.MaxBytes

// MaxImagePixels is the largest height times width of an image that [DecodeImage]
// decodes: 2^24, a square of 4,096 pixels. It bounds what a file may make a
// decoder allocate.
const MaxImagePixels = imagefile.MaxPixels

var (
	// ErrImageFormat is returned for data that is no TIFF, PNG or JPEG image.
	ErrImageFormat = imagefile.ErrFormat
	// ErrImageUnsupported is returned for an image that may be good, but is of a
	// kind that is not read: BigTIFF, another compression or colour model, too
	// many pixels.
	ErrImageUnsupported = imagefile.ErrUnsupported
	// ErrImageCorrupt is returned for an image whose header cannot be read or
	// states a size that no mask can have, and for one that has fewer pixels than
	// its header says.
	ErrImageCorrupt = imagefile.ErrCorrupt
)

// ImageSize returns the height and width in pixels of a TIFF, PNG or JPEG image
// from its header. Pixels are not decoded. A TIFF's header may lie anywhere in
// the file: if r is an [io.ReaderAt] and an [io.Seeker], as a file is, only the
// header is read.
func ImageSize(r io.Reader) (h, w int, err error) { return imagefile.Size(r) }

// DecodeImage decodes a TIFF, PNG or JPEG image: grey, with a palette, RGB, with
// alpha, CMYK (JPEG), of 1, 8 or 16 bits a channel, in strips or tiles. The type
// of the image is the decoder's. Size and kind are checked before anything is
// decoded; see [ImageSize] for r.
func DecodeImage(r io.Reader) (image.Image, error) { return imagefile.Decode(r) }
