package statscmd

import (
	"strings"
	"testing"
)

// TestBars: bars are as wide as told, and what is not nothing shows.
func TestBars(t *testing.T) {
	for _, c := range []struct {
		p           paper
		part, width float64
		want        string
	}{
		{paper{eighths: true}, 1, 4, "████"},
		{paper{eighths: true}, 0.5, 3, "█▌"},
		{paper{eighths: true}, 0.0001, 3, "▏"},
		{paper{eighths: true}, 0, 3, ""},
		{paper{}, 1, 4, "####"},
		{paper{}, 0.6, 4, "##"},
		{paper{}, 0.0001, 4, "#"},
		{paper{}, 0, 4, ""},
		{paper{}, 1, 0, ""},
	} {
		if got := c.p.bar(c.part, 1, int(c.width)); got != c.want {
			t.Errorf("%+v, %v of %v: %q, want %q", c.p, c.part, c.width, got, c.want)
		}
	}
	rows := []barRow{{"1 to 2", []float64{1, 0}, []string{"50.0 %", "0.0 %"}}, {"10 to 20", []float64{0.1, 1}, []string{"5.0 %", "50.0 %"}}}
	for _, width := range []int{leastWidth, plainWidth, mostWidth} {
		for _, eighths := range []bool{false, true} {
			var text strings.Builder
			paper{width, eighths}.bars(&text, rows)
			for line := range strings.Lines(text.String()) {
				if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > width {
					t.Errorf("%d characters of %d: %s", n, width, line)
				}
			}
		}
	}
}

// TestStatsUTF8: block characters only where the locale shows them.
func TestStatsUTF8(t *testing.T) {
	for _, c := range []struct {
		all, ctype, lang string
		want             bool
	}{{"", "", "", false}, {"", "", "de_DE.UTF-8", true}, {"C", "", "de_DE.UTF-8", false}, {"", "en_US.utf8", "C", true}, {"", "", "POSIX", false}} {
		t.Setenv("LC_ALL", c.all)
		t.Setenv("LC_CTYPE", c.ctype)
		t.Setenv("LANG", c.lang)
		if got := showsUTF8(); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
