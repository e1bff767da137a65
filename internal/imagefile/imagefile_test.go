package imagefile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/image/tiff"
)

func TestSize(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 7, 5))
	var p, j, tf bytes.Buffer
	if err := errors.Join(png.Encode(&p, img), jpeg.Encode(&j, img, nil), tiff.Encode(&tf, img, nil)); err != nil {
		t.Fatal(err)
	}
	broken := append([]byte(nil), tf.Bytes()...)
	copy(broken[4:], "\xff\xff\xff\x7f") // the directory lies beyond the end of the file
	tests := []struct {
		name string
		data []byte
		want error
	}{
		{"png", p.Bytes(), nil},
		{"jpeg", j.Bytes(), nil},
		{"tiff", tf.Bytes(), nil},
		{"empty", nil, ErrFormat},
		{"text", []byte("id,source_wsi"), ErrFormat},
		{"gif", []byte("GIF89a\x01\x00\x01\x00"), ErrFormat},
		{"short png", p.Bytes()[:12], ErrCorrupt},
		{"short jpeg", j.Bytes()[:20], ErrCorrupt},
		{"short tiff", tf.Bytes()[:20], ErrCorrupt},
		{"tiff header out of the file", broken, ErrCorrupt},
	}
	for _, tt := range tests {
		for _, r := range []io.Reader{bytes.NewReader(tt.data), iotest.OneByteReader(bytes.NewReader(tt.data))} {
			h, w, err := Size(r)
			if !errors.Is(err, tt.want) || err == nil && (h != 5 || w != 7) {
				t.Errorf("%s: %d x %d, error %v, want %v", tt.name, h, w, err, tt.want)
			}
		}
	}
	failed := errors.New("failed")
	if _, _, err := Size(iotest.ErrReader(failed)); !errors.Is(err, failed) {
		t.Errorf("error %v", err)
	}
	// Read from the current position of the reader, not from the beginning of
	// the file.
	r := bytes.NewReader(append([]byte("four"), tf.Bytes()...))
	if _, err := r.Seek(4, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if h, w, err := Size(r); err != nil || h != 5 || w != 7 {
		t.Errorf("from the middle: %d x %d, %v", h, w, err)
	}
}

// encodings returns images of 7 x 5 pixels of every supported kind.
func encodings(t testing.TB) map[string][]byte {
	t.Helper()
	rect := image.Rect(0, 0, 7, 5)
	kinds := map[string]draw.Image{
		"grey": image.NewGray(rect), "grey 16": image.NewGray16(rect), "rgb": image.NewRGBA(rect), "rgb 16": image.NewRGBA64(rect),
		"alpha": image.NewNRGBA(rect), "alpha 16": image.NewNRGBA64(rect), "palette": image.NewPaletted(rect, palette.Plan9),
	}
	out := map[string][]byte{}
	for kind, img := range kinds {
		draw.Draw(img, rect, image.NewUniform(color.RGBA{200, 100, 50, 255}), image.Point{}, draw.Src)
		var p, j, tf, deflate bytes.Buffer
		if err := errors.Join(png.Encode(&p, img), jpeg.Encode(&j, img, nil), tiff.Encode(&tf, img, nil),
			tiff.Encode(&deflate, img, &tiff.Options{Compression: tiff.Deflate, Predictor: true})); err != nil {
			t.Fatal(err)
		}
		out["png "+kind], out["jpeg "+kind], out["tiff "+kind], out["tiff deflate "+kind] = p.Bytes(), j.Bytes(), tf.Bytes(), deflate.Bytes()
	}
	return out
}

// rawTIFF returns an uncompressed TIFF with the given tags, followed by the
// given number of zero bytes of pixels at offset 1000.
func rawTIFF(pixels int, tags ...[2]uint32) []byte {
	b := []byte("II*\x00\x08\x00\x00\x00")
	b = binary.LittleEndian.AppendUint16(b, uint16(len(tags)))
	for _, t := range tags {
		b = binary.LittleEndian.AppendUint16(b, uint16(t[0]))
		b = binary.LittleEndian.AppendUint16(b, 4) // LONG
		b = binary.LittleEndian.AppendUint32(b, 1)
		b = binary.LittleEndian.AppendUint32(b, t[1])
	}
	return append(b, make([]byte, 1000+pixels-len(b))...)
}

func TestDecode(t *testing.T) {
	all := encodings(t)
	for name, data := range all {
		for _, r := range []io.Reader{bytes.NewReader(data), iotest.OneByteReader(bytes.NewReader(data))} {
			img, err := Decode(r)
			if err != nil || img.Bounds().Dx() != 7 || img.Bounds().Dy() != 5 {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if c := color.RGBAModel.Convert(img.At(3, 2)).(color.RGBA); !strings.Contains(name, "grey") && (c.R < 180 || c.B > 80) {
				t.Errorf("%s: %v", name, c)
			}
		}
	}
	const width, height, bits, compression, colours, offset, rows, counts = 256, 257, 258, 259, 262, 273, 278, 279
	grey := func(w, h, packed, size, pixels int) []byte {
		return rawTIFF(pixels, [2]uint32{width, uint32(w)}, [2]uint32{height, uint32(h)}, [2]uint32{bits, 8}, [2]uint32{compression, uint32(packed)},
			[2]uint32{colours, 1}, [2]uint32{offset, 1000}, [2]uint32{rows, uint32(h)}, [2]uint32{counts, uint32(size)})
	}
	tiled := rawTIFF(256, [2]uint32{width, 7}, [2]uint32{height, 5}, [2]uint32{bits, 8}, [2]uint32{compression, 1}, [2]uint32{colours, 1},
		[2]uint32{322, 16}, [2]uint32{323, 16}, [2]uint32{324, 1000}, [2]uint32{325, 256})
	planes := rawTIFF(105, [2]uint32{width, 7}, [2]uint32{height, 5}, [2]uint32{bits, 8}, [2]uint32{colours, 1}, [2]uint32{277, 3}, [2]uint32{284, 2})
	hugePNG := bytes.Clone(all["png rgb"])
	copy(hugePNG[16:], "\x00\x01\x86\xa0\x00\x01\x86\xa0") // 100,000 x 100,000
	binary.BigEndian.PutUint32(hugePNG[29:], crc32.ChecksumIEEE(hugePNG[12:29]))
	largePNG := bytes.Clone(hugePNG)
	copy(largePNG[16:], "\x00\x00\x40\x00\x00\x00\x40\x00") // 16,384 x 16,384
	binary.BigEndian.PutUint32(largePNG[29:], crc32.ChecksumIEEE(largePNG[12:29]))
	lyingPNG := bytes.Clone(hugePNG)
	copy(lyingPNG[16:], "\x00\x00\x00\x09\x00\x00\x00\x09")
	binary.BigEndian.PutUint32(lyingPNG[29:], crc32.ChecksumIEEE(lyingPNG[12:29]))
	tests := []struct {
		name string
		data []byte
		want error
	}{
		{"grey TIFF", grey(7, 5, 1, 35, 35), nil},
		{"tiled TIFF", tiled, nil},
		{"empty", nil, ErrFormat},
		{"text", []byte("<html>"), ErrFormat},
		{"BigTIFF", []byte("II+\x00\x08\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00"), ErrUnsupported},
		{"BigTIFF, big end", []byte("MM\x00+\x00\x08\x00\x00"), ErrUnsupported},
		{"JPEG in TIFF", grey(7, 5, 7, 35, 35), ErrUnsupported},
		{"CMYK in TIFF", rawTIFF(140, [2]uint32{width, 7}, [2]uint32{height, 5}, [2]uint32{bits, 8}, [2]uint32{colours, 5}), ErrUnsupported},
		{"planes in TIFF", planes, ErrUnsupported},
		{"100,000 x 100,000 PNG", hugePNG, ErrCorrupt},
		{"16,384 x 16,384 PNG", largePNG, ErrUnsupported},
		{"100,000 x 100,000 TIFF", grey(100000, 100000, 1, 35, 35), ErrCorrupt},
		{"TIFF of fewer pixels than it says", grey(7, 6, 1, 35, 35), ErrCorrupt},
		{"TIFF of fewer bytes than it says", grey(7, 5, 1, 35, 10), ErrCorrupt},
		{"PNG of fewer pixels than it says", lyingPNG, ErrCorrupt},
		{"cut PNG", all["png rgb"][:60], ErrCorrupt},
		{"cut JPEG", all["jpeg rgb"][:len(all["jpeg rgb"])-20], ErrCorrupt},
		{"cut TIFF", all["tiff rgb"][:60], ErrCorrupt},
	}
	for _, tt := range tests {
		for _, r := range []io.Reader{bytes.NewReader(tt.data), iotest.DataErrReader(bytes.NewBuffer(tt.data))} {
			if _, err := Decode(r); !errors.Is(err, tt.want) {
				t.Errorf("%s: error %v, want %v", tt.name, err, tt.want)
			}
		}
	}
	failed := errors.New("failed")
	if _, err := Decode(iotest.ErrReader(failed)); !errors.Is(err, failed) {
		t.Errorf("error %v", err)
	}
}

// FuzzDecode checks that any bytes give either an image of the size in the
// header or an error of one of the three kinds.
func FuzzDecode(f *testing.F) {
	for _, data := range encodings(f) {
		f.Add(data)
	}
	f.Add(rawTIFF(35, [2]uint32{256, 7}, [2]uint32{257, 5}, [2]uint32{258, 8}, [2]uint32{262, 1}, [2]uint32{273, 1000}, [2]uint32{278, 5}, [2]uint32{279, 35}))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, w, err := Size(bytes.NewReader(data))
		if err == nil && w > 1<<20/h {
			return // a decoder may take long for so many pixels
		}
		img, err := Decode(bytes.NewReader(data))
		switch {
		case err == nil:
			if b := img.Bounds(); b.Dx() != w || b.Dy() != h {
				t.Fatalf("%v, header %d x %d", b, w, h)
			}
		case !errors.Is(err, ErrFormat) && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrUnsupported):
			t.Fatal(err)
		}
	})
}
