package imagefile

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"testing"

	"github.com/hubdata/hubdata/internal/golden"
)

// goldenImage is a file, and how Pillow and OpenCV show it (reference/images.py).
type goldenImage struct {
	Name   string
	File   []byte
	RGB    []byte // nil: the kind is only measured
	Most   int    // how far a channel may be off
	Tools  []string
	Height int
	Width  int
}

// rgbOf returns the colours of a picture. Alpha is ignored.
func rgbOf(img image.Image) []byte {
	b := img.Bounds()
	var out []byte
	for y := range b.Dy() {
		for x := range b.Dx() {
			c := color.NRGBAModel.Convert(img.At(b.Min.X+x, b.Min.Y+y)).(color.NRGBA)
			out = append(out, c.R, c.G, c.B)
		}
	}
	return out
}

// farthest returns the largest difference of two pictures' channels, and where it is.
func farthest(a, b []byte) (most, at int) {
	for i := range a {
		if d := max(int(a[i])-int(b[i]), int(b[i])-int(a[i])); d > most {
			most, at = d, i
		}
	}
	return most, at
}

// TestGoldenImages compares pictures of all kinds, whole and in parts, with those of the
// reference tools.
func TestGoldenImages(t *testing.T) {
	read, measured := 0, 0
	for _, g := range golden.Cases[goldenImage](t, "images.jsonl.gz") {
		f, err := Open(bytes.NewReader(g.File))
		if err != nil {
			t.Errorf("%s: %v", g.Name, err)
			continue
		}
		if f.Width != g.Width || f.Height != g.Height {
			t.Errorf("%s: found %d x %d, expected %d x %d", g.Name, f.Width, f.Height, g.Width, g.Height)
			continue
		}
		img, err := f.Decode()
		if g.RGB == nil {
			if measured++; !errors.Is(err, ErrUnsupported) {
				t.Errorf("%s: found %v, expected that it is only measured", g.Name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", g.Name, err)
			continue
		}
		read++
		got := rgbOf(img)
		if n, at := farthest(got, g.RGB); n > g.Most {
			t.Errorf("%s: %T: pixel %d, %d differs by %d from that of %v, expected up to %d", g.Name, img, at/3%g.Width, at/3/g.Width, n, g.Tools, g.Most)
			continue
		}
		part := image.Rect(3, 5, g.Width-4, g.Height-2)
		cut, err := f.Part(part, 1)
		if err != nil {
			t.Errorf("%s: part: %v", g.Name, err)
			continue
		}
		if want := rgbOf(crop{img, part}); !bytes.Equal(rgbOf(cut), want) || cut.Bounds() != image.Rect(0, 0, part.Dx(), part.Dy()) {
			t.Errorf("%s: a part of %v differs from that of the whole", g.Name, cut.Bounds())
		}
	}
	if read < 100 || measured < 9 {
		t.Errorf("read %d, measured %d", read, measured)
	}
}
