package imagefile

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/internal/golden"
)

// goldenSlide is a slide of tifffile or libvips, as OpenSlide reads it (reference/pyramids.py).
type goldenSlide struct {
	Name          string
	File          []byte
	Height, Width int
	Levels        int
	Tool          string
	Most          int // how far a channel may be off
	Sum           string
	RGB           []byte // nil: Most is 0
}

// TestGoldenSlides compares the pixels of slides, part by part, with those of OpenSlide: the slide is found among its
// levels, thumbnails and labels.
func TestGoldenSlides(t *testing.T) {
	read, unread := 0, 0
	for _, g := range golden.Cases[goldenSlide](t, "pyramids.jsonl.gz") {
		f, err := OpenSlide(bytes.NewReader(g.File))
		if err != nil {
			t.Errorf("%s: %v", g.Name, err)
			continue
		}
		if f.Width != g.Width || f.Height != g.Height || f.Tiled != (g.Sum != "") {
			t.Errorf("%s: found %d x %d, in tiles %v, expected %d x %d", g.Name, f.Width, f.Height, f.Tiled, g.Width, g.Height)
			continue
		}
		got := make([]byte, 3*g.Width*g.Height)
		for y := 0; y < g.Height && err == nil; y += 17 {
			for x := 0; x < g.Width && err == nil; x += 23 {
				var img image.Image
				part := image.Rect(x, y, min(x+23, g.Width), min(y+17, g.Height))
				if img, err = f.Part(part, 1); err != nil {
					break
				}
				if img.Bounds() != image.Rect(0, 0, part.Dx(), part.Dy()) {
					t.Errorf("%s: the part %v has bounds %v", g.Name, part, img.Bounds())
				}
				rgb := rgbOf(img)
				for r := range part.Dy() {
					copy(got[3*((y+r)*g.Width+x):], rgb[3*r*part.Dx():3*(r+1)*part.Dx()])
				}
			}
		}
		switch {
		case g.Sum == "":
			if unread++; !errors.Is(err, ErrUnsupported) {
				t.Errorf("%s: found %v, expected that it is not read", g.Name, err)
			}
			continue
		case err != nil:
			t.Errorf("%s: %v", g.Name, err)
			continue
		case g.Most == 0:
			if sum := fmt.Sprintf("%x", sha256.Sum256(got)); sum != g.Sum {
				t.Errorf("%s: its pixels differ from those of %s", g.Name, g.Tool)
			}
		default:
			if n, at := farthest(got, g.RGB); n > g.Most {
				t.Errorf("%s: pixel %d, %d differs by %d from that of %s, expected up to %d", g.Name, at/3%g.Width, at/3/g.Width, n, g.Tool, g.Most)
			}
		}
		read++
	}
	if read < 25 || unread < 1 {
		t.Errorf("read %d, not read %d", read, unread)
	}
}

// tiffPages makes a TIFF of pages of a size, without pixels. The last one leads to next.
func tiffPages(next uint32, sizes ...[2]uint32) []byte {
	b := binary.LittleEndian.AppendUint32([]byte("II*\x00"), 8)
	const entries = 2
	for i, s := range sizes {
		b = binary.LittleEndian.AppendUint16(b, entries)
		for k, tag := range []uint16{tagWidth, tagHeight} {
			b = binary.LittleEndian.AppendUint16(b, tag)
			b = binary.LittleEndian.AppendUint16(b, 4)
			b = binary.LittleEndian.AppendUint32(b, 1)
			b = binary.LittleEndian.AppendUint32(b, s[k])
		}
		if i+1 == len(sizes) {
			b = binary.LittleEndian.AppendUint32(b, next)
		} else {
			b = binary.LittleEndian.AppendUint32(b, uint32(len(b)+4))
		}
	}
	return b
}

// TestOpenSlideRejects: pages without end and pages that are cut are errors that name the page; a slide may have more
// pixels than a mask.
func TestOpenSlideRejects(t *testing.T) {
	for _, tt := range []struct {
		name string
		data []byte
		err  string // empty: its size is read
	}{
		{"a slide of 10^10 pixels", tiffPages(0, [2]uint32{100, 100}, [2]uint32{100_000, 100_000}, [2]uint32{50_000, 50_000}), ""},
		{"a loop of pages", tiffPages(8, [2]uint32{100, 100}), "page 1: not a valid TIFF: its directory was read before"},
		{"a page beyond the end", tiffPages(5000, [2]uint32{100, 100}), "page 1: unexpected EOF"},
		{"too wide", tiffPages(0, [2]uint32{1<<30 + 1, 5}), "expected sides from 1 to 2^30"},
		{"no pixels", tiffPages(0, [2]uint32{0, 5}), "page 0: not a valid TIFF: 0 x 5 pixels, expected 1 x 1 or more"},
		{"a level without pixels", tiffPages(0, [2]uint32{100, 100}, [2]uint32{50, 0}), "page 1: not a valid TIFF: 50 x 0 pixels"},
		{"cut in the first page", tiffPages(0, [2]uint32{100, 100})[:20], "unexpected EOF"},
		{"no page", []byte("II*\x00\x00\x00\x00\x00"), "it has no page"},
		{"text", []byte("slide"), "unknown image format"},
	} {
		f, err := OpenSlide(bytes.NewReader(tt.data))
		switch {
		case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
			t.Errorf("%s: error %v, expected %q", tt.name, err, tt.err)
		case tt.err == "" && (err != nil || f.Width != 100_000):
			t.Errorf("%s: %+v, %v", tt.name, f, err)
		}
	}
}
