package draw

import (
	"bytes"
	"image"
	"image/png"
	"math/rand/v2"
	"testing"
)

// TestPredict compares with how the standard defines the filter Paeth.
func TestPredict(t *testing.T) {
	for a := int32(0); a < 256; a += 3 {
		for b := range int32(256) {
			for c := range int32(256) {
				p := a + b - c
				nearest := a
				if far(p, b) < far(p, nearest) {
					nearest = b
				}
				if far(p, c) < far(p, nearest) {
					nearest = c
				}
				if got := predict(a, b, c); got != nearest {
					t.Fatalf("%d, %d, %d: got %d, expected %d", a, b, c, got, nearest)
				}
			}
		}
	}
}

func far(a, b int32) int32 { return max(a-b, b-a) }

// TestPNGPixels reads pictures back, also parts of larger ones.
func TestPNGPixels(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	whole := image.NewRGBA(image.Rect(-3, 5, 90, 70))
	for i := range whole.Pix {
		whole.Pix[i] = uint8(rnd.IntN(1 + i/40%256))
		if i%4 == 3 {
			whole.Pix[i] = 0xff
		}
	}
	for _, r := range []image.Rectangle{whole.Rect, image.Rect(0, 6, 1, 7), image.Rect(-3, 9, 90, 10), image.Rect(5, 5, 6, 70), image.Rect(7, 20, 50, 60)} {
		img := whole.SubImage(r).(*image.RGBA)
		var b bytes.Buffer
		if err := EncodePNG(&b, img); err != nil {
			t.Fatal(err)
		}
		back, err := png.Decode(&b)
		if err != nil {
			t.Fatalf("%v: %v", r, err)
		}
		if back.Bounds().Size() != r.Size() {
			t.Fatalf("%v: read back %v", r, back.Bounds())
		}
		for y := range r.Dy() {
			for x := range r.Dx() {
				if got, expected := back.At(x, y), img.At(r.Min.X+x, r.Min.Y+y); got != expected {
					t.Fatalf("%v: pixel %d, %d is %v, expected %v", r, x, y, got, expected)
				}
			}
		}
	}
}
