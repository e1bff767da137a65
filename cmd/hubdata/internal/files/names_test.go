package files

import (
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
)

func TestFileNames(t *testing.T) {
	for _, tt := range []struct {
		paths, want []string
	}{
		{[]string{"a.png", "x/b.png"}, []string{"a.png", "b.png"}},
		{[]string{"run0/a.png", "run1/a.png"}, []string{"run0_a.png", "run1_a.png"}},
		{[]string{"run0/a.png", "run1/a.tif"}, []string{"run0_a.png", "run1_a.tif"}},
		{[]string{"a.png", "A.png"}, []string{"a.png", "A-2.png"}},
		{[]string{"x/a.png", "x_a.png", "y/a.png"}, []string{"x_a.png", "x_a-2.png", "y_a.png"}},
		{[]string{"Gefäß 1.tif", "血管.jpg"}, []string{"Gefäß 1.tif", "血管.jpg"}},
		{[]string{"e\u0301.png", "\u00e9.png"}, []string{"e\u0301.png", "\u00e9-2.png"}},
		{[]string{"../../evil.png", "/etc/passwd", `..\w.png`}, []string{"evil.png", "passwd", "w.png"}},
		{[]string{"nul.png", "-o.png", ".hidden.png", "a:b?.png", "a\x00.png", "c\xed\xa0\x80.png"}, []string{"_nul.png", "_-o.png", "_.hidden.png", "a_b_.png", "a_.png", "c___.png"}},
		{[]string{"", "end. ", strings.Repeat("e", 300) + ".png"}, []string{"1", "end", strings.Repeat("e", maxName) + ".png"}},
	} {
		var images []coco.Image
		for i, p := range tt.paths {
			images = append(images, coco.Image{ID: coco.IntID(int64(i + 1)), FileName: p})
		}
		got := FileNames(images)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%q: names %q, expected %q", tt.paths, got, tt.want)
		}
	}
}
