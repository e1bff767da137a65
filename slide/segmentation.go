package slide

import (
	"fmt"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// RegionOf returns the pixels of the segmentation of an image of a size, which may be a
// whole slide: polygons may be on one with sides of up to 2^30 pixels, runs on one of at most
// [rle.MaxPixels]. The region is in pixels of the image. Errors are those of
// [coco.Segmentation.LocalMask].
func RegionOf(s coco.Segmentation, height, width int) (Region, error) {
	m, x, y, err := s.LocalMask(height, width)
	if err != nil {
		return Region{}, err
	}
	return NewRegion(x, y, m), nil
}

// CheckSize reports whether a slide may have a size in pixels. The error wraps
// [rle.ErrSize].
func CheckSize(height, width int) error {
	if height < 1 || width < 1 || height > MaxCoordinate || width > MaxCoordinate {
		return fmt.Errorf("%w: found %d x %d pixels, expected sides from 1 to 2^30", rle.ErrSize, width, height)
	}
	return nil
}

// clipped returns the part of the region in a rectangle.
func (r Region) clipped(to rect) Region {
	h, w := r.Mask.Size()
	in := to.and(rect{r.X, r.Y, r.X + w, r.Y + h})
	if in.empty() {
		return Region{}
	}
	if in == (rect{r.X, r.Y, r.X + w, r.Y + h}) {
		return r
	}
	m, err := r.Mask.Crop(in.x0-r.X, in.y0-r.Y, in.y1-in.y0, in.x1-in.x0)
	if err != nil {
		panic(err) // the part is inside
	}
	return NewRegion(in.x0, in.y0, m)
}

// Moved returns the region dx pixels to the right and dy down.
func (r Region) Moved(dx, dy int) Region { return Region{r.X + dx, r.Y + dy, r.Mask} }

// Annotate sets the segmentation of an annotation, as COCO's polygons in frame pixels, and
// its box and area to those of the region. [RegionOf] restores it exactly.
func (r Region) Annotate(a *coco.Annotation) {
	a.Segmentation = coco.Polygons(r.Rings())
	a.BBox, a.Area = r.Bounds(), float64(r.Area())
	a.Missing &^= coco.FieldSegmentation | coco.FieldBBox | coco.FieldArea
}
