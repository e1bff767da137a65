package coco

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/rle"
)

// sound returns a dataset without problems: a polygon, and runs in both forms.
func sound(t testing.TB) *Dataset {
	t.Helper()
	ring := rle.Ring{{10, 10}, {20, 10}, {20, 30}, {10, 30}}
	m, err := rle.FromPolygon(100, 80, rle.FillCOCO, ring)
	if err != nil {
		t.Fatal(err)
	}
	box := rle.Box{X: 10, Y: 10, W: 10, H: 20}
	note := func(id int64, s Segmentation) Annotation {
		return Annotation{ID: IntID(id), ImageID: IntID(7), CategoryID: 2, Segmentation: s, Area: 200, BBox: box}
	}
	return &Dataset{
		Categories:  []Category{{ID: 1, Name: "a"}, {ID: 2, Name: "b"}},
		Images:      []Image{{ID: IntID(7), FileName: "x.png", Height: 100, Width: 80}, {ID: IntID(8), FileName: "y.png", Height: 9, Width: 9}},
		Annotations: []Annotation{note(1, Polygons([]rle.Ring{ring})), note(2, RLE(m)), note(3, Counts(m))},
	}
}

func TestValidate(t *testing.T) {
	if p := sound(t).Validate(); p != nil {
		t.Fatalf("a sound dataset has problems: %v", p)
	}
	segm := func(text string) Segmentation {
		s, err := SegmentationFromJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	set := func(change func(a *Annotation)) func(d *Dataset) {
		return func(d *Dataset) { change(&d.Annotations[1]) }
	}
	tests := []struct {
		code   Code
		path   string
		name   string
		change func(d *Dataset)
	}{
		{NoCategories, "categories", "", func(d *Dataset) { d.Categories, d.Annotations = nil, nil }},
		{NoImages, "images", "", func(d *Dataset) { d.Images, d.Annotations = nil, nil }},
		{CategoryIDDuplicate, "categories[1].id", "", func(d *Dataset) { d.Categories[0].ID = 2 }},
		{CategoryNameMissing, "categories[0].name", "empty", func(d *Dataset) { d.Categories[0].Name = "" }},
		{CategoryNameMissing, "categories[0].name", "absent", func(d *Dataset) { d.Categories[0].Missing = FieldName }},
		{CategoryNameDuplicate, "categories[1].name", "", func(d *Dataset) { d.Categories[1].Name = "a" }},
		{ImageIDDuplicate, "images[1].id", "", func(d *Dataset) { d.Images[1].ID = IntID(7); d.Images[1].Height, d.Images[1].Width = 100, 80 }},
		{ImageIDMixed, "images[1].id", "", func(d *Dataset) { d.Images[1].ID = StringID("7") }},
		{FileNameMissing, "images[1].file_name", "empty", func(d *Dataset) { d.Images[1].FileName = "" }},
		{FileNameMissing, "images[1].file_name", "absent", func(d *Dataset) { d.Images[1].Missing = FieldFileName }},
		{FileNameDuplicate, "images[1].file_name", "", func(d *Dataset) { d.Images[1].FileName = "x.png" }},
		{ImageSizeMissing, "images[1].height", "height", func(d *Dataset) { d.Images[1].Missing = FieldHeight }},
		{ImageSizeMissing, "images[1].width", "width", func(d *Dataset) { d.Images[1].Missing = FieldWidth }},
		{ImageSizeInvalid, "images[1].height", "height", func(d *Dataset) { d.Images[1].Height = 0 }},
		{ImageSizeInvalid, "images[1].width", "width", func(d *Dataset) { d.Images[1].Width = -3 }},
		{AnnotationIDDuplicate, "annotations[1].id", "", set(func(a *Annotation) { a.ID = IntID(1) })},
		{AnnotationIDZero, "annotations[1].id", "", set(func(a *Annotation) { a.ID = IntID(0) })},
		{AnnotationIDMixed, "annotations[1].id", "", set(func(a *Annotation) { a.ID = StringID("2") })},
		{ImageUnknown, "annotations[1].image_id", "", set(func(a *Annotation) { a.ImageID = IntID(9) })},
		{ImageUnknown, "annotations[1].image_id", "other type", set(func(a *Annotation) { a.ImageID = StringID("7") })},
		{CategoryMissing, "annotations[1].category_id", "", set(func(a *Annotation) { a.Missing = FieldCategoryID })},
		{CategoryUnknown, "annotations[1].category_id", "", set(func(a *Annotation) { a.CategoryID = 3 })},
		{SegmentationMissing, "annotations[1].segmentation", "", set(func(a *Annotation) { a.Missing = FieldSegmentation })},
		{SegmentationEmpty, "annotations[1].segmentation", "list", set(func(a *Annotation) { a.Segmentation = segm(`[]`) })},
		{SegmentationEmpty, "annotations[1].segmentation", "null", set(func(a *Annotation) { a.Segmentation = segm(`null`) })},
		{RingOdd, "annotations[1].segmentation[1]", "", set(func(a *Annotation) { a.Segmentation = segm(`[[1,1,5,1,5,5],[1,1,5,1,5,5,7]]`) })},
		{RingBox, "annotations[1].segmentation[0]", "", set(func(a *Annotation) { a.Segmentation = segm(`[[1,1,5,5]]`) })},
		{RingShort, "annotations[1].segmentation[0]", "", set(func(a *Annotation) { a.Segmentation = segm(`[[]]`) })},
		{CoordinateInvalid, "annotations[1].segmentation", "huge", set(func(a *Annotation) { a.Segmentation = segm(`[[1e308,1,5,1,5,5]]`) })},
		{CoordinateInvalid, "annotations[1].segmentation", "not a number", set(func(a *Annotation) {
			a.Segmentation = Polygons([]rle.Ring{{{math.NaN(), 1}, {2, 3}, {4, 5}}})
		})},
		{RLESize, "annotations[1].segmentation.size", "", set(func(a *Annotation) { a.Segmentation = segm(`{"size":[80,100],"counts":[7800,200]}`) })},
		{RLECorrupt, "annotations[1].segmentation", "counts", set(func(a *Annotation) { a.Segmentation = segm(`{"size":[100,80],"counts":[1,2]}`) })},
		{RLECorrupt, "annotations[1].segmentation", "text", set(func(a *Annotation) { a.Segmentation = segm(`{"size":[100,80],"counts":"oo"}`) })},
		{RLECorrupt, "annotations[1].segmentation", "fraction", set(func(a *Annotation) { a.Segmentation = segm(`{"size":[100,80],"counts":[7799.5,200.5]}`) })},
		{MaskEmpty, "annotations[1].segmentation", "", set(func(a *Annotation) { a.Segmentation = segm(`{"size":[100,80],"counts":[8000]}`) })},
		{AreaMissing, "annotations[1].area", "", set(func(a *Annotation) { a.Missing = FieldArea })},
		{AreaNotFinite, "annotations[1].area", "", set(func(a *Annotation) { a.Area = math.Inf(1) })},
		{AreaNotPositive, "annotations[1].area", "", set(func(a *Annotation) { a.Area = 0 })},
		{AreaDiffers, "annotations[1].area", "runs", set(func(a *Annotation) { a.Area = 202 })},
		{AreaDiffers, "annotations[0].area", "polygons", func(d *Dataset) { d.Annotations[0].Area = 231 }},
		{BoxMissing, "annotations[1].bbox", "", set(func(a *Annotation) { a.Missing = FieldBBox })},
		{BoxNotFinite, "annotations[1].bbox", "", set(func(a *Annotation) { a.BBox.X = math.NaN() })},
		{BoxNegative, "annotations[1].bbox", "", set(func(a *Annotation) { a.BBox.W = -1 })},
		{BoxZero, "annotations[1].bbox", "", set(func(a *Annotation) { a.BBox.H = 0 })},
		{BoxSmall, "annotations[1].bbox", "", set(func(a *Annotation) { a.BBox.W = 0.5 })},
		{BoxOutside, "annotations[1].bbox", "right", set(func(a *Annotation) { a.BBox.W = 70.1 })},
		{BoxOutside, "annotations[1].bbox", "above", set(func(a *Annotation) { a.BBox.Y = -0.1 })},
		{CrowdMissing, "annotations[1].iscrowd", "", set(func(a *Annotation) { a.Missing = FieldIsCrowd })},
	}
	for _, tt := range tests {
		t.Run(strings.TrimSpace(string(tt.code)+" "+tt.name), func(t *testing.T) {
			d := sound(t)
			tt.change(d)
			p := d.Validate()
			if len(p) != 1 || p[0].Code != tt.code || p[0].Path != tt.path || p[0].Reason == "" {
				t.Errorf("problems %v, want %s at %s", p, tt.code, tt.path)
			}
		})
	}
	// What is just allowed.
	d := sound(t)
	d.Annotations[0].Area = 229
	d.Annotations[1].Area = 201
	d.Annotations[1].BBox.W = 70.01
	if p := d.Validate(); p != nil {
		t.Errorf("within the tolerance, but: %v", p)
	}
}

func TestValidateOrder(t *testing.T) {
	d := sound(t)
	d.Categories[1].Name = ""
	d.Images[0].FileName = ""
	d.Annotations[2].ID = IntID(0)
	d.Annotations[0].Missing = FieldArea | FieldIsCrowd
	var got []string
	for _, p := range d.Validate() {
		got = append(got, p.Path)
	}
	want := "categories[1].name images[0].file_name annotations[0].area annotations[0].iscrowd annotations[2].id"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("problems at %s, want %s", s, want)
	}
}

// TestValidateReal knows the one fault of a competitor's file.
func TestValidateReal(t *testing.T) {
	d, err := Decode(bytes.NewReader(realFile(t, "hubmap/fold0_val_gt.json")))
	if err != nil {
		t.Fatal(err)
	}
	count := map[Code]int{}
	for _, p := range d.Validate() {
		if count[p.Code]++; count[p.Code] < 3 {
			t.Log(p)
		}
	}
	if count[AreaDiffers] > 0 || count[BoxOutside] > 0 {
		t.Errorf("problems: %v", count)
	}
}

func TestIndex(t *testing.T) {
	d := sound(t)
	d.Annotations[1].ImageID = IntID(8)
	d.Annotations = append(d.Annotations, Annotation{ID: IntID(4), ImageID: StringID("7")})
	ix := d.Index()
	for _, tt := range []struct {
		id   ID
		want []int32
	}{{IntID(7), []int32{0, 2}}, {IntID(8), []int32{1}}, {StringID("7"), nil}, {IntID(9), nil}} {
		got := ix.Annotations(tt.id)
		if len(got) != len(tt.want) || (ix.Image(tt.id) != nil) != (tt.want != nil) {
			t.Fatalf("image %v: annotations %v, want %v", tt.id, got, tt.want)
		}
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("image %v: annotations %v, want %v", tt.id, got, tt.want)
			}
		}
	}
	if o := ix.Orphans(); len(o) != 1 || o[0] != 3 {
		t.Errorf("orphans %v, want [3]", o)
	}
	if ix.Image(IntID(8)) != &d.Images[1] || ix.Category(2) != &d.Categories[1] || ix.Category(3) != nil {
		t.Error("a record is not found by its id")
	}
}
