package check

import (
	"bytes"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/golden"
	"github.com/hubdata/hubdata/rle"
)

// sound returns a dataset without faults: a polygon, and runs in both forms.
func sound(t testing.TB) *coco.Dataset {
	t.Helper()
	ring := rle.Ring{{10, 10}, {20, 10}, {20, 30}, {10, 30}}
	m, err := rle.FromPolygon(100, 80, rle.FillCOCO, ring)
	if err != nil {
		t.Fatal(err)
	}
	box := rle.Box{X: 10, Y: 10, W: 10, H: 20}
	note := func(id int64, s coco.Segmentation) coco.Annotation {
		return coco.Annotation{ID: coco.IntID(id), ImageID: coco.IntID(7), CategoryID: 2, Segmentation: s, Area: 200,
			BBox: box}
	}
	return &coco.Dataset{
		Categories: []coco.Category{{ID: 1, Name: "a"}, {ID: 2, Name: "b"}},
		Images: []coco.Image{{ID: coco.IntID(7), FileName: "x.png", Height: 100, Width: 80},
			{ID: coco.IntID(8), FileName: "y.png", Height: 9, Width: 9}},
		Annotations: []coco.Annotation{note(1, coco.Polygons([]rle.Ring{ring})), note(2, coco.RLE(m)),
			note(3, coco.Counts(m))},
	}
}

func TestValidate(t *testing.T) {
	if p := Validate(sound(t)); p != nil {
		t.Fatalf("a sound dataset has problems: %v", p)
	}
	segm := func(text string) coco.Segmentation {
		s, err := coco.SegmentationFromJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	set := func(change func(a *coco.Annotation)) func(d *coco.Dataset) {
		return func(d *coco.Dataset) { change(&d.Annotations[1]) }
	}
	tests := []struct {
		code   coco.Code
		path   string
		name   string
		change func(d *coco.Dataset)
	}{
		{NoCategories, "categories", "", func(d *coco.Dataset) { d.Categories, d.Annotations = nil, nil }},
		{NoImages, "images", "", func(d *coco.Dataset) { d.Images, d.Annotations = nil, nil }},
		{CategoryIDDuplicate, "categories[1].id", "", func(d *coco.Dataset) { d.Categories[0].ID = 2 }},
		{CategoryNameMissing, "categories[0].name", "empty", func(d *coco.Dataset) { d.Categories[0].Name = "" }},
		{CategoryNameMissing, "categories[0].name", "absent", func(d *coco.Dataset) {
			d.Categories[0].Missing = coco.FieldName
		}},
		{CategoryNameDuplicate, "categories[1].name", "", func(d *coco.Dataset) { d.Categories[1].Name = "a" }},
		{ImageIDDuplicate, "images[1].id", "", func(d *coco.Dataset) {
			d.Images[1].ID = coco.IntID(7)
			d.Images[1].Height, d.Images[1].Width = 100, 80
		}},
		{ImageIDMixed, "images[1].id", "", func(d *coco.Dataset) { d.Images[1].ID = coco.StringID("7") }},
		{FileNameMissing, "images[1].file_name", "empty", func(d *coco.Dataset) { d.Images[1].FileName = "" }},
		{FileNameMissing, "images[1].file_name", "absent", func(d *coco.Dataset) {
			d.Images[1].Missing = coco.FieldFileName
		}},
		{FileNameDuplicate, "images[1].file_name", "", func(d *coco.Dataset) { d.Images[1].FileName = "x.png" }},
		{ImageSizeMissing, "images[1].height", "height", func(d *coco.Dataset) { d.Images[1].Missing = coco.FieldHeight }},
		{ImageSizeMissing, "images[1].width", "width", func(d *coco.Dataset) { d.Images[1].Missing = coco.FieldWidth }},
		{ImageSizeInvalid, "images[1].height", "height", func(d *coco.Dataset) { d.Images[1].Height = 0 }},
		{ImageSizeInvalid, "images[1].width", "width", func(d *coco.Dataset) { d.Images[1].Width = -3 }},
		{AnnotationIDDuplicate, "annotations[1].id", "", set(func(a *coco.Annotation) { a.ID = coco.IntID(1) })},
		{AnnotationIDZero, "annotations[1].id", "", set(func(a *coco.Annotation) { a.ID = coco.IntID(0) })},
		{AnnotationIDMixed, "annotations[1].id", "", set(func(a *coco.Annotation) { a.ID = coco.StringID("2") })},
		{ImageUnknown, "annotations[1].image_id", "", set(func(a *coco.Annotation) { a.ImageID = coco.IntID(9) })},
		{ImageUnknown, "annotations[1].image_id", "other type",
			set(func(a *coco.Annotation) { a.ImageID = coco.StringID("7") })},
		{CategoryMissing, "annotations[1].category_id", "",
			set(func(a *coco.Annotation) { a.Missing = coco.FieldCategoryID })},
		{CategoryUnknown, "annotations[1].category_id", "", set(func(a *coco.Annotation) { a.CategoryID = 3 })},
		{SegmentationMissing, "annotations[1].segmentation", "",
			set(func(a *coco.Annotation) { a.Missing = coco.FieldSegmentation })},
		{SegmentationEmpty, "annotations[1].segmentation", "list",
			set(func(a *coco.Annotation) { a.Segmentation = segm(`[]`) })},
		{SegmentationEmpty, "annotations[1].segmentation", "null",
			set(func(a *coco.Annotation) { a.Segmentation = segm(`null`) })},
		{RingOdd, "annotations[1].segmentation[1]", "",
			set(func(a *coco.Annotation) { a.Segmentation = segm(`[[1,1,5,1,5,5],[1,1,5,1,5,5,7]]`) })},
		{RingBox, "annotations[1].segmentation[0]", "",
			set(func(a *coco.Annotation) { a.Segmentation = segm(`[[1,1,5,5]]`) })},
		{RingShort, "annotations[1].segmentation[0]", "", set(func(a *coco.Annotation) { a.Segmentation = segm(`[[]]`) })},
		{CoordinateInvalid, "annotations[1].segmentation", "huge",
			set(func(a *coco.Annotation) { a.Segmentation = segm(`[[1e308,1,5,1,5,5]]`) })},
		{CoordinateInvalid, "annotations[1].segmentation", "not a number", set(func(a *coco.Annotation) {
			a.Segmentation = coco.Polygons([]rle.Ring{{{math.NaN(), 1}, {2, 3}, {4, 5}}})
		})},
		{RLESize, "annotations[1].segmentation.size", "",
			set(func(a *coco.Annotation) { a.Segmentation = segm(`{"size":[80,100],"counts":[7800,200]}`) })},
		{RLECorrupt, "annotations[1].segmentation", "counts",
			set(func(a *coco.Annotation) { a.Segmentation = segm(`{"size":[100,80],"counts":[1,2]}`) })},
		{RLECorrupt, "annotations[1].segmentation", "text",
			set(func(a *coco.Annotation) { a.Segmentation = segm(`{"size":[100,80],"counts":"oo"}`) })},
		{RLECorrupt, "annotations[1].segmentation", "fraction",
			set(func(a *coco.Annotation) { a.Segmentation = segm(`{"size":[100,80],"counts":[7799.5,200.5]}`) })},
		{MaskEmpty, "annotations[1].segmentation", "",
			set(func(a *coco.Annotation) { a.Segmentation = segm(`{"size":[100,80],"counts":[8000]}`) })},
		{AreaMissing, "annotations[1].area", "", set(func(a *coco.Annotation) { a.Missing = coco.FieldArea })},
		{AreaNotFinite, "annotations[1].area", "", set(func(a *coco.Annotation) { a.Area = math.Inf(1) })},
		{AreaNotPositive, "annotations[1].area", "", set(func(a *coco.Annotation) { a.Area = 0 })},
		{AreaDiffers, "annotations[1].area", "runs", set(func(a *coco.Annotation) { a.Area = 202 })},
		{AreaDiffers, "annotations[0].area", "polygons", func(d *coco.Dataset) { d.Annotations[0].Area = 231 }},
		{BoxMissing, "annotations[1].bbox", "", set(func(a *coco.Annotation) { a.Missing = coco.FieldBBox })},
		{BoxNotFinite, "annotations[1].bbox", "", set(func(a *coco.Annotation) { a.BBox.X = math.NaN() })},
		{BoxNegative, "annotations[1].bbox", "", set(func(a *coco.Annotation) { a.BBox.W = -1 })},
		{BoxZero, "annotations[1].bbox", "", set(func(a *coco.Annotation) { a.BBox.H = 0 })},
		{BoxSmall, "annotations[1].bbox", "", set(func(a *coco.Annotation) { a.BBox.W = 0.5 })},
		{BoxOutside, "annotations[1].bbox", "right", set(func(a *coco.Annotation) { a.BBox.W = 70.1 })},
		{BoxOutside, "annotations[1].bbox", "above", set(func(a *coco.Annotation) { a.BBox.Y = -0.1 })},
		{CrowdMissing, "annotations[1].iscrowd", "", set(func(a *coco.Annotation) { a.Missing = coco.FieldIsCrowd })},
	}
	for _, tt := range tests {
		t.Run(strings.TrimSpace(string(tt.code)+" "+tt.name), func(t *testing.T) {
			d := sound(t)
			tt.change(d)
			p := Validate(d)
			if len(p) != 1 || p[0].Code != tt.code || p[0].Place.String() != tt.path || p[0].Reason == "" {
				t.Errorf("problems %v, want %s at %s", p, tt.code, tt.path)
			}
		})
	}
	// Values that are barely allowed.
	d := sound(t)
	d.Annotations[0].Area = 229
	d.Annotations[1].Area = 201
	d.Annotations[1].BBox.W = 70.01
	if p := Validate(d); p != nil {
		t.Errorf("within the tolerance, but: %v", p)
	}
}

func TestValidateOrder(t *testing.T) {
	d := sound(t)
	d.Categories[1].Name = ""
	d.Images[0].FileName = ""
	d.Annotations[2].ID = coco.IntID(0)
	d.Annotations[0].Missing = coco.FieldArea | coco.FieldIsCrowd
	var got []string
	for _, p := range Validate(d) {
		got = append(got, p.Place.String())
	}
	want := "categories[1].name images[0].file_name annotations[0].area annotations[0].iscrowd annotations[2].id"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("problems at %s, want %s", s, want)
	}
}

// realFile reads a file of the real data, or skips the test if it is absent.
func realFile(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(golden.Real(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestValidateReal checks that the one fault in a competitor's file is found.
func TestValidateReal(t *testing.T) {
	d, err := coco.Decode(bytes.NewReader(realFile(t, "hubmap/fold0_val_gt.json")))
	if err != nil {
		t.Fatal(err)
	}
	count := map[coco.Code]int{}
	for _, p := range Validate(d) {
		if count[p.Code]++; count[p.Code] < 3 {
			t.Log(p)
		}
	}
	if count[AreaDiffers] > 0 || count[BoxOutside] > 0 {
		t.Errorf("problems: %v", count)
	}
}
