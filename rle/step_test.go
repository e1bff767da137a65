package rle

import (
	"errors"
	"strings"
	"testing"
)

func TestParseSteps(t *testing.T) {
	for _, c := range []struct{ text, want, fault string }{
		{"", "", ""},
		{" ", "", ""},
		{"close:cross:1", "close:cross:1", ""},
		{"close:cross:1:1, fill ,largest", "close:cross:1,fill,largest", ""},
		{"erode:disk:2:3,dilate:square:0,open:ellipse:4,close:diamond:1", "erode:disk:2:3,dilate:square:0,open:ellipse:4,close:diamond:1", ""},
		{"remove-small:12,min-area:40", "remove-small:12,min-area:40", ""},
		{"close", "", "want close:SHAPE:RADIUS"},
		{"close:cross", "", "want close:SHAPE:RADIUS"},
		{"close:cross:1:1:1", "", "want close:SHAPE:RADIUS"},
		{"close:cross:x", "", `"x" is not a number from 0 to 511`},
		{"close:cross:512", "", "not a number from 0 to 511"},
		{"close:cross:1:0", "", "not a number from 1 to 1000"},
		{"close:star:1", "", `"star" is not one of`},
		{"fill:1", "", "want fill alone"},
		{"min-area", "", "want min-area:PIXELS"},
		{"min-area:-1", "", "not a number from 0"},
		{"shrink:cross:1", "", `bad step "shrink:cross:1": the steps are erode`},
		{"fill,,largest", "", `bad step "": the steps are`},
		{"none", "", "the steps are"},
	} {
		steps, err := ParseSteps(c.text)
		if c.fault != "" {
			if !errors.Is(err, ErrStep) || !strings.Contains(err.Error(), c.fault) {
				t.Errorf("%q: error %v, want %q", c.text, err, c.fault)
			}
			continue
		}
		var words []string
		for _, s := range steps {
			words = append(words, s.String())
		}
		if got := strings.Join(words, ","); err != nil || got != c.want {
			t.Errorf("%q: %q, error %v, want %q", c.text, got, err, c.want)
		}
	}
}

// TestApplySteps checks that each step does the operation that it names.
func TestApplySteps(t *testing.T) {
	pix := make([]byte, 20*20)
	for i := range pix {
		x, y := i%20, i/20
		if x > 2 && x < 14 && y > 2 && y < 16 && (x != 7 || y != 8) || x == 17 && y > 10 {
			pix[i] = 1
		}
	}
	m, err := FromBitmap(20, 20, pix)
	if err != nil {
		t.Fatal(err)
	}
	cross, _ := Cross(3)
	disk, _ := Disk(2)
	opened, _ := m.Open(disk, 1, BorderIgnore)
	closed, _ := m.Close(cross, 2, BorderIgnore)
	eroded, _ := m.Erode(cross, 1, BorderIgnore)
	dilated, _ := m.Dilate(cross, 1, BorderIgnore)
	none, _ := Empty(20, 20)
	for text, want := range map[string]Mask{
		"open:disk:2":     opened,
		"close:cross:1:2": closed,
		"erode:cross:1":   eroded,
		"dilate:cross:1":  dilated,
		"fill":            m.FillHoles(Conn4),
		"largest":         m.Largest(Conn4),
		"remove-small:20": m.RemoveSmall(20, Conn4),
		"min-area:150":    m,
		"min-area:900":    none,
	} {
		steps, err := ParseSteps(text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := steps[0].Apply(m)
		if err != nil || !got.Equal(want) {
			t.Errorf("%s: area %d, want %d (%v)", text, got.Area(), want.Area(), err)
		}
		if text != "min-area:150" && got.Equal(m) {
			t.Errorf("%s leaves the mask as it is: the test shows nothing", text)
		}
	}
}

// TestStepByFields checks that steps built from fields equal parsed steps, and that
// the zero Step keeps the mask.
func TestStepByFields(t *testing.T) {
	m, err := FromBox(20, 20, Box{X: 5, Y: 6, W: 7, H: 8})
	if err != nil {
		t.Fatal(err)
	}
	cross, _ := Cross(3)
	for text, step := range map[string]Step{
		"dilate:cross:1":   {Kind: StepDilate, Element: cross},
		"erode:cross:1:2":  {Kind: StepErode, Element: cross, Times: 2},
		"dilate:square:0":  {Kind: StepDilate},
		"min-area:57":      {Kind: StepMinArea, Pixels: 57},
		"remove-small:100": {Kind: StepRemoveSmall, Pixels: 100},
		"fill":             {Kind: StepFill},
	} {
		steps, err := ParseSteps(text)
		if err != nil {
			t.Fatal(err)
		}
		want, err := steps[0].Apply(m)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := step.Apply(m); err != nil || !got.Equal(want) || step.String() != text {
			t.Errorf("%v: area %d, want %d as %s (%v)", step, got.Area(), want.Area(), text, err)
		}
	}
	if got, err := (Step{}).Apply(m); err != nil || !got.Equal(m) || (Step{}).String() != "none" {
		t.Errorf("the zero Step %v gives area %d, %v", Step{}, got.Area(), err)
	}
	if _, err := (Step{Kind: 99}).Apply(m); !errors.Is(err, ErrStep) {
		t.Errorf("an unknown kind gives %v", err)
	}
	if _, err := (Step{Kind: StepDilate, Times: -1}).Apply(m); !errors.Is(err, ErrElement) {
		t.Errorf("negative times give %v", err)
	}
}

func FuzzParseSteps(f *testing.F) {
	for _, s := range []string{"", "close:cross:1,fill,largest,min-area:40", "erode:disk:2:3", "fill:", ":::", "open:square:511:1000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		steps, err := ParseSteps(text)
		if err != nil {
			return
		}
		var words []string
		for _, s := range steps {
			words = append(words, s.String())
		}
		again, err := ParseSteps(strings.Join(words, ","))
		if err != nil || len(again) != len(steps) {
			t.Fatalf("%q gives %q, which gives %v", text, words, err)
		}
		for i := range steps {
			if steps[i].String() != again[i].String() {
				t.Fatalf("%q: step %d is %v, then %v", text, i, steps[i], again[i])
			}
		}
	})
}
