package check

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// TestWhole checks the rules about the dataset as a whole, and about boxes alone.
func TestWhole(t *testing.T) {
	boxes := func(d *coco.Dataset) {
		for i := range d.Annotations {
			d.Annotations[i].Segmentation = coco.Segmentation{}
			if i%2 == 0 {
				d.Annotations[i].Missing |= coco.FieldSegmentation
			}
		}
	}
	const none = "annotations: none of 9 has a segmentation: tools that need masks cannot use the file (segmentation-none)"
	for _, tt := range []struct {
		name     string
		change   func(*coco.Dataset)
		expected []string
	}{
		{"sound", func(*coco.Dataset) {}, nil},
		{"crowds alone", func(d *coco.Dataset) {
			for i := range d.Annotations {
				d.Annotations[i].IsCrowd = true
			}
		}, []string{"annotations: all 9 are crowds: nothing is learned, and nothing is scored (iscrowd-all)"}},
		{"a category of crowds", func(d *coco.Dataset) {
			for i := range d.Annotations {
				d.Annotations[i].IsCrowd = d.Annotations[i].CategoryID == 2
			}
		}, []string{`categories[1]: all 3 annotations of "glomerulus" are crowds: the class is not learned, and not scored (iscrowd-all)`}},
		{"images of crowds", func(d *coco.Dataset) {
			for i := range d.Annotations {
				d.Annotations[i].IsCrowd = i < 6
			}
		}, []string{"images: on 2 of 3 images with annotations, all annotations are crowds (iscrowd-all)"}},
		{"one image of crowds", func(d *coco.Dataset) {
			for i := range d.Annotations {
				d.Annotations[i].IsCrowd = i < 3
			}
		}, nil},
		{"a group", func(d *coco.Dataset) {
			for i := range d.Categories {
				d.Categories[i].Supercategory = "tissue"
			}
			d.Categories = append(d.Categories, coco.Category{ID: 3, Name: "tissue", Supercategory: "none"}, coco.Category{ID: 4, Name: "nerve", Supercategory: "nerve"})
		}, []string{
			`categories[2]: category 3, "tissue", has no annotations and is the supercategory of 2 others: it is a class that is never learned (category-group)`,
			`categories[3]: category 4, "nerve", has no annotations (category-empty)`}},
		{"a group with annotations", func(d *coco.Dataset) { d.Categories[1].Supercategory = "vessel" }, nil},
		{"no annotations", func(d *coco.Dataset) { d.Annotations = nil }, nil},
		{"boxes", boxes, []string{none}},
		{"extreme, equal and near boxes", func(d *coco.Dataset) {
			boxes(d)
			d.Annotations[0].BBox = rle.Box{X: 1, Y: 1, W: 62, H: 3}
			d.Annotations[4].BBox = d.Annotations[3].BBox
			d.Annotations[8].BBox = d.Annotations[6].BBox
			d.Annotations[8].BBox.H += 0.25
		}, []string{none, "annotations[0].bbox: found width 62 and height 3 (bbox-extreme)",
			"annotations[4].bbox: the box equals that of annotations[3], which has another category (bbox-equal)",
			"annotations[8].bbox: the box has an IoU of 0.980 with that of annotations[6] (bbox-near)"}},
	} {
		d := soundTiles()
		tt.change(d)
		var got []string
		for _, f := range Dataset(d, nil) {
			if f.Code != Crowd && f.Code != ImageEmpty {
				got = append(got, f.String())
			}
		}
		if !slices.Equal(got, tt.expected) {
			t.Errorf("%s: found\n%s\nexpected\n%s", tt.name, strings.Join(got, "\n"), strings.Join(tt.expected, "\n"))
		}
	}
}

// TestFixBoxesAlone checks that boxes alone are kept, and of equal ones the first.
func TestFixBoxesAlone(t *testing.T) {
	d := soundTiles()
	for i := range d.Annotations {
		d.Annotations[i].Segmentation, d.Annotations[i].Missing = coco.Segmentation{}, coco.FieldSegmentation
	}
	d.Annotations[5].BBox = d.Annotations[3].BBox // of the same category
	d.Annotations[7].BBox = d.Annotations[6].BBox // of another one
	fixed, changes := Fix(d, nil)
	if len(fixed.Annotations) != 8 || len(changes) != 1 || changes[0].Code != BoxEqual || changes[0].Action != actionMerged || fmt.Sprint(changes[0].Place) != "annotations[5]" {
		t.Errorf("%d annotations, changes %+v", len(fixed.Annotations), changes)
	}
	if again, changes := Fix(fixed, nil); len(changes) != 0 || len(again.Annotations) != 8 {
		t.Errorf("fixed again: %+v", changes)
	}
}
