package pictures

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/coco"
)

// store is of one image, of which each pixel has the colour of its place.
func store(t *testing.T, width, height int) *Store {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetRGBA(x, y, color.RGBA{uint8(x * 255 / width), uint8(y * 255 / height), 128, 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.png"), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	images := []coco.Image{{FileName: "a.png", Width: width, Height: height}}
	return New(paint.NewImageFolder(dir, images), images, "a.json", 2)
}

// TestSquares: each square of each level shows its part of the image.
func TestSquares(t *testing.T) {
	const width, height = 1300, 700
	s := store(t, width, height)
	for level := range 5 {
		n := side << level
		for y := range (height + n - 1) / n {
			for x := range (width + n - 1) / n {
				text, err := s.Square(t.Context(), 0, level, x, y)
				if err != nil {
					t.Fatal(err)
				}
				img, err := jpeg.Decode(bytes.NewReader(text))
				if err != nil {
					t.Fatal(err)
				}
				w, h := min(n, width-x*n), min(n, height-y*n)
				if b := img.Bounds(); b.Dx() != (w+1<<level-1)>>level || b.Dy() != (h+1<<level-1)>>level {
					t.Fatalf("level %d, %d, %d: %v", level, x, y, b)
				}
				px, py := img.Bounds().Dx()/2, img.Bounds().Dy()/2
				r, g, _, _ := img.At(px, py).RGBA()
				wantR, wantG := (x*n+px<<level)*255/width, (y*n+py<<level)*255/height
				if near := 12; abs(int(r>>8)-wantR) > near || abs(int(g>>8)-wantG) > near {
					t.Errorf("level %d, %d, %d: colour %d, %d, expected %d, %d", level, x, y, r>>8, g>>8, wantR, wantG)
				}
			}
		}
	}
	for _, at := range [][4]int{{0, 0, 3, 0}, {0, 0, 0, 2}, {1, 0, 0, 0}, {0, maxLevel + 1, 0, 0}, {0, -1, 0, 0}, {0, 0, -1, 0}} {
		if _, err := s.Square(t.Context(), at[0], at[1], at[2], at[3]); !errors.Is(err, ErrOutside) {
			t.Errorf("%v: %v", at, err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	s = store(t, 9, 9)
	if _, err := s.Square(gone, 0, 0, 0, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("for nobody: %v", err)
	}
}

func abs(v int) int { return max(v, -v) }

// TestCache: what was not used for longest goes first, and the limit holds.
func TestCache(t *testing.T) {
	c := newCache[int](10, 20, func(v []byte) int { return len(v) })
	c.put(1, make([]byte, 4))
	c.put(2, make([]byte, 4))
	if _, ok := c.get(1); !ok {
		t.Error("1 is not kept")
	}
	c.put(3, make([]byte, 4))
	c.put(4, make([]byte, 21))
	if c.has(2) || !c.has(1) || !c.has(3) || c.has(4) || c.held != 8 {
		t.Errorf("%d bytes are kept", c.held)
	}
	c.put(5, make([]byte, 11))
	if c.has(1) || c.has(3) || !c.has(5) || c.held != 11 {
		t.Errorf("%d bytes are kept with a large one", c.held)
	}
	c.put(6, make([]byte, 1))
	if c.has(5) || !c.has(6) || c.held != 1 {
		t.Errorf("%d bytes are kept after a large one", c.held)
	}
}

// TestSheet: each picture of a sheet is in its square, and an image without a picture is named.
func TestSheet(t *testing.T) {
	const n = 11
	dir := t.TempDir()
	var images []coco.Image
	shade := func(i int) uint8 { return uint8(20 * i) }
	for i := range n {
		img := image.NewGray(image.Rect(0, 0, 100+30*i, 90))
		for k := range img.Pix {
			img.Pix[k] = shade(i)
		}
		name := string(rune('a'+i)) + ".png"
		images = append(images, coco.Image{FileName: name, Width: img.Rect.Dx(), Height: img.Rect.Dy()})
		if i == 4 {
			continue
		}
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := New(paint.NewImageFolder(dir, images), images, "a.json", 2)
	for side := range sheetSides {
		list := []int{10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0}
		text, err := s.Sheet(t.Context(), list, side)
		if err != nil {
			t.Fatal(err)
		}
		img, err := jpeg.Decode(bytes.NewReader(text[n:]))
		if err != nil {
			t.Fatal(err)
		}
		if b := img.Bounds(); b.Dx() != columns*side || b.Dy() != 2*side {
			t.Fatalf("side %d: a sheet of %v", side, b)
		}
		for k, i := range list {
			if has := text[k] == 1; has != (i != 4) {
				t.Errorf("side %d: image %d has a picture: %v", side, i, has)
			}
			if i == 4 {
				continue
			}
			for _, at := range [][2]int{{2, 2}, {side - 3, side - 3}} {
				v, _, _, _ := img.At(k%columns*side+at[0], k/columns*side+at[1]).RGBA()
				if abs(int(v>>8)-int(shade(i))) > 6 {
					t.Errorf("side %d: image %d has %d at %v, expected %d", side, i, v>>8, at, shade(i))
				}
			}
		}
	}
	for _, bad := range []struct {
		list []int
		side int
	}{{nil, 16}, {make([]int, mostOnSheet+1), 16}, {[]int{0}, 17}, {[]int{0}, 1 << 20}, {[]int{n}, 16}, {[]int{-1}, 16}} {
		if _, err := s.Sheet(t.Context(), bad.list, bad.side); !errors.Is(err, ErrOutside) {
			t.Errorf("%d images, side %d: %v", len(bad.list), bad.side, err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Sheet(gone, []int{0}, 16); !errors.Is(err, context.Canceled) {
		t.Errorf("for nobody: %v", err)
	}
}
