package check

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

// The codes of members that do not have the type or the form that COCO gives them.
const (
	NumberPoint      coco.Code = coco.NumberPoint     // a whole number with a point or an exponent
	ValueQuoted      coco.Code = coco.ValueQuoted     // a number or a list in quotes
	TextUnquoted     coco.Code = coco.TextUnquoted    // a number where a text is expected
	RingFlat         coco.Code = coco.RingFlat        // a single ring that is not in a list of rings
	IDMissing        coco.Code = coco.IDMissing       // a record without an id
	TypeWrong        coco.Code = coco.TypeWrong       // a type that has no single meaning
	NumberNotFinite  coco.Code = "number-not-finite"  // NaN or Infinity in a member that COCO does not have
	FileNameEncoding coco.Code = "file-name-encoding" // not UTF-8
)

// typeRules are the rules of types and forms.
var typeRules = []Rule{
	{Code: NumberPoint, Severity: coco.SeverityNote, About: "whole numbers are written with a point or an exponent",
		Why: "Python reads 1.0 as equal to 1; programs with typed numbers, such as faster-coco-eval and hotcoco, reject some of them",
		Fix: "writes integers"},
	{Code: ValueQuoted, Severity: coco.SeverityError, About: "a number or a list is written as a text, in quotes",
		Effects: on(Misreads, "compares \"1\" and 1 as different, and takes every text for true", MMDet2, MMDet3, Pycocotools,
			Detectron2, YOLO),
		Fix: "writes what the text spells; a category_id may be the id or the name of a category"},
	{Code: TextUnquoted, Severity: coco.SeverityError, About: "a number is written where a text is expected",
		Effects: on(Misreads, "does not find a class or a file by its name", MMDet2, MMDet3, Pycocotools, Detectron2, YOLO),
		Fix:     "writes it in quotes"},
	{Code: RingFlat, Severity: coco.SeverityError, About: "a segmentation is a ring, not a list of rings",
		Effects: on(Fails, "expects a list of rings", MMDet2, MMDet3, Pycocotools, Detectron2, YOLO),
		Fix:     "writes a list of this ring"},
	{Code: IDMissing, Severity: coco.SeverityError,
		About:   "a record has no id that is an integer or, for images and annotations, a text",
		Effects: on(Fails, "reads the id of every record", MMDet2, MMDet3, Pycocotools, Detectron2, YOLO),
		Fix:     "gives it the lowest free id; annotations follow a category whose id is a text"},
	{Code: TypeWrong, Severity: coco.SeverityError,
		About:   "a member has a type that it must not have, and no single meaning",
		Why:     "other commands stop at it",
		Effects: on(Fails, "expects another type", MMDet2, MMDet3, Pycocotools, Detectron2, YOLO),
		Fix:     "sets area, bbox and sizes as if they were missing, and removes a record that is not an object"},
	{Code: NumberNotFinite, Severity: coco.SeverityWarning, About: "a member that COCO does not have is NaN or infinite",
		Why: "Python reads it, but it is not JSON: most other programs reject the file",
		Fix: "writes null"},
}

// fileNameEncoding is the rule of names that are not UTF-8.
var fileNameEncoding = Rule{Code: FileNameEncoding, Severity: coco.SeverityWarning, About: "a file name is not UTF-8",
	Why: "Python writes it as a surrogate, such as \\udce9, by which only Python on Linux finds the file; most programs replace it"}

// typeFaults adds the faults of a section that were found when it was read.
func (v *validator) typeFaults(section coco.Section, f *findings) {
	if v.o == nil {
		return
	}
	for i := range v.o.Faults {
		t := &v.o.Faults[i]
		if t.Place.Section != section || kept(t) {
			continue
		}
		f.image = v.imageOf(t.Place)
		reason := t.Reason
		if t.Found != nil && t.Meant != nil && t.Code != IDMissing {
			reason = fmt.Sprintf("found %s, expected %s", t.Found, t.Meant)
		}
		f.add(t.Code, t.Place, "%s", reason)
	}
	f.image = -1
}

// kept reports whether the value of a fault is still in the dataset, where [wrongTypes]
// finds it.
func kept(t *coco.TypeFault) bool {
	return t.Code == TypeWrong && t.Place.Member != "" && t.Meant == nil
}

// imageOf returns the index of the image that a record belongs to, or -1.
func (v *validator) imageOf(at coco.Place) int {
	switch at.Section {
	case coco.SectionImages:
		return at.Index
	case coco.SectionAnnotations:
		if i, ok := v.ix.ImageAt(v.d.Annotations[at.Index].ImageID); ok {
			return i
		}
	}
	return -1
}

// typedMembers are the members of which a record may have a value of another type in its
// Extra, and what is expected there.
var typedMembers = []struct {
	set            coco.FieldSet
	name, expected string
}{
	{coco.FieldImageID, "image_id", "an integer or a text"},
	{coco.FieldFileName, "file_name", "a text"},
	{coco.FieldHeight, "height", "an integer"},
	{coco.FieldWidth, "width", "an integer"},
	{coco.FieldCategoryID, "category_id", "an integer"},
	{coco.FieldName, "name", "a text"},
	{coco.FieldSegmentation, "segmentation", "polygons [[x1, y1, x2, y2, ...], ...] or an object with size and counts"},
	{coco.FieldArea, "area", "a number"},
	{coco.FieldBBox, "bbox", "four numbers: x, y, width, height"},
	{coco.FieldIsCrowd, "iscrowd", "0 or 1"},
}

// wrongTypes adds the members of a record that have another type, and its numbers that are
// not finite.
func wrongTypes(missing coco.FieldSet, extra coco.Fields, at coco.Place, f *findings) {
	if missing != 0 && len(extra) > 0 {
		for _, m := range typedMembers {
			if value := wrongType(missing, extra, m.set); value != nil {
				f.add(TypeWrong, at.Within(m.name), "found %.60s, expected %s", value, m.expected)
			}
		}
	}
	for _, m := range extra {
		if jsonscan.HasNonFinite(m.Value) && wrongType(missing, extra, setOf(m.Key)) == nil {
			f.add(NumberNotFinite, at.Within(m.Key), "found %.60s, which is not JSON", m.Value)
		}
	}
}

func setOf(name string) coco.FieldSet {
	for _, m := range typedMembers {
		if m.name == name {
			return m.set
		}
	}
	return 0
}

// wrongType returns the value of another type that a record has instead of a field that
// is missing, or nil.
func wrongType(missing coco.FieldSet, extra coco.Fields, field coco.FieldSet) json.RawMessage {
	if missing&field == 0 {
		return nil
	}
	for _, m := range typedMembers {
		if m.set == field {
			return extra.Get(m.name)
		}
	}
	return nil
}

// lacks reports whether a record has no value at all of a field, not even one of another
// type.
func lacks(missing coco.FieldSet, extra coco.Fields, field coco.FieldSet) bool {
	return missing.Has(field) && wrongType(missing, extra, field) == nil
}

// foundNone says what a record has instead of a field that is missing.
// The readers keep no null and no NaN.
func foundNone(missing coco.FieldSet, extra coco.Fields, field coco.FieldSet) string {
	if value := wrongType(missing, extra, field); value != nil {
		return fmt.Sprintf("found %.60s", value)
	}
	return "found none, null or NaN"
}

// members checks the members that hold no records.
func (v *validator) members(f *findings) {
	for _, m := range v.topLevel() {
		if jsonscan.HasNonFinite(m.Value) {
			f.add(NumberNotFinite, coco.Place{Member: m.Key}, "found NaN or Infinity in it, which is not JSON")
		}
	}
}

func (v *validator) topLevel() coco.Fields {
	return append(coco.Fields{{Key: "info", Value: v.d.Info}, {Key: "licenses", Value: v.d.Licenses}}, v.d.Extra...)
}

// types lists what [coco.DecodeLoose] read in another way than it is written, and removes
// the records that are not objects.
func (f *fixer) types() {
	v := newValidator(f.d, nil)
	drops := map[coco.Section][]bool{
		coco.SectionImages:      make([]bool, len(f.d.Images)),
		coco.SectionAnnotations: make([]bool, len(f.d.Annotations)),
		coco.SectionCategories:  make([]bool, len(f.d.Categories)),
	}
	for i := range f.o.Faults {
		t := &f.o.Faults[i]
		c := Change{Code: t.Code, Place: t.Place, Action: actionSet, Before: t.Found, After: t.Meant}
		if k := v.imageOf(t.Place); k >= 0 {
			c.Image = coco.ImageName(&f.d.Images[k])
		}
		switch {
		case kept(t):
		case t.Place.Member == "":
			if f.on(t.Code) {
				drops[t.Place.Section][t.Place.Index] = true
				c.Action = actionRemoved
				f.add(c)
			}
		case t.Code == NumberPoint:
			for _, name := range t.Members {
				c.Place = t.Place.Within(name)
				c.After, c.IoU = f.whole(c.Place)
				f.add(c)
			}
		case t.Place.Member == "iscrowd": // false is written as 0
			c.After, _ = f.whole(c.Place)
			f.add(c)
		default:
			f.add(c)
		}
	}
	f.keepImages(drops[coco.SectionImages])
	f.keepAnnotations(drops[coco.SectionAnnotations])
	f.keepCategories(drops[coco.SectionCategories])
	f.finite()
}

// whole returns the integer at a place or, for a segmentation, the IoU of its mask with
// that of the numbers as they were written.
func (f *fixer) whole(at coco.Place) (json.RawMessage, *float64) {
	switch at.Section {
	case coco.SectionImages:
		switch img := &f.d.Images[at.Index]; at.Member {
		case "id":
			return rawID(img.ID), nil
		case "height":
			return rawInt(int64(img.Height)), nil
		default:
			return rawInt(int64(img.Width)), nil
		}
	case coco.SectionCategories:
		return rawInt(f.d.Categories[at.Index].ID), nil
	}
	switch a := &f.d.Annotations[at.Index]; at.Member {
	case "id":
		return rawID(a.ID), nil
	case "image_id":
		return rawID(a.ImageID), nil
	case "category_id":
		return rawInt(a.CategoryID), nil
	case "iscrowd":
		if a.IsCrowd {
			return rawInt(1), nil
		}
		return rawInt(0), nil
	default:
		h, w, _ := a.Segmentation.Size()
		m, err := a.Segmentation.Mask(h, w)
		return nil, overlap(m, err == nil, m) // the numbers are equal, and so are the masks
	}
}

// finite writes null for the numbers that are not finite.
func (f *fixer) finite() {
	if !f.on(NumberNotFinite) {
		return
	}
	change := func(value json.RawMessage, at coco.Place, image string) json.RawMessage {
		after := json.RawMessage(jsonscan.AppendFinite(nil, value))
		c := Change{Code: NumberNotFinite, Place: at, Image: image, Action: actionSet}
		if len(value) <= 60 {
			c.Before, c.After = rawString(string(value)), after
		}
		f.add(c)
		return after
	}
	fields := func(list coco.Fields, missing coco.FieldSet, at coco.Place, image func() string) coco.Fields {
		cloned := false
		for i := range list {
			if m := list[i]; jsonscan.HasNonFinite(m.Value) && wrongType(missing, list, setOf(m.Key)) == nil {
				if !cloned {
					list, cloned = slices.Clone(list), true
				}
				list[i].Value = change(m.Value, at.Within(m.Key), image())
			}
		}
		return list
	}
	none := func() string { return "" }
	for _, m := range []struct {
		name  string
		value *json.RawMessage
	}{{"info", &f.d.Info}, {"licenses", &f.d.Licenses}} {
		if jsonscan.HasNonFinite(*m.value) {
			*m.value = change(*m.value, coco.Place{Member: m.name}, "")
		}
	}
	f.d.Extra = fields(f.d.Extra, 0, coco.Place{}, none)
	for i := range f.d.Categories {
		c := &f.d.Categories[i]
		c.Extra = fields(c.Extra, c.Missing, f.categoryAt(i), none)
	}
	for i := range f.d.Images {
		img := &f.d.Images[i]
		img.Extra = fields(img.Extra, img.Missing, f.imageAt(i), func() string { return coco.ImageName(img) })
	}
	ix := f.d.Index()
	for i := range f.d.Annotations {
		a := &f.d.Annotations[i]
		a.Extra = fields(a.Extra, a.Missing, f.annotationAt(i), func() string {
			if img := ix.Image(a.ImageID); img != nil {
				return coco.ImageName(img)
			}
			return ""
		})
	}
}

// set marks a field as present in a record, without a value of another type.
func set(missing *coco.FieldSet, extra *coco.Fields, field coco.FieldSet) {
	for _, m := range typedMembers {
		if m.set&field != 0 && wrongType(*missing, *extra, m.set) != nil {
			*extra = slices.DeleteFunc(slices.Clone(*extra), func(f coco.Field) bool { return f.Key == m.name })
		}
	}
	*missing &^= field
}

// pythonBytes returns the compressed runs in Python's notation of bytes, b'...', and
// reports whether the counts of a segmentation are that. No compressed runs have a quote.
func pythonBytes(s coco.Segmentation) (text []byte, ok bool) {
	if s.Kind() != coco.KindRLE {
		return nil, false
	}
	c := jsonscan.New(s.AppendJSON(nil))
	if c.Object(func(key []byte) (err error) {
		if string(key) == "counts" {
			text, err = c.String()
			return err
		}
		return c.Skip()
	}) != nil {
		return nil, false
	}
	n := len(text)
	if n < 3 || text[0] != 'b' || text[1] != '\'' && text[1] != '"' || text[n-1] != text[1] {
		return nil, false
	}
	var out []byte
	for p := 2; p < n-1; p++ {
		if text[p] == '\\' {
			if p++; text[p] != '\\' || p == n-1 {
				return nil, false
			}
		}
		out = append(out, text[p])
	}
	return out, true
}

// pythonBytes writes the runs that are in Python's notation of bytes as they are.
func (m *maskFix) pythonBytes(h, w int) bool {
	text, ok := pythonBytes(m.a.Segmentation)
	if !ok {
		return false
	}
	mask, err := rle.ParseText(h, w, text)
	return err == nil && m.replace(coco.RLE(mask), rle.Mask{}, false, RLECorrupt)
}
