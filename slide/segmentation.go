package slide

import (
	"fmt"
	"math"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// RegionOf returns the pixels of the segmentation of an image of a size, which may be a
// whole slide: polygons may be on any image, runs on one of at most [rle.MaxPixels]. The
// region is in pixels of the image. Errors are those of [coco.Segmentation.Mask].
//
// Polygons on an image of at most [rle.MaxPixels] have the pixels of that mask. On larger
// ones vertices are first rounded to fifths of a pixel, as [rle.FillCOCO] rounds them.
func RegionOf(s coco.Segmentation, height, width int) (Region, error) {
	if s.Kind() != coco.KindPolygons || rle.CheckSize(height, width) == nil {
		m, err := s.Mask(height, width)
		if err != nil {
			return Region{}, err
		}
		return NewRegion(0, 0, m), nil
	}
	if err := CheckSize(height, width); err != nil {
		return Region{}, err
	}
	rings, err := s.Rings()
	if err != nil {
		return Region{}, err
	}
	for _, ring := range rings {
		for i, p := range ring {
			// Where the ring is moved, no rounding is left to fall the other way.
			ring[i] = rle.Point{math.Trunc(float64(5*p[0])+.5) / 5, math.Trunc(float64(5*p[1])+.5) / 5}
		}
	}
	r, err := Outline(rle.FillCOCO, rings...)
	if err != nil {
		return Region{}, err
	}
	return r.clipped(rect{0, 0, width, height}), nil
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
