package palette

import (
	"image/color"
	"math"
	"testing"
)

// simulate returns a colour as seen by an eye without one kind of cones
// (Viénot, Brettel and Mollon 1999, in linear RGB).
func simulate(c color.RGBA, m [3][3]float64) [3]float64 {
	linear := func(v uint8) float64 { return math.Pow(float64(v)/255, 2.2) }
	in := [3]float64{linear(c.R), linear(c.G), linear(c.B)}
	var out [3]float64
	for i := range out {
		for j := range in {
			out[i] += m[i][j] * in[j]
		}
		out[i] = math.Pow(max(out[i], 0), 1/2.2)
	}
	return out
}

// TestApart checks that the colours of a list differ for every kind of eye.
func TestApart(t *testing.T) {
	eyes := map[string][3][3]float64{
		"all cones": {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
		"no red":    {{0.11238, 0.88762, 0}, {0.11238, 0.88762, 0}, {0.00401, -0.00401, 1}},
		"no green":  {{0.29275, 0.70725, 0}, {0.29275, 0.70725, 0}, {-0.02234, 0.02234, 1}},
	}
	for eye, m := range eyes {
		for name, list := range map[string][]color.RGBA{"lines": Lines(), "overlays": overlays()} {
			for i, a := range list {
				for _, b := range list[:i] {
					p, q := simulate(a, m), simulate(b, m)
					if d := math.Hypot(math.Hypot(p[0]-q[0], p[1]-q[1]), p[2]-q[2]); d < 0.1 {
						t.Errorf("%s, %s: %v and %v are %.2f apart", eye, name, a, b, d)
					}
				}
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
