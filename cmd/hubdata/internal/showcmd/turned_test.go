package showcmd_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// turnedJPEG is red above and blue below as it is stored, in 64 x 48 pixels. Its orientation
// turns it by 90 degrees clockwise, so that it is blue on the left.
func turnedJPEG(t *testing.T) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for y := range 48 {
		for x := range 64 {
			c := color.RGBA{200, 20, 20, 255}
			if y >= 24 {
				c = color.RGBA{20, 20, 200, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return "\xff\xd8\xff\xe1\x00\x22Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00" + b.String()[2:]
}

// wideTIFF has 12,000 x 6,000 grey pixels in tiles that all are the same bytes: 250 but for
// the first eight columns of each 256, which are 0.
func wideTIFF() string {
	const across, down = 47, 24
	b := []byte("II*\x00\x08\x00\x00\x00\x09\x00")
	for _, t := range [][3]uint32{{256, 1, 12000}, {257, 1, 6000}, {258, 1, 8}, {259, 1, 1}, {262, 1, 1}, {322, 1, 256},
		{323, 1, 256}, {324, across * down, 200}, {325, across * down, 200 + 4*across*down}} {
		b = binary.LittleEndian.AppendUint16(b, uint16(t[0]))
		b = binary.LittleEndian.AppendUint16(b, 4)
		b = binary.LittleEndian.AppendUint32(b, t[1])
		b = binary.LittleEndian.AppendUint32(b, t[2])
	}
	b = append(b, make([]byte, 200-len(b))...)
	for _, v := range []uint32{200 + 8*across*down, 256 * 256} {
		for range across * down {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
	}
	row := append(make([]byte, 8), bytes.Repeat([]byte{250}, 248)...)
	return string(b) + string(bytes.Repeat(row, 256))
}

// drawn is the picture in a file.
func drawn(t *testing.T, path string) image.Image {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// TestTurned: check, fix and show take a picture as its orientation turns it.
func TestTurned(t *testing.T) {
	annotation := `{"id":1,"image_id":1,"category_id":1,"segmentation":[[4,4,40,4,40,40,4,40]],"bbox":[4,4,36,36],"area":1296,"iscrowd":0}`
	dir := clitest.Folder(t, map[string]string{
		"shown.json":  oneTile(`"file_name":"a.jpg","height":64,"width":48`, annotation),
		"stored.json": oneTile(`"file_name":"a.jpg","height":48,"width":64`, annotation),
		"img/a.jpg":   turnedJPEG(t),
	})
	shown, stored, img, out := filepath.Join(dir, "shown.json"), filepath.Join(dir, "stored.json"), filepath.Join(dir,
		"img"), filepath.Join(dir, "o.png")
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"check", "--image-dir", img, shown}, 0, "0 errors, 0 warnings, 1 note"},
		{[]string{"check", "--for", "mmdet3", "--image-dir", img, stored}, ui.ExitBadData, "turned by its orientation 6"},
		{[]string{"check", "--fix", "--image-dir", img, "-o", filepath.Join(dir, "f1.json"), shown}, 0, "0 changes"},
		{[]string{"check", "--fix", "--image-dir", img, "-o", filepath.Join(dir, "f2.json"), stored}, ui.ExitSkipped,
			"0 changes"},
		{[]string{"show", "--image-dir", img, "--plain", "--zoom", "1", "-o", out, shown}, 0, "wrote"},
		{[]string{"show", "--image-dir", img, "-o", filepath.Join(dir, "p.png"), stored}, ui.ExitSkipped,
			"the image has 48 x 64 pixels, turned by its orientation 6"},
	} {
		code, stdout, stderr := clitest.Hubdata(t, t.Context(), c.args...)
		if code != c.code || !strings.Contains(stdout+stderr, c.want) {
			t.Errorf("%v: exit code %d, expected %d and %q in\n%s%s", c.args, code, c.code, c.want, stdout, stderr)
		}
	}
	got := drawn(t, out)
	if got.Bounds() != image.Rect(0, 0, 48, 64) {
		t.Fatal(got.Bounds())
	}
	left, _, _, _ := got.At(1, 60).RGBA()
	right, _, _, _ := got.At(46, 60).RGBA()
	if left > 0x4000 || right < 0x9000 {
		t.Errorf("red is %d on the left, %d on the right", left, right)
	}
}

// TestLargeTIFF draws a part of a picture that is too large to be decoded whole, and all of
// it scaled down.
func TestLargeTIFF(t *testing.T) {
	annotation := `{"id":1,"image_id":1,"category_id":1,"bbox":[9400,5000,200,100],"area":20000,"iscrowd":0}`
	dir := clitest.Folder(t,
		map[string]string{"d.json": oneTile(`"file_name":"a.tif","height":6000,"width":12000`, annotation),
			"img/a.tif": wideTIFF()})
	d, img := filepath.Join(dir, "d.json"), filepath.Join(dir, "img")
	part, all := filepath.Join(dir, "part.png"), filepath.Join(dir, "all.png")
	show(t, d, "--image-dir", img, "--crop", "20", "--zoom", "1", "--plain", "-o", part)
	show(t, d, "--image-dir", img, "--plain", "-o", all)
	got := drawn(t, part)
	if got.Bounds() != image.Rect(0, 0, 240, 140) {
		t.Fatal(got.Bounds())
	}
	for x := range 240 { // on a row above the box
		v, _, _, _ := got.At(x, 5).RGBA()
		if want := (9380+x)%256 < 8; want != (v < 0x8000) {
			t.Fatalf("column %d is %d", x, v>>8)
		}
	}
	mean, _, _, _ := drawn(t, all).At(100, 100).RGBA()
	if v := mean >> 8; v < 225 || v > 250 {
		t.Errorf("a pixel of all is %d, expected about 242", v)
	}
	_, stdout, stderr := clitest.Hubdata(t, t.Context(), "report", "--image-dir", img, "-o", filepath.Join(dir, "r.html"),
		d)
	if strings.Contains(stdout+stderr, "image of tile") {
		t.Errorf("report: %s%s", stdout, stderr)
	}
}

// TestLargePNGAndJPEG draws a part of a picture that is too large to be decoded whole, and
// all of it scaled down.
func TestLargePNGAndJPEG(t *testing.T) {
	picture := image.NewGray(image.Rect(0, 0, 4200, 4000))
	for i := range picture.Pix {
		if picture.Pix[i] = 240; i%picture.Stride%256 < 8 {
			picture.Pix[i] = 10
		}
	}
	var p, j bytes.Buffer
	if err := errors.Join(png.Encode(&p, picture), jpeg.Encode(&j, picture, &jpeg.Options{Quality: 95})); err != nil {
		t.Fatal(err)
	}
	annotation := `{"id":1,"image_id":1,"category_id":1,"bbox":[3600,3500,200,100],"area":20000,"iscrowd":0}`
	for name, data := range map[string]string{"a.png": p.String(), "a.jpg": j.String()} {
		dir := clitest.Folder(t,
			map[string]string{"d.json": oneTile(`"file_name":"`+name+`","height":4000,"width":4200`, annotation),
				"img/" + name: data})
		d, img := filepath.Join(dir, "d.json"), filepath.Join(dir, "img")
		part, all := filepath.Join(dir, "part.png"), filepath.Join(dir, "all.png")
		show(t, d, "--image-dir", img, "--crop", "20", "--zoom", "1", "--plain", "-o", part)
		show(t, d, "--image-dir", img, "--plain", "-o", all)
		got := drawn(t, part)
		if got.Bounds() != image.Rect(0, 0, 240, 140) {
			t.Fatalf("%s: %v", name, got.Bounds())
		}
		for x := range 240 { // on a row above the box
			v, _, _, _ := got.At(x, 5).RGBA()
			if dark := (3580+x)%256 < 8; dark != (v < 0x8000) {
				t.Fatalf("%s: column %d is %d", name, x, v>>8)
			}
		}
		b := drawn(t, all).Bounds()
		mean, _, _, _ := drawn(t, all).At(b.Dx()*1100/4200, 100).RGBA()
		if v := mean >> 8; v < 200 || v > 245 {
			t.Errorf("%s: a pixel of all is %d, expected about 230", name, v)
		}
		_, stdout, stderr := clitest.Hubdata(t, t.Context(), "report", "--image-dir", img, "-o", filepath.Join(dir, "r.html"),
			d)
		if strings.Contains(stdout+stderr, "image of tile") {
			t.Errorf("%s: report: %s%s", name, stdout, stderr)
		}
	}
}
