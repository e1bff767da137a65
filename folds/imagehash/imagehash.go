// Package imagehash computes short hashes of images that change little when an image
// changes little. They find duplicates of a picture even if its file was compressed or
// scaled again. They do not find rotated and mirrored pictures.
package imagehash

import (
	"image"
	"math/bits"
)

// The hash has a bit for each of rows x columns cells, which is set if the cell is
// darker than its right neighbour.
const (
	rows    = 16
	columns = 16
)

// Near is the largest distance at which two images count as nearly equal. The tests
// measure that ten tiles of the competition are at least 111 bits apart, and their
// copies (JPEG at quality 80, 5 levels brighter, half the size) at most 13. For
// synthetic tiles it is 102 and 21.
const Near = 32

// Hash is a difference hash of 256 bits.
type Hash [rows * columns / 64]uint64

// Distance returns the number of bits in which two hashes differ, 0 to 256.
func Distance(a, b Hash) int {
	n := 0
	for i := range a {
		n += bits.OnesCount64(a[i] ^ b[i])
	}
	return n
}

// Of returns the hash of an image: the differences of its brightness (ITU-R BT.601),
// averaged over a grid of 17 x 16 cells.
func Of(img image.Image) Hash {
	var sum, count [rows][columns + 1]uint64
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if w < 1 || h < 1 {
		return Hash{}
	}
	luma := lumaOf(img)
	for y := range h {
		r := y * rows / h
		for x := range w {
			c := x * (columns + 1) / w
			sum[r][c] += uint64(luma(b.Min.X+x, b.Min.Y+y))
			count[r][c]++
		}
	}
	var hash Hash
	for r := range rows {
		for c := range columns {
			// Means are compared without dividing. Empty cells, which tiny images have,
			// are 0.
			if sum[r][c]*max(count[r][c+1], 1) < sum[r][c+1]*max(count[r][c], 1) {
				hash[(r*columns+c)/64] |= 1 << ((r*columns + c) % 64)
			}
		}
	}
	return hash
}

// lumaOf returns a function that returns a pixel's brightness, 0 to 255000.
func lumaOf(img image.Image) func(x, y int) uint32 {
	rgb := func(p []uint8) uint32 { return 299*uint32(p[0]) + 587*uint32(p[1]) + 114*uint32(p[2]) }
	switch m := img.(type) {
	case *image.RGBA:
		return func(x, y int) uint32 { i := m.PixOffset(x, y); return rgb(m.Pix[i : i+3 : i+3]) }
	case *image.NRGBA:
		return func(x, y int) uint32 { i := m.PixOffset(x, y); return rgb(m.Pix[i : i+3 : i+3]) }
	case image.RGBA64Image: // At would allocate for each pixel
		return func(x, y int) uint32 {
			c := m.RGBA64At(x, y)
			return (299*uint32(c.R) + 587*uint32(c.G) + 114*uint32(c.B)) / 257
		}
	}
	return func(x, y int) uint32 {
		r, g, b, _ := img.At(x, y).RGBA()
		return (299*r + 587*g + 114*b) / 257
	}
}
