package coco

import (
	"errors"
	"fmt"
	"math"

	"github.com/hubdata/hubdata/rle"
)

// Problem is something in a dataset that pycocotools or MMDetection fails on
// or silently misreads.
type Problem struct {
	Code   Code
	Path   string // such as annotations[12].bbox
	Reason string // what was found, and what it does
}

// String gives path, reason and code in one line.
func (p Problem) String() string { return fmt.Sprintf("%s: %s (%s)", p.Path, p.Reason, p.Code) }

// Code names a kind of problem. Codes do not change between versions.
type Code string

// The codes of [Dataset.Validate].
const (
	NoCategories          Code = "no-categories"           // the dataset has none
	NoImages              Code = "no-images"               // the dataset has none
	CategoryIDDuplicate   Code = "category-id-duplicate"   // two categories with one id
	CategoryNameMissing   Code = "category-name-missing"   // absent or empty
	CategoryNameDuplicate Code = "category-name-duplicate" // two categories with one name
	ImageIDDuplicate      Code = "image-id-duplicate"      // two images with one id
	ImageIDMixed          Code = "image-id-mixed"          // some ids are integers, some strings
	FileNameMissing       Code = "file-name-missing"       // absent or empty
	FileNameDuplicate     Code = "file-name-duplicate"     // two images with one file name
	ImageSizeMissing      Code = "image-size-missing"      // no height or no width
	ImageSizeInvalid      Code = "image-size-invalid"      // height or width below 1
	AnnotationIDDuplicate Code = "annotation-id-duplicate" // two annotations with one id
	AnnotationIDZero      Code = "annotation-id-zero"      // the integer 0
	AnnotationIDMixed     Code = "annotation-id-mixed"     // some ids are integers, some strings
	ImageUnknown          Code = "image-unknown"           // image_id of no image
	CategoryMissing       Code = "category-missing"        // no category_id
	CategoryUnknown       Code = "category-unknown"        // category_id of no category
	SegmentationMissing   Code = "segmentation-missing"    // absent
	SegmentationEmpty     Code = "segmentation-empty"      // null or an empty list
	RingOdd               Code = "ring-odd"                // an odd number of coordinates
	RingBox               Code = "ring-box"                // a ring of 4 numbers
	RingShort             Code = "ring-short"              // fewer than 3 points
	CoordinateInvalid     Code = "coordinate-invalid"      // not finite, or too large to fill
	RLESize               Code = "rle-size"                // runs of another size than the image
	RLECorrupt            Code = "rle-corrupt"             // runs that are no mask
	MaskEmpty             Code = "mask-empty"              // the segmentation covers no pixel
	AreaMissing           Code = "area-missing"            // absent
	AreaNotFinite         Code = "area-not-finite"         // NaN or infinite
	AreaNotPositive       Code = "area-not-positive"       // zero or negative
	AreaDiffers           Code = "area-differs"            // unlike the mask, see Validate
	BoxMissing            Code = "bbox-missing"            // absent
	BoxNotFinite          Code = "bbox-not-finite"         // a number is NaN or infinite
	BoxNegative           Code = "bbox-negative"           // negative width or height
	BoxZero               Code = "bbox-zero"               // width or height zero
	BoxSmall              Code = "bbox-small"              // width or height below 1 pixel
	BoxOutside            Code = "bbox-outside"            // reaches beyond the image
	CrowdMissing          Code = "iscrowd-missing"         // absent
)

// boxSlack is how far a box may reach beyond its image, in pixels: COCO rounds
// edge and length to two decimals each.
const boxSlack = 0.02

// Validate returns every problem, in the order in which [Dataset.Encode] writes
// the records: categories, images, annotations, and in a record the order of
// the list of codes.
//
// Masks are decoded for it. Area differs if runs have another number of pixels
// by more than 1, and if polygons cover another number of pixels by more than
// the width plus the height of the mask's box, which is about what the pixels
// on an outline can make.
func (d *Dataset) Validate() []Problem {
	v := validator{d: d, ix: d.Index()}
	if len(d.Categories) == 0 {
		v.add(NoCategories, "categories", "found none: every annotation is of an unknown category, and MMDetection finds no classes")
	}
	v.categories()
	if len(d.Images) == 0 {
		v.add(NoImages, "images", "found none")
	}
	v.images()
	seen := make(map[ID]int, len(d.Annotations))
	for i := range d.Annotations {
		v.annotation(i, seen)
	}
	return v.problems
}

// A validator collects problems.
type validator struct {
	d        *Dataset
	ix       *Index
	problems []Problem
}

func (v *validator) add(code Code, path, format string, args ...any) {
	v.problems = append(v.problems, Problem{Code: code, Path: path, Reason: fmt.Sprintf(format, args...)})
}

func (v *validator) categories() {
	ids, names := map[int64]int{}, map[string]int{}
	for i := range v.d.Categories {
		c := &v.d.Categories[i]
		path := recordPath(sectionCategories, i)
		if first, ok := ids[c.ID]; ok {
			v.add(CategoryIDDuplicate, path+".id", "%d is also the id of categories[%d]; only one of them is found by id", c.ID, first)
		} else {
			ids[c.ID] = i
		}
		if c.Missing.Has(FieldName) || c.Name == "" {
			v.add(CategoryNameMissing, path+".name", "found no name; tools select categories by it")
		} else if first, ok := names[c.Name]; ok {
			v.add(CategoryNameDuplicate, path+".name", "%q is also the name of categories[%d]; both become one class or two by the tool", c.Name, first)
		} else {
			names[c.Name] = i
		}
	}
}

func (v *validator) images() {
	ids, names := make(map[ID]int, len(v.d.Images)), make(map[string]int, len(v.d.Images))
	for i := range v.d.Images {
		img := &v.d.Images[i]
		path := recordPath(sectionImages, i)
		if first, ok := ids[img.ID]; ok {
			v.add(ImageIDDuplicate, path+".id", "%s is also the id of images[%d]; only one of them is found by id", img.ID.AppendJSON(nil), first)
		} else {
			ids[img.ID] = i
		}
		if img.ID.IsString() != v.d.Images[0].ID.IsString() {
			v.add(ImageIDMixed, path+".id", "%s is not of the type of images[0].id; COCOeval then loses images", img.ID.AppendJSON(nil))
		}
		if img.Missing.Has(FieldFileName) || img.FileName == "" {
			v.add(FileNameMissing, path+".file_name", "found no file name; MMDetection cannot load the image")
		} else if first, ok := names[img.FileName]; ok {
			v.add(FileNameDuplicate, path+".file_name", "%q is also the file of images[%d]", img.FileName, first)
		} else {
			names[img.FileName] = i
		}
		for _, side := range []struct {
			name  string
			field FieldSet
			value int
		}{{"height", FieldHeight, img.Height}, {"width", FieldWidth, img.Width}} {
			if img.Missing.Has(side.field) {
				v.add(ImageSizeMissing, path+"."+side.name, "found none; masks cannot be made without the size")
			} else if side.value < 1 {
				v.add(ImageSizeInvalid, path+"."+side.name, "found %d, want at least 1", side.value)
			}
		}
	}
}

func (v *validator) annotation(i int, seen map[ID]int) {
	a := &v.d.Annotations[i]
	path := recordPath(sectionAnnotations, i)
	if first, ok := seen[a.ID]; ok {
		v.add(AnnotationIDDuplicate, path+".id", "%s is also the id of annotations[%d]; MMDetection refuses the file", a.ID.AppendJSON(nil), first)
	} else {
		seen[a.ID] = i
	}
	if a.ID == (ID{}) {
		v.add(AnnotationIDZero, path+".id", "found 0, which COCOeval takes for no match: a detection of it counts as false; number from 1")
	}
	if a.ID.IsString() != v.d.Annotations[0].ID.IsString() {
		v.add(AnnotationIDMixed, path+".id", "%s is not of the type of annotations[0].id", a.ID.AppendJSON(nil))
	}
	img := v.ix.Image(a.ImageID)
	if img == nil {
		v.add(ImageUnknown, path+".image_id", "found %s, which is the id of no image%s", a.ImageID.AppendJSON(nil), v.otherType(a.ImageID))
	}
	if a.Missing.Has(FieldCategoryID) {
		v.add(CategoryMissing, path+".category_id", "found none")
	} else if v.ix.Category(a.CategoryID) == nil {
		v.add(CategoryUnknown, path+".category_id", "found %d, which is the id of no category", a.CategoryID)
	}
	mask, ok := v.segmentation(a, img, path+".segmentation")
	v.area(a, mask, ok, path+".area")
	v.box(a, img, path+".bbox")
	if a.Missing.Has(FieldIsCrowd) {
		v.add(CrowdMissing, path+".iscrowd", "found none; COCOeval fails without it: want 0")
	}
}

// otherType hints at an image whose id only differs in being quoted.
func (v *validator) otherType(id ID) string {
	for i := range v.d.Images {
		if o := v.d.Images[i].ID; o != id && o.String() == id.String() {
			return fmt.Sprintf("; images[%d].id is %s: write both in one type", i, o.AppendJSON(nil))
		}
	}
	return ""
}

// segmentation returns the mask if there is a sound one.
func (v *validator) segmentation(a *Annotation, img *Image, path string) (m rle.Mask, ok bool) {
	s := a.Segmentation
	switch {
	case a.Missing.Has(FieldSegmentation):
		v.add(SegmentationMissing, path, "found none; MMDetection trains no masks from it")
		return m, false
	case s.kind == KindNone:
		v.add(SegmentationEmpty, path, "found an empty one; pycocotools fails on it")
		return m, false
	case s.bad:
		v.add(CoordinateInvalid, path, "found a coordinate that is not finite")
		return m, false
	case s.kind == KindPolygons:
		if !v.rings(s, path) {
			return m, false
		}
	}
	var err error
	if s.kind == KindPolygons {
		if img == nil || img.Missing&(FieldHeight|FieldWidth) != 0 || img.Height < 1 || img.Width < 1 {
			return m, false
		}
		m, err = s.Mask(img.Height, img.Width)
	} else {
		h, w, _ := s.Size()
		if img != nil && img.Missing&(FieldHeight|FieldWidth) == 0 && (h != img.Height || w != img.Width) {
			v.add(RLESize, path+".size", "found [%d, %d], want the image's height and width: [%d, %d]", h, w, img.Height, img.Width)
		}
		m, err = s.runsMask(h, w)
	}
	switch {
	case err != nil && s.kind == KindPolygons && !errors.Is(err, rle.ErrSize):
		v.add(CoordinateInvalid, path, "%v", err)
	case err != nil:
		v.add(RLECorrupt, path, "%v", err)
	case m.Area() == 0:
		v.add(MaskEmpty, path, "it covers no pixel of the image")
	default:
		return m, true
	}
	return m, false
}

// rings checks the lengths of rings and says whether all are sound.
func (v *validator) rings(s Segmentation, path string) bool {
	r := ringReaders.Get().(*ringReader)
	defer r.release()
	if err := r.read(s); err != nil {
		v.add(CoordinateInvalid, path, "%v", err)
		return false
	}
	sound := true
	for i, n := range r.counts {
		at := recordPath(path, i)
		switch {
		case n == 4:
			v.add(RingBox, at, "found 4 numbers; pycocotools takes a first ring of 4 for a box and fails, and MMDetection drops the ring: want 6 or more")
		case n < 6:
			v.add(RingShort, at, "found %d numbers; want 6 or more: x and y of 3 points", n)
		case n%2 == 1:
			v.add(RingOdd, at, "found %d numbers, which cannot be pairs of x and y: pycocotools drops the last, MMDetection the ring", n)
		default:
			continue
		}
		sound = false
	}
	return sound
}

func (v *validator) area(a *Annotation, m rle.Mask, haveMask bool, path string) {
	switch {
	case a.Missing.Has(FieldArea):
		v.add(AreaMissing, path, "found none; pycocotools and MMDetection need it")
		return
	case !finite(a.Area):
		v.add(AreaNotFinite, path, "found %v", a.Area)
		return
	case a.Area <= 0:
		v.add(AreaNotPositive, path, "found %v; MMDetection drops the annotation silently", a.Area)
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
		v.add(AreaDiffers, path, "found %v, but the mask has %d pixels", a.Area, pixels)
	}
}

func (v *validator) box(a *Annotation, img *Image, path string) {
	b := a.BBox
	switch {
	case a.Missing.Has(FieldBBox):
		v.add(BoxMissing, path, "found none; MMDetection needs it")
		return
	case !finiteBox(b):
		v.add(BoxNotFinite, path, "found %v", b)
		return
	case b.W < 0 || b.H < 0:
		v.add(BoxNegative, path, "found width %v and height %v: want x, y, width, height, not two corners", b.W, b.H)
		return
	case b.W == 0 || b.H == 0:
		v.add(BoxZero, path, "found width %v and height %v; MMDetection drops the annotation silently", b.W, b.H)
		return
	case b.W < 1 || b.H < 1:
		v.add(BoxSmall, path, "found width %v and height %v, below one pixel; MMDetection drops the annotation silently", b.W, b.H)
	}
	if img == nil || img.Missing&(FieldHeight|FieldWidth) != 0 {
		return
	}
	if b.X < -boxSlack || b.Y < -boxSlack || b.X+b.W > float64(img.Width)+boxSlack || b.Y+b.H > float64(img.Height)+boxSlack {
		v.add(BoxOutside, path, "found x %v to %v and y %v to %v, but the image is %d wide and %d high", b.X, b.X+b.W, b.Y, b.Y+b.H, img.Width, img.Height)
	}
}
