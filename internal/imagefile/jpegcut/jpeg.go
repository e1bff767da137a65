// Package jpegcut decodes parts of a JPEG: it cuts the blocks that a part needs out of the
// entropy-coded data, and lets image/jpeg decode them as a JPEG of their own.
package jpegcut

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"

	"github.com/hubdata/hubdata/internal/imagefile/picture"
)

// errInvalid is the error for a JPEG that contradicts itself.
var errInvalid = errors.New("not a valid JPEG")

// maxScans is the largest number of scans of a JPEG that are read side by side.
const maxScans = 256

// Picture decodes parts of a JPEG of one or several scans, progressive or not.
//
// A part is cut out: the blocks of its MCUs are read from the entropy-coded data and written
// to a small JPEG, with the same quantization, that image/jpeg decodes. So its pixels
// are those that image/jpeg gives for the whole. All scans are read side by side, so that
// the coefficients of no more than one row of MCUs are held.
type Picture struct {
	r             io.ReaderAt
	width, height int
	progressive   bool
	components    []component
	hMax, vMax    int
	mcusX, mcusY  int
	jfif, adobe   []byte // segments that say what the components mean; nil: there is none
	scans         []*scan
	held          int // the row of MCUs whose coefficients the components hold; -1: none
}

// component is one of the components of a JPEG.
type component struct {
	id           byte
	h, v         int // its blocks in an MCU
	across, down int // its blocks in a scan of its own
	table        byte
	quant        *[64]uint16 // nil: no scan has the component yet
	blocks       []block     // of the row of MCUs that is held: v rows of mcusX * h
}

// block holds the coefficients of a block, in zigzag order.
type block [64]int32

// tables are the tables that hold for the scans that follow.
type tables struct {
	quant   [4]*[64]uint16
	huffman [2][4]*huffman // of DC and AC coefficients
	restart int            // MCUs from one restart to the next; 0: none
}

// Open reads the segments of a JPEG, and finds its scans.
func Open(r io.ReaderAt) (*Picture, error) {
	j := &Picture{r: r, held: -1}
	var t tables
	for at := int64(2); ; {
		marker, data, end, err := readSegment(r, at)
		if err != nil {
			return nil, err
		}
		at = end
		switch {
		case marker == 0xc4:
			err = t.addHuffman(data)
		case marker == 0xdb:
			err = t.addQuantization(data)
		case marker == 0xdd && len(data) == 2:
			t.restart = int(binary.BigEndian.Uint16(data))
		case marker >= 0xc0 && marker <= 0xcf && marker != 0xc8:
			err = j.setFrame(marker, data)
		case marker == 0xe0 && bytes.HasPrefix(data, []byte("JFIF\x00")):
			j.jfif = segment(marker, data)
		case marker == 0xee && bytes.HasPrefix(data, []byte("Adobe")):
			j.adobe = segment(marker, data)
		case marker == 0xda:
			if err = j.addScan(data, at, &t); err == nil && !j.complete() {
				at, err = afterScan(r, at)
			}
		}
		if err != nil {
			return nil, err
		}
		if marker == 0xd9 || j.complete() {
			return j, j.finish(&t)
		}
	}
}

// complete says whether no scan is missing: in a JPEG that is not progressive, each component
// is in one.
func (j *Picture) complete() bool {
	for i := range j.components {
		if j.components[i].quant == nil {
			return false
		}
	}
	return len(j.components) > 0 && !j.progressive
}

// finish checks that all components have pixels.
func (j *Picture) finish(t *tables) error {
	blocks := 0
	for i := range j.components {
		c := &j.components[i]
		if c.quant == nil {
			return fmt.Errorf("%w: component %d is in no scan", errInvalid, c.id)
		}
		if j.progressive { // the last tables, as image/jpeg does
			c.quant = t.quant[c.table]
		}
		blocks += c.h * c.v
	}
	switch {
	case len(j.components) == 0:
		return fmt.Errorf("%w: it has no frame", errInvalid)
	case len(j.components) > 1 && blocks > 10:
		return picture.NotDecoded("JPEG with %d blocks in an MCU, more than 10", blocks)
	}
	return nil
}

// readSegment reads the segment at a position of a JPEG, or behind bytes to fill.
func readSegment(r io.ReaderAt, at int64) (marker byte, data []byte, end int64, err error) {
	head := make([]byte, 4)
	for {
		n, err := r.ReadAt(head, at)
		switch {
		case n < 2:
			return 0, nil, 0, picture.Ended(err)
		case head[0] != 0xff:
			return 0, nil, 0, fmt.Errorf("%w: found %#x at byte %d, expected a marker", errInvalid, head[0], at)
		case head[1] == 0xff:
			at++
			continue
		case head[1] >= 0xd0 && head[1] <= 0xd7: // a restart behind the last MCU
			at += 2
			continue
		case head[1] == 0xd9:
			return head[1], nil, at + 2, nil
		case n < 4:
			return 0, nil, 0, picture.Ended(err)
		}
		size := int64(binary.BigEndian.Uint16(head[2:]))
		if size < 2 {
			return 0, nil, 0, fmt.Errorf("%w: a segment of %d bytes at byte %d", errInvalid, size, at)
		}
		data = make([]byte, size-2)
		if n, err := r.ReadAt(data, at+4); n < len(data) {
			return 0, nil, 0, picture.Ended(err)
		}
		return head[1], data, at + 2 + size, nil
	}
}

// segment returns a segment with its marker and size.
func segment(marker byte, data []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(data)+2)), data...)
}

// afterScan returns where the entropy-coded data that begin at a position end.
func afterScan(r io.ReaderAt, at int64) (int64, error) {
	buf := make([]byte, 1<<16)
	for {
		n, err := r.ReadAt(buf, at)
		if n < 2 {
			return 0, picture.Ended(err)
		}
		for i := 0; ; {
			k := bytes.IndexByte(buf[i:n-1], 0xff)
			if k < 0 {
				break
			}
			i += k
			if next := buf[i+1]; next != 0 && next != 0xff && (next < 0xd0 || next > 0xd7) {
				return at + int64(i), nil
			}
			i++
		}
		at += int64(n - 1)
	}
}

// setFrame reads the size and the components.
func (j *Picture) setFrame(marker byte, b []byte) error {
	switch {
	case marker > 0xc2:
		return picture.NotDecoded("JPEG with process %d: lossless, hierarchical or arithmetic", marker-0xc0)
	case len(b) < 6 || len(b) != 6+3*int(b[5]) || j.components != nil:
		return fmt.Errorf("%w: a frame header of %d bytes", errInvalid, len(b))
	case b[0] != 8:
		return picture.NotDecoded("JPEG with samples of %d bits", b[0])
	case b[5] != 1 && b[5] != 3 && b[5] != 4:
		return picture.NotDecoded("JPEG with %d components", b[5])
	}
	j.progressive = marker == 0xc2
	j.height, j.width = int(binary.BigEndian.Uint16(b[1:])), int(binary.BigEndian.Uint16(b[3:]))
	if j.width == 0 || j.height == 0 {
		return fmt.Errorf("%w: %d x %d pixels", errInvalid, j.width, j.height)
	}
	for i := 6; i < len(b); i += 3 {
		c := component{id: b[i], h: int(b[i+1] >> 4), v: int(b[i+1] & 15), table: b[i+2]}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.table > 3 || j.component(c.id) >= 0 {
			return fmt.Errorf("%w: component %d of %d x %d blocks, with table %d", errInvalid, c.id, c.h, c.v, c.table)
		}
		if b[5] == 1 {
			c.h, c.v = 1, 1 // it has no other to be larger than
		}
		j.components = append(j.components, c)
		j.hMax, j.vMax = max(j.hMax, c.h), max(j.vMax, c.v)
	}
	up := func(a, b int) int { return (a + b - 1) / b }
	j.mcusX, j.mcusY = up(j.width, 8*j.hMax), up(j.height, 8*j.vMax)
	for i := range j.components {
		c := &j.components[i]
		c.across, c.down = up(up(j.width*c.h, j.hMax), 8), up(up(j.height*c.v, j.vMax), 8)
	}
	return nil
}

// component returns which component has an id; -1: none.
func (j *Picture) component(id byte) int {
	for i := range j.components {
		if j.components[i].id == id {
			return i
		}
	}
	return -1
}

// addQuantization reads tables of quantization.
func (t *tables) addQuantization(b []byte) error {
	for len(b) > 0 {
		id, size := b[0]&15, 1+int(b[0]>>4)
		if id > 3 || size > 2 || len(b) < 1+64*size {
			return fmt.Errorf("%w: a quantization table %#x of %d bytes", errInvalid, b[0], len(b))
		}
		t.quant[id] = new([64]uint16)
		for i := range t.quant[id] {
			if t.quant[id][i] = uint16(b[1+i*size]); size == 2 {
				t.quant[id][i] = binary.BigEndian.Uint16(b[1+2*i:])
			}
		}
		b = b[1+64*size:]
	}
	return nil
}

// addHuffman reads Huffman tables.
func (t *tables) addHuffman(b []byte) error {
	for len(b) > 0 {
		if len(b) < 17 || b[0]>>4 > 1 || b[0]&15 > 3 {
			return fmt.Errorf("%w: a Huffman table of %d bytes", errInvalid, len(b))
		}
		n := 0
		for _, k := range b[1:17] {
			n += int(k)
		}
		if n == 0 || n > 256 || len(b) < 17+n {
			return fmt.Errorf("%w: a Huffman table of %d codes", errInvalid, n)
		}
		h, err := newHuffman(b[1:17], b[17:17+n])
		if err != nil {
			return err
		}
		t.huffman[b[0]>>4][b[0]&15] = h
		b = b[17+n:]
	}
	return nil
}

// addScan reads the header of a scan, whose data begin at a position.
func (j *Picture) addScan(b []byte, at int64, t *tables) error {
	if len(b) < 1 || len(b) != 4+2*int(b[0]) || b[0] < 1 || int(b[0]) > len(j.components) {
		return fmt.Errorf("%w: a scan header of %d bytes for %d components", errInvalid, len(b), len(j.components))
	}
	if len(j.scans) == maxScans {
		return picture.NotDecoded("JPEG with more than %d scans", maxScans)
	}
	s := &scan{at: at, restart: t.restart, last: 63}
	n := int(b[0])
	if j.progressive {
		s.first, s.last, s.high, s.low = int(b[1+2*n]), int(b[2+2*n]), b[3+2*n]>>4, b[3+2*n]&15
		if s.last > 63 || s.first > s.last || s.first == 0 && s.last > 0 || s.first > 0 && n > 1 || s.high > 0 && s.high != s.low+1 || s.low > 13 {
			return fmt.Errorf("%w: a scan of coefficients %d to %d, bits %d to %d, of %d components", errInvalid, s.first, s.last, s.low, s.high, n)
		}
	}
	for i := 1; i < 1+2*n; i += 2 {
		c := j.component(b[i])
		if c < 0 || bytes.IndexByte(s.components, byte(c)) >= 0 || b[i+1]>>4 > 3 || b[i+1]&15 > 3 {
			return fmt.Errorf("%w: a scan of component %d with tables %#x", errInvalid, b[i], b[i+1])
		}
		s.components = append(s.components, byte(c))
		dc, ac := t.huffman[0][b[i+1]>>4], t.huffman[1][b[i+1]&15]
		if s.first == 0 && s.high == 0 && dc == nil || s.last > 0 && ac == nil {
			return fmt.Errorf("%w: a scan of component %d without its Huffman table", errInvalid, b[i])
		}
		s.dc, s.ac = append(s.dc, dc), append(s.ac, ac)
		if j.components[c].quant = t.quant[j.components[c].table]; j.components[c].quant == nil {
			return fmt.Errorf("%w: component %d without its quantization table", errInvalid, b[i])
		}
	}
	j.scans = append(j.scans, s)
	return nil
}

// RestartsApart says whether there are restarts in a scan of one component that has several
// blocks in an MCU. Image/jpeg counts MCUs from one to the next, instead of blocks.
func (j *Picture) RestartsApart() bool {
	for _, s := range j.scans {
		if c := &j.components[s.components[0]]; s.restart > 0 && len(s.components) == 1 && c.h*c.v > 1 {
			return true
		}
	}
	return false
}

// Bounds are those of the picture, from 0, 0.
func (j *Picture) Bounds() image.Rectangle { return image.Rect(0, 0, j.width, j.height) }

// Rows is the height of an MCU.
func (j *Picture) Rows() int { return 8 * j.vMax }

// Decode decodes a part. Parts that follow each other from top to bottom are cheap.
func (j *Picture) Decode(part image.Rectangle) (image.Image, error) {
	w, h := 8*j.hMax, 8*j.vMax
	mcus := image.Rect(part.Min.X/w, part.Min.Y/h, (part.Max.X+w-1)/w, (part.Max.Y+h-1)/h)
	img, err := jpeg.Decode(j.cut(mcus))
	var unsupported jpeg.UnsupportedError
	if errors.As(err, &unsupported) {
		return nil, picture.NotDecoded("%v", err)
	} else if err != nil {
		return nil, err
	}
	area := part.Sub(image.Pt(mcus.Min.X*w, mcus.Min.Y*h))
	return img.(interface {
		SubImage(image.Rectangle) image.Image
	}).SubImage(area), nil
}

// hold reads rows of MCUs until row y is held.
func (j *Picture) hold(y int) error {
	if j.held < 0 || y < j.held {
		j.rewind()
	}
	for j.held < y {
		if err := j.row(); err != nil {
			err = fmt.Errorf("row %d of %d: %w", j.held, j.mcusY, err)
			j.held = -1
			return err
		}
	}
	return nil
}

// rewind begins before the first row.
func (j *Picture) rewind() {
	j.held = -1
	for _, s := range j.scans {
		s.rewind(j.r)
	}
	for i := range j.components {
		c := &j.components[i]
		if c.blocks == nil {
			c.blocks = make([]block, j.mcusX*c.h*c.v)
		}
	}
}

// row reads the next row of MCUs.
func (j *Picture) row() error {
	j.held++
	for i := range j.components {
		clear(j.components[i].blocks)
	}
	for _, s := range j.scans {
		if err := s.row(j); err != nil {
			return err
		}
	}
	return nil
}
