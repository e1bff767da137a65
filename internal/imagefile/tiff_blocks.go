package imagefile

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"math"
	"math/bits"

	"github.com/hubdata/hubdata/internal/imagefile/picture"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/image/ccitt"
	"golang.org/x/image/draw"
)

// Compressions of a TIFF that are decoded.
const (
	groupThree = 3
	groupFour  = 4
	lzw        = 5
	jpegTIFF   = 7
	deflate    = 8
	oldDeflate = 32946
	packBits   = 32773
	zstandard  = 50000
)

// compressions are the names of those that are not decoded; empty: it is.
var compressions = map[int]string{1: "", groupThree: "", groupFour: "", lzw: "", jpegTIFF: "", deflate: "",
	oldDeflate: "", packBits: "", zstandard: "",
	2: "fax compression of single lines", 6: "JPEG of the old form", 33003: "JPEG 2000", 33004: "JPEG 2000",
	33005: "JPEG 2000", 34712: "JPEG 2000",
	34676: "LogLuv", 34677: "LogLuv", 34887: "LERC", 34925: "LZMA", 50001: "WebP", 50002: "JPEG XL", 52546: "JPEG XL",
	22610: "JPEG XR", 34892: "lossy JPEG"}

// blockLines are the rows of a strip or tile, from top to bottom.
type blockLines struct {
	r    io.Reader   // decompressed; nil: picture
	row  []byte      // the row before next
	next int         // how many rows were read
	jpeg image.Image // of a JPEG
	free func()
}

// maxOpen is how many strips and tiles stay open between two parts of a picture.
const maxOpen = 64

// Decode decodes a part of the picture as it is stored. Parts that follow each other from
// top to bottom are cheap even within one strip.
func (t *tiffPicture) Decode(part image.Rectangle) (image.Image, error) {
	img, pix, stride := t.layout.model(part)
	planes := 1
	if t.planar {
		planes = t.samples
	}
	for plane := range planes {
		if t.planar && len(t.layout.to[plane]) == 0 {
			continue
		}
		for y := part.Min.Y / t.blockHeight; y*t.blockHeight < part.Max.Y; y++ {
			for x := part.Min.X / t.blockWidth; x*t.blockWidth < part.Max.X; x++ {
				at := image.Pt(x*t.blockWidth, y*t.blockHeight)
				area := part.Intersect(image.Rect(at.X, at.Y, at.X+t.blockWidth, at.Y+t.blockHeight))
				if err := t.decodeBlock(plane, (plane*t.down+y)*t.across+x, at, area, part.Min, pix, stride, img); err != nil {
					return nil, err
				}
			}
		}
	}
	return img, nil
}

// decodeBlock decodes an area of a strip or tile, which begins at a pixel, into the
// pixels of an image, which begins at origin.
func (t *tiffPicture) decodeBlock(plane, index int, at image.Point, area image.Rectangle, origin image.Point,
	pix []byte, stride int, img image.Image) error {
	b := t.open[index]
	first := area.Min.Y - at.Y
	if b == nil || b.next > first {
		if b != nil {
			b.free()
		}
		var err error
		if b, err = t.openBlock(index, at); err != nil {
			return err
		}
	}
	delete(t.open, index)
	keep := false
	defer func() {
		if keep {
			t.open[index] = b
		} else {
			b.free()
		}
	}()
	if b.jpeg != nil && !t.planar && t.samples > 1 {
		draw.Draw(img.(draw.Image), area, b.jpeg, b.jpeg.Bounds().Min.Add(area.Min.Sub(at)), draw.Src)
		b.next = area.Max.Y - at.Y
	} else {
		for b.next < first {
			if err := t.line(b); err != nil {
				return t.inBlock(index, err)
			}
		}
		for y := area.Min.Y; y < area.Max.Y; y++ {
			if err := t.line(b); err != nil {
				return t.inBlock(index, err)
			}
			to := pix[(y-origin.Y)*stride+(area.Min.X-origin.X)*t.layout.bytes():]
			if err := t.store(to, b.row, area.Min.X-at.X, area.Dx(), plane); err != nil {
				return t.inBlock(index, err)
			}
		}
	}
	keep = area.Max.Y < min(at.Y+t.blockHeight, t.height) && len(t.open) < maxOpen
	return nil
}

// inBlock adds which strip or tile an error is about.
func (t *tiffPicture) inBlock(index int, err error) error {
	what := "strip"
	if t.tiled {
		what = "tile"
	}
	return fmt.Errorf("%s %d: %w", what, index, err)
}

// openBlock opens a strip or tile, which begins at a pixel.
func (t *tiffPicture) openBlock(index int, at image.Point) (*blockLines, error) {
	offsets, counts := uint16(tagStripOffsets), uint16(tagStripByteCounts)
	if t.tiled {
		offsets, counts = tagTileOffsets, tagTileByteCounts
		if _, ok := t.entries[offsets]; !ok {
			offsets, counts = tagStripOffsets, tagStripByteCounts // as some writers do
		}
	}
	offset, ok, err := t.value(offsets, index)
	if err != nil {
		return nil, t.inBlock(index, err)
	}
	if !ok || offset > math.MaxInt64 {
		return nil, t.inBlock(index, fmt.Errorf("%w: it has no place in the file", errTIFF))
	}
	size, ok, err := t.value(counts, index)
	if err != nil {
		return nil, t.inBlock(index, err)
	}
	if !ok || size > 1<<40 {
		size = 1 << 40 // to the end of the file
	}
	rowBytes := (t.blockWidth*t.rowSamples()*t.bits + 7) / 8
	if t.compression == 1 && !ok || t.compression == 1 && size == 0 {
		size = uint64(rowBytes) * uint64(t.blockHeight)
	}
	b := &blockLines{free: func() {}}
	var data io.Reader = io.NewSectionReader(t.r, int64(offset), int64(size))
	if t.reversed && t.compression != groupThree && t.compression != groupFour && t.compression != jpegTIFF {
		data = reversed{data}
	}
	height := min(t.blockHeight, t.height-at.Y)
	if t.tiled {
		height = t.blockHeight
	}
	switch t.compression {
	case jpegTIFF:
		if b.jpeg, err = t.openJPEG(data, t.blockWidth, height); err != nil {
			return nil, t.inBlock(index, err)
		}
		if _, ok := b.jpeg.(*image.Gray); t.rowSamples() == 1 && !ok {
			return nil, t.inBlock(index, fmt.Errorf("%w: a JPEG of colours for one sample", errTIFF))
		}
		return b, nil
	case groupThree, groupFour:
		order, kind := ccitt.MSB, ccitt.Group3
		if t.reversed {
			order = ccitt.LSB
		}
		if t.compression == groupFour {
			kind = ccitt.Group4
		}
		b.r = ccitt.NewReader(data, order, kind, t.blockWidth, height, &ccitt.Options{Invert: true})
	case lzw, deflate, oldDeflate, packBits, zstandard:
		unpacker, err := t.unpacker(data)
		if err != nil {
			return nil, t.inBlock(index, picture.Ended(err))
		}
		b.r, b.free = unpacker, func() { t.spare = unpacker }
	default:
		b.r = data
	}
	b.row = make([]byte, rowBytes)
	return b, nil
}

// unpacker decompresses strips or tiles, one after the other.
type unpacker interface {
	io.Reader
	Reset(io.Reader) error
}

// unpacker returns one for the data of a strip or tile: if it can be, one that is no longer
// in use.
func (t *tiffPicture) unpacker(data io.Reader) (unpacker, error) {
	if u := t.spare; u != nil {
		t.spare = nil
		return u, u.Reset(data)
	}
	switch t.compression {
	case lzw:
		return newLZWReader(data), nil
	case packBits:
		return &packBitsReader{r: data}, nil
	case zstandard:
		return zstd.NewReader(data, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(1<<26))
	}
	z, err := zlib.NewReader(data)
	if err != nil {
		return nil, err
	}
	return deflated{z}, nil
}

// deflated decompresses Deflate.
type deflated struct{ io.ReadCloser }

func (d deflated) Reset(r io.Reader) error { return d.ReadCloser.(zlib.Resetter).Reset(r, nil) }

// line reads the next row of a block.
func (t *tiffPicture) line(b *blockLines) error {
	if b.jpeg != nil {
		m := b.jpeg.(*image.Gray)
		i := m.PixOffset(m.Rect.Min.X, m.Rect.Min.Y+b.next)
		b.row = m.Pix[i : i+m.Rect.Dx()]
		b.next++
		return nil
	}
	if _, err := io.ReadFull(b.r, b.row); err != nil {
		return picture.Ended(err)
	}
	b.next++
	if t.predictor == 2 {
		n := t.rowSamples()
		switch t.bits {
		case 8:
			for i := n; i < len(b.row); i++ {
				b.row[i] += b.row[i-n]
			}
		case 32:
			for i := 4 * n; i+3 < len(b.row); i += 4 {
				t.order.PutUint32(b.row[i:], t.order.Uint32(b.row[i:])+t.order.Uint32(b.row[i-4*n:]))
			}
		case 64:
			for i := 8 * n; i+7 < len(b.row); i += 8 {
				t.order.PutUint64(b.row[i:], t.order.Uint64(b.row[i:])+t.order.Uint64(b.row[i-8*n:]))
			}
		default:
			for i := 2 * n; i+1 < len(b.row); i += 2 {
				t.order.PutUint16(b.row[i:], t.order.Uint16(b.row[i:])+t.order.Uint16(b.row[i-2*n:]))
			}
		}
	}
	return nil
}

// openJPEG decodes a strip or tile that is a JPEG, for which the file holds the tables.
func (t *tiffPicture) openJPEG(r io.Reader, w, h int) (image.Image, error) {
	if h > MaxPixels/w {
		return nil, picture.NotDecoded("TIFF with a JPEG of %d x %d pixels", w, h)
	}
	data, err := readImage(r)
	if err != nil {
		return nil, err
	}
	if len(data) < 2 {
		return nil, io.ErrUnexpectedEOF
	}
	var tables []byte
	if e, ok := t.entries[tagJPEGTables]; ok && e.count > 4 && e.count < maxExif && e.unit() == 1 {
		tables = make([]byte, e.count)
		if err := t.readAt(tables, e.at); err != nil {
			return nil, err
		}
		tables = tables[2 : len(tables)-2] // without its begin and end
	}
	// A JPEG in a TIFF need not say whether its three components are RGB or YCbCr.
	var model []byte
	if photometric, err := t.number(tagPhotometric, 2); err != nil {
		return nil, err
	} else if t.rowSamples() == 3 && !bytes.Contains(data[:min(len(data), 1<<10)], []byte("Adobe\x00")) {
		model = []byte("\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00")
		if photometric == 6 {
			model[len(model)-1] = 1
		}
	}
	whole := bytes.Join([][]byte{data[:2], model, tables, data[2:]}, nil)
	c, err := jpeg.DecodeConfig(bytes.NewReader(whole))
	if err != nil {
		return nil, err
	}
	if c.Width != w || c.Height != h {
		return nil, fmt.Errorf("%w: a JPEG of %d x %d pixels, expected %d x %d", errTIFF, c.Width, c.Height, w, h)
	}
	return jpeg.Decode(bytes.NewReader(whole))
}

// reversed reverses the bits of each byte.
type reversed struct{ r io.Reader }

func (r reversed) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	for i := range p[:n] {
		p[i] = bits.Reverse8(p[i])
	}
	return n, err
}

// packBitsReader decompresses runs of bytes.
type packBitsReader struct {
	r     io.Reader
	buf   [4096]byte
	in    []byte
	left  int // bytes of the run
	same  bool
	value byte // of a run of the same
}

func (p *packBitsReader) Reset(r io.Reader) error {
	p.r, p.in, p.left = r, nil, 0
	return nil
}

func (p *packBitsReader) next() (byte, error) {
	for len(p.in) == 0 {
		n, err := p.r.Read(p.buf[:])
		if p.in = p.buf[:n]; n == 0 && err != nil {
			return 0, err
		}
	}
	b := p.in[0]
	p.in = p.in[1:]
	return b, nil
}

func (p *packBitsReader) Read(out []byte) (int, error) {
	for i := range out {
		for p.left == 0 {
			b, err := p.next()
			if err != nil {
				return i, err
			}
			switch n := int(int8(b)); {
			case n >= 0:
				p.left, p.same = n+1, false
			case n > -128:
				p.left, p.same = 1-n, true
				if p.value, err = p.next(); err != nil {
					return i, err
				}
			}
		}
		if !p.same {
			var err error
			if p.value, err = p.next(); err != nil {
				return i, err
			}
		}
		out[i] = p.value
		p.left--
	}
	return len(out), nil
}

// bytes is the size of a pixel.
func (l *layout) bytes() int {
	if l.deep {
		return 2 * l.channels
	}
	return l.channels
}

// store writes n pixels of a row, from pixel x on, into those of an image. The row has the
// samples of a plane, or of all.
func (t *tiffPicture) store(out, row []byte, x, n, plane int) error {
	l := &t.layout
	per := t.rowSamples()
	switch {
	case l.deep:
		for i := range n {
			for s := range per {
				v := t.order.Uint16(row[2*((x+i)*per+s):])
				if l.invert && plane+s == 0 {
					v = ^v
				}
				for _, c := range l.to[plane+s] {
					at := 2 * (i*l.channels + c)
					out[at], out[at+1] = byte(v>>8), byte(v)
				}
			}
		}
	case t.bits == 8 && l.channels == per && per == 1 && !l.invert && l.colors == 0, t.bits == 8 && per == 4 &&
		l.channels == 4 && len(l.to[3]) == 1:
		copy(out[:n*per], row[x*per:])
	case t.bits == 8 && per == 3 && l.channels == 4:
		row = row[3*x : 3*(x+n)]
		for i := 0; len(row) >= 3; i, row = i+4, row[3:] {
			o := out[i : i+3 : i+3]
			o[0], o[1], o[2] = row[0], row[1], row[2]
		}
	case t.bits == 8:
		for i := range n {
			for s := range per {
				v := row[(x+i)*per+s]
				if l.invert && plane+s == 0 {
					v = ^v
				}
				if l.colors > 0 && int(v) >= l.colors {
					return fmt.Errorf("%w: colour %d of a palette of %d", errTIFF, v, l.colors)
				}
				for _, c := range l.to[plane+s] {
					out[i*l.channels+c] = v
				}
			}
		}
	default: // several samples in a byte, of one channel
		each := 8 / t.bits
		for i := range n {
			v := int(row[(x+i)/each]) >> (8 - t.bits*((x+i)%each+1)) & (1<<t.bits - 1)
			if l.colors > 0 && v >= l.colors {
				return fmt.Errorf("%w: colour %d of a palette of %d", errTIFF, v, l.colors)
			}
			if v *= l.scale; l.invert {
				v = 255 - v
			}
			out[i] = byte(v)
		}
	}
	return nil
}
