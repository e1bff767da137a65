package check

import (
	"cmp"
	"math"
	"slices"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// maxPairs is the maximum number of pairs of masks of one image that are compared.
const maxPairs = 4_000_000

// fill returns the mask of sound rings. It fills polygons as [Segmentation.Mask] does.
func (v *validator) fill(rings []rle.Ring, img *coco.Image) (rle.Mask, error) {
	rule := rle.FillCOCO
	if v.o != nil && v.o.OpenCV {
		rule = rle.FillOpenCV
	}
	return rle.FromPolygon(img.Height, img.Width, rule, rings...)
}

// mask checks a sound mask.
func (v *validator) mask(a *coco.Annotation, m rle.Mask, at coco.Place, f *findings) {
	if n := zeroRuns(a.Segmentation, m); n > 0 {
		f.add(RLEZero, at.Within("segmentation.counts"), "found runs of length 0, %d more runs than needed: pycocotools computes wrong overlaps", n)
	}
	pixels := m.Area()
	if pixels < v.o.Tiny {
		f.add(MaskTiny, at, "it covers %d pixels", pixels)
	}
	if n := len(m.Components(rle.Conn8)); n > 1 {
		f.add(MaskParts, at, "it has %d parts that do not touch", n)
	}
	h, w := m.Size()
	if b := m.Bounds(); b.X == 0 || b.Y == 0 || b.X+b.W == float64(w) || b.Y+b.H == float64(h) {
		f.add(MaskBorder, at, "it reaches the border of the image: columns %v to %v of %d, rows %v to %v of %d", b.X, b.X+b.W-1, w, b.Y, b.Y+b.H-1, h)
	}
}

// zeroRuns returns the number of runs that the segmentation has in excess of its mask
// m.
func zeroRuns(s coco.Segmentation, m rle.Mask) int {
	n, ok := s.Runs()
	if !ok {
		return 0
	}
	return n - len(m.Runs())
}

// boxOfMask compares the annotation's box with that of the mask.
func (v *validator) boxOfMask(a *coco.Annotation, m rle.Mask, at coco.Place, f *findings) {
	b := a.BBox
	if a.Missing.Has(coco.FieldBBox) || !finiteBox(b) || b.W < 1 || b.H < 1 {
		return
	}
	slack := float64(nearBox)
	if a.Segmentation.Kind() == coco.KindPolygons {
		slack = nearOutline
	}
	want := m.Bounds()
	if math.Abs(b.X-want.X) > slack || math.Abs(b.Y-want.Y) > slack ||
		math.Abs(b.X+b.W-want.X-want.W) > slack || math.Abs(b.Y+b.H-want.Y-want.H) > slack {
		f.add(BoxDiffers, at, "found [%v, %v, %v, %v], but the mask's box is [%v, %v, %v, %v]", b.X, b.Y, b.W, b.H, want.X, want.Y, want.W, want.H)
	}
}

// pairs finds masks of an image that are equal or nearly equal.
func (t *imageChecker) pairs(image int, found [][]coco.Finding) {
	h, w := 0, 0
	if img := &t.v.d.Images[image]; sized(img) {
		h, w = img.Height, img.Width
	} else if len(t.masks) > 0 {
		h, w = t.masks[0].Size()
	}
	type entry struct{ mask, area int }
	list := make([]entry, 0, len(t.masks))
	kept := t.masks[:0]
	places := t.places[:0]
	for k, m := range t.masks {
		if mh, mw := m.Size(); mh != h || mw != w {
			continue
		}
		list = append(list, entry{len(kept), m.Area()})
		kept, places = append(kept, m), append(places, t.places[k])
	}
	if len(list) < 2 || t.over.Reset(kept) != nil {
		return
	}
	slices.SortStableFunc(list, func(a, b entry) int { return cmp.Compare(a.area, b.area) })
	near := t.v.o.Near
	twin := make([]int, len(kept)) // 1 + index of the first mask that it nearly equals
	iou := make([]float64, len(kept))
	budget := maxPairs
	for x, a := range list {
		for _, b := range list[x+1:] {
			if float64(a.area) < near*float64(b.area) || budget == 0 {
				break
			}
			budget--
			i, j := min(a.mask, b.mask), max(a.mask, b.mask)
			most := t.over.Most(i, j)
			if float64(most) < near*float64(a.area+b.area-most) {
				continue
			}
			if v := t.over.IoU(i, j); v >= near && (twin[j] == 0 || v > iou[j] || v == iou[j] && i+1 < twin[j]) {
				twin[j], iou[j] = i+1, v
			}
		}
	}
	for j, first := range twin {
		if first == 0 {
			continue
		}
		at, other := int(places[j]), int(places[first-1])
		f := &findings{list: found[at], called: t.v.called, image: image}
		note := ""
		if a, b := &t.v.d.Annotations[at], &t.v.d.Annotations[other]; a.CategoryID != b.CategoryID {
			note = ", which has another category"
		}
		place := annotationAt(at).Within("segmentation")
		if iou[j] == 1 {
			f.addOther(MaskEqual, place, annotationAt(other), "the mask equals that of annotations[%d]%s", other, note)
		} else {
			f.addOther(MaskNear, place, annotationAt(other), "the mask has an IoU of %.3f with that of annotations[%d]%s", iou[j], other, note)
		}
		found[at] = f.list
	}
}
