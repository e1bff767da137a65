package jsonscan

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// skipDecimals skips elements of a list as long as each is a number without sign and
// exponent, directly followed by a comma. Before a number there may be spaces. It returns how
// many it skipped, and stops before an element, which general code must read. It is only a
// faster way to skip what [Cursor.number] and [Cursor.NextElement] read.
func (c *Cursor) skipDecimals() int {
	start, at := c.pos, decimalsEnd(c.data, c.pos)
	for at > start && c.data[at-1] != ',' {
		at--
	}
	c.pos = at
	return bytes.Count(c.data[start:at], []byte{','})
}

// decimalsEnd returns an index up to which the text from an index on, where an element of a list
// begins, can be part of a list of numbers without sign and exponent. It stops less than eight
// bytes before the end of the text.
//
// Eight bytes are checked at a time, without a branch for each number. In the words below, the
// high bit of each byte says whether the byte of the text is of a kind; other bits mean nothing.
// The kinds of a byte and of the one before it decide all, but whether a number has a second
// point. For that, an addition carries from each point through the digits after it.
func decimalsEnd(data []byte, at int) int {
	// Of the byte before the word.
	digit, zero, start := uint64(0), uint64(0), uint64(0x80)
	fraction := uint64(0) // 1: it is a point, or a digit after one
	for at+8 <= len(data) {
		x := binary.LittleEndian.Uint64(data[at:])
		// Sums and differences are right up to the first byte that is not ASCII, which is of no kind.
		digits := (x + (0x80-'0')*ones) &^ (x + (0x80-'9'-1)*ones)
		marks := highs - (x&^(2*ones) ^ ','*ones) // '.' is ',' with its second bit
		spaces := highs - (x ^ ' '*ones)
		points := marks & (x << 6)
		starts := marks&^points | spaces // a number or a space follows
		start |= starts << 8
		zeros := (highs - (x ^ '0'*ones)) & start // that begin a number
		right := digits&^(zeros<<8|zero) | marks&(digits<<8|digit) | spaces&start
		wrong := (^right | x) & highs
		if points &= highs; points|fraction != 0 {
			digits &= highs
			sum, carry := bits.Add64(digits<<1-digits>>7, points<<1|fraction, 0) // each digit is 0xff
			wrong |= points & (sum << 7)
			fraction = carry | points>>63
		}
		if wrong != 0 {
			return at + bits.TrailingZeros64(wrong)>>3
		}
		digit, zero, start = digits>>56, zeros>>56, starts>>56
		at += 8
	}
	return at
}
