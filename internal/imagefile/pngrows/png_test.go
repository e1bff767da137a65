package pngrows

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/png"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/internal/imagefile/picture"
	"github.com/hubdata/hubdata/internal/imagefile/picture/picturetest"
)

// testPNG is a PNG of random samples.
type testPNG struct {
	header
	colors, transparent []byte // the chunks PLTE and tRNS; nil: there is none
}

// encode writes the PNG, in which each row has a random filter. It has several chunks IDAT.
func (p *testPNG) encode(rng *rand.Rand) []byte {
	head := binary.BigEndian.AppendUint32(nil, uint32(p.width))
	head = binary.BigEndian.AppendUint32(head, uint32(p.height))
	head = append(head, byte(p.bits), byte(p.kind), 0, 0, 0)
	passes := []pass{{dx: 1, dy: 1}}
	if p.interlaced {
		head[12], passes = 1, adam7[:]
	}
	var rows, packed bytes.Buffer
	for _, pass := range passes {
		w, h := (p.width-pass.x+pass.dx-1)/pass.dx, (p.height-pass.y+pass.dy-1)/pass.dy
		if w <= 0 || h <= 0 {
			continue
		}
		row := make([]byte, 1+(w*p.bits*p.samples()+7)/8)
		for range h {
			row[0] = byte(rng.IntN(5))
			for i := range row[1:] { // few values, so that some are the transparent one
				row[1+i] = byte(rng.IntN(4) * rng.IntN(86))
			}
			rows.Write(row)
		}
	}
	z := zlib.NewWriter(&packed)
	if _, err := z.Write(rows.Bytes()); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	b := append([]byte("\x89PNG\r\n\x1a\n"), picturetest.Chunk("IHDR", head)...)
	if p.colors != nil {
		b = append(b, picturetest.Chunk("PLTE", p.colors)...)
	}
	if p.transparent != nil {
		b = append(b, picturetest.Chunk("tRNS", p.transparent)...)
	}
	for data := packed.Bytes(); ; {
		n := min(rng.IntN(60), len(data))
		b = append(b, picturetest.Chunk("IDAT", data[:n])...)
		if data = data[n:]; len(data) == 0 {
			break
		}
	}
	return append(b, picturetest.Chunk("IEND", nil)...)
}

// randomPNG returns a PNG of any kind.
func randomPNG(rng *rand.Rand) *testPNG {
	kinds := [][2]int{{0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 16}, {2, 8}, {2, 16}, {3, 1}, {3, 2}, {3, 4}, {3, 8}, {4, 8},
		{4, 16}, {6, 8}, {6, 16}}
	k := kinds[rng.IntN(len(kinds))]
	p := &testPNG{header: header{width: 1 + rng.IntN(20), height: 1 + rng.IntN(20), kind: k[0], bits: k[1],
		interlaced: rng.IntN(2) == 0}}
	random := func(n, most int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rng.IntN(most))
		}
		return b
	}
	switch {
	case p.kind == kindPalette:
		n := 1 + rng.IntN(1<<p.bits)
		if p.colors = random(3*n, 256); rng.IntN(2) == 0 {
			p.transparent = random(1+rng.IntN(n), 256)
		}
	case p.kind <= kindRGB && rng.IntN(2) == 0:
		p.transparent = random(2*p.samples(), min(4, 1<<p.bits))
	}
	return p
}

// TestPNGTwin compares parts of random PNGs of all kinds with image/png.
func TestPNGTwin(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range 1200 {
		p := randomPNG(rng)
		data := p.encode(rng)
		expected, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("PNG %d: %+v: %v", i, p, err)
		}
		pic, err := Open(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("PNG %d: %+v: %v", i, p, err)
		}
		for _, part := range picturetest.Parts(rng, p.width, p.height) {
			got, err := pic.Decode(part)
			if err != nil {
				t.Fatalf("PNG %d: %+v: %v", i, p, err)
			}
			picturetest.Same(t, got, expected, part)
		}
	}
}

// TestPNGFaults: what is wrong with a PNG is said, and nothing is decoded from it.
func TestPNGFaults(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	good := (&testPNG{header: header{width: 40, height: 30, bits: 8, kind: kindRGB}}).encode(rng)
	at := bytes.Index(good, []byte("IDAT"))
	change := func(f func(b []byte) []byte) []byte { return f(bytes.Clone(good)) }
	head := func(h header) []byte {
		b := (&testPNG{header: header{width: 1, height: 1, bits: 8}}).encode(rng)
		binary.BigEndian.PutUint32(b[16:], uint32(h.width))
		binary.BigEndian.PutUint32(b[20:], uint32(h.height))
		b[24], b[25] = byte(h.bits), byte(h.kind)
		binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
		return b
	}
	for _, c := range []struct {
		name string
		data []byte
		says string
	}{
		{"cut in the header", good[:20], "unexpected EOF"},
		{"cut before the pixels", good[:at-4], "unexpected EOF"},
		{"cut in the pixels", good[:at+40], "unexpected EOF"},
		{"without the last chunk of pixels", change(func(b []byte) []byte {
			last := bytes.LastIndex(b, []byte("IDAT")) - 4
			return append(b[:last], picturetest.Chunk("IEND", nil)...)
		}), "unexpected EOF"},
		{"checksum of the header", change(func(b []byte) []byte { b[29]++; return b }),
			`the checksum of the chunk "IHDR" at byte 8 is wrong`},
		{"checksum of pixels", change(func(b []byte) []byte {
			n := int(binary.BigEndian.Uint32(b[at-4:]))
			b[at+4+n]++
			return b
		}), `the checksum of the chunk "IDAT" at byte 33 is wrong`},
		{"no header", append([]byte("\x89PNG\r\n\x1a\n"), picturetest.Chunk("IDAT", nil)...),
			`found a chunk "IDAT", expected one IHDR`},
		{"two headers", append(good[:33:33], good[8:]...), `found a chunk "IHDR", expected one IHDR`},
		{"no pixels", append(good[:33:33], picturetest.Chunk("IEND", nil)...), "it has no chunk IDAT"},
		{"a filter that is unknown",
			slices.Concat(good[:33], picturetest.Chunk("IDAT", deflateBytes(bytes.Repeat([]byte{5}, 30*121))),
				picturetest.Chunk("IEND", nil)), "row 0: not a valid PNG: found filter 5, expected 0 to 4"},
		{"a row too many", slices.Concat(good[:33], picturetest.Chunk("IDAT", deflateBytes(make([]byte, 31*121))),
			picturetest.Chunk("IEND", nil)), "it has more rows than its header says"},
		{"a row too few", slices.Concat(good[:33], picturetest.Chunk("IDAT", deflateBytes(make([]byte, 29*121))),
			picturetest.Chunk("IEND", nil)), "row 29: unexpected EOF"},
		{"the checksum of all rows",
			slices.Concat(good[:33],
				picturetest.Chunk("IDAT", append(deflateBytes(make([]byte, 30*121))[:len(deflateBytes(make([]byte, 30*121)))-1],
					7)), picturetest.Chunk("IEND", nil)), "zlib: invalid checksum"},
		{"no palette", head(header{9, 9, 8, kindPalette, false}), "a palette of 0 bytes"},
		{"a wide row", head(header{1<<31 - 1, 1, 8, kindRGB, false}),
			"measured, not decoded: PNG with rows of 2147483647 pixels, more than 2097152"},
		{"too wide", head(header{math.MinInt32 /* 1 << 31 as uint32 */, 1, 8, kindRGB, false}), "2147483648 x 1 pixels"},
		{"kind 7", head(header{9, 9, 8, 7, false}), "measured, not decoded: PNG of kind 7 with 8 bits"},
		{"3 bits", head(header{9, 9, 3, 0, false}), "measured, not decoded: PNG of kind 0 with 3 bits"},
	} {
		pic, err := Open(bytes.NewReader(c.data))
		if err == nil {
			_, err = pic.Decode(image.Rect(0, 0, 40, 30))
		}
		if err == nil || !strings.Contains(err.Error(), c.says) ||
			errors.Is(err, picture.ErrUnsupported) != strings.HasPrefix(c.says, "measured") {
			t.Errorf("%s: found %v, expected %q", c.name, err, c.says)
		}
	}
}

func deflateBytes(data []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// FuzzPNG compares parts of a PNG with image/png, which is stricter about the chunks that
// have no pixels.
func FuzzPNG(f *testing.F) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 40 {
		f.Add(randomPNG(rng).encode(rng), uint8(rng.IntN(256)))
	}
	f.Fuzz(func(t *testing.T, data []byte, from uint8) {
		if !bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")) {
			return
		}
		size, err := png.DecodeConfig(bytes.NewReader(data))
		w, h := size.Width, size.Height
		if err != nil || w < 1 || h < 1 || w > 1<<18/h {
			return
		}
		pic, err := Open(bytes.NewReader(data))
		if err != nil {
			return
		}
		part := image.Rect(int(from)%w, int(from)%h, w, h)
		got, err := pic.Decode(part)
		expected, twin := png.Decode(bytes.NewReader(data))
		if err != nil || twin != nil {
			return
		}
		picturetest.Same(t, got, expected, part)
	})
}
