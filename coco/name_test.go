package coco

import (
	"encoding/json"
	"testing"
)

func TestImageName(t *testing.T) {
	tests := []struct {
		name string
		img  Image
		want string
	}{
		{"tile", Image{ID: IntID(1), FileName: "a/b.png", Extra: Fields{{"tile", json.RawMessage(`"abc"`)}}}, "abc"},
		{"empty tile", Image{ID: IntID(1), FileName: "a/b.png", Extra: Fields{{"tile", json.RawMessage(`""`)}}}, "a/b"},
		{"tile of another type", Image{ID: IntID(1), FileName: "b.png", Extra: Fields{{"tile", json.RawMessage(`7`)}}}, "b"},
		{"file", Image{ID: IntID(1), FileName: "b.png"}, "b"},
		{"two suffixes", Image{ID: IntID(1), FileName: "b.ome.tif"}, "b.ome"},
		{"folders", Image{ID: IntID(1), FileName: "x/y/b.png"}, "x/y/b"},
		{"a dot in a folder", Image{ID: IntID(1), FileName: "x.y/b"}, "x.y/b"},
		{"nothing but a suffix", Image{ID: IntID(1), FileName: "x/.png"}, "x/.png"},
		{"an unclean path", Image{ID: IntID(1), FileName: "./x//b.png"}, "x/b"},
		{"backslashes", Image{ID: IntID(1), FileName: `a\b.png`}, "a/b"},
		{"integer id", Image{ID: IntID(12)}, "12"},
		{"string id", Image{ID: StringID("x")}, "x"},
	}
	for _, tt := range tests {
		if got := ImageName(&tt.img); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
