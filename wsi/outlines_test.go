package wsi

import (
	"fmt"
	"testing"

	"github.com/hubdata/hubdata/coco"
)

func TestOutlinesLocate(t *testing.T) {
	line := func(n, annotations, dropped int) *Converted {
		c := &Converted{Line: n, Annotations: make([]coco.Annotation, annotations)}
		c.Counts.Dropped.EmptyMask = dropped
		return c
	}
	var o Outlines
	o.Add(line(3, 2, 0))
	o.Add(line(4, 0, 0))
	o.Add(line(9, 3, 0))
	o.Add(line(10, 2, 1))
	at := func(i int, member string) coco.Place {
		return coco.Place{Section: coco.SectionAnnotations, Index: i, Member: member}
	}
	for _, tt := range []struct {
		f    coco.Finding
		want string
	}{
		{coco.Finding{Place: at(0, "segmentation[1]")}, "3 annotations[0].coordinates[1] "},
		{coco.Finding{Place: at(4, "bbox"), Reason: "as annotations[2]", Other: at(2, "")}, "9 annotations[2].bbox as annotations[0]"},
		{coco.Finding{Place: at(6, ""), Reason: "as annotations[5]", Other: at(5, "")}, "10 annotations as annotations"},
		{coco.Finding{Place: at(5, "segmentation")}, "10 annotations.coordinates "},
		{coco.Finding{Place: coco.Place{Section: coco.SectionImages, Index: 1}}, "4  "},
		{coco.Finding{Place: coco.Place{Member: "images"}}, ""},
		{coco.Finding{Place: coco.Place{Section: coco.SectionCategories}}, ""},
	} {
		tt.f.Image = "t"
		got := ""
		if f, ok := o.Locate(tt.f); ok {
			got = fmt.Sprintf("%d %s %s", f.Line, f.Place, f.Reason)
		}
		if got != tt.want {
			t.Errorf("%s is at %q, want %q", tt.f, got, tt.want)
		}
	}
	if _, ok := o.Locate(coco.Finding{Place: at(0, "")}); ok {
		t.Error("a finding of no image has a line")
	}
}
