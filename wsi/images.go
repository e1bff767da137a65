package wsi

import (
	"image"
	"io"

	"github.com/hubdata/hubdata/internal/imagefile"
)

// MaxImageBytes is the largest number of bytes that [ImageSize] and
// [DecodeImage] read from an image without random access: 64 MiB. A tile of the
// competition has less than 1 MiB.
const MaxImageBytes = imagefile.MaxBytes

// MaxImagePixels is the largest height times width of an image that
// [DecodeImage] decodes: 2^24, a square of 4,096 pixels. It bounds the memory
// that a file can make a decoder allocate.
const MaxImagePixels = imagefile.MaxPixels

var (
	// ErrImageFormat is returned for data that are not an image of a known
	// format.
	ErrImageFormat = imagefile.ErrFormat
	// ErrImageUnsupported is returned for an image that may be valid, but is of
	// an unsupported kind: another compression or colour model, or too many
	// pixels.
	ErrImageUnsupported = imagefile.ErrUnsupported
	// ErrImageCorrupt is returned for an image whose header cannot be read or
	// states a size that no mask can have, and for an image with fewer pixels
	// than its header states.
	ErrImageCorrupt = imagefile.ErrCorrupt
)

// ImageSize returns the height and width in pixels of a TIFF, PNG, JPEG, GIF,
// WebP, BMP or JPEG 2000 image, as the picture is shown: an orientation in the
// file (EXIF, or TIFF's own) is applied, as MMDetection's loader, detectron2 and
// browsers do. It does not decode pixels. The header of a TIFF may be anywhere
// in the file: if r is an [io.ReaderAt] and an [io.Seeker], as a file is, only
// the header is read.
func ImageSize(r io.Reader) (h, w int, err error) { return imagefile.Size(r) }

// DecodeImage decodes a TIFF, PNG, JPEG, GIF, WebP or BMP image as it is shown.
// TIFF may be BigTIFF, in strips or tiles, planar, of up to 16 bits per sample,
// with fax, LZW, Deflate, Zstandard, PackBits or JPEG compression. The file
// determines the type of the image. Size and kind are checked before any pixel
// is decoded. See [ImageSize] for how r is read.
func DecodeImage(r io.Reader) (image.Image, error) { return imagefile.Decode(r) }
