package rle

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/hubdata/hubdata/internal/golden"
)

// A morphCase is a line of morph.jsonl.gz: see reference/morph.py.
type morphCase struct {
	H, W    int
	E       string
	Element string
	In      string
	N, D    int
	Area    int

	ErodeIgnore        string `json:"erode_ignore"`
	ErodeBackground    string `json:"erode_background"`
	DilateIgnore       string `json:"dilate_ignore"`
	DilateBackground   string `json:"dilate_background"`
	OpenIgnore         string `json:"open_ignore"`
	OpenBackground     string `json:"open_background"`
	CloseIgnore        string `json:"close_ignore"`
	CloseBackground    string `json:"close_background"`
	Fill4, Fill8, Band string
	Labels4, Labels8   string
	Small4, Small8     string
}

// unpackMask reads a mask that pack in the reference script has written.
func unpackMask(t *testing.T, h, w int, text string) Mask {
	t.Helper()
	packed, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(packed) != (h*w+7)/8 {
		t.Fatalf("bad packed mask %q: %v", text, err)
	}
	pix := make([]byte, h*w)
	for i := range pix {
		pix[i] = packed[i/8] >> (7 - i%8) & 1
	}
	m, err := FromBitmap(h, w, pix)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestMorphGolden compares the results with OpenCV, scikit-image and SciPy.
func TestMorphGolden(t *testing.T) {
	elements, masks := 0, 0
	for _, line := range golden.Lines(t, "morph.jsonl.gz") { // the versions are in morph_versions.json
		var c morphCase
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		e, err := ParseElement(c.E)
		if err != nil {
			t.Fatal(err)
		}
		if c.Element != "" {
			elements++
			if want := unpackMask(t, c.H, c.W, c.Element); !bytes.Equal(elementBitmap(e), want.Bitmap()) {
				t.Errorf("element %s:\n%v\nwant\n%v", c.E, elementBitmap(e), want.Bitmap())
			}
			continue
		}
		masks++
		checkMorphCase(t, c, e)
		if t.Failed() {
			t.Fatalf("case %d: %s", masks, line)
		}
	}
	if elements < 80 || masks < 100 {
		t.Fatalf("%d elements and %d masks: want 80 and at least 100", elements, masks)
	}
	t.Logf("%d elements, %d masks", elements, masks)
}

func elementBitmap(e Element) []byte {
	r := e.Side() / 2
	pix := make([]byte, 0, e.Side()*e.Side())
	for dy := -r; dy <= r; dy++ {
		for dx := -r; dx <= r; dx++ {
			if e.At(dx, dy) {
				pix = append(pix, 1)
			} else {
				pix = append(pix, 0)
			}
		}
	}
	return pix
}

func checkMorphCase(t *testing.T, c morphCase, e Element) {
	t.Helper()
	in := unpackMask(t, c.H, c.W, c.In)
	type op = func(Element, int, Border) (Mask, error)
	for _, o := range []struct {
		name   string
		do     op
		border Border
		want   string
	}{
		{"erode", in.Erode, BorderIgnore, c.ErodeIgnore},
		{"erode", in.Erode, BorderBackground, c.ErodeBackground},
		{"dilate", in.Dilate, BorderIgnore, c.DilateIgnore},
		{"dilate", in.Dilate, BorderBackground, c.DilateBackground},
		{"open", in.Open, BorderIgnore, c.OpenIgnore},
		{"open", in.Open, BorderBackground, c.OpenBackground},
		{"close", in.Close, BorderIgnore, c.CloseIgnore},
		{"close", in.Close, BorderBackground, c.CloseBackground},
	} {
		got, err := o.do(e, c.N, o.border)
		if err != nil {
			t.Fatal(err)
		}
		if want := unpackMask(t, c.H, c.W, o.want); !got.Equal(want) {
			t.Errorf("%s by %s %d times, border %d: %v, want %v", o.name, e, c.N, o.border, got.Runs(), want.Runs())
		}
	}
	for _, o := range []struct {
		name string
		got  Mask
		want string
	}{
		{"fill 4", in.FillHoles(Conn4), c.Fill4},
		{"fill 8", in.FillHoles(Conn8), c.Fill8},
		{"band", in.BoundaryBand(c.D), c.Band},
		{"small 4", in.RemoveSmall(c.Area, Conn4), c.Small4},
		{"small 8", in.RemoveSmall(c.Area, Conn8), c.Small8},
	} {
		if want := unpackMask(t, c.H, c.W, o.want); !o.got.Equal(want) {
			t.Errorf("%s: %v, want %v", o.name, o.got.Runs(), want.Runs())
		}
	}
	for conn, text := range map[Connectivity]string{Conn4: c.Labels4, Conn8: c.Labels8} {
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(raw) != 2*c.H*c.W {
			t.Fatalf("bad labels: %v", err)
		}
		labels := make([]int, c.H*c.W)
		for i := range labels {
			labels[i] = int(raw[2*i]) | int(raw[2*i+1])<<8
		}
		checkLabels(t, in.Components(conn), labels)
	}
}

// checkLabels compares components with the number, from 1, of each pixel's
// component in column-major order.
func checkLabels(t *testing.T, parts []Mask, labels []int) {
	t.Helper()
	n := 0
	for _, l := range labels {
		n = max(n, l)
	}
	if len(parts) != n {
		t.Fatalf("%d components, want %d", len(parts), n)
	}
	for k, p := range parts {
		pos := 0
		for i, r := range p.Runs() {
			for range r {
				if (i%2 == 1) != (labels[pos] == k+1) {
					t.Fatalf("component %d of %d is wrong at pixel %d", k, n, pos)
				}
				pos++
			}
		}
	}
}
