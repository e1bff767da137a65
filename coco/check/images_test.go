package check

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds/imagehash"
)

// TestReadImages checks the finding for each kind of image file. A file that can be
// decoded and agrees with the dataset has none.
func TestReadImages(t *testing.T) {
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
	header := func(w, h uint32) string { // returns a PNG without pixels
		chunk := append([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)...)
		chunk = append(chunk, 8, 2, 0, 0, 0)
		out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), chunk...)
		return string(binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk)))
	}
	for _, c := range []struct {
		name, data string
		want       string // expected code; empty: none
		says       string
	}{
		{"grey.png", encode(image.NewGray(area)), "", ""},
		{"rgb.png", encode(image.NewRGBA(image.Rect(0, 0, 39, 40))), "image-file-size", "has 40 and 39"},
		{"opaque.png", encode(full), "", ""},
		{"deep.png", encode(image.NewGray16(area)), "image-file-depth", "16 bits per channel"},
		{"clear.png", encode(half), "image-file-alpha", "not opaque"},
		{"big.tif", "II+\x00\x08\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00", "image-file-unreadable", "TIFF"},
		{"a.jp2", "\x00\x00\x00\x0cjP  \r\n\x87\n....ihdr\x00\x00\x00\x28\x00\x00\x00\x28", "image-file-unread",
			"measured, not decoded: JPEG 2000"},
		{"small.jp2", "\x00\x00\x00\x0cjP  \r\n\x87\n....ihdr\x00\x00\x00\x27\x00\x00\x00\x28", "image-file-size",
			"has 39 and 40"},
		{"a.avif", "\x00\x00\x00\x1cftypavif\x00\x00\x00\x00", "image-file-unread", "not measured: AVIF"},
		{"a.ico", "\x00\x00\x01\x00\x01\x00\x10\x10", "image-file-unread", "unknown image format"},
		{"cut.bmp", "BM\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", "image-file-unreadable", "BMP"},
		{"cut.webp", "RIFF\x10\x00\x00\x00WEBPVP8 ", "image-file-unreadable", "WebP"},
		{"huge.png", header(100_000, 100_000), "image-file-unreadable", "100000 x 100000 pixels"},
		{"large.png", header(9000, 9000), "image-file-unread", "9000 x 9000 pixels"},
		{"lie.png", header(40, 40), "image-file-unreadable", "PNG"},
		{"cut.png", encode(full)[:60], "image-file-unreadable", "PNG"},
		{"text.png", "hello, world", "image-file-unreadable", "unknown image format"},
		{"empty.png", "", "image-file-unreadable", "unknown image format"},
		{"bad.png", "", "image-file-unreadable", "the disk is gone"},
		{"../out.png", encode(full), "image-file-unreadable", "invalid argument"},
		{"absent.png", "", "image-file-missing", "not in the folder"},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := fstest.MapFS{c.name: {Data: []byte(c.data)}}
			if c.name == "absent.png" {
				folder = nil
			}
			open := func(name string) (io.ReadCloser, error) {
				switch name {
				case "bad.png":
					return io.NopCloser(iotest.ErrReader(errors.New("the disk is gone"))), nil
				case "../out.png":
					return nil, fs.ErrInvalid
				}
				return folder.Open(name)
			}
			d := &coco.Dataset{Images: []coco.Image{{ID: coco.IntID(1), FileName: c.name, Height: 40, Width: 40}},
				Categories: []coco.Category{{ID: 1, Name: "a"}}}
			read := 0
			files, err := ReadImages(t.Context(), d.Images, open, &ImageOptions{Progress: func(n int) { read += n }})
			if err != nil {
				t.Fatal(err)
			}
			if want := len(c.data); files[0].Sum != "" && read != want {
				t.Errorf("read %d bytes, want %d", read, want)
			}
			found := slices.DeleteFunc(Dataset(d, &Options{Files: files}), func(f coco.Finding) bool {
				return !strings.HasPrefix(string(f.Code), "image-file-")
			})
			switch {
			case c.want == "" && len(found) > 0:
				t.Errorf("found %v", found)
			case c.want != "" && !slices.ContainsFunc(found, func(f coco.Finding) bool {
				return string(f.Code) == c.want && strings.Contains(f.Reason, c.says)
			}):
				t.Errorf("found %v, want %s with %q", found, c.want, c.says)
			}
			// Fix must not take a size from a file that was not read.
			if fixed, _ := Fix(d, &FixOptions{Files: files}); fixed.Images[0].Height == 0 || fixed.Images[0].Width == 0 {
				t.Errorf("repaired: %+v", fixed.Images[0])
			}
		})
	}
}

// TestReadImagesWorkers checks that the result does not depend on the number of
// workers, duplicates included, and that a cancelled run returns an error.
func TestReadImagesWorkers(t *testing.T) {
	folder := fstest.MapFS{}
	var images []coco.Image
	for i := range 9 {
		img := image.NewGray(image.Rect(0, 0, 64, 64))
		for k := range img.Pix {
			img.Pix[k] = uint8(k * (i/3*37 + 11) >> (i % 2))
		}
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		name := string(rune('a'+i)) + ".png"
		folder[name] = &fstest.MapFile{Data: b.Bytes()}
		images = append(images, coco.Image{FileName: name, Height: 64, Width: 64})
	}
	images = append(images, coco.Image{})
	open := func(name string) (io.ReadCloser, error) { return folder.Open(name) }
	one, err := ReadImages(t.Context(), images, open, &ImageOptions{Workers: 1})
	if err != nil || one[0].Sum != one[2].Sum || one[0].Hash != one[2].Hash || one[0].Sum == one[3].Sum ||
		one[0].Hash == one[3].Hash {
		t.Fatalf("%v: %+v", err, one)
	}
	if !one[9].Missing || one[9].Err != nil {
		t.Errorf("without a name: %+v", one[9])
	}
	many, err := ReadImages(t.Context(), images, open, &ImageOptions{Workers: 5})
	if err != nil || !slices.Equal(one, many) {
		t.Errorf("%v: five workers see %+v, one %+v", err, many, one)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := ReadImages(ctx, images, open, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

// TestReadImagesLarge checks that a file beyond the limit is not held in memory.
func TestReadImagesLarge(t *testing.T) {
	open := func(string) (io.ReadCloser, error) { return io.NopCloser(zeros{}), nil }
	files, err := ReadImages(t.Context(), []coco.Image{{FileName: "x"}}, open, nil)
	if err != nil || files[0].Err != nil || files[0].Unread == nil ||
		!strings.Contains(files[0].Unread.Error(), "more than 67108864 bytes") || files[0].Missing {
		t.Errorf("%v: %+v", err, files)
	}
}

// turnedJPEG returns a JPEG of a picture with an orientation.
func turnedJPEG(t *testing.T, img image.Image, orientation byte) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	exif := "\xff\xe1\x00\x22Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" +
		string(orientation) + "\x00\x00\x00\x00\x00\x00"
	return append([]byte("\xff\xd8"+exif), b.Bytes()[2:]...)
}

// TestTurnedImages: sizes and pictures are those that are shown, and a size before the
// file is turned is not repaired, because nobody knows how its masks are to be turned.
func TestTurnedImages(t *testing.T) {
	stored := image.NewGray(image.Rect(0, 0, 64, 48))
	shown := image.NewGray(image.Rect(0, 0, 48, 64)) // by 90 degrees clockwise
	for y := range 48 {
		for x := range 64 {
			v := uint8(100 + 90*math.Sin(float64(x)/5)*math.Cos(float64(y)/7))
			stored.SetGray(x, y, color.Gray{v})
			shown.SetGray(47-y, x, color.Gray{v})
		}
	}
	folder := fstest.MapFS{"turned.jpg": {Data: turnedJPEG(t, stored, 6)}, "shown.jpg": {Data: turnedJPEG(t, shown, 1)}}
	open := func(name string) (io.ReadCloser, error) { return folder.Open(name) }
	for _, c := range []struct {
		height, width int
		want          []coco.Code
	}{
		{64, 48, []coco.Code{ImageFileTurned, ImageContentNear}},
		{48, 64, []coco.Code{ImageFileTurned, ImageFileSize, ImageContentNear}},
		{48, 48, []coco.Code{ImageFileTurned, ImageFileSize, ImageContentNear}},
	} {
		d := &coco.Dataset{Images: []coco.Image{{ID: coco.IntID(1), FileName: "turned.jpg", Height: c.height, Width: c.width},
			{ID: coco.IntID(2), FileName: "shown.jpg", Height: 64, Width: 48}}}
		files, err := ReadImages(t.Context(), d.Images, open, nil)
		if err != nil {
			t.Fatal(err)
		}
		if n := imagehash.Distance(files[0].Hash, files[1].Hash); n > 8 || files[0].Orientation != 6 ||
			files[0].Height != 64 {
			t.Errorf("%d x %d pixels, orientation %d, %d bits", files[0].Height, files[0].Width, files[0].Orientation, n)
		}
		var got []coco.Code
		for _, f := range Dataset(d, &Options{Files: files}) {
			if slices.Contains([]coco.Code{ImageFileTurned, ImageFileSize, ImageContentNear}, f.Code) {
				got = append(got, f.Code)
			}
			if f.Code == ImageFileSize &&
				!strings.HasSuffix(f.Reason, `but "turned.jpg" has 64 and 48, turned by its orientation 6`) {
				t.Error(f.Reason)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%d x %d: found %v, expected %v", c.height, c.width, got, c.want)
		}
		fixed, _ := Fix(d, &FixOptions{Files: files})
		if repaired := fixed.Images[0].Height == 64 && c.height != 64; repaired != (c.height == c.width) {
			t.Errorf("%d x %d: repaired to %d x %d", c.height, c.width, fixed.Images[0].Height, fixed.Images[0].Width)
		}
	}
}

// zeros is a file without an end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
