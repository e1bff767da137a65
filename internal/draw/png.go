package draw

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
	"io"
)

// maker is the content of the chunk that names the program that drew a picture.
const maker = "Software\x00hubdata"

// Magic is the first byte of a PNG.
const Magic = '\x89'

// headerEnd is the offset of the end of the first chunk of a PNG, its header.
const headerEnd = 8 + 12 + 13

// EncodePNG writes a picture as a PNG that names hubdata as its software. The
// same pixels give the same bytes.
func EncodePNG(w io.Writer, img image.Image) error {
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := enc.Encode(&b, img); err != nil {
		return err
	}
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(maker)))
	chunk = append(append(chunk, "tEXt"...), maker...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	for _, part := range [][]byte{b.Bytes()[:headerEnd], chunk, b.Bytes()[headerEnd:]} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// Drawn reports whether data begins like a PNG written by [EncodePNG].
func Drawn(r io.Reader) bool {
	head := make([]byte, headerEnd+8+len(maker))
	if _, err := io.ReadFull(r, head); err != nil {
		return false
	}
	return bytes.HasPrefix(head, []byte("\x89PNG")) && bytes.HasSuffix(head, []byte("tEXt"+maker))
}
