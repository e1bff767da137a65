package check

import (
	"context"
	"crypto/sha256"
	"slices"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/rle"
)

// maxSteps is the maximum number of times that one annotation is checked and fixed.
const maxSteps = 4

// masks fixes the masks of annotations and the members derived from them, and removes
// annotations with equal masks or, where there are no masks, with equal boxes.
func (f *fixer) masks() {
	v := newValidator(f.d, &Options{Tiny: DefaultTiny, Near: DefaultNear})
	n := len(f.d.Annotations)
	done := make([]*maskFix, n)
	_ = parallel.Each(context.Background(), f.o.Workers, n, func(i int) error { // no error is possible
		m := &maskFix{f: f, v: v, i: i, a: &f.d.Annotations[i], img: v.ix.Image(f.d.Annotations[i].ImageID)}
		m.run()
		done[i] = m
		return nil
	})
	type key struct {
		image    coco.ID
		category int64
		crowd    bool
		h, w     int
		text     string
	}
	drop := make([]bool, n)
	first := map[key]int{}
	for i, m := range done {
		f.changes = append(f.changes, m.changes...)
		code := MaskEqual
		if v.boxes {
			code = BoxEqual
		}
		if drop[i] = m.drop; m.drop || m.text == "" || m.img == nil || !f.on(code) {
			continue
		}
		k := key{m.a.ImageID, m.a.CategoryID, m.a.IsCrowd, m.h, m.w, m.text}
		if other, twice := first[k]; !twice {
			first[k] = i
		} else {
			drop[i] = true
			f.add(Change{Code: code, Place: f.annotationAt(i), Image: f.labelOf(v.ix, m.a.ImageID), Action: actionMerged, Before: rawID(m.a.ID), After: rawPlace(f.annotationAt(other))})
		}
	}
	f.keepAnnotations(drop)
}

// A maskFix fixes one annotation.
type maskFix struct {
	f       *fixer
	v       *validator
	i       int
	a       *coco.Annotation
	img     *coco.Image // nil: unknown
	changes []Change
	drop    bool
	text    string // of the mask, if it is sound, or of the box where there are no masks; a long one's SHA-256
	h, w    int
}

func (m *maskFix) run() {
	for range maxSteps {
		found := &findings{image: -1}
		mask, ok := m.v.annotation(m.i, found)
		codes := map[coco.Code]bool{}
		for _, p := range found.list {
			codes[p.Code] = m.f.on(p.Code)
		}
		if m.segmentation(codes, mask, ok) {
			if m.drop {
				return
			}
			continue
		}
		m.numbers(codes, mask, ok)
		if m.v.boxes && soundBox(m.a) {
			m.text = string(rawBox(m.a.BBox))
		}
		if ok && !codes[RLESize] {
			text, _ := mask.AppendText(nil) // no error is possible
			m.text = string(text)
			if sum := sha256.Sum256(text); len(text) > len(sum) {
				m.text = string(sum[:])
			}
			m.h, m.w = mask.Size()
		}
		return
	}
}

func (m *maskFix) add(code coco.Code, member, action string, c Change) {
	c.Code, c.Place, c.Action = code, m.f.annotationAt(m.i).Within(member), action
	c.Image = m.f.labelOf(m.v.ix, m.a.ImageID)
	m.changes = append(m.changes, c)
}

// remove marks the annotation for removal.
func (m *maskFix) remove(code coco.Code) bool {
	m.drop = true
	m.add(code, "", actionRemoved, Change{Before: rawID(m.a.ID)})
	return true
}

// segmentation fixes the segmentation, or removes the annotation. It reports whether
// anything changed.
func (m *maskFix) segmentation(codes map[coco.Code]bool, mask rle.Mask, ok bool) bool {
	switch {
	case codes[SegmentationMissing]:
		return m.remove(SegmentationMissing)
	case codes[SegmentationEmpty]:
		return m.remove(SegmentationEmpty)
	case codes[RLECorrupt]:
		return m.runs()
	case codes[MaskEmpty]:
		return m.remove(MaskEmpty)
	case codes[RingOdd] || codes[RingBox] || codes[RingShort] || codes[CoordinateInvalid]:
		return m.rings(codes)
	case codes[RLEZero] && ok:
		after := coco.RLE(mask)
		if m.a.Segmentation.Kind() == coco.KindCounts {
			after = coco.Counts(mask)
		}
		return m.replace(after, mask, true, RLEZero)
	case ok && (codes[RingCrossing] || codes[RingOutside]):
		var which []coco.Code
		for _, c := range []coco.Code{RingCrossing, RingOutside} {
			if codes[c] {
				which = append(which, c)
			}
		}
		return m.replace(coco.Polygons(mask.COCOPolygons()), mask, true, which...)
	case ok && codes[RingRepeat]:
		return m.repeats(mask)
	}
	return false
}

// replace sets another segmentation to fix the given codes.
func (m *maskFix) replace(s coco.Segmentation, before rle.Mask, known bool, codes ...coco.Code) bool {
	m.a.Segmentation = s
	var iou *float64
	if known {
		h, w := before.Size()
		if after, err := s.Mask(h, w); err == nil {
			iou = overlap(before, true, after)
		}
	}
	for _, c := range codes {
		m.add(c, "segmentation", actionSet, Change{IoU: iou})
	}
	return true
}

// maxCoordinate is the largest coordinate that the rasterisation rules accept.
const maxCoordinate = 1e8

// rings removes rings that are not valid, and the last of an odd number of coordinates.
func (m *maskFix) rings(codes map[coco.Code]bool) bool {
	s := m.a.Segmentation
	var r coco.RingReader
	var which []coco.Code
	for _, c := range []coco.Code{RingOdd, RingBox, RingShort, CoordinateInvalid} {
		if codes[c] {
			which = append(which, c)
		}
	}
	if !s.Finite() || r.Read(s) != nil {
		return m.remove(CoordinateInvalid)
	}
	var kept []rle.Ring
	for i, ring := range r.Rings {
		far := slices.ContainsFunc(ring, func(p rle.Point) bool {
			return !(p[0] >= -maxCoordinate && p[0] <= maxCoordinate && p[1] >= -maxCoordinate && p[1] <= maxCoordinate)
		})
		if n := r.Numbers[i]; n >= 6 && !far {
			kept = append(kept, ring)
		}
	}
	if len(kept) == 0 {
		return m.remove(which[0])
	}
	var before rle.Mask
	known := false
	if sized(m.img) {
		var err error
		before, err = s.Mask(m.img.Height, m.img.Width)
		known = err == nil
	}
	after := coco.Polygons(kept)
	if string(after.AppendJSON(nil)) == string(s.AppendJSON(nil)) {
		return false
	}
	return m.replace(after, before, known, which...)
}

// repeats removes points that repeat the one before, if that does not change the mask.
func (m *maskFix) repeats(mask rle.Mask) bool {
	rings, err := m.a.Segmentation.Rings()
	if err != nil {
		return false
	}
	for i := range rings {
		rings[i] = slices.Compact(rings[i])
		if len(rings[i]) < 3 {
			return false
		}
	}
	after := coco.Polygons(rings)
	h, w := mask.Size()
	if got, err := after.Mask(h, w); err != nil || !got.Equal(mask) {
		return false
	}
	return m.replace(after, mask, true, RingRepeat)
}

// runs adds the background that uncompressed runs omit at their end.
func (m *maskFix) runs() bool {
	s := m.a.Segmentation
	h, w, ok := s.Size()
	if m.pythonBytes(h, w) {
		return true
	}
	if s.Kind() != coco.KindCounts || !ok || h < 1 || w < 1 || h > rle.MaxPixels/w {
		return m.remove(RLECorrupt)
	}
	var runs []uint32
	sum := int64(0)
	c := jsonscan.New(s.AppendJSON(nil))
	err := c.Object(func(key []byte) error {
		if string(key) != "counts" {
			return c.Skip()
		}
		return c.Array(func(int) error {
			n, err := c.Int()
			if err == nil && (n < 0 || n > rle.MaxPixels) {
				err = rle.ErrCorrupt
			}
			sum += n
			runs = append(runs, uint32(n))
			return err
		})
	})
	if left := int64(h)*int64(w) - sum; err == nil && len(runs)%2 == 0 && left > 0 && len(runs) > 0 {
		if mask, err := rle.FromRuns(h, w, append(runs, uint32(left))); err == nil {
			return m.replace(coco.Counts(mask), rle.Mask{}, false, RLECorrupt)
		}
	}
	return m.remove(RLECorrupt)
}

// numbers sets area, bbox and iscrowd.
func (m *maskFix) numbers(codes map[coco.Code]bool, mask rle.Mask, ok bool) {
	a := m.a
	ok = ok && !codes[RLESize]
	for _, c := range []coco.Code{BoxMissing, BoxNotFinite, BoxNegative, BoxZero, BoxSmall, BoxOutside, BoxDiffers} {
		if !codes[c] {
			continue
		}
		b := a.BBox
		switch {
		case ok:
			b = mask.Bounds()
		case c == BoxOutside && sized(m.img) && a.Segmentation.Kind() == coco.KindNone:
			if b = clip(b, m.img); b.W <= 0 || b.H <= 0 {
				continue
			}
		default:
			continue
		}
		if b != a.BBox || a.Missing.Has(coco.FieldBBox) {
			change := Change{After: rawBox(b)}
			if !a.Missing.Has(coco.FieldBBox) {
				change.Before = rawBox(a.BBox)
			}
			m.add(c, "bbox", actionSet, change)
			a.BBox = b
			set(&a.Missing, &a.Extra, coco.FieldBBox)
		}
	}
	for _, c := range []coco.Code{AreaMissing, AreaNotFinite, AreaNotPositive, AreaDiffers} {
		area := 0.0
		switch {
		case !codes[c]:
			continue
		case ok:
			area = float64(mask.Area())
		case a.Segmentation.Kind() == coco.KindNone && m.v.boxes && soundBox(a):
			area = a.BBox.W * a.BBox.H
		}
		if area > 0 && finite(area) && (area != a.Area || a.Missing.Has(coco.FieldArea)) {
			change := Change{After: rawFloat(area)}
			if !a.Missing.Has(coco.FieldArea) {
				change.Before = rawFloat(a.Area)
			}
			m.add(c, "area", actionSet, change)
			a.Area = area
			set(&a.Missing, &a.Extra, coco.FieldArea)
		}
	}
	if codes[CrowdMissing] {
		m.add(CrowdMissing, "iscrowd", actionSet, Change{After: rawInt(0)})
		a.IsCrowd = false
		a.Missing &^= coco.FieldIsCrowd
	}
}
