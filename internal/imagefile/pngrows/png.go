// Package pngrows decodes parts of a PNG row by row, in memory that does not grow with it.
package pngrows

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"io"

	"github.com/hubdata/hubdata/internal/imagefile/picture"
	"github.com/klauspost/compress/zlib"
)

// errInvalid is the error for a PNG that contradicts itself.
var errInvalid = errors.New("not a valid PNG")

// rowReader decodes parts of a PNG row by row. It holds two rows of each pass.
type rowReader struct {
	header
	r       io.ReaderAt
	data    int64 // where the first chunk IDAT begins
	palette color.Palette
	key     []uint16 // the samples of the colour that is transparent; nil: none
	model   func(image.Rectangle) (img image.Image, pix []byte, stride int)
	passes  []*pass // nil: no row was read
	next    int     // the row that comes after those that were read
}

// header is the chunk IHDR.
type header struct {
	width, height int
	bits          int // per sample
	kind          int
	interlaced    bool
}

// The kinds of PNG.
const (
	kindGrey      = 0
	kindRGB       = 2
	kindPalette   = 3
	kindGreyAlpha = 4
	kindRGBAlpha  = 6
	maxPNGPalette = 3 * 256
)

// maxPNGRow is the largest number of bytes of a row of a PNG.
const maxPNGRow = 1 << 24

// samples is how many a pixel has.
func (h *header) samples() int {
	return map[int]int{kindGrey: 1, kindRGB: 3, kindPalette: 1, kindGreyAlpha: 2, kindRGBAlpha: 4}[h.kind]
}

// Open reads the chunks before the pixels.
func Open(r io.ReaderAt) (picture.Picture, error) {
	p := &rowReader{r: r}
	var palette, transparent []byte
	for at := int64(8); p.data == 0; {
		c, err := readChunk(r, at)
		if err != nil {
			return nil, err
		}
		if (p.width == 0) != (c.kind == "IHDR") {
			return nil, fmt.Errorf("%w: found a chunk %q, expected one IHDR, which is first", errInvalid, c.kind)
		}
		switch c.kind {
		case "IHDR":
			var data []byte
			if data, err = c.read(r, 13); err == nil {
				err = p.setHeader(data)
			}
		case "PLTE":
			palette, err = c.read(r, maxPNGPalette)
		case "tRNS":
			transparent, err = c.read(r, maxPNGPalette)
		case "IEND":
			err = fmt.Errorf("%w: it has no chunk IDAT", errInvalid)
		case "IDAT":
			p.data = at
		}
		if err != nil {
			return nil, err
		}
		at = c.end()
	}
	return p, p.setColors(palette, transparent)
}

// chunk is where a chunk is.
type chunk struct {
	kind string
	at   int64 // of its data
	size int64
}

func (c *chunk) end() int64 { return c.at + c.size + 4 }

// readChunk reads the header of the chunk at a position.
func readChunk(r io.ReaderAt, at int64) (*chunk, error) {
	head := make([]byte, 8)
	if n, err := r.ReadAt(head, at); n < len(head) {
		return nil, picture.Ended(err)
	}
	c := &chunk{kind: string(head[4:]), at: at + 8, size: int64(binary.BigEndian.Uint32(head))}
	if c.size > 1<<31-1 {
		return nil, fmt.Errorf("%w: a chunk %q of %d bytes", errInvalid, c.kind, c.size)
	}
	return c, nil
}

// read reads the data of a chunk, and checks their sum.
func (c *chunk) read(r io.ReaderAt, most int64) ([]byte, error) {
	if c.size > most {
		return nil, fmt.Errorf("%w: a chunk %q of %d bytes, more than %d", errInvalid, c.kind, c.size, most)
	}
	data := make([]byte, c.size+4)
	if n, err := r.ReadAt(data, c.at); n < len(data) {
		return nil, picture.Ended(err)
	}
	sum := crc32.Update(crc32.ChecksumIEEE([]byte(c.kind)), crc32.IEEETable, data[:c.size])
	return data[:c.size], c.check(sum, data[c.size:])
}

// check compares the sum of a chunk with that in the file.
func (c *chunk) check(sum uint32, stored []byte) error {
	if sum != binary.BigEndian.Uint32(stored) {
		return fmt.Errorf("%w: the checksum of the chunk %q at byte %d is wrong", errInvalid, c.kind, c.at-8)
	}
	return nil
}

// setHeader reads the chunk IHDR.
func (p *rowReader) setHeader(b []byte) error {
	if len(b) != 13 {
		return fmt.Errorf("%w: a header of %d bytes", errInvalid, len(b))
	}
	w, h := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	if w == 0 || h == 0 || w > 1<<31-1 || h > 1<<31-1 {
		return fmt.Errorf("%w: %d x %d pixels", errInvalid, w, h)
	}
	p.header = header{width: int(w), height: int(h), bits: int(b[8]), kind: int(b[9]), interlaced: b[12] == 1}
	valid := map[int]string{kindGrey: "\x01\x02\x04\x08\x10", kindRGB: "\x08\x10", kindPalette: "\x01\x02\x04\x08", kindGreyAlpha: "\x08\x10", kindRGBAlpha: "\x08\x10"}[p.kind]
	ok := false
	for _, n := range []byte(valid) {
		ok = ok || int(n) == p.bits
	}
	if !ok || b[10] != 0 || b[11] != 0 || b[12] > 1 {
		return picture.NotDecoded("PNG of kind %d with %d bits, compression %d, filter %d, interlace %d", p.kind, p.bits, b[10], b[11], b[12])
	}
	if p.width > maxPNGRow/(2*4) { // the largest pixel
		return picture.NotDecoded("PNG with rows of %d pixels, more than %d", p.width, maxPNGRow/(2*4))
	}
	return nil
}

// setColors chooses what the picture is decoded to, as image/png does.
func (p *rowReader) setColors(palette, transparent []byte) error {
	deep := p.bits == 16
	switch p.kind {
	case kindPalette:
		if len(palette) == 0 || len(palette)%3 != 0 || len(palette)/3 > 1<<p.bits || len(transparent) > len(palette)/3 {
			return fmt.Errorf("%w: a palette of %d bytes, with %d of alpha", errInvalid, len(palette), len(transparent))
		}
		for i := range 256 {
			c := color.NRGBA{A: 255} // of a pixel beyond the palette
			if 3*i < len(palette) {
				c = color.NRGBA{palette[3*i], palette[3*i+1], palette[3*i+2], 255}
			}
			if i < len(transparent) {
				c.A = transparent[i]
			}
			if c.A == 255 {
				p.palette = append(p.palette, color.RGBA(c))
			} else {
				p.palette = append(p.palette, c)
			}
		}
		p.model = func(r image.Rectangle) (image.Image, []byte, int) {
			m := image.NewPaletted(r, p.palette)
			return m, m.Pix, m.Stride
		}
		return nil
	case kindGrey, kindRGB:
		if transparent != nil {
			if len(transparent) != 2*p.samples() {
				return fmt.Errorf("%w: a transparent colour of %d bytes, expected %d", errInvalid, len(transparent), 2*p.samples())
			}
			for i := range p.samples() {
				v := binary.BigEndian.Uint16(transparent[2*i:])
				if p.bits <= 8 {
					v &= 1<<p.bits - 1
				}
				p.key = append(p.key, v)
			}
		}
	}
	if p.model = picture.Colored(deep, p.kind == kindRGB && p.key == nil); p.kind == kindGrey && p.key == nil {
		p.model = picture.Grey(deep)
	}
	return nil
}

// Rows is 1: rows are decoded one by one.
func (p *rowReader) Rows() int { return 1 }

// Decode decodes a part. Parts that follow each other from top to bottom are cheap.
func (p *rowReader) Decode(part image.Rectangle) (image.Image, error) {
	if p.passes == nil || part.Min.Y < p.next {
		if err := p.rewind(); err != nil {
			return nil, err
		}
	}
	img, pix, stride := p.model(part)
	for ; p.next < part.Max.Y; p.next++ {
		var row []byte
		if p.next >= part.Min.Y {
			row = pix[(p.next-part.Min.Y)*stride:]
		}
		if err := p.row(part, row); err != nil {
			p.passes = nil // it is not known where they are
			return nil, fmt.Errorf("row %d: %w", p.next, err)
		}
	}
	if p.next == p.height {
		if err := p.finish(); err != nil {
			return nil, err
		}
	}
	return img, nil
}

// finish checks that nothing comes after the last row, and the sum of all rows.
func (p *rowReader) finish() error {
	last := p.passes[len(p.passes)-1]
	p.passes = nil
	switch n, err := io.ReadFull(last.r, make([]byte, 1)); {
	case n > 0:
		return fmt.Errorf("%w: it has more rows than its header says", errInvalid)
	case !errors.Is(err, io.EOF):
		return err
	}
	return nil
}

// row reads the next row, and stores the columns of a part; nil: none.
func (p *rowReader) row(part image.Rectangle, out []byte) error {
	for _, pass := range p.passes {
		if !pass.has(p.next) {
			continue
		}
		if err := pass.read(); err != nil {
			return err
		}
		if out != nil {
			p.store(pass, part, out)
		}
	}
	return nil
}

// pass is one of the pictures of which an interlaced one consists, or all of it. Each
// has a reader of its own, so that no more than two rows of it are held.
type pass struct {
	x, y, dx, dy int // its pixels are at x, x + dx, ...
	r            io.Reader
	pixel        int    // bytes from one to the next that filters refer to
	row, above   []byte // the first byte of each is the filter
}

// adam7 are the passes of an interlaced picture.
var adam7 = [...]pass{
	{x: 0, y: 0, dx: 8, dy: 8}, {x: 4, y: 0, dx: 8, dy: 8}, {x: 0, y: 4, dx: 4, dy: 8}, {x: 2, y: 0, dx: 4, dy: 4},
	{x: 0, y: 2, dx: 2, dy: 4}, {x: 1, y: 0, dx: 2, dy: 2}, {x: 0, y: 1, dx: 1, dy: 2},
}

// rewind begins with the first row. The rows of the passes are one after the other in the
// file: the data of those before each pass are skipped.
func (p *rowReader) rewind() error {
	p.next, p.passes = 0, nil
	all := []pass{{dx: 1, dy: 1}}
	if p.interlaced {
		all = adam7[:]
	}
	before := int64(0)
	for _, pass := range all {
		w, h := (p.width-pass.x+pass.dx-1)/pass.dx, (p.height-pass.y+pass.dy-1)/pass.dy
		if w <= 0 || h <= 0 {
			continue
		}
		bits := p.bits * p.samples()
		size := 1 + (w*bits+7)/8
		pass.pixel = max(1, bits/8)
		pass.row, pass.above = make([]byte, size), make([]byte, size)
		z, err := zlib.NewReader(bufio.NewReaderSize(&idat{r: p.r, next: p.data}, 1<<14))
		if err != nil {
			return picture.Ended(err)
		}
		if _, err := io.CopyN(io.Discard, z, before); err != nil {
			return picture.Ended(err)
		}
		pass.r = z
		p.passes = append(p.passes, &pass)
		before += int64(size) * int64(h)
	}
	return nil
}

// has says whether a row of the picture has pixels of a pass.
func (p *pass) has(y int) bool { return y >= p.y && (y-p.y)%p.dy == 0 }

// read reads the next row of a pass.
func (p *pass) read() error {
	p.row, p.above = p.above, p.row
	if _, err := io.ReadFull(p.r, p.row); err != nil {
		return picture.Ended(err)
	}
	return unfilter(int(p.row[0]), p.row[1:], p.above[1:], p.pixel)
}

// unfilter turns the differences in a row into its bytes. A pixel has n bytes.
func unfilter(filter int, row, above []byte, n int) error {
	above = above[:len(row)]
	n = min(n, len(row))
	switch filter {
	case 0:
	case 1: // from the left
		for i := n; i < len(row); i++ {
			row[i] += row[i-n]
		}
	case 2: // from above
		for i, v := range above {
			row[i] += v
		}
	case 3: // from the mean of both
		for i, v := range above[:n] {
			row[i] += v / 2
		}
		for i := n; i < len(row); i++ {
			row[i] += uint8((int(row[i-n]) + int(above[i])) / 2)
		}
	case 4: // from the nearest to left + above - above left
		for i, v := range above[:n] {
			row[i] += v
		}
		for i := n; i < len(row); i++ {
			row[i] += nearest(int(row[i-n]), int(above[i]), int(above[i-n]))
		}
	default:
		return fmt.Errorf("%w: found filter %d, expected 0 to 4", errInvalid, filter)
	}
	return nil
}

// nearest returns which of left, up and corner is nearest to left + up - corner, the first
// of those that are as near.
func nearest(left, up, corner int) uint8 {
	dl, du := up-corner, left-corner // its distances from left and up
	dc := dl + du
	dl, du, dc = max(dl, -dl), max(du, -du), max(dc, -dc)
	switch {
	case dl <= du && dl <= dc:
		return uint8(left)
	case du <= dc:
		return uint8(up)
	}
	return uint8(corner)
}

// store stores the pixels of a pass's row that are in a part.
func (p *rowReader) store(pass *pass, part image.Rectangle, out []byte) {
	row := pass.row[1:]
	first := max(0, (part.Min.X-pass.x+pass.dx-1)/pass.dx)
	size := 4
	if p.kind == kindPalette || p.kind == kindGrey && p.key == nil {
		size = 1
	}
	if p.bits == 16 {
		size *= 2
	}
	n, bytes := p.samples(), p.bits/8 // of a sample
	if pass.dx == 1 && p.bits >= 8 && p.key == nil {
		switch {
		case size == n*bytes:
			copy(out[:part.Dx()*size], row[first*size:])
			return
		case p.kind == kindRGB && p.bits == 8:
			row = row[3*first : 3*(first+part.Dx())]
			for o := out; len(row) >= 3; o, row = o[4:], row[3:] {
				o[0], o[1], o[2] = row[0], row[1], row[2]
			}
			return
		}
	}
	scale := 1
	if p.kind == kindGrey && p.bits < 8 {
		scale = 255 / (1<<p.bits - 1)
	}
	for k, x := first, pass.x+first*pass.dx; x < part.Max.X; k, x = k+1, x+pass.dx {
		o := out[(x-part.Min.X)*size:][:size:size]
		if p.bits < 8 { // one sample
			v := row[k*p.bits/8] >> (8 - p.bits - k*p.bits%8) & (1<<p.bits - 1)
			if size == 1 {
				o[0] = v * uint8(scale)
				continue
			}
			o[0], o[1], o[2] = v*uint8(scale), v*uint8(scale), v*uint8(scale)
			if uint16(v) == p.key[0] {
				o[3] = 0
			}
			continue
		}
		in := row[k*n*bytes:][: n*bytes : n*bytes]
		switch {
		case size == bytes || n >= 3:
			copy(o, in)
		default: // grey
			for c := range 3 {
				copy(o[c*bytes:], in[:bytes])
			}
			if n == 2 {
				copy(o[3*bytes:], in[bytes:])
			}
		}
		if p.key != nil && p.isKey(in) {
			clear(o[3*bytes:])
		}
	}
}

// isKey says whether a pixel has the colour that is transparent.
func (p *rowReader) isKey(in []byte) bool {
	for i, v := range p.key {
		if p.bits == 8 && uint16(in[i]) != v || p.bits == 16 && binary.BigEndian.Uint16(in[2*i:]) != v {
			return false
		}
	}
	return true
}

// idat reads the data of the chunks IDAT, one after the other, and checks their sums.
type idat struct {
	r    io.ReaderAt
	next int64  // the chunk that follows
	c    *chunk // nil: none was read
	at   int64  // of the data that are left in c
	sum  uint32 // of those that were read
}

func (d *idat) Read(b []byte) (int, error) {
	for d.c == nil || d.at == d.c.at+d.c.size {
		if d.c != nil {
			stored := make([]byte, 4)
			if n, err := d.r.ReadAt(stored, d.at); n < len(stored) {
				return 0, picture.Ended(err)
			}
			if err := d.c.check(d.sum, stored); err != nil {
				return 0, err
			}
		}
		c, err := readChunk(d.r, d.next)
		if err != nil {
			return 0, err
		}
		if c.kind != "IDAT" {
			return 0, io.EOF
		}
		d.c, d.at, d.next, d.sum = c, c.at, c.end(), crc32.ChecksumIEEE([]byte(c.kind))
	}
	n, err := d.r.ReadAt(b[:min(int64(len(b)), d.c.at+d.c.size-d.at)], d.at)
	if n == 0 {
		return 0, picture.Ended(err)
	}
	d.at += int64(n)
	d.sum = crc32.Update(d.sum, crc32.IEEETable, b[:n])
	return n, nil
}
