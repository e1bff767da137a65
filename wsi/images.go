package wsi

import (
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // ImageSize reads its header
	_ "image/png"  // ImageSize reads its header
	"io"

	"golang.org/x/image/tiff"
)

// ErrImage is returned by [ImageSize] for data that are no TIFF, PNG or JPEG
// image, or a broken one.
var ErrImage = errors.New("wsi: bad image")

// maxImageEdge is the greatest height or width that ImageSize accepts: that of
// the largest mask with one row, see rle.MaxPixels.
const maxImageEdge = 1 << 30

// ImageSize returns the height and width in pixels that the header of a TIFF,
// PNG or JPEG image states. It decodes no pixels.
func ImageSize(r io.Reader) (h, w int, err error) {
	cfg, format, err := image.DecodeConfig(r)
	var unsupported tiff.UnsupportedError
	switch {
	case errors.Is(err, image.ErrFormat):
		return 0, 0, fmt.Errorf("%w: it does not begin as a TIFF, PNG or JPEG file does", ErrImage)
	case errors.As(err, &unsupported):
		return 0, 0, fmt.Errorf("%w: a kind of TIFF that is not supported: %w", ErrImage, err)
	case err != nil:
		return 0, 0, fmt.Errorf("%w: %w", ErrImage, err)
	case cfg.Height < 1 || cfg.Width < 1 || cfg.Height > maxImageEdge || cfg.Width > maxImageEdge:
		return 0, 0, fmt.Errorf("%w: the %s header states %d x %d pixels", ErrImage, format, cfg.Width, cfg.Height)
	}
	return cfg.Height, cfg.Width, nil
}
