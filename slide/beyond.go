package slide

import (
	"math"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// Beyond reports whether a segmentation has pixels beyond the edges of an image of a size,
// which [RegionOf] leaves out. Runs have none.
func Beyond(s coco.Segmentation, height, width int) bool {
	var r coco.RingReader
	if s.Kind() != coco.KindPolygons || r.Read(s) != nil {
		return false
	}
	x0, y0, x1, y1 := 0.0, 0.0, float64(width), float64(height)
	for _, ring := range r.Rings {
		for _, p := range ring {
			x0, y0, x1, y1 = min(x0, p[0]), min(y0, p[1]), max(x1, p[0]), max(y1, p[1])
		}
	}
	if x0 >= 0 && y0 >= 0 && x1 <= float64(width) && y1 <= float64(height) {
		return false
	}
	// A ring beyond the left or top edge is filled where it has pixels.
	left, top := math.Floor(x0), math.Floor(y0)
	for _, ring := range r.Rings {
		for i := range ring {
			ring[i][0] -= left
			ring[i][1] -= top
		}
	}
	all, err := Outline(rle.FillCOCO, r.Rings...)
	if err != nil {
		return true // it is far larger than the image
	}
	inside := all.clipped(rect{-int(left), -int(top), width - int(left), height - int(top)})
	return inside.Area() < all.Area()
}
