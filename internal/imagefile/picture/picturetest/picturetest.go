// Package picturetest compares parts of pictures, and makes some. For tests only.
package picturetest

import (
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"math/rand/v2"
	"testing"
)

// Same compares a part with that of a whole picture.
func Same(t testing.TB, got, expected image.Image, part image.Rectangle) {
	t.Helper()
	b, e := got.Bounds(), expected.Bounds()
	if b.Size() != part.Size() {
		t.Fatalf("found %v, expected %v", b, part)
	}
	for y := range part.Dy() {
		for x := range part.Dx() {
			g := color.NRGBA64Model.Convert(got.At(b.Min.X+x, b.Min.Y+y))
			if w := color.NRGBA64Model.Convert(expected.At(e.Min.X+part.Min.X+x, e.Min.Y+part.Min.Y+y)); g != w {
				t.Fatalf("part %v, pixel %d, %d: found %v, expected %v", part, x, y, g, w)
			}
		}
	}
}

// Parts returns random parts of a picture, and all of it.
func Parts(rng *rand.Rand, w, h int) []image.Rectangle {
	out := []image.Rectangle{image.Rect(0, 0, w, h)}
	for range 3 {
		x, y := rng.IntN(w), rng.IntN(h)
		out = append(out, image.Rect(x, y, x+1+rng.IntN(w-x), y+1+rng.IntN(h-y)))
	}
	return append(out, image.Rect(0, 0, w, (h+1)/2), image.Rect(0, h/2, w, h))
}

// Chunk returns a chunk of a PNG.
func Chunk(kind string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, kind...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// Segment returns a segment of a JPEG.
func Segment(marker byte, data []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(data)+2)), data...)
}
