package check

import (
	"fmt"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// squares returns a dataset of one image with squares at the given places.
func squares(t *testing.T, side int, boxes ...rle.Box) *coco.Dataset {
	t.Helper()
	d := &coco.Dataset{
		Images:     []coco.Image{{ID: coco.IntID(1), FileName: "a.png", Height: side, Width: side}},
		Categories: []coco.Category{{ID: 1, Name: "vessel"}},
	}
	for i, b := range boxes {
		ring := rle.Ring{{b.X, b.Y}, {b.X + b.W, b.Y}, {b.X + b.W, b.Y + b.H}, {b.X, b.Y + b.H}}
		d.Annotations = append(d.Annotations, coco.Annotation{ID: coco.IntID(int64(i + 1)), ImageID: coco.IntID(1),
			CategoryID: 1, BBox: b, Area: b.W * b.H, Segmentation: coco.Polygons([]rle.Ring{ring})})
	}
	return d
}

// TestManyMasks checks that equal and nearly equal masks are found among so many that
// not all pairs can be compared.
func TestManyMasks(t *testing.T) {
	var boxes []rle.Box
	for i := range 3500 {
		boxes = append(boxes, rle.Box{X: float64(i % 100 * 20), Y: float64(i / 100 * 20), W: 8, H: 8})
	}
	n := len(boxes)
	boxes = append(boxes, rle.Box{X: 1900, Y: 1900, W: 40, H: 40}, rle.Box{X: 1900, Y: 1900, W: 40, H: 40},
		rle.Box{X: 1900, Y: 1900, W: 40, H: 41})
	var got []string
	for _, f := range Dataset(squares(t, 2048, boxes...), nil) {
		if f.Code == MaskEqual || f.Code == MaskNear || f.Code == NotChecked {
			got = append(got, f.String())
		}
	}
	expected := []string{
		fmt.Sprintf("annotations[%d].segmentation: the mask equals that of annotations[%d] (mask-equal)", n+1, n),
		fmt.Sprintf("annotations[%d].segmentation: the mask has an IoU of 0.976 with that of annotations[%d] (mask-near)",
			n+2, n),
	}
	if fmt.Sprint(got) != fmt.Sprint(expected) {
		t.Errorf("found %q, expected %q", got, expected)
	}
}

// TestPairsNotChecked checks that what was cut is reported.
func TestPairsNotChecked(t *testing.T) {
	d := squares(t, 100, rle.Box{X: 1, Y: 1, W: 50, H: 50}, rle.Box{X: 1, Y: 1, W: 50, H: 51},
		rle.Box{X: 1, Y: 1, W: 51, H: 50}, rle.Box{X: 1, Y: 1, W: 50, H: 50})
	v := newValidator(d, &Options{Tiny: DefaultTiny, Near: DefaultNear})
	for most, expected := range map[int]string{3: "map[mask-equal:1 mask-near:2]",
		1: "map[mask-equal:1 mask-near:1 not-checked:1]", 0: "map[mask-equal:1 not-checked:1]"} {
		found := make([][]coco.Finding, len(d.Annotations))
		checker := newImageChecker(v)
		checker.most = most
		checker.check(v.group(0), found)
		got := map[coco.Code]int{}
		for _, list := range found {
			for _, f := range list {
				if f.Code == MaskEqual || f.Code == MaskNear || f.Code == NotChecked {
					got[f.Code]++
				}
			}
		}
		if fmt.Sprint(got) != expected {
			t.Errorf("%d pairs: found %v, expected %s", most, got, expected)
		}
	}
}
