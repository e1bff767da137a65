package check

import (
	"math"
	"slices"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/boxindex"
	"github.com/hubdata/hubdata/internal/figures"
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/rle"
)

// allAnnotations is the place of the annotations as a whole.
var allAnnotations = coco.Place{Member: string(coco.SectionAnnotations)}

// boxesAlone reports whether a dataset has annotations, and none has a segmentation:
// a set for those who detect boxes.
func boxesAlone(d *coco.Dataset) bool {
	return len(d.Annotations) > 0 && !slices.ContainsFunc(d.Annotations, func(a coco.Annotation) bool {
		return a.Segmentation.Kind() != coco.KindNone
	})
}

// boxesOnly adds a finding if the dataset has boxes alone.
func (v *validator) boxesOnly(f *findings) {
	if v.boxes {
		f.add(SegmentationNone, allAnnotations, "none of %s has a segmentation: tools that need masks cannot use the file",
			figures.Int(len(v.d.Annotations)))
	}
}

// crowds adds findings if nothing, or little, is left without the crowds: of all
// annotations, of a category, or on most images.
func (v *validator) crowds(f *findings) {
	type count struct{ crowds, all int }
	isCrowd := func(a *coco.Annotation) bool { return a.IsCrowd && !a.Missing.Has(coco.FieldIsCrowd) }
	whole := count{all: len(v.d.Annotations)}
	for i := range v.d.Annotations {
		if isCrowd(&v.d.Annotations[i]) {
			whole.crowds++
		}
	}
	if whole.crowds == 0 {
		return
	}
	categories, images := map[int64]count{}, map[coco.ID]count{}
	for i := range v.d.Annotations {
		a := &v.d.Annotations[i]
		n := 0
		if isCrowd(a) {
			n = 1
		}
		c, m := categories[a.CategoryID], images[a.ImageID]
		categories[a.CategoryID] = count{c.crowds + n, c.all + 1}
		images[a.ImageID] = count{m.crowds + n, m.all + 1}
	}
	if whole.crowds == whole.all {
		f.add(CrowdAll, allAnnotations, "all %s are crowds: nothing is learned, and nothing is scored",
			figures.Int(whole.all))
		return
	}
	for i := range v.d.Categories {
		if c := categories[v.d.Categories[i].ID]; c.crowds > 0 && c.crowds == c.all {
			f.add(CrowdAll, categoryAt(i), "all %s annotations of %s are crowds: the class is not learned, and not scored",
				figures.Int(c.all), wtf8.Quote(v.d.Categories[i].Name))
		}
	}
	full := 0
	for _, c := range images {
		if c.crowds == c.all {
			full++
		}
	}
	if 2*full > len(images) {
		f.add(CrowdAll, allImages, "on %s of %s images with annotations, all annotations are crowds", figures.Int(full),
			figures.Int(len(images)))
	}
}

// used adds findings for categories without annotations, if others have some.
func (v *validator) used(f *findings) {
	if len(v.d.Annotations) == 0 {
		return
	}
	has, groups := map[int64]bool{}, map[string]int{}
	for i := range v.d.Annotations {
		has[v.d.Annotations[i].CategoryID] = true
	}
	for i := range v.d.Categories {
		if c := &v.d.Categories[i]; c.Supercategory != "" && c.Supercategory != c.Name {
			groups[c.Supercategory]++
		}
	}
	for i := range v.d.Categories {
		c := &v.d.Categories[i]
		if has[c.ID] {
			continue
		}
		if n := groups[c.Name]; n > 0 && c.Name != "" {
			f.add(CategoryGroup, categoryAt(i),
				"category %d, %s, has no annotations and is the supercategory of %d others: it is a class that is never learned",
				c.ID, wtf8.Quote(c.Name), n)
		} else {
			f.add(CategoryEmpty, categoryAt(i), "category %d, %s, has no annotations", c.ID, wtf8.Quote(c.Name))
		}
	}
}

// maxAspect is the ratio of the sides from which a box is extreme.
const maxAspect = 20

// aspect checks the shape of a box.
func (v *validator) aspect(a *coco.Annotation, at coco.Place, f *findings) {
	if !soundBox(a) {
		return
	}
	if b := a.BBox; b.W > maxAspect*b.H || b.H > maxAspect*b.W {
		f.add(BoxExtreme, at, "found width %v and height %v", b.W, b.H)
	}
}

// boxPairs finds boxes of an image that are equal or nearly equal.
func (t *imageChecker) boxPairs(image int, places []int32, found [][]coco.Finding) {
	boxes, of := t.boxes[:0], t.of[:0] // and the annotation of each
	t.firstOf, t.twin, t.iou = emptied(t.firstOf), emptied(t.twin), emptied(t.iou)
	first, twin, iou := t.firstOf, t.twin, t.iou
	for _, i := range places {
		a := &t.v.d.Annotations[i]
		if !soundBox(a) {
			continue
		}
		if other, ok := first[a.BBox]; ok {
			twin[i], iou[i] = other, 1
			continue
		}
		first[a.BBox] = i
		b := a.BBox
		boxes, of = append(boxes, boxindex.Box{X0: b.X, Y0: b.Y, X1: b.X + b.W, Y1: b.Y + b.H}), append(of, i)
	}
	t.boxes, t.of = boxes, of
	budget := t.most
	all := t.index.Pairs(boxes, func(later, earlier int) bool {
		if budget == 0 {
			return false
		}
		budget--
		i, j := of[earlier], of[later]
		u := boxIoU(t.v.d.Annotations[i].BBox, t.v.d.Annotations[j].BBox)
		if other, ok := twin[j]; u >= t.v.o.Near && (!ok || u > iou[j] || u == iou[j] && i < other) {
			twin[j], iou[j] = i, u
		}
		return true
	})
	for _, i := range places {
		other, ok := twin[i]
		if !ok {
			continue
		}
		f := &findings{list: found[i], called: t.v.called, image: image}
		note := ""
		if t.v.d.Annotations[i].CategoryID != t.v.d.Annotations[other].CategoryID {
			note = ", which has another category"
		}
		place := annotationAt(int(i)).Within("bbox")
		if iou[i] == 1 {
			f.addOther(BoxEqual, place, annotationAt(int(other)), "the box equals that of annotations[%d]%s", other, note)
		} else {
			f.addOther(BoxNear, place, annotationAt(int(other)), "the box has an IoU of %.3f with that of annotations[%d]%s",
				iou[i], other, note)
		}
		found[i] = f.list
	}
	if !all {
		at := places[0]
		f := &findings{list: found[at], called: t.v.called, image: image}
		f.add(NotChecked, imageAt(image),
			"whether boxes nearly equal each other: more than %d pairs of its %d boxes lie on each other", t.most, len(places))
		found[at] = f.list
	}
}

// boxIoU returns the IoU of two boxes of positive size.
func boxIoU(a, b rle.Box) float64 {
	w := math.Min(a.X+a.W, b.X+b.W) - math.Max(a.X, b.X)
	h := math.Min(a.Y+a.H, b.Y+b.H) - math.Max(a.Y, b.Y)
	if w <= 0 || h <= 0 {
		return 0
	}
	inter := float64(w * h)
	return inter / (float64(a.W*a.H) + float64(b.W*b.H) - inter)
}
