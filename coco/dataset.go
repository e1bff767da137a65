package coco

import (
	"encoding/json"

	"github.com/hubdata/hubdata/rle"
)

// Dataset is a COCO instances file.
type Dataset struct {
	Info        json.RawMessage // compact; nil: absent
	Licenses    json.RawMessage // compact; nil: absent
	Images      []Image
	Annotations []Annotation
	Categories  []Category
	Extra       Fields
}

// Image is an entry of images.
type Image struct {
	ID       ID
	FileName string
	Height   int // pixels
	Width    int // pixels
	Missing  FieldSet
	Extra    Fields
}

// Annotation is an entry of annotations: one instance.
type Annotation struct {
	ID           ID
	ImageID      ID
	CategoryID   int64
	Segmentation Segmentation
	Area         float64 // square pixels; NaN if the file has NaN, which Missing counts as missing
	BBox         rle.Box
	IsCrowd      bool
	Missing      FieldSet
	Extra        Fields
}

// Category is an entry of categories.
type Category struct {
	ID            int64
	Name          string
	Supercategory string // written only if not empty
	Missing       FieldSet
	Extra         Fields
}

// Result is an entry of a results file: one detection.
type Result struct {
	ImageID      ID
	CategoryID   int64
	BBox         rle.Box
	Score        float64
	Segmentation Segmentation
	Missing      FieldSet
	Extra        Fields
}

// FieldSet is a set of standard fields that are missing in a record that was read. The
// writer omits them, so that reading and writing does not change a file. The zero
// value, that of a new record, means that no field is missing. After setting a missing
// field, remove it from the set.
type FieldSet uint16

// The fields that may be missing.
const (
	FieldFileName FieldSet = 1 << iota
	FieldHeight
	FieldWidth
	FieldCategoryID
	FieldSegmentation
	FieldArea
	FieldBBox
	FieldIsCrowd
	FieldName
	FieldScore
)

// FieldImageID is in Missing only for an annotation of [DecodeLoose] that names no image.
const FieldImageID FieldSet = 1 << 14

// fields are the known members of records, in the order in which they are written.
var fields = []struct {
	set  FieldSet
	name string
}{
	{fieldID, "id"}, {FieldImageID, "image_id"}, {FieldFileName, "file_name"}, {FieldHeight, "height"}, {FieldWidth, "width"},
	{FieldCategoryID, "category_id"}, {FieldName, "name"}, {FieldSegmentation, "segmentation"}, {FieldArea, "area"},
	{FieldBBox, "bbox"}, {FieldIsCrowd, "iscrowd"}, {FieldScore, "score"},
}

// fieldNames returns the names of fields.
func fieldNames(set FieldSet) []string {
	var names []string
	for _, f := range fields {
		if set&f.set != 0 {
			names = append(names, f.name)
		}
	}
	return names
}

// fieldNamed returns the field of a name, or 0.
func fieldNamed(name string) FieldSet {
	for _, f := range fields {
		if f.name == name {
			return f.set
		}
	}
	return 0
}

// Has reports whether all fields of g are in the set.
func (f FieldSet) Has(g FieldSet) bool { return f&g == g }

// Field is a JSON member that this package does not interpret.
type Field struct {
	Key   string
	Value json.RawMessage // compact
}

// Fields are unknown members in the order of the file.
type Fields []Field

// Get returns the value of key, or nil if there is none.
func (f Fields) Get(key string) json.RawMessage {
	for _, m := range f {
		if m.Key == key {
			return m.Value
		}
	}
	return nil
}
