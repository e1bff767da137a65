package imagefile

import (
	"bytes"
	"compress/zlib"
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
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/image/tiff"
	tifflzw "golang.org/x/image/tiff/lzw"
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
		{"short gif", []byte("GIF89a\x01\x00\x01\x00"), ErrCorrupt},
		{"avif", []byte("\x00\x00\x00\x1cftypavif\x00\x00\x00\x00"), ErrUnsupported},
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
		"grey": image.NewGray(rect), "grey 16": image.NewGray16(rect), "rgb": image.NewRGBA(rect),
		"rgb 16": image.NewRGBA64(rect),
		"alpha":  image.NewNRGBA(rect), "alpha 16": image.NewNRGBA64(rect), "palette": image.NewPaletted(rect, palette.Plan9),
	}
	out := map[string][]byte{}
	for kind, img := range kinds {
		draw.Draw(img, rect, image.NewUniform(color.RGBA{200, 100, 50, 255}), image.Point{}, draw.Src)
		var p, j, tf, deflate bytes.Buffer
		if err := errors.Join(png.Encode(&p, img), jpeg.Encode(&j, img, nil), tiff.Encode(&tf, img, nil),
			tiff.Encode(&deflate, img, &tiff.Options{Compression: tiff.Deflate, Predictor: true})); err != nil {
			t.Fatal(err)
		}
		out["png "+kind], out["jpeg "+kind], out["tiff "+kind], out["tiff deflate "+
			kind] = p.Bytes(), j.Bytes(), tf.Bytes(), deflate.Bytes()
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
			if c := color.RGBAModel.Convert(img.At(3, 2)).(color.RGBA); !strings.Contains(name, "grey") &&
				(c.R < 180 || c.B > 80) {
				t.Errorf("%s: %v", name, c)
			}
		}
	}
	const width, height, bits, compression, colours, offset, rows, counts = 256, 257, 258, 259, 262, 273, 278, 279
	grey := func(w, h, packed, size, pixels int) []byte {
		return rawTIFF(pixels, [2]uint32{width, uint32(w)}, [2]uint32{height, uint32(h)}, [2]uint32{bits, 8},
			[2]uint32{compression, uint32(packed)},
			[2]uint32{colours, 1}, [2]uint32{offset, 1000}, [2]uint32{rows, uint32(h)}, [2]uint32{counts, uint32(size)})
	}
	tiled := rawTIFF(256, [2]uint32{width, 7}, [2]uint32{height, 5}, [2]uint32{bits, 8}, [2]uint32{compression, 1},
		[2]uint32{colours, 1},
		[2]uint32{322, 16}, [2]uint32{323, 16}, [2]uint32{324, 1000}, [2]uint32{325, 256})
	planes := rawTIFF(105, [2]uint32{width, 7}, [2]uint32{height, 5}, [2]uint32{bits, 8}, [2]uint32{colours, 1},
		[2]uint32{277, 3}, [2]uint32{284, 2})
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
		{"BigTIFF of a header alone", []byte("II+\x00\x08\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00"), ErrCorrupt},
		{"BigTIFF of half a header", []byte("MM\x00+\x00\x08\x00\x00"), ErrCorrupt},
		{"no JPEG in TIFF", grey(7, 5, 7, 35, 35), ErrCorrupt},
		{"JPEG 2000 in TIFF", grey(7, 5, 34712, 35, 35), ErrUnsupported},
		{"unknown compression", grey(7, 5, 77, 35, 35), ErrUnsupported},
		{"CMYK of one sample", rawTIFF(140, [2]uint32{width, 7}, [2]uint32{height, 5}, [2]uint32{bits, 8},
			[2]uint32{colours, 5}), ErrCorrupt},
		{"planes without places", planes, ErrCorrupt},
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

// TestTIFFTwin compares TIFFs with the decoder of golang.org/x/image, in type and pixels.
func TestTIFFTwin(t *testing.T) {
	for name, data := range encodings(t) {
		if !strings.HasPrefix(name, "tiff") {
			continue
		}
		got, err := Decode(bytes.NewReader(data))
		want, wantErr := tiff.Decode(bytes.NewReader(data))
		if err != nil || wantErr != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: found %T %v, expected %T %v", name, got, err, want, wantErr)
		}
	}
}

// TestFullStrips checks that a strip is read until it is full, and that one which ends
// early is an error, whatever the compression.
func TestFullStrips(t *testing.T) {
	const width, height, bits, compression, colours, offset, rows, counts = 256, 257, 258, 259, 262, 273, 278, 279
	lzwBytes := func(codes ...uint) []byte { // of 9 bits
		var out []byte
		var v, n uint
		for _, c := range codes {
			for v, n = v<<9|c, n+9; n >= 8; n -= 8 {
				out = append(out, byte(v>>(n-8)))
			}
		}
		return append(out, byte(v<<(8-n)))
	}
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	if _, err := w.Write([]byte{1, 2, 3, 4, 5, 6}); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		kind uint32
		data []byte
		says string // expected error; empty: the pixels are 1 to 6
	}{
		{"LZW", 5, lzwBytes(256, 1, 2, 3, 4, 5, 6, 257), ""},
		{"LZW without an end code", 5, lzwBytes(256, 1, 2, 3, 4, 5, 6), ""},
		{"LZW with bytes behind", 5, append(lzwBytes(256, 1, 2, 3, 4, 5, 6, 257), 0xff, 0xff, 0xff, 0xff), ""},
		{"LZW with a code behind that stands for nothing", 5, lzwBytes(256, 1, 2, 3, 4, 5, 6, 511), ""},
		{"LZW without the first clear code", 5, lzwBytes(1, 2, 3, 4, 5, 6, 257), ""},
		{"LZW that ends early", 5, lzwBytes(256, 1, 2, 3, 4, 5, 257), "unexpected EOF"},
		{"LZW that is cut", 5, lzwBytes(256, 1, 2, 3, 4), "unexpected EOF"},
		{"LZW with a code that stands for nothing", 5, lzwBytes(256, 1, 2, 3, 400, 5, 6, 257), "stands for nothing"},
		{"LZW that begins with a code of its own", 5, lzwBytes(256, 258, 2, 3, 4, 5, 6), "stands for nothing"},
		{"Deflate without its checksum", 8, z.Bytes()[:z.Len()-4], ""},
		{"Deflate with bytes behind", 8, append(bytes.Clone(z.Bytes()), 1, 2, 3), ""},
		{"Deflate that is cut", 8, z.Bytes()[:5], "unexpected EOF"},
		{"PackBits", 32773, []byte{5, 1, 2, 3, 4, 5, 6}, ""},
		{"PackBits with nothing and bytes behind", 32773, []byte{0x80, 2, 1, 2, 3, 0x80, 2, 4, 5, 6, 9, 9}, ""},
		{"PackBits that is cut", 32773, []byte{5, 1, 2, 3}, "unexpected EOF"},
		{"no compression, bytes behind", 1, []byte{1, 2, 3, 4, 5, 6, 7}, ""},
		{"no compression, cut", 1, []byte{1, 2, 3, 4, 5}, "unexpected EOF"},
	} {
		file := rawTIFF(0, [2]uint32{width, 3}, [2]uint32{height, 2}, [2]uint32{bits, 8}, [2]uint32{compression, c.kind},
			[2]uint32{colours, 1},
			[2]uint32{offset, 1000}, [2]uint32{rows, 2}, [2]uint32{counts, uint32(len(c.data))})
		img, err := Decode(bytes.NewReader(append(file, c.data...)))
		switch {
		case c.says != "":
			if err == nil || !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: found %v, expected %q", c.name, err, c.says)
			}
		case err != nil:
			t.Errorf("%s: %v", c.name, err)
		case !bytes.Equal(img.(*image.Gray).Pix, []byte{1, 2, 3, 4, 5, 6}):
			t.Errorf("%s: found %v", c.name, img.(*image.Gray).Pix)
		}
	}
}

// TestLongLZW compares long strips, whose codes get longer and whose table is full, with
// the decoder of golang.org/x/image.
func TestLongLZW(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, letters := range []int{1, 2, 5, 60, 256} {
		data := make([]byte, 60000)
		for i := range data {
			data[i] = byte(rng.IntN(letters))
		}
		text := packLZW(data)
		got := make([]byte, len(data))
		if _, err := io.ReadFull(newLZWReader(bytes.NewReader(text)), got); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d letters: %v", letters, err)
		}
		twin, err := io.ReadAll(tifflzw.NewReader(bytes.NewReader(text), tifflzw.MSB, 8))
		if err != nil || !bytes.Equal(twin, data) {
			t.Errorf("%d letters: the test's own encoder is wrong: %v", letters, err)
		}
	}
}

// packLZW compresses as TIFF does.
func packLZW(data []byte) []byte {
	var out []byte
	var v uint64
	var n uint
	width, next := uint(9), 258
	put := func(c int) {
		for v, n = v<<width|uint64(c), n+width; n >= 8; n -= 8 {
			out = append(out, byte(v>>(n-8)))
		}
	}
	table := map[string]int{}
	code := func(s []byte) int {
		if len(s) == 1 {
			return int(s[0])
		}
		return table[string(s)]
	}
	put(256)
	from := 0
	for i := range data {
		if _, ok := table[string(data[from:i+1])]; ok || i == from {
			continue
		}
		put(code(data[from:i]))
		table[string(data[from:i+1])] = next
		if next++; next == 1<<width {
			width++
		}
		if next == 4095 {
			put(256)
			table, width, next = map[string]int{}, 9, 258
		}
		from = i
	}
	put(code(data[from:]))
	if next++; next == 1<<width && width < 12 {
		width++
	}
	put(257)
	return append(out, byte(v<<(8-n)))
}

// FuzzDecode checks that any bytes give either an image of the size in the
// header or an error of one of the three kinds.
func FuzzDecode(f *testing.F) {
	for _, data := range encodings(f) {
		f.Add(data)
	}
	f.Add(rawTIFF(35, [2]uint32{256, 7}, [2]uint32{257, 5}, [2]uint32{258, 8}, [2]uint32{262, 1}, [2]uint32{273, 1000},
		[2]uint32{278, 5}, [2]uint32{279, 35}))
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
