package coco

import (
	"encoding/json"
	"testing"
)

func TestText(t *testing.T) {
	img := Image{FileName: "a.png", Height: 3, Missing: FieldWidth, Extra: Fields{
		{"text", json.RawMessage(`"a\u00e9\""`)}, {"empty", json.RawMessage(`""`)}, {"number", json.RawMessage(`-2.50`)},
		{"null", json.RawMessage(`null`)}, {"yes", json.RawMessage(`true`)}, {"list", json.RawMessage(`[1,"b"]`)},
	}}
	for _, c := range []struct {
		member, text string
		ok           bool
	}{
		{"file_name", "a.png", true}, {"height", "3", true}, {"width", "", false},
		{"text", `aé"`, true}, {"empty", "", true}, {"number", "-2.50", true},
		{"null", "", false}, {"yes", "true", true}, {"list", `[1,"b"]`, true}, {"absent", "", false},
	} {
		if text, ok := img.Text(c.member); text != c.text || ok != c.ok {
			t.Errorf("%s: %q, %v; want %q, %v", c.member, text, ok, c.text, c.ok)
		}
	}
	if text, ok := (&Image{}).Text("file_name"); text != "" || !ok {
		t.Errorf("a new image's file_name: %q, %v", text, ok)
	}
}
