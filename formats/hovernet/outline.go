package hovernet

import (
	"fmt"
	"math"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// maxOutline is the largest number of pixels of the box around a contour: 2^26.
const maxOutline = 1 << 26

// outline is the pixels of a contour that are in an image.
type outline struct {
	rings []rle.Ring // that fill to them by the rule of COCO
	area  int
	box   rle.Box
	cut   bool // a part of the contour is outside
}

// trace returns the outline of a contour in an image of h x w pixels; nil: it has no pixel
// there.
func trace(contour rle.Ring, h, w int) (*outline, error) {
	x0, y0, x1, y1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, p := range contour {
		x0, y0, x1, y1 = min(x0, p[0]), min(y0, p[1]), max(x1, p[0]), max(y1, p[1])
	}
	// A vertex may be at half a pixel: one more pixel on each side is enough.
	left, top := max(math.Floor(x0)-1, 0), max(math.Floor(y0)-1, 0)
	right, bottom := min(math.Ceil(x1)+2, float64(w)), min(math.Ceil(y1)+2, float64(h))
	if !(left < right && top < bottom) {
		return nil, nil
	}
	if (right-left)*(bottom-top) > maxOutline {
		return nil, fmt.Errorf("found a contour of %.0f x %.0f pixels, expected at most %d in all: a nucleus is smaller", right-left, bottom-top, maxOutline)
	}
	local := make(rle.Ring, len(contour))
	for i, p := range contour {
		local[i] = rle.Point{p[0] - left, p[1] - top}
	}
	m, err := rle.FromPolygon(int(bottom-top), int(right-left), rle.FillOpenCV, local)
	if err != nil {
		return nil, err
	}
	if m.Area() == 0 {
		return nil, nil
	}
	o := &outline{rings: m.COCOPolygons(), area: m.Area(), box: m.Bounds()}
	o.cut = x0 < -0.5 || y0 < -0.5 || x1 > float64(w)-0.5 || y1 > float64(h)-0.5
	o.box.X += left
	o.box.Y += top
	for _, ring := range o.rings {
		for i := range ring {
			ring[i][0] += left
			ring[i][1] += top
		}
	}
	return o, nil
}

// annotation is the outline as an annotation.
func (o *outline) annotation() coco.Annotation {
	return coco.Annotation{Segmentation: coco.Polygons(o.rings), Area: float64(o.area), BBox: o.box}
}
