package demo

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"io"

	"github.com/klauspost/compress/zlib"
)

// EncodeTIFF writes an image as an RGB TIFF with 8 bits per channel, without
// its alpha channel. It has one strip, compressed by Deflate. (The encoder of
// golang.org/x/image writes four channels.)
func EncodeTIFF(w io.Writer, img *image.RGBA) error {
	width, height := img.Rect.Dx(), img.Rect.Dy()
	if width < 1 || height < 1 {
		return fmt.Errorf("demo: image of %d x %d pixels: want at least one", width, height)
	}
	var strip bytes.Buffer
	z, err := zlib.NewWriterLevel(&strip, 6)
	if err != nil {
		return err
	}
	row := make([]byte, 3*width)
	for y := range height {
		pix := img.Pix[y*img.Stride:]
		for x := range width {
			copy(row[3*x:3*x+3], pix[4*x:])
		}
		if _, err := z.Write(row); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}

	// Header, directory, the values that do not fit into an entry, strip.
	type entry struct {
		tag, kind uint16
		count     uint32
		value     uint32
	}
	const short, long, rational = 3, 4, 5
	const entries = 13
	const extra = 8 + 2 + entries*12 + 4
	const bitsAt, resolutionAt, stripAt = extra, extra + 8, extra + 16
	directory := [entries]entry{
		{256, long, 1, uint32(width)},
		{257, long, 1, uint32(height)},
		{258, short, 3, bitsAt},        // bits per channel
		{259, short, 1, 8},             // compression: Deflate
		{262, short, 1, 2},             // photometric: RGB
		{273, long, 1, stripAt},        // offset of the strip
		{277, short, 1, 3},             // channels
		{278, long, 1, uint32(height)}, // rows in the strip
		{279, long, 1, uint32(strip.Len())},
		{282, rational, 1, resolutionAt}, // across
		{283, rational, 1, resolutionAt}, // down
		{284, short, 1, 1},               // channels interleaved
		{296, short, 1, 1},               // resolution without a unit
	}
	le := binary.LittleEndian
	b := []byte{'I', 'I', 42, 0, 8, 0, 0, 0}
	b = le.AppendUint16(b, entries)
	for _, e := range directory {
		b = le.AppendUint16(b, e.tag)
		b = le.AppendUint16(b, e.kind)
		b = le.AppendUint32(b, e.count)
		b = le.AppendUint32(b, e.value) // a short is in the first two bytes
	}
	b = le.AppendUint32(b, 0) // no other directory
	for _, v := range [...]uint16{8, 8, 8, 0} {
		b = le.AppendUint16(b, v)
	}
	b = le.AppendUint32(b, 72)
	b = le.AppendUint32(b, 1)
	if _, err := w.Write(b); err != nil {
		return err
	}
	_, err = strip.WriteTo(w)
	return err
}
