package rle

import (
	"errors"
	"image"
	"image/color"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestFromImage(t *testing.T) {
	// An image of every type has the same random mask, at an offset, with the
	// least value that counts as foreground.
	types := []struct {
		name string
		make func(r image.Rectangle) image.Image
		on   color.Color
	}{
		{"gray", func(r image.Rectangle) image.Image { return image.NewGray(r) }, color.Gray{1}},
		{"gray16", func(r image.Rectangle) image.Image { return image.NewGray16(r) }, color.Gray16{1}},
		{"alpha", func(r image.Rectangle) image.Image { return image.NewAlpha(r) }, color.Alpha{1}},
		{"alpha16", func(r image.Rectangle) image.Image { return image.NewAlpha16(r) }, color.Alpha16{1}},
		{"paletted", func(r image.Rectangle) image.Image {
			return image.NewPaletted(r, color.Palette{color.White, color.Black})
		}, color.Black},
		{"rgba", func(r image.Rectangle) image.Image { return image.NewRGBA(r) }, color.RGBA{0, 0, 1, 1}},
		{"nrgba", func(r image.Rectangle) image.Image { return image.NewNRGBA(r) }, color.NRGBA{0, 1, 0, 1}},
		{"rgba64", func(r image.Rectangle) image.Image { return image.NewRGBA64(r) }, color.RGBA64{1, 0, 0, 1}},
		{"cmyk", func(r image.Rectangle) image.Image {
			m := image.NewCMYK(r)
			for i := range m.Pix {
				m.Pix[i] = 255
			}
			return m
		}, color.CMYK{}},
	}
	rng := rand.New(rand.NewPCG(21, 22))
	for _, tt := range types {
		t.Run(tt.name, func(t *testing.T) {
			for range 200 {
				h, w := rng.IntN(80), rng.IntN(30)
				pix := randomBitmap(rng, h, w)
				x0, y0 := rng.IntN(9)-4, rng.IntN(9)-4
				img := tt.make(image.Rect(x0-2, y0-1, x0+w+3, y0+h+2))
				set := img.(interface {
					Set(x, y int, c color.Color)
				}).Set
				for i, p := range pix {
					if p != 0 {
						set(x0+i%w, y0+i/w, tt.on)
					}
				}
				img = img.(interface {
					SubImage(image.Rectangle) image.Image
				}).SubImage(image.Rect(x0, y0, x0+w, y0+h))
				m, err := FromImage(img)
				if err != nil {
					t.Fatal(err)
				}
				if h*w == 0 { // the image package turns such a part into 0 x 0
					h, w = img.Bounds().Dy(), img.Bounds().Dx()
				}
				checkMask(t, tt.name, m, h, w, pix)
			}
		})
	}
}

// TestFromImageBackground tests colours that have nonzero channels, yet count
// as background.
func TestFromImageBackground(t *testing.T) {
	tests := []struct {
		name string
		c    color.Color
		img  interface {
			image.Image
			Set(x, y int, c color.Color)
		}
	}{
		{"opaque black", color.RGBA{0, 0, 0, 255}, image.NewRGBA(image.Rect(0, 0, 1, 1))},
		{"opaque black, not multiplied", color.NRGBA{0, 0, 0, 255}, image.NewNRGBA(image.Rect(0, 0, 1, 1))},
		{"transparent white, not multiplied", color.NRGBA{255, 255, 255, 0}, image.NewNRGBA(image.Rect(0, 0, 1, 1))},
		{"transparent with colour", color.RGBA{9, 9, 9, 0}, image.NewRGBA(image.Rect(0, 0, 1, 1))},
		{"transparent with colour, 16 bits", color.RGBA64{9, 9, 9, 0}, image.NewRGBA64(image.Rect(0, 0, 1, 1))},
		{"opaque black, 16 bits", color.NRGBA64{0, 0, 0, 9}, image.NewNRGBA64(image.Rect(0, 0, 1, 1))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.img.Set(0, 0, tt.c)
			m, err := FromImage(tt.img)
			if err != nil || m.Area() != 0 {
				t.Errorf("area %d, %v, want background", m.Area(), err)
			}
		})
	}
}

func TestFromImageTooLarge(t *testing.T) {
	if _, err := FromImage(image.NewUniform(color.White)); !errors.Is(err, ErrSize) {
		t.Errorf("error %v, want one that wraps ErrSize", err)
	}
}

func TestImage(t *testing.T) {
	rng := rand.New(rand.NewPCG(23, 24))
	for range 1000 {
		h, w := rng.IntN(12), rng.IntN(12)
		pix := randomBitmap(rng, h, w)
		m := mustBitmap(t, h, w, pix)
		img := m.Image()
		if img.Rect != image.Rect(0, 0, w, h) {
			t.Fatalf("bounds %v, want %d x %d", img.Rect, h, w)
		}
		for i := range pix {
			pix[i] *= 255
		}
		if !slices.Equal(img.Pix, pix) {
			t.Fatalf("pixels %v, want %v", img.Pix, pix)
		}
		if back, err := FromImage(img); err != nil || h*w > 0 && !back.Equal(m) {
			t.Fatalf("read back %v, %v, want %v", back, err, m)
		}
	}
}

func BenchmarkFromImage(b *testing.B) {
	img := benchMask().Image()
	for b.Loop() {
		if _, err := FromImage(img); err != nil {
			b.Fatal(err)
		}
	}
}
