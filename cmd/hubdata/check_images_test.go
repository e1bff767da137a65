package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheckImages: what each kind of image file is called. Those that are looked
// into, and are as the dataset says, are called nothing.
func TestCheckImages(t *testing.T) {
	encode := func(img image.Image) string {
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	area := image.Rect(0, 0, 40, 40)
	half := image.NewNRGBA(area)
	half.Set(3, 3, color.NRGBA{200, 0, 0, 128})
	full := image.NewNRGBA(area)
	for i := range full.Pix {
		full.Pix[i] = 255
	}
	header := func(w, h uint32) string { // a PNG without pixels
		chunk := append([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)...)
		chunk = append(chunk, 8, 2, 0, 0, 0)
		out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), chunk...)
		return string(binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk)))
	}
	for _, c := range []struct {
		name, data string
		want       string // the code; empty: none
		says       string
	}{
		{"grey.png", encode(image.NewGray(area)), "", ""},
		{"rgb.png", encode(image.NewRGBA(image.Rect(0, 0, 39, 40))), "image-file-size", "has 40 and 39"},
		{"opaque.png", encode(full), "", ""},
		{"deep.png", encode(image.NewGray16(area)), "image-file-depth", "16 bits a channel"},
		{"clear.png", encode(half), "image-file-alpha", "not opaque"},
		{"big.tif", "II+\x00\x08\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00", "image-file-unread", "BigTIFF"},
		{"a.bmp", "BM\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", "image-file-unread", "unknown image format"},
		{"a.webp", "RIFF\x10\x00\x00\x00WEBPVP8 ", "image-file-unread", "unknown image format"},
		{"huge.png", header(100_000, 100_000), "image-file-unreadable", "100000 x 100000 pixels"},
		{"large.png", header(9000, 9000), "image-file-unread", "9000 x 9000 pixels"},
		{"lie.png", header(40, 40), "image-file-unreadable", "PNG"},
		{"cut.png", encode(full)[:60], "image-file-unreadable", "PNG"},
		{"text.png", "hello, world", "image-file-unreadable", "unknown image format"},
		{"empty.png", "", "image-file-unreadable", "unknown image format"},
		{"../out.png", encode(full), "image-file-unreadable", "leads out of the folder"},
		{"absent.png", "", "image-file-missing", "not in the folder"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			images := filepath.Join(dir, "images")
			if err := os.Mkdir(images, 0o777); err != nil {
				t.Fatal(err)
			}
			if c.name != "absent.png" {
				if err := os.WriteFile(filepath.Join(images, c.name), []byte(c.data), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			set := filepath.Join(dir, "set.json")
			text := fmt.Sprintf(`{"images": [{"id": 1, "file_name": %q, "height": 40, "width": 40}], "annotations": [], "categories": [{"id": 1, "name": "a"}]}`, c.name)
			if err := os.WriteFile(set, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
			_, out, stderr := hubdata(t, t.Context(), "check", "--image-dir", images, set)
			found := strings.Contains(out, "image-file-")
			if c.want == "" && found || !strings.Contains(out, c.want) || !strings.Contains(out, c.says) {
				t.Errorf("want %q, %q:\n%s%s", c.want, c.says, out, stderr)
			}
			// No size is taken from a file that was not read.
			fixed := filepath.Join(dir, "fixed.json")
			hubdata(t, t.Context(), "check", "--quiet", "--fix", "-o", fixed, "--image-dir", images, set)
			if data, err := os.ReadFile(fixed); err != nil || strings.Contains(string(data), `"height":0`) {
				t.Errorf("repaired: %v: %s", err, data)
			}
		})
	}
}
