package imagefile

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"slices"
	"testing"
)

// TestIntegers reads pictures whose pixels are numbers; those of TIFF are tested with the
// files of other tools, in package labels.
func TestIntegers(t *testing.T) {
	area := image.Rect(0, 0, 3, 2)
	grey := &image.Gray{Pix: []byte{0, 1, 2, 253, 254, 255}, Stride: 3, Rect: area}
	deep := image.NewGray16(area)
	deep.SetGray16(2, 1, color.Gray16{Y: 40000})
	palette := &image.Paletted{Pix: []byte{0, 1, 2, 2, 1, 0}, Stride: 3, Rect: area, Palette: color.Palette{color.Black, color.White, color.Black}}
	for _, tt := range []struct {
		name   string
		img    image.Image
		expect []uint32
	}{
		{"grey", grey, []uint32{0, 1, 2, 253, 254, 255}},
		{"16 bits", deep, []uint32{0, 0, 0, 0, 0, 40000}},
		{"palette", palette, []uint32{0, 1, 2, 2, 1, 0}},
		{"colours", image.NewNRGBA(area), nil},
	} {
		var b bytes.Buffer
		if err := png.Encode(&b, tt.img); err != nil {
			t.Fatal(err)
		}
		h, w, got, err := Integers(&b, nil)
		if tt.expect == nil {
			if !errors.Is(err, ErrUnsupported) {
				t.Errorf("%s: error %v", tt.name, err)
			}
			continue
		}
		if err != nil || h != 2 || w != 3 || !slices.Equal(got, tt.expect) {
			t.Errorf("%s: %d x %d pixels %v (%v), expected %v", tt.name, w, h, got, err, tt.expect)
		}
	}
}
