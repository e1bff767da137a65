package coco

import (
	"encoding/json"
	"testing"
)

func TestPlace(t *testing.T) {
	for _, tt := range []struct {
		place Place
		want  string
	}{
		{Place{}, ""},
		{Place{Member: "licenses"}, "licenses"},
		{Place{Section: SectionImages}, "images[0]"},
		{Place{Section: SectionCategories, Index: 3}.Within("name"), "categories[3].name"},
		{Place{Section: SectionResults}, "[0]"},
		{Place{SectionResults, 7, "score"}, "[7].score"},
		{Place{SectionAnnotations, 12, "segmentation[1]"}, "annotations[12].segmentation[1]"},
	} {
		if got := tt.place.String(); got != tt.want {
			t.Errorf("%+v is %q, want %q", tt.place, got, tt.want)
		}
		var back Place
		if err := back.UnmarshalText([]byte(tt.want)); err != nil || back != tt.place {
			t.Errorf("%q is read as %+v, %v", tt.want, back, err)
		}
	}
	for _, text := range []string{"images[x]", "images[-1]", "images[]", "images[1]id"} {
		var p Place
		if err := p.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read as %+v", text, p)
		}
	}
}

func TestFinding(t *testing.T) {
	at := Place{SectionAnnotations, 2, "area"}
	for _, tt := range []struct {
		f          Finding
		text, json string
	}{
		{Finding{Code: "a", Reason: "broken"}, "broken (a)", `{"code":"a","severity":"note","reason":"broken"}`},
		{Finding{Code: "a", Severity: SeverityError, Place: at, Image: "x", Reason: "found 0"}, "annotations[2].area: found 0 (a)",
			`{"code":"a","severity":"error","path":"annotations[2].area","tile":"x","reason":"found 0"}`},
		{Finding{Code: "a", Severity: SeverityWarning, File: "p.jsonl", Line: 7, Place: at, Reason: "found 0"}, "p.jsonl:7: annotations[2].area: found 0 (a)",
			`{"code":"a","severity":"warning","file":"p.jsonl","line":7,"path":"annotations[2].area","reason":"found 0"}`},
	} {
		if got := tt.f.String(); got != tt.text {
			t.Errorf("%q, want %q", got, tt.text)
		}
		if got, err := json.Marshal(tt.f); err != nil || string(got) != tt.json {
			t.Errorf("%s, %v, want %s", got, err, tt.json)
		}
		var back Finding
		if err := json.Unmarshal([]byte(tt.json), &back); err != nil || back != tt.f {
			t.Errorf("%s is read as %+v, %v", tt.json, back, err)
		}
	}
}

func TestSeverity(t *testing.T) {
	for s := SeverityNote; s <= SeverityError; s++ {
		if got, ok := ParseSeverity(s.String()); got != s || !ok {
			t.Errorf("severity %s reads as %v", s, got)
		}
	}
	if _, ok := ParseSeverity("bad"); ok {
		t.Error("bad is a severity")
	}
	if err := json.Unmarshal([]byte(`"bad"`), new(Severity)); err == nil {
		t.Error("bad is read as a severity")
	}
}
