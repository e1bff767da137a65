package tilecmd

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/slide"
)

// TestBand reads the tiles of any grid from a picture that is read some rows at a time, at any resolution: each has its
// pixels, though tiles overlap and some are left out.
func TestBand(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 21))
	dir := t.TempDir()
	for range 60 {
		w, h, scale := 20+r.IntN(60), 20+r.IntN(60), 1+r.IntN(3)
		src := image.NewRGBA(image.Rect(0, 0, w, h))
		for i := range src.Pix {
			if src.Pix[i] = uint8(r.IntN(256)); i%4 == 3 {
				src.Pix[i] = 255
			}
		}
		var text bytes.Buffer
		if err := png.Encode(&text, src); err != nil {
			t.Fatal(err)
		}
		g := &slide.Grid{
			Width: (w + scale - 1) / scale, Height: (h + scale - 1) / scale, TileWidth: 3 + r.IntN(20), TileHeight: 3 + r.IntN(20),
			StrideX: 2 + r.IntN(20), StrideY: 2 + r.IntN(20), Edge: slide.Edge(r.IntN(3)),
		}
		if err := g.Lay(); err != nil {
			t.Fatal(err)
		}
		p := &picture{image: coco.Image{Width: w, Height: h}, tiles: g, scale: scale, path: write(t, dir, "S.png", text.Bytes())}
		s, err := p.open()
		if err != nil {
			t.Fatal(err)
		}
		b := &band{source: s, picture: p, pixels: 1 + r.IntN(w*h)}
		for tile := range g.Len() {
			if r.IntN(4) == 0 {
				continue
			}
			part := p.onSlide(tile)
			got, err := b.cut(t.Context(), part)
			if err != nil {
				t.Fatal(err)
			}
			for _, at := range rectPoints(part) {
				want := mean(src, at.X*scale, at.Y*scale, scale, color.RGBA{})
				if c := color.RGBAModel.Convert(got.At(at.X-part.Min.X, at.Y-part.Min.Y)); c != want {
					t.Fatalf("%d x %d, grid %+v, %d pixels at a time, tile %d: pixel %v is %v, expected %v", w, h, g, b.pixels, tile, at, c, want)
				}
			}
		}
		s.close()
	}
}
