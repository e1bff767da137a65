package imagefile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"math"

	"github.com/hubdata/hubdata/internal/imagefile/picture"
)

// The tags of a TIFF that are read.
const (
	tagWidth           = 256
	tagHeight          = 257
	tagBits            = 258
	tagCompression     = 259
	tagPhotometric     = 262
	tagFillOrder       = 266
	tagStripOffsets    = 273
	tagOrientation     = 274
	tagSamples         = 277
	tagRowsPerStrip    = 278
	tagStripByteCounts = 279
	tagPlanes          = 284
	tagT4Options       = 292
	tagPredictor       = 317
	tagColorMap        = 320
	tagTileWidth       = 322
	tagTileHeight      = 323
	tagTileOffsets     = 324
	tagTileByteCounts  = 325
	tagInkSet          = 332
	tagExtraSamples    = 338
	tagSampleFormat    = 339
	tagJPEGTables      = 347
)

// maxEntries is the largest number of entries of a directory that are read.
const maxEntries = 1 << 12

// errTIFF is the error for a TIFF that contradicts itself or is cut.
var errTIFF = errors.New("not a valid TIFF")

// directory is a directory of a TIFF or BigTIFF: by default the first. It describes a
// picture.
type directory struct {
	header
	entries map[uint16]entry
	next    int64 // where the file says where the directory of its next page is
}

// header is what all directories of a file have in common.
type header struct {
	r     io.ReaderAt
	order binary.ByteOrder
	big   bool // BigTIFF: offsets and counts of 8 bytes
}

// entry is where the values of a tag are.
type entry struct {
	kind  uint16
	count uint64
	at    int64
}

// readDirectory reads the header of a TIFF, and its first directory.
func readDirectory(r io.ReaderAt) (*directory, error) {
	h, at, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	return h.directory(at)
}

// readHeader reads the header of a TIFF, and where its first directory is.
func readHeader(r io.ReaderAt) (h header, at int64, err error) {
	head := make([]byte, 16)
	n, err := r.ReadAt(head, 0)
	if n < 8 {
		return h, 0, picture.Ended(err)
	}
	h = header{r: r, order: binary.LittleEndian}
	if head[0] == 'M' {
		h.order = binary.BigEndian
	}
	switch h.order.Uint16(head[2:]) {
	case 42:
		return h, int64(h.order.Uint32(head[4:])), nil
	case 43:
		if h.big = true; n < 16 {
			return h, 0, picture.Ended(err)
		}
		return h, int64(h.order.Uint64(head[8:])), nil
	}
	return h, 0, errTIFF
}

// directory reads the directory at a position of the file.
func (h header) directory(at int64) (*directory, error) {
	d := &directory{header: h, entries: map[uint16]entry{}}
	head := make([]byte, 8)
	count, size := 2, 12
	if d.big {
		count, size = 8, 20
	}
	if err := d.readAt(head[:count], at); err != nil {
		return nil, err
	}
	entries := uint64(d.order.Uint16(head))
	if d.big {
		entries = d.order.Uint64(head)
	}
	if entries > maxEntries {
		return nil, fmt.Errorf("%w: its directory has %d entries, more than %d", errTIFF, entries, maxEntries)
	}
	list := make([]byte, int(entries)*size)
	at += int64(count)
	if err := d.readAt(list, at); err != nil {
		return nil, err
	}
	d.next = at + int64(len(list))
	for i := 0; i < len(list); i += size {
		tag := d.order.Uint16(list[i:])
		e := entry{kind: d.order.Uint16(list[i+2:]), count: uint64(d.order.Uint32(list[i+4:])), at: at + int64(i) + 8}
		room := uint64(4)
		if d.big {
			e.count, e.at, room = d.order.Uint64(list[i+4:]), at+int64(i)+12, 8
		}
		if unit := e.unit(); unit == 0 || e.count > math.MaxInt32 {
			continue // a kind that no tag here has
		} else if unit*e.count > room {
			if e.at = int64(d.order.Uint32(list[i+8:])); d.big {
				e.at = int64(d.order.Uint64(list[i+12:]))
			}
		}
		if _, ok := d.entries[tag]; !ok {
			d.entries[tag] = e
		}
	}
	return d, nil
}

// unit is the size in bytes of a value; 0: unknown.
func (e *entry) unit() uint64 {
	switch e.kind {
	case 1, 2, 6, 7:
		return 1
	case 3, 8:
		return 2
	case 4, 9, 11, 13:
		return 4
	case 5, 10, 12, 16, 17, 18:
		return 8
	}
	return 0
}

// readAt fills p from a position of the file.
func (d *header) readAt(p []byte, at int64) error {
	if at < 0 {
		return io.ErrUnexpectedEOF
	}
	if n, err := d.r.ReadAt(p, at); n < len(p) {
		return picture.Ended(err)
	}
	return nil
}

// value reads the value i of a tag; ok is false if the tag has no such value.
func (d *directory) value(tag uint16, i int) (v uint64, ok bool, err error) {
	e, ok := d.entries[tag]
	if !ok || i < 0 || uint64(i) >= e.count {
		return 0, false, nil
	}
	var b [8]byte
	unit := int(e.unit())
	if err := d.readAt(b[:unit], e.at+int64(i)*int64(unit)); err != nil {
		return 0, false, fmt.Errorf("tag %d: %w", tag, err)
	}
	switch e.kind {
	case 1:
		return uint64(b[0]), true, nil
	case 3:
		return uint64(d.order.Uint16(b[:])), true, nil
	case 4:
		return uint64(d.order.Uint32(b[:])), true, nil
	case 16:
		return d.order.Uint64(b[:]), true, nil
	}
	return 0, false, fmt.Errorf("%w: tag %d has values of kind %d, expected unsigned integers", errTIFF, tag, e.kind)
}

// number reads the first value of a tag, which is otherwise or if it is absent. Numbers
// beyond 2^31 are an error.
func (d *directory) number(tag uint16, otherwise int) (int, error) {
	v, ok, err := d.value(tag, 0)
	switch {
	case err != nil:
		return 0, err
	case !ok:
		return otherwise, nil
	case v > math.MaxInt32 && tag == tagRowsPerStrip: // 2^32-1: one strip
		return math.MaxInt32, nil
	case v > math.MaxInt32:
		return 0, fmt.Errorf("%w: tag %d is %d", errTIFF, tag, v)
	}
	return int(v), nil
}

// orientation reads the orientation.
func (d *directory) orientation() Orientation {
	v, _, err := d.value(tagOrientation, 0)
	if err != nil {
		return upright
	}
	return known(v)
}

// size reads width and height.
func (d *directory) size() (w, h int, err error) {
	if w, err = d.number(tagWidth, 0); err != nil {
		return 0, 0, err
	}
	h, err = d.number(tagHeight, 0)
	return w, h, err
}

// tiffPicture is what a TIFF says about its pixels.
type tiffPicture struct {
	*directory
	width, height int
	bits          int // per sample
	samples       int // per pixel
	planar        bool
	compression   int
	predictor     int
	reversed      bool // bits of each byte
	layout        layout
	tiled         bool
	blockWidth    int // of strips and tiles
	blockHeight   int
	across, down  int                 // how many
	open          map[int]*blockLines // blocks whose next rows may be asked for
	spare         unpacker            // not in use; nil: none
}

// layout says what a picture is decoded to.
type layout struct {
	model    func(image.Rectangle) (img image.Image, pix []byte, stride int)
	channels int     // of a pixel of it
	deep     bool    // 2 bytes per channel
	to       [][]int // the channels of each sample; none: it is skipped
	invert   bool    // 0 is white
	scale    int     // grey of fewer than 8 bits is multiplied by this
	colors   int     // of a palette; 0: none
}

// readTIFF reads what a TIFF says about its pixels. A kind that is not decoded is an
// [ErrUnsupported].
func readTIFF(r io.ReaderAt) (picture.Picture, error) {
	d, err := readDirectory(r)
	if err != nil {
		return nil, err
	}
	return d.picture()
}

// picture is what a directory says about the pixels, as readTIFF.
func (d *directory) picture() (picture.Picture, error) {
	t, photometric, format, err := d.samples()
	if err != nil {
		return nil, err
	}
	if err := t.formats(format); err != nil {
		return nil, err
	}
	if err := t.layOut(photometric); err != nil {
		return nil, err
	}
	return t, t.divide()
}

// readSamples reads how a TIFF stores its samples, without a check that they are decoded.
func readSamples(r io.ReaderAt) (t *tiffPicture, photometric, format int, err error) {
	d, err := readDirectory(r)
	if err != nil {
		return nil, 0, 0, err
	}
	return d.samples()
}

func (d *directory) samples() (t *tiffPicture, photometric, format int, err error) {
	t = &tiffPicture{directory: d, open: map[int]*blockLines{}}
	if t.width, t.height, err = d.size(); err != nil {
		return nil, 0, 0, err
	}
	var planes, order int
	for _, f := range []struct {
		to        *int
		tag       uint16
		otherwise int
	}{
		{&t.bits, tagBits, 1}, {&t.samples, tagSamples, int(d.entries[tagBits].count)}, {&t.compression, tagCompression, 1}, {&planes, tagPlanes, 1},
		{&t.predictor, tagPredictor, 1}, {&order, tagFillOrder, 1}, {&photometric, tagPhotometric, -1}, {&format, tagSampleFormat, 1},
		{&t.blockWidth, tagTileWidth, 0}, {&t.blockHeight, tagTileHeight, 0},
	} {
		if *f.to, err = d.number(f.tag, f.otherwise); err != nil {
			return nil, 0, 0, err
		}
	}
	t.samples = max(t.samples, 1)
	t.planar = planes == 2 && t.samples > 1
	t.reversed = order == 2
	return t, photometric, format, nil
}

// Rows is the height of strips and tiles.
func (t *tiffPicture) Rows() int { return t.blockHeight }

// formats checks the samples' bits and format, and how they are compressed.
func (t *tiffPicture) formats(format int) error {
	switch format {
	case 1, 4: // unsigned, undefined
	case 2:
		return picture.NotDecoded("TIFF with signed samples")
	case 3:
		return picture.NotDecoded("TIFF with floating-point samples")
	default:
		return picture.NotDecoded("TIFF with samples of format %d", format)
	}
	for i := range min(int(t.entries[tagBits].count), t.samples, 64) {
		if v, _, err := t.value(tagBits, i); err != nil {
			return err
		} else if v != uint64(t.bits) {
			return picture.NotDecoded("TIFF with samples of %d and %d bits", t.bits, v)
		}
	}
	switch t.bits {
	case 1, 2, 4, 8, 16:
	default:
		return picture.NotDecoded("TIFF with samples of %d bits", t.bits)
	}
	return t.compressed()
}

// compressed checks how the samples are compressed.
func (t *tiffPicture) compressed() error {
	if name, ok := compressions[t.compression]; !ok {
		return picture.NotDecoded("TIFF with compression %d", t.compression)
	} else if name != "" {
		return picture.NotDecoded("TIFF with %s", name)
	}
	options, err := t.number(tagT4Options, 0)
	switch {
	case err != nil:
		return err
	case t.compression == groupThree && options&1 != 0:
		return picture.NotDecoded("TIFF with two-dimensional fax compression")
	case (t.compression == groupThree || t.compression == groupFour) && (t.bits != 1 || t.samples != 1):
		return fmt.Errorf("%w: fax compression of %d samples of %d bits", errTIFF, t.samples, t.bits)
	}
	switch t.compression {
	case lzw, deflate, oldDeflate, zstandard:
	default:
		t.predictor = 1 // as libtiff does
	}
	switch {
	case t.predictor == 1:
	case t.predictor == 2 && t.bits >= 8:
	default:
		return picture.NotDecoded("TIFF with predictor %d of %d bits", t.predictor, t.bits)
	}
	return nil
}

// layOut chooses what the picture is decoded to.
func (t *tiffPicture) layOut(photometric int) error {
	colors := 1
	if photometric < 0 { // as libtiff guesses
		photometric = 1
		if t.samples >= 3 {
			photometric = 2
		}
	}
	l := &t.layout
	l.deep, l.scale = t.bits == 16, 1
	switch photometric {
	case 0, 1:
		l.invert, l.scale = photometric == 0, 255/(1<<min(t.bits, 8)-1)
	case 2:
		colors = 3
	case 3:
		return t.layOutPalette()
	case 5:
		colors = 4
		if ink, err := t.number(tagInkSet, 1); err != nil || ink != 1 || t.bits != 8 || t.compression == jpegTIFF {
			return picture.NotDecoded("TIFF with inks of %d bits, compression %d", t.bits, t.compression)
		}
	case 6:
		if colors = 3; t.compression != jpegTIFF {
			return picture.NotDecoded("TIFF with YCbCr samples, compression %d", t.compression)
		}
	default:
		return picture.NotDecoded("TIFF with colour model %d", photometric)
	}
	if t.samples < colors {
		return fmt.Errorf("%w: %d samples of a pixel, expected %d or more", errTIFF, t.samples, colors)
	}
	if t.bits < 8 && t.samples > 1 || t.compression == jpegTIFF && (t.bits != 8 || t.samples != colors) {
		return picture.NotDecoded("TIFF with %d samples of %d bits, compression %d", t.samples, t.bits, t.compression)
	}
	alpha := uint64(0)
	if t.samples > colors && colors < 4 {
		var err error
		if alpha, _, err = t.value(tagExtraSamples, 0); err != nil {
			return err
		}
	}
	l.to = make([][]int, t.samples)
	for i := range colors {
		l.to[i] = []int{i}
	}
	switch {
	case colors == 4:
		l.channels, l.model = 4, newCMYK
	case alpha == 1 || alpha == 2:
		if colors == 1 {
			l.to[0] = []int{0, 1, 2}
		}
		l.to[colors] = []int{3}
		l.channels, l.model = 4, picture.Colored(l.deep, alpha == 1)
	case colors == 3:
		l.channels, l.model = 4, picture.Colored(l.deep, true)
	default:
		l.channels, l.model = 1, picture.Grey(l.deep)
	}
	return nil
}

// layOutPalette reads the palette.
func (t *tiffPicture) layOutPalette() error {
	n := int(t.entries[tagColorMap].count) / 3
	switch {
	case t.bits > 8 || t.samples != 1 || t.compression == jpegTIFF:
		return picture.NotDecoded("TIFF with a palette of %d bits, %d samples", t.bits, t.samples)
	case n < 1 || n > 256:
		return fmt.Errorf("%w: a palette of %d colours", errTIFF, n)
	}
	p := make(color.Palette, n)
	for i := range p {
		var c [3]uint16
		for k := range c {
			v, _, err := t.value(tagColorMap, k*n+i)
			if err != nil {
				return err
			}
			c[k] = uint16(v)
		}
		p[i] = color.RGBA64{c[0], c[1], c[2], 0xffff}
	}
	t.layout = layout{channels: 1, scale: 1, to: [][]int{{0}}, colors: n, model: func(r image.Rectangle) (image.Image, []byte, int) {
		m := image.NewPaletted(r, p)
		return m, m.Pix, m.Stride
	}}
	return nil
}

func newCMYK(r image.Rectangle) (image.Image, []byte, int) {
	m := image.NewCMYK(r)
	return m, m.Pix, m.Stride
}

// divide finds out into which strips or tiles the picture is divided.
func (t *tiffPicture) divide() error {
	if t.width < 1 || t.height < 1 {
		return fmt.Errorf("%w: %d x %d pixels", errTIFF, t.width, t.height)
	}
	if _, t.tiled = t.entries[tagTileWidth]; t.tiled {
		if t.blockWidth < 8 || t.blockHeight < 8 {
			return fmt.Errorf("%w: tiles of %d x %d pixels", errTIFF, t.blockWidth, t.blockHeight)
		}
	} else {
		rows, err := t.number(tagRowsPerStrip, math.MaxInt32)
		if err != nil {
			return err
		}
		t.blockWidth, t.blockHeight = t.width, min(rows, t.height)
		if rows < 1 {
			t.blockHeight = t.height
		}
	}
	if t.blockWidth > maxRow/(t.rowSamples()*max(t.bits/8, 1)) {
		return picture.NotDecoded("TIFF with rows of %d pixels", t.blockWidth)
	}
	t.across = (t.width + t.blockWidth - 1) / t.blockWidth
	t.down = (t.height + t.blockHeight - 1) / t.blockHeight
	return nil
}

// maxRow is the largest number of bytes of a row of a strip or tile.
const maxRow = 1 << 26

// rowSamples is how many samples a row has for each pixel.
func (t *tiffPicture) rowSamples() int {
	if t.planar {
		return 1
	}
	return t.samples
}
