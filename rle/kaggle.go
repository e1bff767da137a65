package rle

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/hubdata/hubdata/internal/deflate"
	"github.com/klauspost/compress/zlib"
)

// MaxKaggleText is the largest length in bytes of the inflated counts string of
// an encoded mask of any size: 16 MiB. The string of an h x w mask must also be
// no longer than 2*h*w + 64 bytes; pycocotools writes at most h*w + 1.
const MaxKaggleText = 16 << 20

// AppendKaggle appends the mask in the form that Kaggle's instance segmentation
// competitions use, which is the form of Open Images: the counts string of
// [Mask.AppendText], compressed by zlib at its best level, in base64. The same mask
// always gives the same bytes. If the counts string has up to 16,382 bytes, they
// equal base64.b64encode(zlib.compress(counts, 9)) in Python. If the counts string
// is longer than [MaxKaggleText], the error wraps [ErrSize].
func (m Mask) AppendKaggle(dst []byte) ([]byte, error) {
	c := deflaters.Get().(*deflater)
	defer c.release()
	c.text, _ = m.AppendText(c.text[:0])
	if len(c.text) > MaxKaggleText {
		return dst, fmt.Errorf("%w: counts string of %d bytes, want at most %d", ErrSize, len(c.text), MaxKaggleText)
	}
	if len(c.text) <= deflate.MaxLen {
		c.packed = c.short.Append(c.packed[:0], c.text)
		return base64.StdEncoding.AppendEncode(dst, c.packed), nil
	}
	var packed bytes.Buffer
	if c.long == nil {
		c.long, _ = zlib.NewWriterLevel(&packed, zlib.BestCompression) // fails only for an invalid level
	} else {
		c.long.Reset(&packed)
	}
	if _, err := c.long.Write(c.text); err != nil {
		return dst, fmt.Errorf("rle: %w", err)
	}
	if err := c.long.Close(); err != nil {
		return dst, fmt.Errorf("rle: %w", err)
	}
	return base64.StdEncoding.AppendEncode(dst, packed.Bytes()), nil
}

// ParseKaggle decodes the competition's text form of an h x w mask. It accepts what Python's base64 and
// zlib accept: the base64 must be padded, any zlib level and window is valid, and bytes after the zlib
// stream are ignored. Inflating stops as soon as the counts string exceeds its limit; see
// [MaxKaggleText]. Errors wrap [ErrCorrupt] or [ErrSize] and name the layer at fault: base64, zlib or the
// counts.
func ParseKaggle(h, w int, text []byte) (Mask, error) {
	if err := checkSize(h, w); err != nil {
		return Mask{}, err
	}
	c := inflaters.Get().(*inflater)
	defer c.release()
	var err error
	if c.packed, err = base64.StdEncoding.AppendDecode(c.packed[:0], text); err != nil {
		return Mask{}, fmt.Errorf("%w: base64: %w", ErrCorrupt, err)
	}
	if err := c.inflate(min(MaxKaggleText, 2*h*w+64)); err != nil {
		return Mask{}, fmt.Errorf("%w: zlib: %w", ErrCorrupt, err)
	}
	return ParseText(h, w, c.text)
}

// A deflater is the scratch memory of AppendKaggle.
type deflater struct {
	text, packed []byte
	short        deflate.Writer
	long         *zlib.Writer // for texts that are too long for short; nil until needed
}

// keepScratch is the size in bytes of the largest buffer that is kept for the
// next mask.
const keepScratch = 1 << 20

func (c *deflater) release() {
	if cap(c.text) > keepScratch {
		c.text = nil
	}
	deflaters.Put(c)
}

var deflaters = sync.Pool{New: func() any { return new(deflater) }}

// An inflater is the scratch memory of ParseKaggle.
type inflater struct {
	packed, text []byte
	source       bytes.Reader
	zlib         io.ReadCloser // nil until the first good header
}

func (c *inflater) release() {
	if cap(c.text) > keepScratch || cap(c.packed) > keepScratch {
		c.text, c.packed = nil, nil
	}
	inflaters.Put(c)
}

var inflaters = sync.Pool{New: func() any { return new(inflater) }}

// inflate decompresses packed into text. It never allocates more than limit+1
// bytes for it.
func (c *inflater) inflate(limit int) error {
	c.source.Reset(c.packed)
	var err error
	if c.zlib == nil {
		c.zlib, err = zlib.NewReader(&c.source)
	} else {
		err = c.zlib.(zlib.Resetter).Reset(&c.source, nil)
	}
	if err != nil {
		return zlibError(err)
	}
	if c.text == nil {
		c.text = make([]byte, 0, min(limit+1, 512))
	}
	c.text = c.text[:0]
	for {
		n, err := c.zlib.Read(c.text[len(c.text):cap(c.text)])
		c.text = c.text[:len(c.text)+n]
		switch {
		case len(c.text) > limit:
			return fmt.Errorf("the counts string has more than %d bytes, the most that the mask's size allows", limit)
		case err == io.EOF:
			return nil
		case err != nil:
			return zlibError(err)
		}
		if len(c.text) == cap(c.text) {
			larger := make([]byte, len(c.text), min(2*cap(c.text), limit+1))
			copy(larger, c.text)
			c.text = larger
		}
	}
}

// zlibError describes what is wrong with a stream.
func zlibError(err error) error {
	switch {
	case errors.Is(err, zlib.ErrHeader):
		return errors.New("bad header: the bytes are not a zlib stream")
	case errors.Is(err, zlib.ErrDictionary):
		return errors.New("the stream needs a preset dictionary")
	case errors.Is(err, zlib.ErrChecksum):
		return errors.New("bad checksum: the stream is damaged")
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return errors.New("truncated: the stream stops short")
	}
	return fmt.Errorf("damaged stream: %w", err)
}
