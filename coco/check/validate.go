package coco

import (
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/hubdata/hubdata/rle"
)

// Problem is something in a dataset that pycocotools or MMDetection fails on
// or silently misreads.
type Problem struct {
	Code   Code
	Path   string // such as annotations[12].bbox
	Image  int    // place in Images of the image that it is of; -1: of none
	Reason string // what was found, and what it does
}

// String gives path, reason and code in one line.
func (p Problem) String() string { return fmt.Sprintf("%s: %s (%s)", p.Path, p.Reason, p.Code) }

// boxSlack is how far a box may reach beyond its image, in pixels: COCO rounds
// edge and length to two decimals each.
const boxSlack = 0.02

// nearBox is how far an edge of a box may be from the mask's, in pixels, and
// nearOutline how far if the mask is filled from polygons.
const (
	nearBox     = 1
	nearOutline = 2
)

// Validate returns every problem of single records on which pycocotools or
// MMDetection fails or which they misread; [Dataset.Check] looks at more. They
// stand in the order in which [Dataset.Encode] writes the records: categories,
// images, annotations, and in a record in the order in which it is looked at.
//
// Masks are decoded for it. Area differs if runs have another number of pixels
// by more than 1, and if polygons cover another number of pixels by more than
// the width plus the height of the mask's box, which is about what the pixels
// on an outline can make.
func (d *Dataset) Validate() []Problem {
	v := newValidator(d, nil)
	f := &findings{image: -1}
	v.categories(f)
	v.images(f)
	for i := range d.Annotations {
		v.annotation(i, f)
	}
	return f.list
}

// A validator looks at a dataset, which it does not change: goroutines may share it.
type validator struct {
	d     *Dataset
	ix    *Index
	o     *CheckOptions // nil: only what Validate looks at
	first []int32       // the first annotation with the id of each
	types func() map[string]int
}

func newValidator(d *Dataset, o *CheckOptions) *validator {
	v := &validator{d: d, ix: d.Index(), o: o, first: make([]int32, len(d.Annotations))}
	seen := make(map[ID]int32, len(d.Annotations))
	for i := range d.Annotations {
		id := d.Annotations[i].ID
		if _, ok := seen[id]; !ok {
			seen[id] = int32(i)
		}
		v.first[i] = seen[id]
	}
	v.types = sync.OnceValue(func() map[string]int {
		places := make(map[string]int, len(d.Images))
		for i := range d.Images {
			places[d.Images[i].ID.String()] = i
		}
		return places
	})
	return v
}

// findings collects problems.
type findings struct {
	list  []Problem
	image int // of what is looked at; -1: none
}

func (f *findings) add(code Code, path, format string, args ...any) {
	f.list = append(f.list, Problem{Code: code, Path: path, Image: f.image, Reason: fmt.Sprintf(format, args...)})
}

func (v *validator) categories(f *findings) {
	if len(v.d.Categories) == 0 {
		f.add(NoCategories, "categories", "found none: every annotation is of an unknown category, and MMDetection finds no classes")
	}
	ids, names := map[int64]int{}, map[string]int{}
	for i := range v.d.Categories {
		c := &v.d.Categories[i]
		path := recordPath(sectionCategories, i)
		if first, ok := ids[c.ID]; ok {
			f.add(CategoryIDDuplicate, path+".id", "%d is also the id of categories[%d]; only one of them is found by id", c.ID, first)
		} else {
			ids[c.ID] = i
		}
		if c.Missing.Has(FieldName) || c.Name == "" {
			f.add(CategoryNameMissing, path+".name", "found no name; tools select categories by it")
		} else if first, ok := names[c.Name]; ok {
			f.add(CategoryNameDuplicate, path+".name", "%q is also the name of categories[%d]; both become one class or two by the tool", c.Name, first)
		} else {
			names[c.Name] = i
		}
	}
	if v.o != nil {
		v.classes(f)
	}
}

func (v *validator) images(f *findings) {
	if len(v.d.Images) == 0 {
		f.add(NoImages, "images", "found none")
	}
	ids, names := make(map[ID]int, len(v.d.Images)), make(map[string]int, len(v.d.Images))
	for i := range v.d.Images {
		img := &v.d.Images[i]
		f.image = i
		path := recordPath(sectionImages, i)
		if first, ok := ids[img.ID]; ok {
			f.add(ImageIDDuplicate, path+".id", "%s is also the id of images[%d]; only one of them is found by id", img.ID.AppendJSON(nil), first)
		} else {
			ids[img.ID] = i
		}
		if img.ID.IsString() != v.d.Images[0].ID.IsString() {
			f.add(ImageIDMixed, path+".id", "%s is not of the type of images[0].id; COCOeval then loses images", img.ID.AppendJSON(nil))
		}
		if img.Missing.Has(FieldFileName) || img.FileName == "" {
			f.add(FileNameMissing, path+".file_name", "found no file name; MMDetection cannot load the image")
		} else if first, ok := names[img.FileName]; ok {
			f.add(FileNameDuplicate, path+".file_name", "%q is also the file of images[%d]", img.FileName, first)
		} else {
			names[img.FileName] = i
		}
		for _, side := range []struct {
			name  string
			field FieldSet
			value int
		}{{"height", FieldHeight, img.Height}, {"width", FieldWidth, img.Width}} {
			if img.Missing.Has(side.field) {
				f.add(ImageSizeMissing, path+"."+side.name, "found none; masks cannot be made without the size")
			} else if side.value < 1 {
				f.add(ImageSizeInvalid, path+"."+side.name, "found %d, want at least 1", side.value)
			}
		}
		if v.o != nil {
			v.image(img, path, f)
		}
	}
	if v.o != nil {
		v.imageNames(f)
		v.files(f)
		v.tiles(f)
	}
	f.image = -1
}

// annotation looks at an annotation, and returns its mask if it is sound.
func (v *validator) annotation(i int, f *findings) (mask rle.Mask, ok bool) {
	a := &v.d.Annotations[i]
	path := recordPath(sectionAnnotations, i)
	f.image = -1
	img := v.ix.Image(a.ImageID)
	if img != nil {
		f.image, _ = v.ix.ImageAt(a.ImageID)
	}
	if first := v.first[i]; int(first) != i {
		f.add(AnnotationIDDuplicate, path+".id", "%s is also the id of annotations[%d]; MMDetection refuses the file", a.ID.AppendJSON(nil), first)
	}
	if a.ID == (ID{}) {
		f.add(AnnotationIDZero, path+".id", "found 0, which COCOeval takes for no match: a detection of it counts as false; number from 1")
	}
	if a.ID.IsString() != v.d.Annotations[0].ID.IsString() {
		f.add(AnnotationIDMixed, path+".id", "%s is not of the type of annotations[0].id", a.ID.AppendJSON(nil))
	}
	if v.o != nil {
		v.annotationID(a, path, f)
	}
	if img == nil {
		f.add(ImageUnknown, path+".image_id", "found %s, which is the id of no image%s", a.ImageID.AppendJSON(nil), v.otherType(a.ImageID))
	}
	if a.Missing.Has(FieldCategoryID) {
		f.add(CategoryMissing, path+".category_id", "found none")
	} else if v.ix.Category(a.CategoryID) == nil {
		f.add(CategoryUnknown, path+".category_id", "found %d, which is the id of no category", a.CategoryID)
	}
	mask, ok = v.segmentation(a, img, path+".segmentation", f)
	if ok && v.o != nil {
		v.mask(a, mask, path+".segmentation", f)
	}
	v.area(a, mask, ok, path+".area", f)
	v.box(a, img, path+".bbox", f)
	if ok && v.o != nil {
		v.boxOfMask(a, mask, path+".bbox", f)
	}
	if a.Missing.Has(FieldIsCrowd) {
		f.add(CrowdMissing, path+".iscrowd", "found none; COCOeval fails without it: want 0")
	}
	if v.o != nil {
		v.flags(a, path, f)
	}
	return mask, ok
}

// otherType hints at an image whose id only differs in being quoted.
func (v *validator) otherType(id ID) string {
	if i, ok := v.types()[id.String()]; ok {
		return fmt.Sprintf("; images[%d].id is %s: write both in one type", i, v.d.Images[i].ID.AppendJSON(nil))
	}
	return ""
}

// segmentation returns the mask if there is a sound one.
func (v *validator) segmentation(a *Annotation, img *Image, path string, f *findings) (m rle.Mask, ok bool) {
	s := a.Segmentation
	switch {
	case a.Missing.Has(FieldSegmentation):
		f.add(SegmentationMissing, path, "found none; MMDetection trains no masks from it")
		return m, false
	case s.kind == KindNone:
		f.add(SegmentationEmpty, path, "found an empty one; pycocotools fails on it")
		return m, false
	case s.bad:
		f.add(CoordinateInvalid, path, "found a coordinate that is not finite")
		return m, false
	}
	var err error
	if s.kind == KindPolygons {
		r := ringReaders.Get().(*ringReader)
		defer r.release()
		if !v.rings(r, s, img, path, f) || !sized(img) {
			return m, false
		}
		m, err = v.fill(r.rings, img)
	} else {
		h, w, _ := s.Size()
		if img != nil && img.Missing&(FieldHeight|FieldWidth) == 0 && (h != img.Height || w != img.Width) {
			f.add(RLESize, path+".size", "found [%d, %d], want the image's height and width: [%d, %d]", h, w, img.Height, img.Width)
		}
		m, err = s.runsMask(h, w)
	}
	switch {
	case err != nil && s.kind == KindPolygons && !errors.Is(err, rle.ErrSize):
		f.add(CoordinateInvalid, path, "%v", err)
	case err != nil && s.kind == KindPolygons:
		return m, false // the image is too large
	case err != nil:
		f.add(RLECorrupt, path, "%v", err)
	case m.Area() == 0:
		f.add(MaskEmpty, path, "it covers no pixel of the image")
	default:
		return m, true
	}
	return m, false
}

// sized says whether an image has a height and a width.
func sized(img *Image) bool {
	return img != nil && img.Missing&(FieldHeight|FieldWidth) == 0 && img.Height > 0 && img.Width > 0
}

// rings reads the rings into r, checks their lengths and says whether all are sound.
func (v *validator) rings(r *ringReader, s Segmentation, img *Image, path string, f *findings) bool {
	if err := r.read(s); err != nil {
		f.add(CoordinateInvalid, path, "%v", err)
		return false
	}
	sound := true
	for i, n := range r.counts {
		at := recordPath(path, i)
		switch {
		case n == 4:
			f.add(RingBox, at, "found 4 numbers; pycocotools takes a first ring of 4 for a box and fails, and MMDetection drops the ring: want 6 or more")
		case n < 6:
			f.add(RingShort, at, "found %d numbers; want 6 or more: x and y of 3 points", n)
		case n%2 == 1:
			f.add(RingOdd, at, "found %d numbers, which cannot be pairs of x and y: pycocotools drops the last, MMDetection the ring", n)
		default:
			continue
		}
		sound = false
	}
	if sound && v.o != nil {
		v.outline(r.rings, img, path, f)
	}
	return sound
}

func (v *validator) area(a *Annotation, m rle.Mask, haveMask bool, path string, f *findings) {
	switch {
	case a.Missing.Has(FieldArea):
		f.add(AreaMissing, path, "found none; pycocotools and MMDetection need it")
		return
	case !finite(a.Area):
		f.add(AreaNotFinite, path, "found %v", a.Area)
		return
	case a.Area <= 0:
		f.add(AreaNotPositive, path, "found %v; MMDetection drops the annotation silently", a.Area)
		return
	case !haveMask:
		return
	}
	slack := 1.0
	if a.Segmentation.kind == KindPolygons {
		b := m.Bounds()
		slack = b.W + b.H
	}
	if pixels := m.Area(); math.Abs(a.Area-float64(pixels)) > slack {
		f.add(AreaDiffers, path, "found %v, but the mask has %d pixels", a.Area, pixels)
	}
}

func (v *validator) box(a *Annotation, img *Image, path string, f *findings) {
	b := a.BBox
	switch {
	case a.Missing.Has(FieldBBox):
		f.add(BoxMissing, path, "found none; MMDetection needs it")
		return
	case !finiteBox(b):
		f.add(BoxNotFinite, path, "found %v", b)
		return
	case b.W < 0 || b.H < 0:
		f.add(BoxNegative, path, "found width %v and height %v: want x, y, width, height, not two corners", b.W, b.H)
		return
	case b.W == 0 || b.H == 0:
		f.add(BoxZero, path, "found width %v and height %v; MMDetection drops the annotation silently", b.W, b.H)
		return
	case b.W < 1 || b.H < 1:
		f.add(BoxSmall, path, "found width %v and height %v, below one pixel; MMDetection drops the annotation silently", b.W, b.H)
	}
	if !sized(img) {
		return
	}
	if b.X < -boxSlack || b.Y < -boxSlack || b.X+b.W > float64(img.Width)+boxSlack || b.Y+b.H > float64(img.Height)+boxSlack {
		f.add(BoxOutside, path, "found x %v to %v and y %v to %v, but the image is %d wide and %d high", b.X, b.X+b.W, b.Y, b.Y+b.H, img.Width, img.Height)
	}
}
