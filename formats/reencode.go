package formats

import (
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// Reencode returns a segmentation of an h x w image in another form, and what became of
// the instance: the pixels of the new form are compared with those of the old one. A
// segmentation that has this form, or none, is returned as it is. A mask without a pixel
// has no outline, and keeps its form. A segmentation that has no mask on such an image is
// an error, whatever its form.
func Reencode(s coco.Segmentation, kind coco.Kind, h, w int) (coco.Segmentation, Fate, error) {
	if s.Kind() == coco.KindNone {
		return s, Fate{IoU: 1}, nil
	}
	mask, err := s.Mask(h, w)
	if err != nil {
		return s, Fate{}, err
	}
	if s.Kind() == kind {
		return s, Fate{IoU: 1}, nil
	}
	now := coco.RLE(mask)
	switch kind {
	case coco.KindCounts:
		now = coco.Counts(mask)
	case coco.KindPolygons:
		rings := mask.COCOPolygons()
		if len(rings) == 0 {
			return s, Fate{Changed: "the mask has no pixel and keeps its form", IoU: 1}, nil
		}
		now = coco.Polygons(rings)
	}
	again, err := now.Mask(h, w)
	if err != nil {
		return s, Fate{}, err
	}
	if again.Equal(mask) {
		return now, Fate{IoU: 1}, nil
	}
	return now, Fate{Changed: "other pixels", IoU: rle.IoU(again, mask)}, nil
}
