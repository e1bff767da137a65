package jpegcut

import (
	"encoding/binary"
	"fmt"
	"image"
	"io"
	"math/bits"
)

// cutter is a JPEG of some MCUs of another. It is written as it is read.
type cutter struct {
	from *Picture
	mcus image.Rectangle
	next int    // row of MCUs
	out  []byte // that was not read yet
	at   int    // in out
	err  error

	word uint64 // bits that are not in out yet, n of them, lowest last
	n    int
	dcs  [4]int32
}

// cut returns a JPEG of some MCUs.
func (j *Picture) cut(mcus image.Rectangle) io.Reader {
	c := &cutter{from: j, mcus: mcus, next: mcus.Min.Y}
	c.out = []byte{0xff, 0xd8}
	c.out = append(c.out, j.jfif...)
	c.out = append(c.out, j.adobe...)
	for i := range j.components { // each component has the table of its number
		table := []byte{0x10 | byte(i)}
		for _, q := range j.components[i].quant {
			table = binary.BigEndian.AppendUint16(table, q)
		}
		c.out = append(c.out, segment(0xdb, table)...)
	}
	frame := []byte{8}
	frame = binary.BigEndian.AppendUint16(frame, uint16(min(j.height, mcus.Max.Y*8*j.vMax)-mcus.Min.Y*8*j.vMax))
	frame = binary.BigEndian.AppendUint16(frame, uint16(min(j.width, mcus.Max.X*8*j.hMax)-mcus.Min.X*8*j.hMax))
	frame = append(frame, byte(len(j.components)))
	scan := []byte{byte(len(j.components))}
	for i := range j.components {
		k := &j.components[i]
		frame = append(frame, k.id, byte(k.h<<4|k.v), byte(i))
		scan = append(scan, k.id, 0)
	}
	c.out = append(c.out, segment(0xc1, frame)...)
	// The codes are the values: DC of 5 bits, AC of 8.
	dc := append(make([]byte, 17), make([]byte, dcSizes)...)
	for i := range dcSizes {
		dc[17+i] = byte(i)
	}
	dc[5] = dcSizes
	ac := append([]byte{0x10}, make([]byte, 16)...)
	for i := range acCodes {
		ac = append(ac, byte(i))
	}
	ac[8] = acCodes
	c.out = append(c.out, segment(0xc4, dc)...)
	c.out = append(c.out, segment(0xc4, ac)...)
	c.out = append(c.out, segment(0xda, append(scan, 0, 63, 0))...)
	return c
}

const (
	dcBits    = 5
	dcSizes   = 17 // of differences: 0 to 16 bits
	acBits    = 8
	acCodes   = 255 // one that has all bits set is not allowed
	maxACBits = 14  // of a coefficient; 8 bits of a sample give 10 or fewer
	zeroRun   = 0xf0
)

// errCoefficient is the error for a coefficient that samples of 8 bits do not have.
var errCoefficient = fmt.Errorf("%w: a coefficient of more than %d bits", errInvalid, maxACBits)

func (c *cutter) Read(p []byte) (int, error) {
	for c.at == len(c.out) {
		if c.err == nil {
			c.err = c.more()
		}
		if c.err != nil {
			return 0, c.err
		}
	}
	n := copy(p, c.out[c.at:])
	c.at += n
	return n, nil
}

// more writes the next row of MCUs, or the end.
func (c *cutter) more() error {
	c.out, c.at = c.out[:0], 0
	j := c.from
	if c.next == c.mcus.Max.Y {
		c.align()
		c.out = append(c.out, 0xff, 0xd9)
		c.next++
		return nil
	} else if c.next > c.mcus.Max.Y {
		return io.EOF
	}
	if err := j.hold(c.next); err != nil {
		return err
	}
	c.next++
	for x := c.mcus.Min.X; x < c.mcus.Max.X; x++ {
		for i := range j.components {
			k := &j.components[i]
			for n := range k.h * k.v {
				if err := c.block(i, &k.blocks[(n/k.h*j.mcusX+x)*k.h+n%k.h]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// block writes a block.
func (c *cutter) block(i int, b *block) error {
	if b[0] != int32(int16(b[0])) {
		return errCoefficient
	}
	v, size := coded(b[0] - c.dcs[i])
	c.dcs[i] = b[0]
	c.put(uint64(size)<<size|uint64(v), dcBits+size)
	zeros := 0
	for _, a := range b[1:] {
		if a == 0 {
			zeros++
			continue
		}
		for ; zeros > 15; zeros -= 16 {
			c.put(zeroRun, acBits)
		}
		v, size := coded(a)
		if size > maxACBits {
			return errCoefficient
		}
		c.put(uint64(zeros<<4|size)<<size|uint64(v), acBits+size)
		zeros = 0
	}
	if zeros > 0 {
		c.put(0, acBits)
	}
	return nil
}

// coded returns the bits of a number, and how many they are.
func coded(v int32) (uint32, int) {
	size := bits.Len32(uint32(max(v, -v)))
	if v < 0 {
		v += 1<<size - 1
	}
	return uint32(v), size
}

// align fills the last byte with bits that are set.
func (c *cutter) align() {
	n := (8 - c.n) % 8
	c.put(1<<n-1, n)
}

// put writes the lowest bits of a word, up to 32.
func (c *cutter) put(word uint64, size int) {
	c.word = c.word<<size | word
	for c.n += size; c.n >= 8; {
		c.n -= 8
		b := byte(c.word >> c.n)
		if c.out = append(c.out, b); b == 0xff {
			c.out = append(c.out, 0)
		}
	}
}
