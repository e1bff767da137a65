package raster_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/formats/internal/raster"
)

func canvas(t testing.TB, h, w int, rows ...uint32) *raster.Canvas {
	t.Helper()
	c, err := raster.FromRows(h, w, rows)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestFiles checks that numbers of all sizes come back from TIFF and PNG.
func TestFiles(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	for i := range 400 {
		h, w := 1+rng.IntN(70), 1+rng.IntN(70)
		rows := make([]uint32, h*w)
		most := []uint32{2, 255, 256, 65535, 65536, 1<<32 - 1}[i%6]
		for k := range rows {
			if rng.IntN(3) == 0 {
				rows[k] = uint32(rng.Uint64N(uint64(most) + 1))
			}
		}
		rows[0] = most
		c := canvas(t, h, w, rows...)
		for _, least := range []int{8, 16} {
			text, err := c.TIFF(least)
			if err != nil {
				t.Fatal(err)
			}
			check(t, text, c, rows)
			text, ok, err := c.PNG(least)
			if err != nil || ok != (most < 1<<16) {
				t.Fatal(ok, err)
			}
			if ok {
				check(t, text, c, rows)
			}
		}
	}
}

func check(t *testing.T, text []byte, c *raster.Canvas, rows []uint32) {
	t.Helper()
	got, err := raster.Read(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if got.Height != c.Height || got.Width != c.Width || !slices.Equal(got.Values, c.Values) ||
		!slices.Equal(got.Rows(), rows) {
		t.Fatalf("%d x %d pixels came back otherwise", c.Width, c.Height)
	}
}

// TestBadTIFF changes single tags of a TIFF of 2 x 3 pixels.
func TestBadTIFF(t *testing.T) {
	c := canvas(t, 3, 2, 1, 2, 3, 70000, 5, 6)
	good, err := c.TIFF(16)
	if err != nil {
		t.Fatal(err)
	}
	tag := func(entry int, value uint32) []byte {
		text := bytes.Clone(good)
		binary.LittleEndian.PutUint32(text[10+12*entry+8:], value)
		return text
	}
	negative, _ := canvas(t, 1, 2, 1, 1<<32-5).TIFF(16)
	binary.LittleEndian.PutUint32(negative[10+12*10+8:], 2)
	pages := bytes.Clone(good)
	pages[10+12*11] = 8
	for _, tt := range []struct {
		name   string
		text   []byte
		expect string
	}{
		{"floats", tag(10, 3), "found a TIFF of floating-point numbers of 32 bits, expected integers"},
		{"negative", negative, "pixel 1, 0: found -5, expected 0 for background and positive numbers"},
		{"pages", pages, "found a TIFF of several pages, expected one"},
		{"colours", tag(6, 3), "found a TIFF of colours, expected one number per pixel"},
		{"photometric", tag(4, 2), "found a TIFF of colours"},
		{"bits", tag(2, 12), "found a TIFF of 12 bits per pixel"},
		{"compression", tag(3, 34712), "JPEG 2000"},
		{"more rows", tag(1, 1<<26), "strip 1: "},
		{"too large", tag(1, 1<<28), "more than 134217728: cut it into tiles"},
		{"cut", good[:len(good)-8], "corrupt image"},
		{"header", good[:20], "corrupt image"},
		{"empty", nil, "unknown image format"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := raster.Read(bytes.NewReader(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.expect) {
				t.Errorf("error %v, expected %q", err, tt.expect)
			}
		})
	}
}

func TestCanvasLimits(t *testing.T) {
	for _, size := range [][2]int{{0, 1}, {1, 0}, {-1, 5}, {1 << 20, 1 << 20}} {
		if _, err := raster.NewCanvas(size[0], size[1]); err == nil ||
			!strings.Contains(err.Error(), "expected 1 to 134217728 in all") {
			t.Errorf("%v: %v", size, err)
		}
	}
	if _, err := raster.FromRows(2, 2, make([]uint32, 3)); err == nil ||
		!strings.Contains(err.Error(), "found 3 numbers, expected 4 of 2 x 2 pixels") {
		t.Error(err)
	}
	noise, err := raster.NewCanvas(1<<10, 1<<11)
	if err != nil {
		t.Fatal(err)
	}
	for i := range noise.Values {
		noise.Values[i] = uint32(i + 1)
	}
	if _, err := noise.Regions(); err == nil ||
		!strings.Contains(err.Error(), "found more than 1048576 different numbers") {
		t.Error(err)
	}
}

func TestPaths(t *testing.T) {
	above, below, ok := raster.Cut("a/labels/b/labels/c/d", "labels")
	if above != "a/labels/b" || below != "c/d" || !ok {
		t.Error(above, below, ok)
	}
	if _, _, ok := raster.Cut("a/mylabels", "labels"); ok {
		t.Error("a part of a name was taken for a folder")
	}
	for file, split := range map[string]string{"images/train/a.png": "train", "val/images/a.png": "val", "train.png": "",
		"training/a.png": ""} {
		if got := raster.Split(file); got != split {
			t.Errorf("%s: split %q, expected %q", file, got, split)
		}
	}
	for text, expect := range map[string]string{"a": "a", "a,b": `"a,b"`, `a"b`: `"a""b"`, "": `""`, " a": `" a"`} {
		if got := string(raster.AppendField(nil, text)); got != expect {
			t.Errorf("%q: found %s, expected %s", text, got, expect)
		}
	}
}

// FuzzRead checks that no image makes the reader panic.
func FuzzRead(f *testing.F) {
	c := canvas(f, 3, 2, 1, 2, 3, 70000, 5, 6)
	text, err := c.TIFF(16)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	text, _, err = canvas(f, 1, 3, 1, 0, 300).PNG(16)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := raster.Read(bytes.NewReader(data))
		if err == nil && len(c.Values) != c.Height*c.Width {
			t.Fatal("a canvas with other pixels than its size")
		}
	})
}
