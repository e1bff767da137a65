package imagefile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/internal/imagefile/picture/picturetest"
)

// hugeTIFF is a TIFF of w x h grey pixels in tiles of 256 x 256, all of which have the same
// bytes: the brightness of a pixel is its column in its tile. Its first strip is one.
func hugeTIFF(w, h int) []byte {
	n := (w + 255) / 256 * ((h + 255) / 256)
	b := []byte("II*\x00\x08\x00\x00\x00")
	tags := [][3]uint32{{256, 1, uint32(w)}, {257, 1, uint32(h)}, {258, 1, 8}, {259, 1, 1}, {262, 1, 1}, {322, 1, 256},
		{323, 1, 256}, {324, uint32(n), 200}, {325, uint32(n), 200 + 4*uint32(n)}}
	b = binary.LittleEndian.AppendUint16(b, uint16(len(tags)))
	for _, t := range tags {
		b = binary.LittleEndian.AppendUint16(b, uint16(t[0]))
		b = binary.LittleEndian.AppendUint16(b, 4)
		b = binary.LittleEndian.AppendUint32(b, t[1])
		b = binary.LittleEndian.AppendUint32(b, t[2])
	}
	b = append(b, make([]byte, 200-len(b))...)
	for range n {
		b = binary.LittleEndian.AppendUint32(b, 200+8*uint32(n))
	}
	for range n {
		b = binary.LittleEndian.AppendUint32(b, 256*256)
	}
	for range 256 {
		for x := range 256 {
			b = append(b, byte(x))
		}
	}
	return b
}

// TestPartHuge decodes parts of a picture that is too large to be decoded whole, in
// bounded memory.
func TestPartHuge(t *testing.T) {
	f, err := Open(bytes.NewReader(hugeTIFF(30000, 30000)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Decode(); !errors.Is(err, ErrUnsupported) {
		t.Errorf("whole: %v", err)
	}
	if _, err := f.Part(image.Rect(0, 0, 30000, 30000), 2); !errors.Is(err, ErrUnsupported) {
		t.Errorf("half: %v", err)
	}
	for _, r := range []image.Rectangle{{}, image.Rect(0, 0, 30001, 1), image.Rect(-1, 0, 5, 5)} {
		if _, err := f.Part(r, 1); !errors.Is(err, errPart) {
			t.Errorf("%v: %v", r, err)
		}
	}
	img, err := f.Part(image.Rect(20000, 29990, 20300, 30000), 1)
	if err != nil || img.Bounds() != image.Rect(0, 0, 300, 10) {
		t.Fatalf("%v %v", img, err)
	}
	for x := range 300 {
		if got := img.At(x, 9).(color.Gray).Y; got != byte(20000+x) {
			t.Fatalf("column %d: found %d, expected %d", x, got, byte(20000+x))
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	small, err := f.Part(image.Rect(0, 0, 8192, 4096), 128)
	runtime.ReadMemStats(&after)
	if err != nil || small.Bounds() != image.Rect(0, 0, 64, 32) {
		t.Fatal(err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 100<<20 {
		t.Errorf("%d bytes for 2^25 pixels", n)
	}
	for x := range 64 { // the mean of 0 to 127, or of 128 to 255
		if got, want := small.At(x, 31).(color.RGBA).G, []byte{64, 192}[x%2]; got != want && got != want-1 {
			t.Fatalf("column %d: found %d, expected %d", x, got, want)
		}
	}
}

// TestPartTooLarge: a large picture that is not decoded in parts says what to do.
func TestPartTooLarge(t *testing.T) {
	bmp := make([]byte, 54)
	copy(bmp, "BM")
	for at, v := range map[int]uint32{10: 54, 14: 40, 18: 4097, 22: 4096, 26: 1 | 24<<16} {
		binary.LittleEndian.PutUint32(bmp[at:], v)
	}
	f, err := Open(bytes.NewReader(bmp))
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Part(image.Rect(0, 0, 8, 8), 1)
	const expected = "measured, not decoded: BMP of 4097 x 4096 pixels, more than 16777216: save it as PNG, JPEG or tiled TIFF, which are decoded in parts, or cut it into tiles"
	if !errors.Is(err, ErrUnsupported) || !strings.HasSuffix(err.Error(), expected) {
		t.Errorf("%v", err)
	}
}

// turnedBy returns EXIF data of an orientation.
func turnedBy(o Orientation) []byte {
	return []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string(rune(o)) +
		"\x00\x00\x00\x00\x00\x00")
}

// TestPartOfLarge compares parts of a PNG and of a JPEG that are too large to be decoded
// whole with the whole, as they are shown.
func TestPartOfLarge(t *testing.T) {
	stored := image.NewGray(image.Rect(0, 0, 4100, 4100))
	for y := range 4100 {
		for x := range 4100 {
			stored.Pix[y*stored.Stride+x] = uint8(x/17 + y/5 + x*y/4096)
		}
	}
	var p, j bytes.Buffer
	if err := errors.Join(png.Encode(&p, stored), jpeg.Encode(&j, stored, nil)); err != nil {
		t.Fatal(err)
	}
	smooth, err := jpeg.Decode(bytes.NewReader(j.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		data  []byte
		whole *image.Gray
	}{
		{"PNG", slices.Concat(p.Bytes()[:33], picturetest.Chunk("eXIf", turnedBy(6)), p.Bytes()[33:]), stored},
		{"JPEG", slices.Concat(j.Bytes()[:2], picturetest.Segment(0xe1, append([]byte("Exif\x00\x00"), turnedBy(6)...)),
			j.Bytes()[2:]), smooth.(*image.Gray)},
	} {
		f, err := Open(bytes.NewReader(c.data))
		if err != nil || f.Orientation != 6 {
			t.Fatalf("%s: %v, orientation %d", c.name, err, f.Orientation)
		}
		if _, err := f.Decode(); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: whole: %v", c.name, err)
		}
		for _, part := range []image.Rectangle{image.Rect(4000, 30, 4100, 50), image.Rect(10, 4000, 30, 4100)} {
			got, err := f.Part(part, 1)
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			if got.Bounds().Min != (image.Point{}) {
				t.Errorf("%s: bounds %v", c.name, got.Bounds())
			}
			picturetest.Same(t, got, Orientation(6).turn(c.whole.SubImage(Orientation(6).storedPart(part, 4100, 4100))),
				image.Rect(0, 0, part.Dx(), part.Dy()))
		}
		small, err := f.Part(image.Rect(0, 0, 4100, 4100), 100)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if reduced, err := f.Reduced(); err != nil || reduced.Bounds() != image.Rect(0, 0, 820, 820) {
			t.Errorf("%s: reduced: %v", c.name, err)
		}
		for y := range 41 {
			for x := range 41 {
				sum := 0
				sx, sy := Orientation(6).stored(x, y, 41, 41)
				for row := range 100 {
					for _, v := range c.whole.Pix[(100*sy+row)*c.whole.Stride+100*sx:][:100] {
						sum += int(v)
					}
				}
				if got := small.At(x, y).(color.RGBA).G; int(got) != (sum+5000)/10000 {
					t.Fatalf("%s: the mean at %d, %d: found %d, expected %d", c.name, x, y, got, (sum+5000)/10000)
				}
			}
		}
	}
}

// TestPartBounded: the memory for a part of a large PNG or JPEG does not grow with the picture.
func TestPartBounded(t *testing.T) {
	var j bytes.Buffer
	if err := jpeg.Encode(&j, image.NewRGBA(image.Rect(0, 0, 16, 16)), nil); err != nil {
		t.Fatal(err)
	}
	tall := bytes.Clone(j.Bytes()) // of 65,500 x 16,000 pixels, but has data of 16 x 16
	at := bytes.Index(tall, []byte{0xff, 0xc0})
	copy(tall[at+5:], []byte{16000 >> 8, 16000 & 0xff, 65500 >> 8, 65500 & 0xff})
	var p bytes.Buffer
	if err := png.Encode(&p, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	flat := p.Bytes()
	binary.BigEndian.PutUint32(flat[16:], 1<<20)
	binary.BigEndian.PutUint32(flat[20:], 1<<10)
	binary.BigEndian.PutUint32(flat[29:], crc32.ChecksumIEEE(flat[12:29]))
	for name, data := range map[string][]byte{"JPEG": tall, "PNG": flat} {
		f, err := Open(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err = f.Part(image.Rect(0, 0, f.Width, f.Height), 64)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: found %v, expected that its data end", name, err)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
			t.Errorf("%s: %d bytes", name, n)
		}
	}
}

// stepped is a picture of which some rows are decoded together.
type stepped struct {
	whole
	together int
}

func (s stepped) Rows() int { return s.together }

// TestPartShrunk compares parts that are scaled down with the means of their pixels, in
// all orientations.
func TestPartShrunk(t *testing.T) {
	stored := image.NewRGBA(image.Rect(0, 0, 13, 7))
	for i := range stored.Pix {
		stored.Pix[i] = byte(i * 7)
		if i%4 == 3 {
			stored.Pix[i] = 255
		}
	}
	for o := upright; o <= 8; o++ {
		shown := o.turn(stored)
		b := shown.Bounds()
		for y := range b.Dy() { // turn agrees with stored
			for x := range b.Dx() {
				if sx, sy := o.stored(x, y, 13, 7); shown.At(x, y) != stored.At(sx, sy) {
					t.Fatalf("orientation %d, pixel %d, %d", o, x, y)
				}
			}
		}
		part := image.Rect(1, 0, b.Dx(), b.Dy()-1)
		small, err := shrunk(stepped{whole{shown}, int(o)}, part, (part.Dx()+2)/3, (part.Dy()+2)/3, 3)
		if err != nil {
			t.Fatal(err)
		}
		for y := range small.Bounds().Dy() {
			for x := range small.Bounds().Dx() {
				sum, n := 0, 0
				for dy := range min(3, part.Dy()-3*y) {
					for dx := range min(3, part.Dx()-3*x) {
						sum += int(shown.At(part.Min.X+3*x+dx, part.Min.Y+3*y+dy).(color.RGBA).R)
						n++
					}
				}
				if got := int(small.At(x, y).(color.RGBA).R); got != (2*sum+n)/(2*n) {
					t.Errorf("orientation %d, pixel %d, %d: found %d, expected %d", o, x, y, got, (2*sum+n)/(2*n))
				}
			}
		}
	}
}

// TestOrientationFaults: an orientation that cannot be read, or that is no orientation, is
// upright, and damaged EXIF is no fault of the picture.
func TestOrientationFaults(t *testing.T) {
	exif := func(kind uint16, v byte) string {
		return "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00" + string(byte(kind)) + "\x00\x00\x00\x01\x00" +
			string(v) + "\x00\x00\x00\x00\x00\x00"
	}
	for _, c := range []struct {
		name, data string
		want       Orientation
	}{
		{"6", exif(3, 6), 6},
		{"0", exif(3, 0), upright},
		{"9", exif(3, 9), upright},
		{"a text", exif(2, 6), upright},
		{"nothing", "", upright},
		{"cut", exif(3, 6)[:20], upright},
		{"no TIFF", "Exif\x00\x00hello, world, hello", upright},
		{"many entries", "Exif\x00\x00II*\x00\x08\x00\x00\x00\xff\xff", upright},
	} {
		if got := exifOrientation([]byte(c.data)); got != c.want {
			t.Errorf("%s: found %d, expected %d", c.name, got, c.want)
		}
	}
}
