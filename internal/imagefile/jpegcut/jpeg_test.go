package jpegcut

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/internal/golden"
	"github.com/hubdata/hubdata/internal/imagefile/picture"
	"github.com/hubdata/hubdata/internal/imagefile/picture/picturetest"
)

// testJPEG is a JPEG of random coefficients, in one scan or one for each component.
type testJPEG struct {
	w, h    int
	factors [][2]int // of each component
	restart int
	apart   bool
	adobe   int    // its colour transform; -1: none
	large   bool   // coefficients
	names   string // of the components
}

func randomJPEG(rng *rand.Rand) *testJPEG {
	j := &testJPEG{w: 1 + rng.IntN(70), h: 1 + rng.IntN(70), restart: rng.IntN(3) * rng.IntN(5), apart: rng.IntN(3) == 0,
		adobe: rng.IntN(4) - 1, large: rng.IntN(3) == 0}
	y := [][2]int{{1, 1}, {1, 2}, {2, 1}, {2, 2}, {4, 1}, {4, 2}}[rng.IntN(6)]
	switch rng.IntN(4) {
	case 0:
		j.factors, j.names = [][2]int{{1 + rng.IntN(3), 1 + rng.IntN(3)}}, "\x01"
	case 1:
		j.factors, j.names = [][2]int{y, {1, 1}, {1, 1}, y}, "\x01\x02\x03\x04"
		if j.adobe = rng.IntN(3); y[0]*y[1] > 4 {
			j.factors = [][2]int{{1, 1}, {1, 1}, {1, 1}, {1, 1}}
		}
	default:
		j.factors, j.names = [][2]int{y, {1, 1}, {1, 1}}, []string{"\x01\x02\x03", "RGB"}[rng.IntN(2)]
		if rng.IntN(6) == 0 { // all larger than they need to be
			j.factors = [][2]int{{2, 1}, {2, 1}, {2, 1}}
		}
	}
	return j
}

// encode writes the JPEG. Its codes are those of cutter.
func (t *testJPEG) encode(rng *rand.Rand) []byte {
	p := &Picture{width: t.w, height: t.h}
	frame := []byte{8, 0, byte(t.h), 0, byte(t.w), byte(len(t.factors))}
	for i, f := range t.factors {
		frame = append(frame, t.names[i], byte(f[0]<<4|f[1]), 0)
	}
	if err := p.setFrame(0xc0, frame); err != nil {
		panic(err)
	}
	if t.adobe >= 0 {
		p.adobe = segment(0xee, []byte("Adobe\x00\x64\x00\x00\x00\x00"+string(rune(t.adobe))))
	}
	var quant [64]uint16
	for i := range quant {
		quant[i] = uint16(1 + rng.IntN(255))
	}
	for i := range p.components {
		p.components[i].quant = &quant
	}
	c := p.cut(image.Rect(0, 0, p.mcusX, p.mcusY)).(*cutter)
	scan := bytes.LastIndex(c.out, []byte{0xff, 0xda})
	c.out = append(c.out[:scan], segment(0xdd, []byte{0, byte(t.restart)})...)
	all := []int{0, 1, 2, 3}[:len(t.factors)]
	scans := [][]int{all}
	if t.apart {
		scans = nil
		for _, i := range all {
			scans = append(scans, []int{i})
		}
		rng.Shuffle(len(scans), func(a, b int) { scans[a], scans[b] = scans[b], scans[a] })
	}
	for _, s := range scans {
		head := []byte{byte(len(s))}
		for _, i := range s {
			head = append(head, t.names[i], 0)
		}
		c.out = append(c.out, segment(0xda, append(head, 0, 63, 0))...)
		w, h := p.mcusX, p.mcusY
		if len(s) == 1 {
			w, h = p.components[s[0]].across, p.components[s[0]].down
		}
		for n := range w * h {
			if t.restart > 0 && n > 0 && n%t.restart == 0 {
				c.align()
				c.out = append(c.out, 0xff, 0xd0+byte(n/t.restart-1)%8)
				c.dcs = [4]int32{}
			}
			for _, i := range s {
				blocks := t.factors[i][0] * t.factors[i][1]
				if len(s) == 1 {
					blocks = 1
				}
				for range blocks {
					if err := c.block(i, randomBlock(rng, t.large)); err != nil {
						panic(err)
					}
				}
			}
		}
		c.align()
		c.dcs = [4]int32{}
	}
	return append(c.out, 0xff, 0xd9)
}

// randomBlock returns coefficients as they are in a picture, or large ones.
func randomBlock(rng *rand.Rand, large bool) *block {
	var b block
	most := 3
	if large {
		most = 1023
	}
	b[0] = int32(rng.IntN(16*most)) - int32(8*most)
	for range rng.IntN(3) * rng.IntN(20) {
		b[1+rng.IntN(63)] = int32(rng.IntN(2*most+1) - most)
	}
	return &b
}

// compareJPEG compares parts of a JPEG with image/jpeg, to the last bit. Image/jpeg decodes
// plain, which is the same without restarts: it counts them wrongly in scans of one component
// of several blocks per MCU.
func compareJPEG(t *testing.T, name string, rng *rand.Rand, data, plain []byte) {
	t.Helper()
	expected, err := jpeg.Decode(bytes.NewReader(plain))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	pic, err := Open(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, part := range picturetest.Parts(rng, expected.Bounds().Dx(), expected.Bounds().Dy()) {
		got, err := pic.Decode(part)
		if err != nil {
			t.Fatalf("%s: %v: %v", name, part, err)
		}
		picturetest.Same(t, got, expected, part)
	}
}

// TestJPEGTwin compares parts of random JPEGs, and of some that image/jpeg encoded.
func TestJPEGTwin(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	kinds := 0
	for range 1200 {
		j := randomJPEG(rng)
		seed := rng.Uint64()
		data := j.encode(rand.New(rand.NewPCG(seed, 0)))
		plain := *j
		plain.restart = 0
		without := plain.encode(rand.New(rand.NewPCG(seed, 0)))
		if _, err := jpeg.Decode(bytes.NewReader(without)); err != nil {
			var unsupported jpeg.UnsupportedError
			pic, own := Open(bytes.NewReader(data))
			if own == nil {
				_, own = pic.Decode(image.Rect(0, 0, j.w, j.h))
			}
			if !errors.As(err, &unsupported) || !errors.Is(own, picture.ErrUnsupported) {
				t.Fatalf("%+v: found %v, expected %v", j, own, err)
			}
			continue
		}
		kinds++
		compareJPEG(t, strings.ToValidUTF8(j.names, "?"), rng, data, without)
	}
	if kinds < 900 {
		t.Errorf("%d of them were compared", kinds)
	}
	for i := range 200 {
		w, h := 1+rng.IntN(60), 1+rng.IntN(60)
		var img image.Image
		if i%4 == 0 {
			g := image.NewGray(image.Rect(0, 0, w, h))
			fill(rng, g.Pix)
			img = g
		} else {
			g := image.NewRGBA(image.Rect(0, 0, w, h))
			fill(rng, g.Pix)
			img = g
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 1 + rng.IntN(100)}); err != nil {
			t.Fatal(err)
		}
		compareJPEG(t, "image/jpeg", rng, b.Bytes(), b.Bytes())
	}
}

func fill(rng *rand.Rand, pix []byte) {
	v := 0
	for i := range pix {
		v += rng.IntN(40) - 20
		pix[i] = byte(v)
	}
}

// goldenJPEG is a JPEG of the kind that libjpeg-turbo writes (reference/jpegs.py).
type goldenJPEG struct {
	Name  string
	File  []byte
	Plain []byte // the same picture without restarts
}

// TestGoldenJPEG compares parts of JPEGs of libjpeg-turbo with image/jpeg.
func TestGoldenJPEG(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	n, missed := 0, 0
	for _, g := range golden.Cases[goldenJPEG](t, "jpegs.jsonl.gz") {
		compareJPEG(t, g.Name, rng, g.File, g.Plain)
		n++
		if _, err := jpeg.Decode(bytes.NewReader(g.File)); err != nil {
			missed++
		}
	}
	if n < 60 || missed == 0 {
		t.Errorf("%d files, of which image/jpeg reads all but %d", n, missed)
	}
}

// TestJPEGFaults: what is wrong with a JPEG is said.
func TestJPEGFaults(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	j := &testJPEG{w: 64, h: 64, factors: [][2]int{{2, 2}, {1, 1}, {1, 1}}, names: "\x01\x02\x03", adobe: -1, restart: 3}
	good := j.encode(rng)
	find := func(marker byte) int { return bytes.Index(good, []byte{0xff, marker}) }
	change := func(at int, to ...byte) []byte {
		b := bytes.Clone(good)
		copy(b[at:], to)
		return b
	}
	for _, c := range []struct {
		name string
		data []byte
		says string
	}{
		{"cut in the header", good[:20], "unexpected EOF"},
		{"cut before the scan", good[:find(0xda)], "unexpected EOF"},
		{"cut in the scan", good[:len(good)-40], "row 3 of 4: unexpected EOF"},
		{"a scan that ends early", append(slices.Clip(good[:find(0xd2)]), 0xff, 0xd9),
			"found a marker 0xd9, expected the restart 2"},
		{"no marker", change(find(0xda), 0), "expected a marker"},
		{"another restart", change(find(0xd1), 0xff, 0xd5), "found a marker 0xd5, expected the restart 1"},
		{"no Huffman tables", change(find(0xc4)+1, 0xfe), "a scan of component 1 without its Huffman table"},
		{"no quantization table", change(find(0xdb)+1, 0xfe), "component 1 without its quantization table"},
		{"a Huffman table of no codes", change(find(0xc4)+5, make([]byte, 16)...), "a Huffman table of 0 codes"},
		{"too many short codes", change(find(0xc4)+5, 3, 0, 0, 0, 14), "a Huffman table of too many codes of 1 bits"},
		{"two frames", append(slices.Clip(good[:find(0xc4)]), good[find(0xc1):]...), "a frame header"},
		{"no frame", append(slices.Clip(good[:find(0xc1)]), good[find(0xc4):]...),
			"a scan header of 10 bytes for 0 components"},
		{"arithmetic", change(find(0xc1), 0xff, 0xc9),
			"measured, not decoded: JPEG with process 9: lossless, hierarchical or arithmetic"},
		{"lossless", change(find(0xc1), 0xff, 0xc3),
			"measured, not decoded: JPEG with process 3: lossless, hierarchical or arithmetic"},
		{"12 bits", change(find(0xc1)+4, 12), "measured, not decoded: JPEG with samples of 12 bits"},
		{"factors of 0", change(find(0xc1)+11, 0), "component 1 of 0 x 0 blocks"},
		{"a component twice", change(find(0xc1)+13, 1), "component 1 of 1 x 1 blocks"},
		{"a scan of an unknown component", change(find(0xda)+5, 9), "a scan of component 9"},
		{"a component in no scan",
			append(slices.Clip(good[:find(0xc1)+2]), append([]byte{0, 11, 8, 0, 64, 0, 64, 1, 1, 0x11, 0}, 0xff, 0xd9)...),
			"component 1 is in no scan"},
	} {
		pic, err := Open(bytes.NewReader(c.data))
		if err == nil {
			_, err = pic.Decode(image.Rect(0, 0, 64, 64))
		}
		if err == nil || !strings.Contains(err.Error(), c.says) ||
			errors.Is(err, picture.ErrUnsupported) != strings.HasPrefix(c.says, "measured") {
			t.Errorf("%s: found %v, expected %q", c.name, err, c.says)
		}
	}
	// A fault in a row does not keep those above it from being decoded.
	pic, err := Open(bytes.NewReader(good[:len(good)-40]))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := pic.Decode(image.Rect(0, 0, 64, 64)); err == nil {
			t.Error("found no error")
		}
		if _, err := pic.Decode(image.Rect(8, 8, 20, 30)); err != nil {
			t.Error(err)
		}
	}
}

// FuzzJPEG compares parts of a JPEG with image/jpeg.
func FuzzJPEG(f *testing.F) {
	rng := rand.New(rand.NewPCG(15, 16))
	for range 20 {
		f.Add(randomJPEG(rng).encode(rng), uint8(rng.IntN(256)))
	}
	for _, g := range golden.Cases[goldenJPEG](f, "jpegs.jsonl.gz") {
		if len(g.File) < 1<<11 {
			f.Add(g.File, uint8(rng.IntN(256)))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, from uint8) {
		if !bytes.HasPrefix(data, []byte("\xff\xd8\xff")) {
			return
		}
		size, err := jpeg.DecodeConfig(bytes.NewReader(data))
		w, h := size.Width, size.Height
		if err != nil || w < 1 || h < 1 || w > 1<<16/h {
			return
		}
		pic, err := Open(bytes.NewReader(data))
		if err != nil {
			return
		}
		part := image.Rect(int(from)%w, int(from)%h, w, h)
		got, err := pic.Decode(part)
		expected, twin := jpeg.Decode(bytes.NewReader(data))
		if err != nil || twin != nil {
			return
		}
		for _, s := range pic.scans {
			if s.ends > 0 || pic.RestartsApart() {
				return // image/jpeg continues a run in the next scan, and miscounts such restarts
			}
		}
		picturetest.Same(t, got, expected, part)
	})
}
