// Package picture is what the readers of pictures in parts share.
package picture

import (
	"errors"
	"fmt"
	"image"
	"io"
)

// Picture decodes parts of a picture as it is stored.
type Picture interface {
	// Decode decodes a part, whose bounds may begin anywhere.
	Decode(part image.Rectangle) (image.Image, error)
	// Rows is how many rows are decoded together.
	Rows() int
}

// ErrUnsupported is wrapped by the error of a picture that may be valid, but is of a kind
// that is not decoded.
var ErrUnsupported = errors.New("wsi: unsupported kind of image")

// NotDecoded returns the error of a kind of picture whose size is known, but not its pixels.
func NotDecoded(format string, args ...any) error {
	return fmt.Errorf("%w: measured, not decoded: %s", ErrUnsupported, fmt.Sprintf(format, args...))
}

// Ended returns the error of a read that gave fewer bytes than a picture needs: its own, or
// that the file is cut off.
func Ended(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
