package rle

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
)

// The compressed form writes every run (from the fourth on) as the difference
// from the run two before it. A number is written in groups of five bits,
// lowest first, with one character per group: 48 + group, + 32 if more groups
// follow. The number is signed: bit 4 of its last group is the sign and is
// extended.
const (
	textBase  = 48   // the character of group 0
	textMore  = 0x20 // set in all groups but the last
	textGroup = 0x1f
	// textMaxLen is the largest number of characters in a number. Differences
	// of runs up to MaxPixels have 32 bits including the sign.
	textMaxLen = 7

	ones = 0x0101010101010101 // spreads a byte over a word
)

// AppendText appends the mask as COCO's compressed counts string, byte for byte
// as pycocotools writes it. It implements [encoding.TextAppender]; the error is
// always nil.
func (m Mask) AppendText(dst []byte) ([]byte, error) {
	if len(m.runs) == 0 {
		return append(dst, textBase), nil // one run of length zero
	}
	// Numbers are stored as whole words, so reserve an extra word.
	dst = slices.Grow(dst, 2*len(m.runs)+16)
	n := len(dst)
	buf := dst[:cap(dst)]
	before, last := int64(0), int64(0) // the run two before, or 0, and the one before
	for i, r := range m.runs {
		if len(buf)-n < 8 {
			buf = slices.Grow(buf[:n], 3*(len(m.runs)-i)+8)
			buf = buf[:cap(buf)]
		}
		x := int64(r) - before
		if before, last = last, int64(r); i == 0 {
			last = 0 // the first run is no base
		}
		if uint64(x+512) < 1024 { // one or two characters, as nearly all numbers
			more := uint64(x+16) &^ 31 // zero if -16 <= x < 16
			more = (more | -more) >> 63
			v := uint64(x)
			binary.LittleEndian.PutUint16(buf[n:], uint16(v&textGroup|v<<3&(textGroup<<8)|more<<5+textBase*0x0101))
			n += 1 + int(more)
			continue
		}
		word, k := encodeNumber(x)
		binary.LittleEndian.PutUint64(buf[n:], word)
		n += k
	}
	return buf[:n], nil
}

// encodeNumber returns the k characters of x as the low bytes of a word. It is
// equivalent to this loop: take five bits, shift x right by five, and stop when
// the rest equals the sign of the bits taken.
func encodeNumber(x int64) (word uint64, k int) {
	k = (bits.Len64(uint64(x^x>>63)) + 5) / 5
	v := uint64(x)
	v = v&0xfffff | v>>20&0x7fff<<32
	v = v&(0x3ff|0x3ff<<32) | v<<6&(0x3ff<<16|0x3ff<<48)
	v = v&0x001f001f001f001f | v<<3&0x1f001f001f001f00
	return v | textMore*ones&(1<<(8*(k-1))-1) + textBase*ones, k
}

// ParseText decodes COCO's compressed counts string, which does not carry the
// size. It reads what pycocotools reads, and removes zero runs by joining their
// neighbours. Where pycocotools would continue with wrong runs, ParseText
// returns an error that wraps [ErrCorrupt] and names the byte: for a character
// outside 48..111, a number that is cut off or longer than 7 characters, a run
// that is negative or larger than the mask, or runs that do not sum to h*w.
func ParseText(h, w int, text []byte) (Mask, error) {
	if err := checkSize(h, w); err != nil {
		return Mask{}, err
	}
	runs, err := decodeText(make([]uint32, countNumbers(text)), h, w, text)
	if err != nil {
		return Mask{}, err
	}
	if h*w == 0 {
		runs = nil
	}
	return Mask{h: h, w: w, runs: runs}, nil
}

// decodeText decodes text into runs, which must have room for all its numbers.
// It returns the part that it has filled.
func decodeText(runs []uint32, h, w int, text []byte) ([]uint32, error) {
	size := int64(h) * int64(w)
	n, sum, zero := 0, int64(0), false
	before, last := int64(0), int64(0) // the run two before, or 0, and the one before
	for p := 0; p < len(text); {
		start := p
		var x int64
		if c := text[p] - textBase; c < textMore { // one character, as most numbers
			x = int64(int8(c<<3) >> 3)
			p++
		} else {
			var err error
			if x, p, err = parseNumber(text, p); err != nil {
				return nil, err
			}
		}
		x += before
		if uint64(x) > uint64(size) {
			return nil, badRun(x, start, h, w)
		}
		if n >= len(runs) {
			break // unreachable: every number has an end
		}
		runs[n] = uint32(x)
		sum += x
		if before, last = last, x; n == 0 {
			last = 0 // the first run is no base
		} else if x == 0 {
			zero = true
		}
		n++
	}
	if sum != size {
		return nil, fmt.Errorf("%w: runs sum to %d at the end of text, byte %d: want %d x %d = %d", ErrCorrupt, sum, len(text), h, w, size)
	}
	if zero {
		return canonical(runs[:0], runs), nil
	}
	return runs, nil
}

// badRun returns the error for a run that is not from 0 to h*w.
func badRun(x int64, start, h, w int) error {
	if x < 0 {
		return fmt.Errorf("%w: negative run %d at byte %d", ErrCorrupt, x, start)
	}
	return fmt.Errorf("%w: run %d at byte %d is larger than the mask, %d x %d = %d", ErrCorrupt, x, start, h, w, h*w)
}

// parseNumber decodes the number that begins at byte start, and returns the
// position after it.
func parseNumber(text []byte, start int) (x int64, p int, err error) {
	shift := 0
	for p = start; p < len(text); {
		c := text[p] - textBase
		if c > textMore|textGroup {
			return 0, 0, fmt.Errorf("%w: character %q at byte %d: want one of codes 48 to 111", ErrCorrupt, text[p], p)
		}
		if p-start == textMaxLen {
			return 0, 0, fmt.Errorf("%w: number at byte %d is longer than %d characters", ErrCorrupt, start, textMaxLen)
		}
		p++
		x |= int64(c&textGroup) << shift
		shift += 5
		if c&textMore == 0 {
			return x << (64 - shift) >> (64 - shift), p, nil // extend the sign
		}
	}
	return 0, 0, fmt.Errorf("%w: text ends inside the number at byte %d", ErrCorrupt, start)
}

// countNumbers counts the bytes of text that end a number. In text of valid
// characters these are the codes 48 to 79. Other characters below 128 may or
// may not be counted, but every byte that the decoder treats as an end is
// counted.
func countNumbers(text []byte) int {
	n := 0
	for ; len(text) >= 8; text = text[8:] {
		// Bit 7 of a byte of sums is set if the byte's low seven bits are 80 or more.
		sums := binary.LittleEndian.Uint64(text)&(0x7f*ones) + (0x80-80)*ones
		n += 8 - bits.OnesCount64(sums&(0x80*ones))
	}
	for _, c := range text {
		if c&0x7f < 80 {
			n++
		}
	}
	return n
}
