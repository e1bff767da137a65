package tilecmd

import (
	"context"
	"fmt"
	"image"

	"github.com/hubdata/hubdata/internal/imagefile"
	imagedraw "golang.org/x/image/draw"
)

// band is some rows of a slide that is not stored in tiles. They are read once, from the top to the bottom, as tiles need
// them.
type band struct {
	source  *source
	picture *picture
	rows    imagedraw.Image // from row top on, of the whole width; nil: none yet
	top     int
	bottom  int
}

// maxBand is the largest number of pixels of a band.
const maxBand = 1 << 28

// cut returns the pixels of a part.
func (b *band) cut(ctx context.Context, part image.Rectangle) (image.Image, error) {
	for b.bottom < part.Max.Y {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := b.grow(part); err != nil {
			return nil, err
		}
	}
	out := canvasLike(b.rows, part.Dx(), part.Dy())
	imagedraw.Draw(out, out.Bounds(), b.rows, image.Pt(part.Min.X, part.Min.Y-b.top), imagedraw.Src)
	return out, nil
}

// grow reads further rows, and forgets those above the part.
func (b *band) grow(part image.Rectangle) error {
	if full := b.picture.image; full.Width <= imagefile.MaxPixels/full.Height { // it is decoded whole in any case
		part = b.picture.all()
	}
	width := b.picture.all().Dx()
	if width > maxBand/part.Dy() {
		return b.picture.unread(fmt.Errorf("%w: %d rows of %d pixels, more than %d: save it as a tiled TIFF, or make lower tiles", imagefile.ErrUnsupported, part.Dy(), width, maxBand))
	}
	from := max(b.bottom, part.Min.Y)
	to := min(part.Max.Y, from+max(1, imagefile.MaxPixels/width))
	more, err := b.picture.read(b.source, image.Rect(0, from, width, to))
	if err != nil {
		return err
	}
	rows := b.rows
	if b.rows == nil || b.top < part.Min.Y || b.rows.Bounds().Dy() < part.Dy() {
		rows = canvasLike(more, width, part.Dy())
		if b.rows != nil && b.bottom > part.Min.Y {
			imagedraw.Draw(rows, image.Rect(0, 0, width, b.bottom-part.Min.Y), b.rows, image.Pt(0, part.Min.Y-b.top), imagedraw.Src)
		}
		b.top = part.Min.Y
	}
	imagedraw.Draw(rows, image.Rect(0, from-b.top, width, to-b.top), more, more.Bounds().Min, imagedraw.Src)
	b.rows, b.bottom = rows, to
	return nil
}
