package shapes

import (
	"math"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/rle"
)

// Outline is the outline of an instance: rings, or only a box.
type Outline struct {
	Rings  []rle.Ring // the polygons as they are, or a mask traced; nil: only Box
	Box    rle.Box    // if there are no rings
	Mask   rle.Mask   // if Traced
	Traced bool
	Short  bool // rings of fewer than three points, which have no pixels, were left out
}

// Of returns the outline of an instance of an image, or why it has none.
func Of(img *formats.Image, a *coco.Annotation) (o Outline, dropped string) {
	switch a.Segmentation.Kind() {
	case coco.KindNone:
		b := a.BBox
		if !(b.W > 0 && b.H > 0) || math.IsInf(b.X+b.W, 0) || math.IsInf(b.Y+b.H, 0) || math.IsNaN(b.X+b.Y) {
			return o, "neither an outline nor a box"
		}
		o.Box = b
	case coco.KindPolygons:
		rings, err := a.Segmentation.Rings()
		if err != nil || !a.Segmentation.Finite() {
			return o, "a polygon that cannot be read"
		}
		for _, r := range rings {
			if len(r) < 3 {
				o.Short = true
				continue
			}
			o.Rings = append(o.Rings, r)
		}
		if len(o.Rings) == 0 {
			return o, "no polygon of three points"
		}
	default:
		h, w, _ := a.Segmentation.Size()
		if h != img.Height || w != img.Width {
			return o, "a mask of another size than the image"
		}
		m, err := a.Segmentation.Mask(h, w)
		if err != nil {
			return o, "a mask that cannot be read"
		}
		if m.Area() == 0 {
			return o, "a mask without pixels"
		}
		o.Mask, o.Traced = m, true
		o.Rings = m.COCOPolygons()
	}
	return o, ""
}

// Pixels returns the pixels of the outline on an image, filled as COCO's tools fill.
func (o *Outline) Pixels(h, w int) (rle.Mask, error) {
	switch {
	case o.Traced:
		return o.Mask, nil
	case o.Rings != nil:
		return rle.FromPolygon(h, w, rle.FillCOCO, o.Rings...)
	default:
		return rle.FromBox(h, w, o.Box)
	}
}

// Categories gives the names of categories by their ids.
type Categories map[int64]string

// NewCategories returns the names of the categories of a set.
func NewCategories(set *formats.Set) Categories {
	names := make(Categories, len(set.Categories))
	for i := range set.Categories {
		names[set.Categories[i].ID] = set.Categories[i].Name
	}
	return names
}

// NoCategory says why an instance is dropped whose category the set lacks.
const NoCategory = "a category that the set lacks"

// Rectangle returns the ring of a rectangle.
func Rectangle(x0, y0, x1, y1 float64) rle.Ring {
	return rle.Ring{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}}
}

// Turned returns the ring turned by degrees, clockwise as seen on the screen, around a
// point.
func Turned(ring rle.Ring, x, y, degrees float64) rle.Ring {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	turned := make(rle.Ring, len(ring))
	for i, p := range ring {
		dx, dy := p[0]-x, p[1]-y
		turned[i] = rle.Point{x + float64(dx*cos) - float64(dy*sin), y + float64(dx*sin) + float64(dy*cos)}
	}
	return turned
}

// Ellipse returns an ellipse as a ring whose sides stay within a twentieth of a pixel of
// it, of at most 720 points.
func Ellipse(x, y, rx, ry float64) rle.Ring {
	n := 12
	if r := math.Max(math.Abs(rx), math.Abs(ry)); r > 1 {
		n = min(max(n, int(math.Ceil(math.Pi/math.Acos(1-0.05/r)))), 720)
	}
	ring := make(rle.Ring, n)
	for i := range ring {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		ring[i] = rle.Point{x + float64(rx*cos), y + float64(ry*sin)}
	}
	return ring
}

// NegativeRadius is why a circle or an ellipse is not read whose radius is below 0.
const NegativeRadius = "a circle or an ellipse of a negative radius"

// boxOnly sets the box and area of an annotation without a segmentation.
func boxOnly(a *coco.Annotation, x0, y0, x1, y1 float64) {
	x0, x1 = math.Min(x0, x1), math.Max(x0, x1)
	y0, y1 = math.Min(y0, y1), math.Max(y0, y1)
	a.BBox = rle.Box{X: x0, Y: y0, W: x1 - x0, H: y1 - y0}
	a.Area = a.BBox.W * a.BBox.H
}
