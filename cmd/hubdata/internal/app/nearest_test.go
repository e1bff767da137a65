package app

import (
	"testing"
)

func TestNearest(t *testing.T) {
	names := []string{"convert", "folds", "pseudo", "eval", "o", "out", "json", "submission"}
	for word, want := range map[string]string{
		"cnovert": "convert", "fold": "folds", "pseduo": "pseudo", "evl": "eval", "submision": "submission",
		"oot": "out", "x": "", "zzzz": "", "": "", "jsno": "json", "conversion": "",
		"sub": "submission", "e": "eval", "evaluate": "eval", "outfile": "out", "of": "", "jsonlines": "json",
	} {
		if got := nearest(names, word); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestEdits(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		n    int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"kitten", "sitting", 3}, {"abcd", "badc", 2}} {
		if got := edits(tt.a, tt.b); got != tt.n {
			t.Errorf("edits(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.n)
		}
		if back := edits(tt.b, tt.a); back != tt.n {
			t.Errorf("edits(%q, %q) = %d, want %d", tt.b, tt.a, back, tt.n)
		}
	}
}
