package typeface

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestFit(t *testing.T) {
	f := New(12, false)
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{{"short", 200, "short"}, {"a rather long text", 60, "a rather l…"}, {"x", 1, ""}} {
		if got := f.Fit(c.text, c.width); got != c.want || f.Width(got) > c.width {
			t.Errorf("%q in %d pixels is %q, expected %q", c.text, c.width, got, c.want)
		}
	}
	// The longest beginning is the one that trying all finds.
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var runes []rune
		for range 1 + random.IntN(30) {
			runes = append(runes, []rune("AVToiW.fi é血\u0301\ufffd")[random.IntN(14)])
		}
		text, width, expected := string(runes), random.IntN(200), ""
		for n := len(runes) - 1; n > 0 && expected == ""; n-- {
			if short := string(runes[:n]) + "…"; f.Width(short) <= width {
				expected = short
			}
		}
		if f.Width(text) <= width {
			expected = text
		}
		if got := f.Fit(text, width); got != expected {
			t.Errorf("%q in %d pixels is %q, expected %q", text, width, got, expected)
		}
	}
	if got := f.Lines(" a rather long text ", 60); !slices.Equal(got, []string{"a rather", "long text"}) {
		t.Errorf("lines %q", got)
	}
	if got := f.Lines("", 60); got != nil {
		t.Errorf("of nothing: %q", got)
	}
	if got := Plain("a\nb\x1b\ufffd"); got != "a?b??" {
		t.Errorf("%q", got)
	}
}

// TestAdvance checks the widths against those that the face draws, and characters that
// the font does not have.
func TestAdvance(t *testing.T) {
	f := New(100, false)
	for _, r := range "iW0 éΩж%" {
		w, ok := f.GlyphAdvance(r)
		if got := Advance(r) * 100; !ok || got < float64(w)/64-0.5 || got > float64(w)/64+0.5 {
			t.Errorf("%c is %v wide, expected %v", r, got, float64(w)/64)
		}
	}
	if Advance('血') != 1 || Advance('\u0301') != 0 || Advance('\u200b') != 0 {
		t.Error("wide and empty characters")
	}
}

func TestHas(t *testing.T) {
	for text, want := range map[string]bool{"": true, "große Vene 1": true, "e\u0301": true, "\u8840\u7ba1": false, "vein \U0001fa78": false} {
		if Has(text) != want {
			t.Errorf("%q: %v, expected %v", text, !want, want)
		}
	}
}
