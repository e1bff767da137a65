package raster

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"slices"
	"sync"

	"github.com/klauspost/compress/zlib"
)

// Names of files of label images.
const (
	TIFFSuffix = ".tif"
	PNGSuffix  = ".png"
)

// bits is how many bits a pixel needs: 8, 16 or 32, but least at least.
func (c *Canvas) bits(least int) int {
	most := uint32(0)
	for _, v := range c.Values {
		most |= v
	}
	switch {
	case most > 0xffff:
		return 32
	case most > 0xff:
		return max(16, least)
	}
	return max(8, least)
}

// samples appends the rows with pixels of 8, 16 or 32 bits, each with a byte 0 before it if
// filter is set. The bytes of a pixel are in the order of PNG if big is set, else in that of
// TIFF.
func (c *Canvas) samples(dst []byte, bits int, big, filter bool) []byte {
	size, head := bits/8, 0
	if filter {
		head = 1
	}
	rowBytes := head + size*c.Width
	dst = slices.Grow(dst, rowBytes*c.Height)[:rowBytes*c.Height]
	clear(dst)
	// Most pixels are background: the others alone are written, across the rows.
	for x := range c.Width {
		at := head + x*size
		for _, n := range c.Values[x*c.Height : (x+1)*c.Height] {
			if n != 0 {
				switch {
				case size == 1:
					dst[at] = byte(n)
				case size == 2 && big:
					dst[at], dst[at+1] = byte(n>>8), byte(n)
				case size == 2:
					dst[at], dst[at+1] = byte(n), byte(n>>8)
				default: // only TIFF has them
					binary.LittleEndian.PutUint32(dst[at:], n)
				}
			}
			at += rowBytes
		}
	}
	return dst
}

// packer is memory for compression, which is large.
type packer struct {
	samples []byte
	out     bytes.Buffer
	zlib    *zlib.Writer
}

var packers = sync.Pool{New: func() any {
	z, err := zlib.NewWriterLevel(io.Discard, 1) // fast: labels are long runs, which any level makes small
	if err != nil {
		panic(err) // no such level
	}
	return &packer{zlib: z}
}}

// deflate appends the compressed samples of a canvas.
func (c *Canvas) deflate(dst []byte, bits int, big, filter bool) ([]byte, error) {
	p := packers.Get().(*packer)
	if cap(p.samples) <= 4*maxKept {
		defer packers.Put(p)
	}
	p.samples = c.samples(p.samples[:0], bits, big, filter)
	p.out.Reset()
	p.zlib.Reset(&p.out)
	if _, err := p.zlib.Write(p.samples); err != nil {
		return dst, err
	}
	if err := p.zlib.Close(); err != nil {
		return dst, err
	}
	return append(dst, p.out.Bytes()...), nil
}

// TIFF returns the canvas as a TIFF with Deflate, of one grey sample of 16 bits, or 32 if a
// number needs them. least 8 lets it have 8 bits if they are enough. tifffile,
// scikit-image, OpenCV, Pillow and ImageJ read it. The same canvas gives the same bytes.
func (c *Canvas) TIFF(least int) ([]byte, error) {
	bits := c.bits(least)
	const head, entries = 8, 11
	const data = head + 2 + 12*entries + 4
	text, err := c.deflate(make([]byte, data), bits, false, false)
	if err != nil {
		return nil, err
	}
	size := len(text) - data
	if len(text)%2 == 1 {
		text = append(text, 0)
	}
	le := binary.LittleEndian
	copy(text, "II*\x00\x08\x00\x00\x00")
	le.PutUint16(text[head:], entries)
	const short, long = 3, 4
	at := head + 2
	for _, e := range [entries]struct {
		tag, kind uint16
		value     uint32
	}{
		{256, long, uint32(c.Width)}, {257, long, uint32(c.Height)}, {258, short, uint32(bits)},
		{259, short, 8},                  // compression: Deflate
		{262, short, 1},                  // 0 is black
		{273, long, uint32(data)},        // one strip
		{277, short, 1},                  // samples
		{278, long, uint32(c.Height)},    // rows per strip
		{279, long, uint32(size)},        // bytes of the strip
		{284, short, 1}, {339, short, 1}, // planes, unsigned
	} {
		le.PutUint16(text[at:], e.tag)
		le.PutUint16(text[at+2:], e.kind)
		le.PutUint32(text[at+4:], 1)
		le.PutUint32(text[at+8:], e.value)
		at += 12
	}
	return text, nil
}

// PNG returns the canvas as a PNG of one grey sample of 16 bits; least 8 lets it have 8 bits
// if they are enough. It reports false if a number needs more than 16 bits, which PNG does
// not have. The same canvas gives the same bytes.
func (c *Canvas) PNG(least int) (text []byte, ok bool, err error) {
	bits := c.bits(least)
	if bits > 16 {
		return nil, false, nil
	}
	data, err := c.deflate(nil, bits, true, true)
	if err != nil {
		return nil, false, err
	}
	head := make([]byte, 13)
	binary.BigEndian.PutUint32(head, uint32(c.Width))
	binary.BigEndian.PutUint32(head[4:], uint32(c.Height))
	head[8] = byte(bits)
	text = append(text, "\x89PNG\r\n\x1a\n"...)
	text = appendChunk(text, "IHDR", head)
	text = appendChunk(text, "IDAT", data)
	return appendChunk(text, "IEND", nil), true, nil
}

func appendChunk(dst []byte, name string, data []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(data)))
	start := len(dst)
	dst = append(append(dst, name...), data...)
	return binary.BigEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[start:]))
}
