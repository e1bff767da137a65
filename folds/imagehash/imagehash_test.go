package imagehash

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/tiff"

	"github.com/hubdata/hubdata/internal/demo"
	"github.com/hubdata/hubdata/internal/golden"
)

// changed returns copies of an image that still show the same picture.
func changed(t *testing.T, img image.Image) map[string]image.Image {
	t.Helper()
	b := img.Bounds()
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, img, &jpeg.Options{Quality: 80}); err != nil {
		t.Fatal(err)
	}
	packed, err := jpeg.Decode(&buf)
	if err != nil {
		t.Fatal(err)
	}
	bright, half := image.NewNRGBA(b), image.NewNRGBA(image.Rect(0, 0, b.Dx()/2, b.Dy()/2))
	up := func(v uint32) uint8 { return uint8(min(v>>8+5, 255)) }
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, bl, _ := img.At(x, y).RGBA()
			bright.Set(x, y, color.NRGBA{up(r), up(g), up(bl), 255})
			half.Set((x-b.Min.X)/2, (y-b.Min.Y)/2, img.At(x, y))
		}
	}
	return map[string]image.Image{"JPEG at quality 80": packed, "5 levels brighter": bright, "half as large": half}
}

// checkDistances checks that copies are near and different tiles are not.
func checkDistances(t *testing.T, images []image.Image) {
	t.Helper()
	least, most := 256, map[string]int{}
	for i, img := range images {
		h := Of(img)
		for how, c := range changed(t, img) {
			d := Distance(h, Of(c))
			most[how] = max(most[how], d)
			if d > Near {
				t.Errorf("image %d, %s: distance %d", i, how, d)
			}
		}
		for j, other := range images[:i] {
			d := Distance(h, Of(other))
			least = min(least, d)
			if d <= Near {
				t.Errorf("images %d and %d: distance %d", i, j, d)
			}
		}
	}
	t.Logf("%d images: %d bits apart at least; copies at most %v", len(images), least, most)
}

func TestDemoTiles(t *testing.T) {
	set := demo.New(&demo.Options{Seed: 3})
	var images []image.Image
	for _, tile := range set.Tiles()[:12] {
		images = append(images, set.Image(tile))
	}
	checkDistances(t, images)
}

func TestRealTiles(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(golden.Real(t, "hubmap/train"), "*.tif"))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Skip("the real tiles are not here")
	}
	var images []image.Image
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		img, err := tiff.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		images = append(images, img)
	}
	checkDistances(t, images)
}

// TestOf compares the fast ways to read pixels with the general one.
func TestOf(t *testing.T) {
	type slow struct{ image.Image }
	set := demo.New(&demo.Options{Seed: 5})
	img := set.Image(set.Tiles()[0])
	n := image.NewNRGBA(img.Bounds())
	for y := range 512 {
		for x := range 512 {
			n.Set(x, y, img.At(x, y))
		}
	}
	want := Of(slow{img})
	if Of(img) != want || Of(n) != want {
		t.Error("hashes differ")
	}
	for _, size := range [][2]int{{0, 0}, {1, 1}, {3, 20}} {
		if h := Of(image.NewRGBA(image.Rect(0, 0, size[0], size[1]))); h != (Hash{}) {
			t.Errorf("%v: %v", size, h)
		}
	}
}

func BenchmarkOf(b *testing.B) {
	set := demo.New(&demo.Options{Seed: 5})
	img := set.Image(set.Tiles()[0])
	for b.Loop() {
		Of(img)
	}
}

// onlyAt is an image whose pixels can be read only with At.
type onlyAt struct{ image.Image }

// TestKinds checks that images of each kind are hashed by their colours, without an
// allocation per pixel.
func TestKinds(t *testing.T) {
	r := image.Rect(3, 2, 90, 77)
	palette := color.Palette{color.Black, color.RGBA{200, 10, 30, 255}, color.NRGBA{9, 90, 200, 128}, color.White}
	ycbcr := image.NewYCbCr(r, image.YCbCrSubsampleRatio420)
	for i := range ycbcr.Y {
		ycbcr.Y[i] = uint8(i * i / 7)
	}
	for i := range ycbcr.Cb {
		ycbcr.Cb[i], ycbcr.Cr[i] = uint8(i*3), uint8(i*i)
	}
	images := []image.Image{ycbcr}
	for _, img := range []interface {
		image.Image
		Set(x, y int, c color.Color)
	}{
		image.NewGray(r), image.NewGray16(r), image.NewRGBA(r), image.NewNRGBA(r), image.NewRGBA64(r), image.NewNRGBA64(r),
		image.NewCMYK(r), image.NewAlpha16(r), image.NewPaletted(r, palette),
	} {
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				img.Set(x, y, color.NRGBA64{uint16(x * x * 31), uint16(x * y * 7), uint16(y * y * 101), 0xffff})
			}
		}
		images = append(images, img)
	}
	for _, img := range images {
		if got, want := Of(img), Of(onlyAt{img}); got != want {
			t.Errorf("%T: %x, want %x", img, got, want)
		}
		if n := testing.AllocsPerRun(2, func() { Of(img) }); n > 10 {
			t.Errorf("%T: %v allocations", img, n)
		}
	}
}
