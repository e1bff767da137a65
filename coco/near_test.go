package coco

import (
	"fmt"
	"strings"
	"testing"
)

func TestNamesNear(t *testing.T) {
	const images = "run0/café.png run0/Slide.png run1/slide2.png t:x/kidney-left.tif kidney-right.png 0007.png ab.png"
	for _, tt := range []struct{ name, want string }{
		{"cafe\u0301", "run0/café: Unicode form"},
		{"run0/cafe\u0301.png", "run0/café: Unicode form"},
		{"CAFE\u0301", "run0/café: letters' case"},
		{"slide", "run0/Slide: letters' case"},
		{"RUN0/SLIDE.PNG", "run0/Slide: letters' case"},
		{"T", "t: letters' case"},
		{"run1/slide2.jpg", "run1/slide2: extension"},
		{"Slide.jpg", "run0/Slide: extension"},
		{"slidd2", "run1/slide2: spelling"},
		{"run2/slide2", "none"},
		{"ron1/slide2", "run1/slide2: spelling"},
		{"slide3", "none"},
		{"kidny-lefft", "t: spelling"},
		{"x/kidney-lef", "t: spelling"},
		{"kidne-righ", "kidney-right: spelling"},
		{"0008", "none"},
		{"ac", "none"},
		{"liver", "none"},
		{"", "none"},
		{"q/run0/slide", "run0/Slide: folder"},
		{"q/Kidney-Right.png", "kidney-right: folder"},
		{"q/kidney-righ", "none"},
	} {
		n := NewNames(imagesOf(strings.Split(images, " ")...))
		i, differs := n.Near(tt.name)
		got := "none"
		if i >= 0 {
			got = fmt.Sprintf("%s: %s", n.Name(i), differs)
		}
		if got != tt.want || i < 0 && differs != "" {
			t.Errorf("%q: got %s, want %s", tt.name, got, tt.want)
		}
	}
	var table Names
	table.AddName("A")
	if i, differs := table.Near("a"); i != 0 || differs != differsInCase {
		t.Errorf("a row: got %d, %s", i, differs)
	}
}

func TestFoldName(t *testing.T) {
	if a, b := FoldName("CAFE\u0301/B"), FoldName("café/b"); a != b || a != "café/b" {
		t.Errorf("got %q and %q", a, b)
	}
	// Bytes that are not UTF-8 stay, so that names which differ in them stay two.
	if a := FoldName("CAF\xe9\ufffdE\u0301"); a != "caf\xe9\ufffdé" {
		t.Errorf("got %q", a)
	}
}
