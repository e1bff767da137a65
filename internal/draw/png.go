package draw

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"io"
	"sync"

	"github.com/klauspost/compress/zlib"
)

// maker is the content of the chunk that names the program that drew a picture.
const maker = "Software\x00hubdata"

// signature begins every PNG.
const signature = "\x89PNG\r\n\x1a\n"

// Magic is the first byte of a PNG.
const Magic = '\x89'

// headerSize is the length of the header of a picture, without what each chunk has.
const headerSize = 13

// chunkExtra is how many bytes a chunk has beside its content: length, name, checksum.
const chunkExtra = 12

// pngLevel is the level of compression. docs/performance.md compares some.
const pngLevel = 3

// A compressor holds memory that is reused from picture to picture.
type compressor struct {
	zlib *zlib.Writer
	data bytes.Buffer // compressed
	row  []byte
}

var compressors = sync.Pool{New: func() any {
	w, err := zlib.NewWriterLevel(nil, pngLevel)
	if err != nil {
		panic(err) // the level is constant
	}
	return &compressor{zlib: w}
}}

// EncodePNG writes an opaque picture as a PNG that names hubdata as its software. The
// same pixels give the same bytes.
func EncodePNG(w io.Writer, img *image.RGBA) error {
	c := compressors.Get().(*compressor)
	defer compressors.Put(c)
	if err := c.compress(img); err != nil {
		return err
	}
	header := binary.BigEndian.AppendUint32(nil, uint32(img.Rect.Dx()))
	header = binary.BigEndian.AppendUint32(header, uint32(img.Rect.Dy()))
	header = append(header, 8, 2, 0, 0, 0) // 8 bits a channel, RGB
	head := chunk([]byte(signature), "IHDR", header)
	head = chunk(head, "tEXt", []byte(maker))
	data := c.data.Bytes()
	head = append(binary.BigEndian.AppendUint32(head, uint32(len(data))), "IDAT"...)
	sum := crc32.Update(crc32.ChecksumIEEE([]byte("IDAT")), crc32.IEEETable, data)
	tail := chunk(binary.BigEndian.AppendUint32(nil, sum), "IEND", nil)
	for _, part := range [][]byte{head, data, tail} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// chunk appends a chunk.
func chunk(to []byte, name string, content []byte) []byte {
	to = binary.BigEndian.AppendUint32(to, uint32(len(content)))
	from := len(to)
	to = append(append(to, name...), content...)
	return binary.BigEndian.AppendUint32(to, crc32.ChecksumIEEE(to[from:]))
}

// compress compresses the rows of a picture, all with the filter Paeth: choosing one for
// each row takes longer, and gains less than a hundredth.
func (c *compressor) compress(img *image.RGBA) error {
	c.data.Reset()
	c.zlib.Reset(&c.data)
	w := img.Rect.Dx()
	if n := 1 + 3*w; cap(c.row) < n {
		c.row = make([]byte, n)
	}
	row := c.row[:1+3*w]
	row[0] = 4 // Paeth
	above := make([]byte, 4*w)
	for y := range img.Rect.Dy() {
		pixels := img.Pix[y*img.Stride:][:4*w]
		paeth(row[1:], pixels, above)
		if _, err := c.zlib.Write(row); err != nil {
			return err
		}
		above = pixels
	}
	return c.zlib.Close()
}

// paeth writes the red, green and blue of pixels as differences from what their
// neighbours to the left and above predict.
func paeth(to, pixels, above []byte) {
	var left, corner [3]int32
	for len(pixels) >= 4 && len(above) >= 4 && len(to) >= 3 {
		r, g, b := int32(pixels[0]), int32(pixels[1]), int32(pixels[2])
		ar, ag, ab := int32(above[0]), int32(above[1]), int32(above[2])
		to[0] = byte(r - predict(left[0], ar, corner[0]))
		to[1] = byte(g - predict(left[1], ag, corner[1]))
		to[2] = byte(b - predict(left[2], ab, corner[2]))
		left, corner = [3]int32{r, g, b}, [3]int32{ar, ag, ab}
		pixels, above, to = pixels[4:], above[4:], to[3:]
	}
}

// predict returns that of a, left, b, above, and c, above left, which is nearest to
// a+b-c; the first of equals.
func predict(a, b, c int32) int32 {
	least, most := min(a, b), max(a, b)
	at := 3*c - a - b
	// Below least, the larger is nearest; above most, the smaller; else c.
	p := c
	if most <= at {
		p = least
	}
	if at <= least {
		p = most
	}
	return p
}

// Drawn reports whether data begins like a PNG written by [EncodePNG].
func Drawn(r io.Reader) bool {
	head := make([]byte, len(signature)+chunkExtra+headerSize+8+len(maker))
	if _, err := io.ReadFull(r, head); err != nil {
		return false
	}
	return bytes.HasPrefix(head, []byte(signature[:4])) && bytes.HasSuffix(head, []byte("tEXt"+maker))
}
