package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"image/png"
	"io"
	"math"
	"strings"
	"testing"
)

var chart = Chart{
	Title: `a "title" & <more>`, X: "recall", Y: "precision",
	Lines: []Line{
		{Name: "one", Points: [][2]float64{{0, 1}, {0.5, 0.8}, {1, 0}}},
		{Name: "two", Points: [][2]float64{{-1, 2}, {math.NaN(), math.Inf(1)}}},
		{Name: "none"},
	},
}

// TestSVG checks that the text is XML, is always the same, and has every point.
// TestHyphenate: a break within a word has a hyphen and keeps every letter; one between other characters has none.
func TestHyphenate(t *testing.T) {
	for _, text := range []string{"proximal convoluted tubule with brush border", "Lymphknotenmetastase", "P06TCGA0600001234"} {
		lines := wrap(text, 100, textSize)
		if len(lines) == 2 && strings.HasSuffix(lines[1], "…") {
			continue
		}
		joined := strings.Join(lines, "")
		if hyphen := strings.HasSuffix(lines[0], "-"); hyphen {
			joined = strings.TrimSuffix(lines[0], "-") + lines[1]
		}
		for _, line := range lines {
			if textWidth(line, textSize) > 100 {
				t.Errorf("%q is wider than 100 pixels", line)
			}
		}
		if strings.ReplaceAll(joined, " ", "") != strings.ReplaceAll(text, " ", "") && !strings.Contains(joined, "…") {
			t.Errorf("%q becomes %q", text, lines)
		}
	}
	if got := wrap("Lymphknotenmetastase", 100, textSize); len(got) != 2 || !strings.HasSuffix(got[0], "-") {
		t.Errorf("no hyphen in %q", got)
	}
	if got := wrap("P06TCGA0600001234", 100, textSize); len(got) == 2 && strings.HasSuffix(got[0], "-") {
		t.Errorf("a hyphen in %q", got)
	}
}

func TestSVG(t *testing.T) {
	var a, b bytes.Buffer
	if err := chart.SVG(&a); err != nil {
		t.Fatal(err)
	}
	if err := chart.SVG(&b); err != nil || a.String() != b.String() {
		t.Error("two drawings differ")
	}
	for _, want := range []string{"54,60 378,134.4 702,432", `points="54,60 54,60"`, "&#34;title&#34; &amp; &lt;more&gt;", ">two</text>"} {
		if !strings.Contains(a.String(), want) {
			t.Errorf("no %q in\n%s", want, a.String())
		}
	}
	for dec := xml.NewDecoder(&a); ; {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// TestPNG checks that the image has the colour of the first line on the line,
// and white next to it.
func TestPNG(t *testing.T) {
	var a bytes.Buffer
	if err := chart.PNG(&a); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&a)
	if err != nil || img.Bounds() != image.Rect(0, 0, 720, 480) {
		t.Fatal(img.Bounds(), err)
	}
	if r, g, b, _ := img.At(200, 93).RGBA(); r>>8 > 40 || g>>8 < 90 || b>>8 < 150 {
		t.Errorf("on the line: %x %x %x", r>>8, g>>8, b>>8)
	}
	if r, _, _, _ := img.At(200, 115).RGBA(); r != 0xffff {
		t.Error("beside the line it is not white")
	}
}
