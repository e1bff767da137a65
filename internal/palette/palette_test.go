package palette

import (
	"image/color"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// An eye turns linear red, green and blue into what is seen (Machado, Oliveira and
// Fernandes 2009, for eyes without one kind of cones).
var eyes = map[string][3][3]float64{
	"all cones": {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"no red":    {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"no green":  {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
	"no blue":   {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
}

func times(m [3][3]float64, v [3]float64) (out [3]float64) {
	for i := range out {
		for j := range v {
			out[i] += m[i][j] * v[j]
		}
	}
	return out
}

// seen returns a colour as an eye sees it, in Oklab (Ottosson 2020), in which distances
// are about as large as they look.
func seen(c color.RGBA, eye [3][3]float64) [3]float64 {
	linear := func(v uint8) float64 { return math.Pow((float64(v)/255+0.055)/1.055, 2.4) }
	light := times(eye, [3]float64{linear(c.R), linear(c.G), linear(c.B)})
	cones := times([3][3]float64{{0.4122214708, 0.5363325363, 0.0514459929}, {0.2119034982, 0.6806995451, 0.1073969566}, {0.0883024619, 0.2817188376, 0.6299787005}},
		[3]float64{min(max(light[0], 0), 1), min(max(light[1], 0), 1), min(max(light[2], 0), 1)})
	for i := range cones {
		cones[i] = math.Cbrt(cones[i])
	}
	return times([3][3]float64{{0.2104542553, 0.7936177850, -0.0040720468}, {1.9779984951, -2.4285922050, 0.4505937099}, {0.0259040371, 0.7827717662, -0.8086757660}}, cones)
}

// Least distances of colours that mean something different. 0.02 is just visible.
const (
	apart = 0.075
	first = 0.085 // of the first three of a list, which most pictures have
)

func checkApart(t *testing.T, name string, list []color.RGBA) {
	t.Helper()
	for eye, m := range eyes {
		for i, a := range list {
			for k, b := range list[:i] {
				p, q := seen(a, m), seen(b, m)
				d := math.Sqrt((p[0]-q[0])*(p[0]-q[0]) + (p[1]-q[1])*(p[1]-q[1]) + (p[2]-q[2])*(p[2]-q[2]))
				if least := map[bool]float64{true: first, false: apart}[i < 3]; d < least {
					t.Errorf("%s, %s: colours %d %v and %d %v are %.3f apart, expected at least %v", name, eye, k, b, i, a, d, least)
				}
			}
		}
	}
}

// TestApart checks that the colours of a list differ for every kind of eye.
func TestApart(t *testing.T) {
	checkApart(t, "lines", Lines())
	checkApart(t, "overlays", overlays())
	checkApart(t, "predictions and labels", []color.RGBA{Green, Vermilion, Yellow, Sky, Orange})
}

// TestStyleSheet checks the colours of the report's themes: those of series and steps
// differ for every kind of eye, text has a contrast of at least 4.5 to its background,
// and lines and bars of at least 1.7: they are large, and have names and numbers.
func TestStyleSheet(t *testing.T) {
	css, err := os.ReadFile("../htmlreport/report.css")
	if err != nil {
		t.Fatal(err)
	}
	themes := regexp.MustCompile(`(?s)\{\s*(--paper:.*?)\}`).FindAllStringSubmatch(string(css), -1)
	if len(themes) != 4 { // light, dark of the system, dark by choice, print
		t.Fatalf("found %d themes", len(themes))
	}
	if squeezed := func(s string) string { return strings.Join(strings.Fields(s), " ") }; squeezed(themes[1][1]) != squeezed(themes[2][1]) {
		t.Error("the dark theme of the system and that of the button differ")
	}
	for i, theme := range themes {
		name := []string{"light", "dark", "dark by choice", "print"}[i]
		colors := map[string]color.RGBA{}
		for _, m := range regexp.MustCompile(`--([a-z0-9-]+): #([0-9a-f]{6})`).FindAllStringSubmatch(theme[1], -1) {
			v, err := strconv.ParseUint(m[2], 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			colors[m[1]] = color.RGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 0xff}
		}
		of := func(name string) color.RGBA {
			c, ok := colors[name]
			if !ok {
				t.Fatalf("no colour %s", name)
			}
			return c
		}
		var series, steps []color.RGBA
		for i := range 7 {
			series = append(series, of("s"+strconv.Itoa(i)))
		}
		for i := range 6 {
			steps = append(steps, of("v"+strconv.Itoa(i)))
		}
		checkApart(t, name+": series", series)
		checkApart(t, name+": steps", steps)
		for _, pair := range [][2]string{{"ink", "paper"}, {"ink", "card"}, {"ink", "chart"}, {"soft", "paper"}, {"soft", "card"}, {"soft", "chart"}, {"link", "paper"},
			{"good", "good-bg"}, {"note", "note-bg"}, {"warning", "warning-bg"}, {"error", "error-bg"}, {"ink", "error-bg"}} {
			if c := Contrast(of(pair[0]), of(pair[1])); c < 4.5 {
				t.Errorf("%s: the contrast of %s to %s is %.2f", name, pair[0], pair[1], c)
			}
		}
		for i, c := range series {
			if c := Contrast(c, of("chart")); c < 1.7 {
				t.Errorf("%s: the contrast of series %d is %.2f", name, i, c)
			}
			ink := of("on") // as package plot chooses
			if Contrast(Lines()[i], Black) >= Contrast(Lines()[i], White) {
				ink = Black
			}
			if c := Contrast(c, ink); c < 4.5 {
				t.Errorf("%s: the contrast of text on series %d is %.2f", name, i, c)
			}
		}
	}
}

// TestRamp checks that the ramp becomes steadily lighter, and accepts any
// number.
func TestRamp(t *testing.T) {
	light := func(c color.RGBA) int { return 299*int(c.R) + 587*int(c.G) + 114*int(c.B) }
	for i := range 100 {
		if a, b := Ramp(float64(i)/100), Ramp(float64(i+1)/100); light(a) >= light(b) {
			t.Errorf("%d: %v, then %v", i, a, b)
		}
	}
	if Ramp(math.NaN()) != Ramp(0) || Ramp(-1) != Ramp(0) || Ramp(math.Inf(1)) != Ramp(1) {
		t.Error("what is outside has no colour of an end")
	}
	if !Dark(Ramp(0)) || Dark(Ramp(1)) || !Dark(Black) || Dark(White) {
		t.Error("dark and light")
	}
}
