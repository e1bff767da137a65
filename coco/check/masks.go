package check

import (
	"hash/maphash"
	"math"
	"slices"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/boxindex"
	"github.com/hubdata/hubdata/rle"
)

// maxPairs is the maximum number of pairs of masks of one image that are compared pixel
// by pixel. Masks that are equal, or share no pixel of their boxes, do not count.
const maxPairs = 4_000_000

// maxMet is the maximum number of pairs of masks of one image whose areas are compared.
const maxMet = 500_000_000

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
		f.add(RLEZero, at.Within("segmentation.counts"),
			"found runs of length 0, %d more runs than needed: pycocotools computes wrong overlaps", n)
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
		f.add(MaskBorder, at, "it reaches the border of the image: columns %v to %v of %d, rows %v to %v of %d", b.X,
			b.X+b.W-1, w, b.Y, b.Y+b.H-1, h)
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
		f.add(BoxDiffers, at, "found [%v, %v, %v, %v], but the mask's box is [%v, %v, %v, %v]", b.X, b.Y, b.W, b.H, want.X,
			want.Y, want.W, want.H)
	}
}

// equals finds masks that equal an earlier one.
func (t *imageChecker) equals(masks []rle.Mask, twin []int, iou []float64) {
	first := make(map[uint64][]int, len(masks)) // by hash, the masks that equal no earlier one
	var text []byte
	for j, m := range masks {
		text, _ = m.AppendText(text[:0]) // no error is possible
		sum := maphash.Bytes(t.seed, text)
		k := slices.IndexFunc(first[sum], func(i int) bool { return masks[i].Equal(m) })
		if k < 0 {
			first[sum] = append(first[sum], j)
			continue
		}
		twin[j], iou[j] = first[sum][k]+1, 1
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
	kept := t.masks[:0]
	places := t.places[:0]
	for k, m := range t.masks {
		if mh, mw := m.Size(); mh != h || mw != w {
			continue
		}
		kept, places = append(kept, m), append(places, t.places[k])
	}
	if len(kept) < 2 || t.over.Reset(kept) != nil {
		return
	}
	twin := make([]int, len(kept)) // 1 + index of the first mask that it nearly equals
	iou := make([]float64, len(kept))
	t.equals(kept, twin, iou)
	var boxes []boxindex.Box
	var of []int // the mask of each
	for i, m := range kept {
		if twin[i] == 0 {
			b := m.Bounds()
			boxes, of = append(boxes, boxindex.Box{X0: b.X, Y0: b.Y, X1: b.X + b.W - 1, Y1: b.Y + b.H - 1}), append(of, i)
		}
	}
	near, budget, met := t.v.o.Near, t.most, maxMet
	if !t.index.Pairs(boxes, func(later, earlier int) bool {
		if met == 0 {
			return false
		}
		met--
		i, j := of[earlier], of[later]
		small, large := float64(min(t.over.Area(i), t.over.Area(j))), float64(max(t.over.Area(i), t.over.Area(j)))
		if small < near*large {
			return true
		}
		if budget == 0 {
			return false
		}
		budget--
		most := t.over.Most(i, j)
		if float64(most) < near*(small+large-float64(most)) {
			return true
		}
		if v := t.over.IoU(i, j); v >= near && (twin[j] == 0 || v > iou[j] || v == iou[j] && i+1 < twin[j]) {
			twin[j], iou[j] = i+1, v
		}
		return true
	}) {
		at := int(places[0])
		f := &findings{list: found[at], called: t.v.called, image: image}
		f.add(NotChecked, imageAt(image),
			"whether masks nearly equal each other: more than %d pairs of its %d masks lie on each other", t.most, len(kept))
		found[at] = f.list
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
			f.addOther(MaskNear, place, annotationAt(other), "the mask has an IoU of %.3f with that of annotations[%d]%s",
				iou[j], other, note)
		}
		found[at] = f.list
	}
}
