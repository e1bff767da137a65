package imagefile

import (
	"encoding/binary"
	"errors"
	"io"

	"github.com/hubdata/hubdata/internal/imagefile/picture"
)

// Codes of TIFF's LZW. Its codes are packed from the highest bit on, and get longer one
// code earlier than those of GIF.
const (
	lzwClear = 256
	lzwEnd   = 257
	lzwFirst = 258
	lzwCodes = 1 << 12
)

var errLZW = errors.New("LZW: a code that stands for nothing")

// lzwReader decompresses a strip or tile. It is read until the strip is full, as libtiff
// does: what follows need be neither an end code nor valid.
type lzwReader struct {
	r       io.Reader
	in      []byte // not yet used
	buf     [4096]byte
	bits    uint64
	n       uint // valid bits of bits
	width   uint // of a code
	next    int  // the code that is defined next
	last    int  // the code before; -1: none after a clear code
	table   [lzwCodes]lzwString
	out     []byte // decompressed, not yet read
	text    [2*lzwCodes + lzwHead]byte
	failure error // after out
}

// lzwHead is how many bytes of a string are written in one step.
const lzwHead = 8

// lzwString is what a code stands for: the string of another code, and a byte.
type lzwString struct {
	head           uint64 // its first bytes, the first one lowest
	prefix, length uint16
	suffix         byte
}

// first is the first byte of the string.
func (s *lzwString) first() byte { return byte(s.head) }

func newLZWReader(r io.Reader) *lzwReader {
	l := &lzwReader{}
	for i := range lzwClear {
		l.table[i] = lzwString{head: uint64(i), length: 1, suffix: byte(i)}
	}
	_ = l.Reset(r) // has no error
	return l
}

// Reset makes it read another strip.
func (l *lzwReader) Reset(r io.Reader) error {
	l.r, l.in, l.out, l.n, l.failure = r, nil, nil, 0, nil
	l.clear()
	return nil
}

func (l *lzwReader) clear() { l.width, l.next, l.last = 9, lzwFirst, -1 }

func (l *lzwReader) Read(p []byte) (int, error) {
	for len(l.out) == 0 {
		if l.failure != nil {
			return 0, l.failure
		}
		l.fill()
	}
	n := copy(p, l.out)
	l.out = l.out[n:]
	return n, nil
}

// more reads compressed data, of which some are then in.
func (l *lzwReader) more() error {
	for {
		n, err := l.r.Read(l.buf[:])
		if l.in = l.buf[:n]; n > 0 {
			return nil
		}
		if err != nil {
			return picture.Ended(err)
		}
	}
}

// fill decompresses some bytes into out, or sets failure.
func (l *lzwReader) fill() {
	n := 0
	width, next, last, bits, valid, in := l.width, l.next, l.last, l.bits, l.n, l.in
	for n < lzwCodes {
		if valid < width && len(in) >= 4 {
			bits = bits<<32 | uint64(binary.BigEndian.Uint32(in))
			in = in[4:]
			valid += 32
		}
		for valid < width {
			if len(in) == 0 {
				if l.failure = l.more(); l.failure != nil {
					break
				}
				in = l.in
			}
			bits = bits<<8 | uint64(in[0])
			in = in[1:]
			valid += 8
		}
		if l.failure != nil {
			break
		}
		valid -= width
		c := int(bits>>valid) & (1<<width - 1)
		if c == lzwClear {
			width, next, last = 9, lzwFirst, -1
			continue
		}
		if c == lzwEnd {
			l.failure = io.ErrUnexpectedEOF // the strip is not full
			break
		}
		if last >= 0 {
			if c > next || next == lzwCodes && c == next {
				l.failure = errLZW
				break
			}
			if next < lzwCodes {
				before := &l.table[last]
				def := lzwString{head: before.head, prefix: uint16(last), length: before.length + 1, suffix: before.first()}
				if c != next { // else the string is defined by itself
					def.suffix = l.table[c].first()
				}
				if before.length < lzwHead {
					def.head |= uint64(def.suffix) << (8 * before.length)
				}
				l.table[next] = def
				next++
				if next+1 >= 1<<width && width < 12 {
					width++
				}
			}
		} else if c > lzwClear {
			l.failure = errLZW
			break
		}
		e := &l.table[c&(lzwCodes-1)]
		size := int(e.length)
		text := l.text[n:]
		for i := size - 1; i >= lzwHead; i-- {
			text[i] = e.suffix
			e = &l.table[e.prefix&(lzwCodes-1)]
		}
		binary.LittleEndian.PutUint64(text, e.head) // what follows a shorter string is overwritten
		n += size
		last = c
	}
	l.width, l.next, l.last, l.bits, l.n, l.in = width, next, last, bits, valid, in
	l.out = l.text[:n]
}
