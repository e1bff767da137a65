package check

import (
	"slices"

	"github.com/hubdata/hubdata/coco"
)

// Losses counts the records of a dataset that a consumer uses, and those that it
// silently leaves out.
type Losses struct {
	Consumer    Consumer `json:"consumer"`
	Images      Loss     `json:"images"`
	Annotations Loss     `json:"annotations"`
	KeptImages  []bool   `json:"-"` // whether each image is kept
	Ignored     int      `json:"-"` // annotations left out that MMDetection passes on separately, as regions to ignore
}

// Loss counts records. Left is the number of those left out, by the first reason that
// applies.
type Loss struct {
	In   int            `json:"in"`
	Kept int            `json:"kept"`
	Left map[string]int `json:"left"`
}

func (l *Loss) add(reason string) bool {
	l.In++
	if reason != "" {
		l.Left[reason]++
		return false
	}
	l.Kept++
	return true
}

// Reasons for annotations that MMDetection 3.x does not train on, but keeps as ignored.
const (
	lossCrowd  = "that are crowds"
	lossNoRing = "without a ring of 3 points"
)

// LossesOf returns what a consumer does with the records of a dataset on which it does
// not fail: MMDetection and detectron2 in training, with empty images filtered out;
// pycocotools in an evaluation; YOLO when it makes and reads labels; the others when they
// load the file. MMDetection uses
// the categories named in classes, or all if there are none. The other consumers always
// use all categories.
func LossesOf(d *coco.Dataset, c Consumer, classes ...string) Losses {
	out := Losses{Consumer: c, Images: Loss{Left: map[string]int{}}, Annotations: Loss{Left: map[string]int{}}, KeptImages: make([]bool, len(d.Images))}
	ix := d.Index()
	selected := func(a *coco.Annotation) bool {
		if a.Missing.Has(coco.FieldCategoryID) {
			return false
		}
		cat := ix.Category(a.CategoryID)
		return cat != nil && (len(classes) == 0 || slices.Contains(classes, cat.Name))
	}
	reasons := make([]string, len(d.Images)) // why an image is left out; empty: it is kept
	for i := range d.Images {
		reasons[i] = imageLoss(d, c, ix, selected, i)
		out.KeptImages[i] = reasons[i] == ""
	}
	for i := range d.Annotations {
		a := &d.Annotations[i]
		at, ok := ix.ImageAt(a.ImageID)
		reason := ""
		switch {
		case !ok:
			reason = "of no image"
		case reasons[at] != "":
			reason = "of images left out"
		default:
			reason = annotationLoss(c, ix, selected, a, &d.Images[at])
			if (c == MMDet2 || c == MMDet3) && (reason == lossCrowd || reason == lossNoRing) {
				out.Ignored++
			}
		}
		out.Annotations.add(reason)
	}
	for _, reason := range reasons {
		out.Images.add(reason)
	}
	return out
}

// imageLoss returns why a consumer leaves an image out, or an empty string if it does
// not.
func imageLoss(d *coco.Dataset, c Consumer, ix *coco.Index, selected func(*coco.Annotation) bool, i int) string {
	img := &d.Images[i]
	if at, ok := ix.ImageAt(img.ID); !ok || at != i {
		return "with the id of a later one"
	}
	places := ix.Annotations(img.ID)
	has := func(want func(a *coco.Annotation) bool) bool {
		for _, k := range places {
			if want(&d.Annotations[k]) {
				return true
			}
		}
		return false
	}
	switch c {
	case MMDet2, MMDet3:
		switch {
		case !has(selected):
			return "without annotations (filter_empty_gt)"
		case min(img.Height, img.Width) < minSideMMDet:
			return "below 32 pixels (min_size)"
		}
	case Detectron2:
		if !has(func(a *coco.Annotation) bool { return !a.IsCrowd }) {
			return "without annotations but crowds"
		}
	case YOLO:
		switch {
		case sized(img) && min(img.Height, img.Width) < minSideYOLO:
			return "below 10 pixels"
		case has(func(a *coco.Annotation) bool {
			return !a.IsCrowd && (a.CategoryID < 1 || a.CategoryID > int64(len(d.Categories)))
		}):
			return "with a class beyond the names"
		case sized(img) && has(func(a *coco.Annotation) bool { return !a.IsCrowd && outside(a, img) }):
			return "with a label beyond the image"
		}
	}
	return ""
}

// outside reports whether the box or a ring of an annotation reaches beyond its image.
// Coordinates are compared as YOLO labels express them: as a fraction of the image
// size.
func outside(a *coco.Annotation, img *coco.Image) bool {
	h, w := float64(img.Height), float64(img.Width)
	if a.Segmentation.Kind() == coco.KindPolygons {
		r := ringReaders.Get().(*coco.RingReader)
		defer release(r)
		if r.Read(a.Segmentation) != nil {
			return false
		}
		for _, ring := range r.Rings {
			for _, p := range ring {
				if p[0] < 0 || p[1] < 0 || p[0] > w || p[1] > h {
					return true
				}
			}
		}
		return false
	}
	b := a.BBox
	return soundBox(a) && (b.X+float64(b.W/2) < 0 || b.Y+float64(b.H/2) < 0 || b.X+float64(b.W/2) > w || b.Y+float64(b.H/2) > h || b.W > w || b.H > h)
}

// annotationLoss returns why a consumer leaves out an annotation of an image that it
// keeps.
func annotationLoss(c Consumer, ix *coco.Index, selected func(*coco.Annotation) bool, a *coco.Annotation, img *coco.Image) string {
	b := a.BBox
	unknown := !a.Missing.Has(coco.FieldCategoryID) && ix.Category(a.CategoryID) == nil
	switch c {
	case MMDet2, MMDet3:
		switch {
		case ignored(a):
			return "with ignore"
		case sized(img) && !(min(b.X+b.W, float64(img.Width))-max(b.X, 0) > 0 && min(b.Y+b.H, float64(img.Height))-max(b.Y, 0) > 0):
			return "with a box beside the image"
		case a.Area <= 0:
			return "with an area of 0 or less"
		case b.W < 1 || b.H < 1:
			return "with a box below one pixel"
		case unknown:
			return "of no category"
		case !a.Missing.Has(coco.FieldCategoryID) && !selected(a):
			return "of no class"
		case a.IsCrowd:
			return lossCrowd
		case c == MMDet3 && a.Segmentation.Kind() == coco.KindPolygons && !hasRing(a.Segmentation):
			return lossNoRing
		}
	case Detectron2:
		if sized(img) {
			b = clip(b, img)
		}
		switch {
		case a.Segmentation.Kind() == coco.KindPolygons && !hasRing(a.Segmentation):
			return lossNoRing
		case a.IsCrowd:
			return lossCrowd
		case !a.Missing.Has(coco.FieldBBox) && (b.W <= 0 || b.H <= 0):
			return "with a box of no extent"
		}
	case Pycocotools:
		switch {
		case unknown:
			return "of no category"
		case a.IsCrowd:
			return lossCrowd
		}
	case YOLO:
		switch {
		case a.IsCrowd:
			return lossCrowd
		case b.W <= 0 || b.H <= 0:
			return "with a box of no extent"
		}
	case Transformers, RTDETR, RFDETR:
		if sized(img) {
			b = clip(b, img)
		}
		switch {
		case a.IsCrowd:
			return lossCrowd
		case b.W <= 0 || b.H <= 0:
			return "with a box of no extent"
		}
	case Torchvision:
		if a.Missing.Has(coco.FieldSegmentation) || a.Missing.Has(coco.FieldBBox) {
			return "without a segmentation or a box"
		}
	}
	return ""
}

// hasRing reports whether there is a ring with an even number of coordinates and at
// least three points.
func hasRing(s coco.Segmentation) bool {
	r := ringReaders.Get().(*coco.RingReader)
	defer release(r)
	if r.Read(s) != nil {
		return false
	}
	for _, n := range r.Numbers {
		if n >= 6 && n%2 == 0 {
			return true
		}
	}
	return false
}
