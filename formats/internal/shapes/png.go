package shapes

import (
	"bytes"
	"image"
	"image/png"
	"sync"
)

// EncodePNG returns a picture as a PNG.
func EncodePNG(picture image.Image) ([]byte, error) {
	encoder := png.Encoder{CompressionLevel: png.BestSpeed, BufferPool: &buffers}
	var b bytes.Buffer
	err := encoder.Encode(&b, picture)
	return b.Bytes(), err
}

// buffers are the compressors of pictures, a megabyte each, which are used again.
var buffers pool

type pool struct{ sync.Pool }

func (p *pool) Get() *png.EncoderBuffer {
	b, _ := p.Pool.Get().(*png.EncoderBuffer)
	return b
}

func (p *pool) Put(b *png.EncoderBuffer) { p.Pool.Put(b) }
