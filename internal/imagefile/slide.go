package imagefile

import (
	"fmt"
	"io"

	"github.com/hubdata/hubdata/internal/imagefile/picture"
)

// maxSide is the largest side of a slide, in pixels.
const maxSide = 1 << 30

// maxPages is the largest number of pages of a TIFF that are read.
const maxPages = 1 << 12

// OpenSlide opens the slide of an image file: as [Open] does, but its sides may have up to
// 2^30 pixels, whatever its area. Of a TIFF with several pages, the slide is the largest,
// the first of several of one size. The others are its levels of lower resolution, and what
// a scanner adds: a thumbnail, the label, an overview. [File.Part] decodes parts of it.
func OpenSlide(r interface {
	io.Reader
	io.ReaderAt
	io.Seeker
}) (*File, error) {
	at, ok := section(r)
	if !ok {
		return nil, fmt.Errorf("%w: expected a file that can be read from any position", ErrUnsupported)
	}
	f, err := begin(at)
	if err != nil {
		return nil, err
	}
	w, h := 0, 0
	var page *directory
	if f.Format == "TIFF" {
		if page, err = largestPage(at); err == nil {
			w, h, err = page.size()
		}
	} else {
		w, h, err = f.format.size(at)
	}
	switch {
	case err != nil:
		return nil, f.corrupt(err)
	case w <= 0 || h <= 0 || w > maxSide || h > maxSide:
		return nil, fmt.Errorf("%w: %s of %d x %d pixels: expected sides from 1 to 2^30", ErrCorrupt, f.Format, w, h)
	}
	if page != nil {
		f.format = &format{name: f.format.name, parts: func(io.ReaderAt) (picture.Picture, error) { return page.picture() }}
		f.Orientation = page.orientation()
	} else if f.format.orientation != nil {
		f.Orientation = f.format.orientation(at)
	}
	f.Width, f.Height = f.Orientation.shown(w, h)
	if err := f.openParts(); err != nil {
		return nil, err
	}
	return f, nil
}

// largestPage finds the page of a TIFF with the most pixels.
func largestPage(r io.ReaderAt) (*directory, error) {
	h, at, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	var largest *directory
	most, seen := 0.0, map[int64]bool{}
	for n := 0; at != 0; n++ {
		fault := func(err error) error { return fmt.Errorf("page %d: %w", n, err) }
		if seen[at] || n == maxPages {
			return nil, fault(fmt.Errorf("%w: its directory was read before, or there are more than %d pages", errTIFF, maxPages))
		}
		seen[at] = true
		d, err := h.directory(at)
		if err != nil {
			return nil, fault(err)
		}
		width, height, err := d.size()
		if err != nil {
			return nil, fault(err)
		}
		if width < 1 || height < 1 {
			return nil, fault(fmt.Errorf("%w: %d x %d pixels, expected 1 x 1 or more", errTIFF, width, height))
		}
		if pixels := float64(width) * float64(height); largest == nil || pixels > most {
			largest, most = d, pixels
		}
		at = d.nextPage()
	}
	if largest == nil {
		return nil, fmt.Errorf("%w: it has no page", errTIFF)
	}
	return largest, nil
}

// nextPage returns where the directory of the next page is; 0: there is none. A file that
// ends before it says so has no other page.
func (d *directory) nextPage() int64 {
	b := make([]byte, 8)
	if !d.big {
		b = b[:4]
	}
	if err := d.readAt(b, d.next); err != nil {
		return 0
	}
	if d.big {
		return int64(d.order.Uint64(b))
	}
	return int64(d.order.Uint32(b))
}
