package check

import (
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/rle"
)

// boxSlack is the distance in pixels by which a box may reach beyond its image: COCO
// rounds position and size to two decimals each.
const boxSlack = 0.02

// nearBox is the distance in pixels by which an edge of a box may differ from that of
// the mask. nearOutline is the distance for masks filled from polygons.
const (
	nearBox     = 1
	nearOutline = 2
)

// Validate returns every finding in single records on which pycocotools or MMDetection
// fails or which they misread. [Dataset] checks more. Findings come in the order in
// which [coco.Dataset.Encode] writes the records (categories, images, annotations), and
// for each record in the order of the checks.
//
// Validate decodes masks. It reports an area that differs from the number of pixels of
// runs by more than 1. For polygons it allows a difference of the width plus the height
// of the mask's box, which is about the number of pixels on the outline.
func Validate(d *coco.Dataset) []coco.Finding {
	v := newValidator(d, nil)
	f := v.findings()
	v.categories(f)
	v.images(f)
	for i := range d.Annotations {
		v.annotation(i, f)
	}
	return f.list
}

// A validator checks a dataset. It does not change it, so goroutines may share it.
type validator struct {
	d      *coco.Dataset
	ix     *coco.Index
	o      *Options // nil: only the checks of Validate
	boxes  bool     // no annotation has a segmentation, which is no fault of each
	first  []int32  // for each annotation the first one with its id
	types  func() map[string]int
	called *labels // the images
}

func newValidator(d *coco.Dataset, o *Options) *validator {
	v := &validator{d: d, ix: d.Index(), o: o, first: make([]int32, len(d.Annotations)), called: newLabels(d.Images)}
	v.boxes = o != nil && boxesAlone(d)
	if ascending(d.Annotations) {
		for i := range v.first {
			v.first[i] = int32(i)
		}
	} else {
		seen := make(map[coco.ID]int32, len(d.Annotations))
		for i := range d.Annotations {
			id := d.Annotations[i].ID
			if _, ok := seen[id]; !ok {
				seen[id] = int32(i)
			}
			v.first[i] = seen[id]
		}
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

// ascending reports whether the ids are integers, each greater than the one before, as most
// files have them. None is there twice then.
func ascending(list []coco.Annotation) bool {
	last := int64(math.MinInt64)
	for i := range list {
		n, ok := list[i].ID.Int()
		if !ok || i > 0 && n <= last {
			return false
		}
		last = n
	}
	return true
}

// findings collects findings.
type findings struct {
	list   []coco.Finding
	called *labels // nil: images are not named
	image  int     // index of the image that is being checked; -1: none
}

// findings returns an empty list of findings in the dataset.
func (v *validator) findings() *findings { return &findings{called: v.called, image: -1} }

func (f *findings) add(code coco.Code, at coco.Place, format string, args ...any) {
	f.addOther(code, at, coco.Place{}, format, args...)
}

// addOther adds a finding that refers to the record other.
func (f *findings) addOther(code coco.Code, at, other coco.Place, format string, args ...any) {
	found := coco.Finding{Code: code, Severity: RuleOf(code).Severity, Place: at, Reason: fmt.Sprintf(format, args...),
		Other: other}
	if f.called != nil && f.image >= 0 {
		found.Image = f.called.of(f.image)
	}
	f.list = append(f.list, found)
}

// The places of records, by index.
func imageAt(i int) coco.Place      { return coco.Place{Section: coco.SectionImages, Index: i} }
func annotationAt(i int) coco.Place { return coco.Place{Section: coco.SectionAnnotations, Index: i} }
func categoryAt(i int) coco.Place   { return coco.Place{Section: coco.SectionCategories, Index: i} }

// Whole sections.
var (
	allImages     = coco.Place{Member: string(coco.SectionImages)}
	allCategories = coco.Place{Member: string(coco.SectionCategories)}
)

func (v *validator) categories(f *findings) {
	if len(v.d.Categories) == 0 {
		f.add(NoCategories, allCategories,
			"found none: every annotation has an unknown category, and MMDetection finds no classes")
	}
	ids, names := map[int64]int{}, map[string]int{}
	for i := range v.d.Categories {
		c := &v.d.Categories[i]
		at := categoryAt(i)
		if first, ok := ids[c.ID]; ok {
			f.addOther(CategoryIDDuplicate, at.Within("id"), categoryAt(first),
				"%d is also the id of categories[%d]: only one of them is found by id", c.ID, first)
		} else {
			ids[c.ID] = i
		}
		wrongTypes(c.Missing, c.Extra, at, f)
		if c.Missing.Has(coco.FieldName) || c.Name == "" {
			if wrongType(c.Missing, c.Extra, coco.FieldName) != nil {
				continue
			}
			f.add(CategoryNameMissing, at.Within("name"), "found no name: tools select categories by name")
		} else if first, ok := names[c.Name]; ok {
			f.addOther(CategoryNameDuplicate, at.Within("name"), categoryAt(first),
				"%s is also the name of categories[%d]: some tools make one class of them, others two", wtf8.Quote(c.Name), first)
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
		f.add(NoImages, allImages, "found none")
	}
	ids, names := make(map[coco.ID]int, len(v.d.Images)), make(map[string]int, len(v.d.Images))
	for i := range v.d.Images {
		img := &v.d.Images[i]
		f.image = i
		at := imageAt(i)
		if first, ok := ids[img.ID]; ok {
			f.addOther(ImageIDDuplicate, at.Within("id"), imageAt(first),
				"%s is also the id of images[%d]: only one of them is found by id", img.ID.AppendJSON(nil), first)
		} else {
			ids[img.ID] = i
		}
		if img.ID.IsString() != v.d.Images[0].ID.IsString() {
			f.addOther(ImageIDMixed, at.Within("id"), imageAt(0),
				"%s does not have the type of images[0].id: COCOeval then loses images", img.ID.AppendJSON(nil))
		}
		wrongTypes(img.Missing, img.Extra, at, f)
		if img.Missing.Has(coco.FieldFileName) || img.FileName == "" {
			if wrongType(img.Missing, img.Extra, coco.FieldFileName) == nil {
				f.add(FileNameMissing, at.Within("file_name"), "found no file name: MMDetection cannot load the image")
			}
		} else if first, ok := names[img.FileName]; ok {
			f.addOther(FileNameDuplicate, at.Within("file_name"), imageAt(first), "%s is also the file of images[%d]",
				wtf8.Quote(img.FileName), first)
		} else {
			names[img.FileName] = i
		}
		for _, side := range []struct {
			name  string
			field coco.FieldSet
			value int
		}{{"height", coco.FieldHeight, img.Height}, {"width", coco.FieldWidth, img.Width}} {
			if img.Missing.Has(side.field) {
				f.add(ImageSizeMissing, at.Within(side.name), "%s: masks cannot be made without the size",
					foundNone(img.Missing, img.Extra, side.field))
			} else if side.value < 1 {
				f.add(ImageSizeInvalid, at.Within(side.name), "found %d, expected at least 1", side.value)
			}
		}
		if v.o != nil {
			v.image(img, at, f)
		}
	}
	if v.o != nil {
		v.imageNames(f)
		v.files(f)
		v.origins(f)
	}
	f.image = -1
}

// annotation checks an annotation, and returns its mask if it is sound.
func (v *validator) annotation(i int, f *findings) (mask rle.Mask, ok bool) {
	a := &v.d.Annotations[i]
	at := annotationAt(i)
	f.image = -1
	img := v.ix.Image(a.ImageID)
	if img != nil {
		f.image, _ = v.ix.ImageAt(a.ImageID)
	}
	wrongTypes(a.Missing, a.Extra, at, f)
	if first := v.first[i]; int(first) != i {
		f.addOther(AnnotationIDDuplicate, at.Within("id"), annotationAt(int(first)),
			"%s is also the id of annotations[%d]: MMDetection rejects the file", a.ID.AppendJSON(nil), first)
	}
	if a.ID == (coco.ID{}) {
		f.add(AnnotationIDZero, at.Within("id"),
			"found 0, which COCOeval treats as no match, so that a detection of it counts as false: number annotations from 1")
	}
	if a.ID.IsString() != v.d.Annotations[0].ID.IsString() {
		f.addOther(AnnotationIDMixed, at.Within("id"), annotationAt(0), "%s does not have the type of annotations[0].id",
			a.ID.AppendJSON(nil))
	}
	if v.o != nil {
		v.annotationID(a, at, f)
	}
	switch {
	case a.Missing.Has(coco.FieldImageID):
		if lacks(a.Missing, a.Extra, coco.FieldImageID) {
			f.add(ImageUnknown, at.Within("image_id"), "found none")
		}
	case img == nil:
		other, hint := v.otherType(a.ImageID)
		f.addOther(ImageUnknown, at.Within("image_id"), other, "found %s, but no image has this id%s",
			a.ImageID.AppendJSON(nil), hint)
	}
	if a.Missing.Has(coco.FieldCategoryID) {
		if lacks(a.Missing, a.Extra, coco.FieldCategoryID) {
			f.add(CategoryMissing, at.Within("category_id"), "found none")
		}
	} else if v.ix.Category(a.CategoryID) == nil {
		f.add(CategoryUnknown, at.Within("category_id"), "found %d, but no category has this id", a.CategoryID)
	}
	mask, ok = v.segmentation(a, img, at.Within("segmentation"), f)
	if ok && v.o != nil {
		v.mask(a, mask, at.Within("segmentation"), f)
	}
	v.area(a, mask, ok, at.Within("area"), f)
	v.box(a, img, at.Within("bbox"), f)
	if v.boxes {
		v.aspect(a, at.Within("bbox"), f)
	}
	if ok && v.o != nil {
		v.boxOfMask(a, mask, at.Within("bbox"), f)
	}
	if lacks(a.Missing, a.Extra, coco.FieldIsCrowd) {
		f.add(CrowdMissing, at.Within("iscrowd"), "found none, expected 0: COCOeval fails without it")
	}
	if v.o != nil {
		v.flags(a, at, f)
	}
	return mask, ok
}

// otherType returns a hint if there is an image whose id differs only in its quotes.
func (v *validator) otherType(id coco.ID) (image coco.Place, hint string) {
	if i, ok := v.types()[id.String()]; ok {
		return imageAt(i), fmt.Sprintf("; images[%d].id is %s: write both with the same type", i,
			v.d.Images[i].ID.AppendJSON(nil))
	}
	return coco.Place{}, ""
}

// segmentation checks the segmentation and returns its mask if it is sound.
func (v *validator) segmentation(a *coco.Annotation, img *coco.Image, at coco.Place, f *findings) (m rle.Mask,
	ok bool) {
	s := a.Segmentation
	switch {
	case v.boxes:
		return m, false
	case a.Missing.Has(coco.FieldSegmentation):
		if lacks(a.Missing, a.Extra, coco.FieldSegmentation) {
			f.add(SegmentationMissing, at, "found none: MMDetection learns no mask from it")
		}
		return m, false
	case s.Kind() == coco.KindNone:
		f.add(SegmentationEmpty, at, "found an empty one: pycocotools fails on it")
		return m, false
	case !s.Finite():
		f.add(CoordinateInvalid, at, "found a coordinate that is not finite")
		return m, false
	}
	var err error
	if s.Kind() == coco.KindPolygons {
		r := ringReaders.Get().(*coco.RingReader)
		defer release(r)
		if !v.rings(r, s, img, at, f) || !sized(img) {
			return m, false
		}
		m, err = v.fill(r.Rings, img)
	} else {
		h, w, _ := s.Size()
		if img != nil && img.Missing&(coco.FieldHeight|coco.FieldWidth) == 0 && (h != img.Height || w != img.Width) {
			f.add(RLESize, at.Within("segmentation.size"), "found [%d, %d], expected the image's height and width: [%d, %d]", h,
				w, img.Height, img.Width)
		}
		m, err = s.Mask(h, w)
	}
	switch {
	case errors.Is(err, rle.ErrRuns):
		f.add(MaskRuns, at, "not checked: %v", err)
	case err != nil && s.Kind() == coco.KindPolygons && !errors.Is(err, rle.ErrSize):
		f.add(CoordinateInvalid, at, "%v", err)
	case err != nil && s.Kind() == coco.KindPolygons:
		return m, false // the image is too large
	case err != nil:
		if _, ok := pythonBytes(s); ok {
			err = errors.New("the counts are in Python's notation of bytes, b'...'")
		}
		f.add(RLECorrupt, at, "%v", err)
	case m.Area() == 0:
		f.add(MaskEmpty, at, "it covers no pixels of the image")
	default:
		return m, true
	}
	return m, false
}

// sized reports whether an image has a height and a width.
func sized(img *coco.Image) bool {
	return img != nil && img.Missing&(coco.FieldHeight|coco.FieldWidth) == 0 && img.Height > 0 && img.Width > 0
}

// ringReaders are reused, since rings are needed only for a short time.
var ringReaders = sync.Pool{New: func() any { return new(coco.RingReader) }}

// release returns a reader to the pool, unless it is so large that keeping it would
// waste memory.
func release(r *coco.RingReader) {
	n := 0
	for _, k := range r.Numbers {
		n += k
	}
	if n <= 1<<16 {
		ringReaders.Put(r)
	}
}

// ringAt returns the place of ring i of the segmentation at p.
func ringAt(p coco.Place, i int) coco.Place { return p.Within(fmt.Sprintf("%s[%d]", p.Member, i)) }

// rings reads the rings into r, checks their lengths and reports whether all are sound.
func (v *validator) rings(r *coco.RingReader, s coco.Segmentation, img *coco.Image, at coco.Place, f *findings) bool {
	if err := r.Read(s); err != nil {
		f.add(CoordinateInvalid, at, "%v", err)
		return false
	}
	sound := true
	for i, n := range r.Numbers {
		switch {
		case n == 4:
			f.add(RingBox, ringAt(at, i),
				"found 4 numbers, expected 6 or more: pycocotools takes a first ring of 4 for a box and fails, and MMDetection drops the ring")
		case n < 6:
			f.add(RingShort, ringAt(at, i), "found %d numbers, expected 6 or more: x and y of 3 points", n)
		case n%2 == 1:
			f.add(RingOdd, ringAt(at, i),
				"found %d numbers, which cannot be pairs of x and y: pycocotools drops the last one, MMDetection drops the ring", n)
		default:
			continue
		}
		sound = false
	}
	if sound && v.o != nil {
		v.outline(r.Rings, img, at, f)
	}
	return sound
}

func (v *validator) area(a *coco.Annotation, m rle.Mask, haveMask bool, at coco.Place, f *findings) {
	switch {
	case a.Missing.Has(coco.FieldArea):
		f.add(AreaMissing, at, "%s: pycocotools and MMDetection need it", foundNone(a.Missing, a.Extra, coco.FieldArea))
		return
	case !finite(a.Area):
		f.add(AreaNotFinite, at, "found %v", a.Area)
		return
	case a.Area <= 0:
		f.add(AreaNotPositive, at, "found %v: MMDetection drops the annotation silently", a.Area)
		return
	case !haveMask:
		return
	}
	slack := 1.0
	if a.Segmentation.Kind() == coco.KindPolygons {
		b := m.Bounds()
		slack = b.W + b.H
	}
	if pixels := m.Area(); math.Abs(a.Area-float64(pixels)) > slack {
		f.add(AreaDiffers, at, "found %v, but the mask has %d pixels", a.Area, pixels)
	}
}

func (v *validator) box(a *coco.Annotation, img *coco.Image, at coco.Place, f *findings) {
	b := a.BBox
	switch {
	case a.Missing.Has(coco.FieldBBox):
		f.add(BoxMissing, at, "%s: MMDetection needs it", foundNone(a.Missing, a.Extra, coco.FieldBBox))
		return
	case !finiteBox(b):
		f.add(BoxNotFinite, at, "found %v", b)
		return
	case b.W < 0 || b.H < 0:
		f.add(BoxNegative, at, "found width %v and height %v, expected x, y, width, height, not two corners", b.W, b.H)
		return
	case b.W == 0 || b.H == 0:
		f.add(BoxZero, at, "found width %v and height %v: MMDetection drops the annotation silently", b.W, b.H)
		return
	case b.W < 1 || b.H < 1:
		f.add(BoxSmall, at, "found width %v and height %v, less than one pixel: MMDetection drops the annotation silently",
			b.W, b.H)
	}
	if !sized(img) {
		return
	}
	if b.X < -boxSlack || b.Y < -boxSlack || b.X+b.W > float64(img.Width)+boxSlack || b.Y+b.H > float64(img.Height)+
		boxSlack {
		f.add(BoxOutside, at, "found x %v to %v and y %v to %v, but the image is %d wide and %d high", b.X, b.X+b.W, b.Y,
			b.Y+b.H, img.Width, img.Height)
	}
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

func finiteBox(b rle.Box) bool { return finite(b.X) && finite(b.Y) && finite(b.W) && finite(b.H) }
