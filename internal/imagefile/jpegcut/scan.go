package jpegcut

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/hubdata/hubdata/internal/imagefile/picture"
)

// scan reads the entropy-coded data of a scan, block by block (ITU-T T.81, F.2 and G.2).
type scan struct {
	at          int64  // where its data begin
	components  []byte // which
	dc, ac      []*huffman
	first, last int  // coefficients
	high, low   byte // bits of them: the one before, and the lowest
	restart     int  // MCUs from one restart to the next; 0: none

	in   bitReader
	left int      // MCUs before the next restart
	nth  byte     // number of the next restart
	dcs  [4]int32 // the last ones
	ends int      // blocks that follow and have no more coefficients
}

// rewind begins with the first block.
func (s *scan) rewind(r io.ReaderAt) {
	s.in = bitReader{r: bufio.NewReaderSize(io.NewSectionReader(r, s.at, 1<<40), 1<<14)}
	s.left, s.nth, s.dcs, s.ends = s.restart, 0, [4]int32{}, 0
}

// row reads the blocks of the next row of MCUs of the picture.
func (s *scan) row(j *Picture) error {
	if len(s.components) > 1 {
		for x := range j.mcusX {
			if err := s.begin(); err != nil {
				return err
			}
			for i, k := range s.components {
				c := &j.components[k]
				for n := range c.h * c.v {
					if err := s.block(i, &c.blocks[(n/c.h*j.mcusX+x)*c.h+n%c.h]); err != nil {
						return err
					}
				}
			}
		}
		return nil
	}
	c := &j.components[s.components[0]]
	for y := range min(c.v, c.down-j.held*c.v) {
		for x := range c.across {
			if err := s.begin(); err != nil {
				return err
			}
			if err := s.block(0, &c.blocks[y*j.mcusX*c.h+x]); err != nil {
				return err
			}
		}
	}
	return nil
}

// begin reads the restart before an MCU, if there is one.
func (s *scan) begin() error {
	if s.restart == 0 {
		return nil
	}
	if s.left == 0 {
		if err := s.in.restart(s.nth); err != nil {
			return err
		}
		s.left, s.nth, s.dcs, s.ends = s.restart, (s.nth+1)%8, [4]int32{}, 0
	}
	s.left--
	return nil
}

// block reads what the scan has of a block of its component i.
func (s *scan) block(i int, b *block) error {
	k := s.first
	if k == 0 {
		k = 1
		if s.high > 0 {
			bit, err := s.in.bits(1)
			if err != nil {
				return err
			}
			b[0] |= int32(bit) << s.low
		} else {
			size, err := s.in.code(s.dc[i])
			if err != nil {
				return err
			}
			if size > 16 {
				return fmt.Errorf("%w: a difference of %d bits", errInvalid, size)
			}
			d, err := s.in.value(size)
			if err != nil {
				return err
			}
			s.dcs[i] += d
			b[0] = s.dcs[i] << s.low
		}
	}
	switch {
	case s.high != 0 && s.last > 0:
		return s.refine(i, k, b)
	case s.ends > 0:
		s.ends--
		return nil
	}
	for ; k <= s.last; k++ {
		code, err := s.in.code(s.ac[i])
		if err != nil {
			return err
		}
		zeros, size := int(code>>4), code&15
		if size == 0 {
			if zeros == 15 {
				k += 15
				continue
			}
			s.ends, err = s.in.run(zeros)
			s.ends--
			return err
		}
		v, err := s.in.value(size)
		if err != nil {
			return err
		}
		if k += zeros; k > s.last {
			return fmt.Errorf("%w: a block of more than 64 coefficients", errInvalid)
		}
		b[k] = v << s.low
	}
	return nil
}

// refine reads the next bit of coefficients, from k on.
func (s *scan) refine(i, k int, b *block) error {
	for s.ends == 0 && k <= s.last {
		code, err := s.in.code(s.ac[i])
		if err != nil {
			return err
		}
		zeros, size := int(code>>4), code&15
		var v int32
		switch {
		case size == 1: // a new one, of one bit
			bit, err := s.in.bits(1)
			if err != nil {
				return err
			}
			v = (2*int32(bit) - 1) << s.low
		case size > 1:
			return fmt.Errorf("%w: a new coefficient of %d bits in a scan of one bit", errInvalid, size)
		case zeros < 15:
			if s.ends, err = s.in.run(zeros); err != nil {
				return err
			}
			zeros = 64 // all that are left
		}
		if k, err = s.refineUntil(k, zeros, b); err != nil {
			return err
		}
		if s.ends > 0 {
			s.ends--
			return nil
		}
		if k > s.last {
			if v != 0 {
				return fmt.Errorf("%w: a block of more than 64 coefficients", errInvalid)
			}
			return nil
		}
		if v != 0 {
			b[k] = v
		}
		k++
	}
	if s.ends > 0 {
		s.ends--
		_, err := s.refineUntil(k, 64, b)
		return err
	}
	return nil
}

// refineUntil reads the next bit of the coefficients from k on that are not 0, until some
// zeros were passed and another one follows. It returns where that is.
func (s *scan) refineUntil(k, zeros int, b *block) (int, error) {
	for ; k <= s.last; k++ {
		if b[k] == 0 {
			if zeros == 0 {
				break
			}
			zeros--
			continue
		}
		bit, err := s.in.bits(1)
		switch {
		case err != nil:
			return k, err
		case bit == 0:
		case b[k] > 0:
			b[k] += 1 << s.low
		default:
			b[k] -= 1 << s.low
		}
	}
	return k, nil
}

// bitReader reads the bits of entropy-coded data up to the next marker.
type bitReader struct {
	r      *bufio.Reader
	word   uint64 // the bits that follow, from the highest on
	n      int    // how many
	marker byte   // that was found; 0: none
	err    error  // of r
}

// fill reads bits until there are 57 or more.
func (b *bitReader) fill() {
	for b.n <= 56 && b.marker == 0 && b.err == nil {
		v, err := b.r.ReadByte()
		if err != nil {
			b.err = picture.Ended(err)
			return
		}
		if v == 0xff {
			next := byte(0xff)
			for next == 0xff && err == nil { // bytes to fill, before a marker
				next, err = b.r.ReadByte()
			}
			if err != nil {
				b.err = picture.Ended(err)
				return
			}
			if next != 0 {
				b.marker = next
				return
			}
		}
		b.word |= uint64(v) << (56 - b.n)
		b.n += 8
	}
}

// short is the error where there are not enough bits.
func (b *bitReader) short() error {
	if b.err != nil {
		return b.err
	}
	return fmt.Errorf("%w: its data end at a marker %#x", errInvalid, b.marker)
}

// bits reads n bits, up to 16.
func (b *bitReader) bits(n byte) (uint32, error) {
	if b.n < int(n) {
		if b.fill(); b.n < int(n) {
			return 0, b.short()
		}
	}
	v := uint32(b.word >> 32 >> (32 - n))
	b.word <<= n
	b.n -= int(n)
	return v, nil
}

// value reads a number of n bits, the first of which is 0 if it is negative.
func (b *bitReader) value(n byte) (int32, error) {
	v, err := b.bits(n)
	if n > 0 && v>>(n-1) == 0 {
		return int32(v) - 1<<n + 1, err
	}
	return int32(v), err
}

// run reads how many blocks have no more coefficients, of a number with n bits below the
// highest.
func (b *bitReader) run(n int) (int, error) {
	v, err := b.bits(byte(n))
	return 1<<n + int(v), err
}

// restart skips to the next marker, which is a restart with a number.
func (b *bitReader) restart(nth byte) error {
	for b.n = 0; b.marker == 0 && b.err == nil; b.n = 0 {
		b.word = 0
		b.fill()
	}
	switch b.word = 0; {
	case b.marker == 0:
		return b.err
	case b.marker != 0xd0+nth:
		return fmt.Errorf("%w: found a marker %#x, expected the restart %d", errInvalid, b.marker, nth)
	}
	b.marker = 0
	return nil
}

// huffman is a table of codes.
type huffman struct {
	short  [1 << shortCode]uint16 // for each beginning: the value << 8, and the bits of its code; 0: it is longer
	values []byte
	limit  [17]int32 // the first code of each size that is too large; -1: there is none of the size
	base   [17]int32 // of a code of each size: how far its value is from it
}

// shortCode is how many bits a code has that is found in one step.
const shortCode = 9

// newHuffman makes a table of how many codes there are of each size, and their values.
func newHuffman(counts, values []byte) (*huffman, error) {
	h := &huffman{values: append([]byte(nil), values...)}
	code, k := int32(0), int32(0)
	for i, n := range counts {
		size := i + 1
		h.base[size] = k - code
		for range n {
			if code >= 1<<size {
				return nil, fmt.Errorf("%w: a Huffman table of too many codes of %d bits", errInvalid, size)
			}
			if size <= shortCode {
				from := code << (shortCode - size)
				for e := range int32(1) << (shortCode - size) {
					h.short[from+e] = uint16(values[k])<<8 | uint16(size)
				}
			}
			code++
			k++
		}
		if h.limit[size] = code; n == 0 {
			h.limit[size] = -1
		}
		code <<= 1
	}
	return h, nil
}

// errCode is the error for bits that are no code of a table.
var errCode = errors.New("bits that are no Huffman code")

// code reads a code, and returns its value.
func (b *bitReader) code(h *huffman) (byte, error) {
	if b.n < 16 {
		b.fill()
	}
	if e := h.short[b.word>>(64-shortCode)]; e != 0 {
		size := int(e & 0xff)
		if size > b.n {
			return 0, b.short()
		}
		b.word <<= size
		b.n -= size
		return byte(e >> 8), nil
	}
	for size := shortCode + 1; size <= 16; size++ {
		code := int32(b.word >> (64 - size))
		if code >= h.limit[size] {
			continue
		}
		if size > b.n {
			return 0, b.short()
		}
		b.word <<= size
		b.n -= size
		return h.values[code+h.base[size]], nil
	}
	if b.n < 16 {
		return 0, b.short()
	}
	return 0, fmt.Errorf("%w: %w", errInvalid, errCode)
}
