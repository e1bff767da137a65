package jsonscan

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// maxDecimals is the largest exponent of ten that [quotient] divides by: 10^19 is the
// highest power below 2^64.
const maxDecimals = 19

// tens holds the powers of ten below 2^64.
var tens = [maxDecimals + 1]uint64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10,
	1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19}

// quotient returns m / 10^k as the nearest float64, ties to even, for k up to
// maxDecimals. Integers do the division: the first 64 bits of the quotient and whether a
// remainder is left decide the rounding exactly.
func quotient(m uint64, k int) float64 {
	if m < 1<<53 { // both are exact, so that one division rounds once
		return float64(m) / pow10[k]
	}
	zeros := bits.LeadingZeros64(m)
	d := tens[k]
	shift := bits.LeadingZeros64(d)
	m, d = m<<zeros, d<<shift
	exp := shift - zeros - 64
	low := uint64(0)
	if m >= d { // halve, so that the quotient has 64 bits
		m, low = m>>1, m<<63
		exp++
	}
	q, rest := bits.Div64(m, low, d) // at least 2^63
	const extra = 64 - 53
	mantissa, cut := q>>extra, q&(1<<extra-1)
	if cut > 1<<(extra-1) || cut == 1<<(extra-1) && (rest != 0 || mantissa&1 == 1) {
		mantissa++ // of 2^53 the carry goes to the exponent
	}
	return math.Float64frombits(uint64(exp+extra+52+1023-1)<<52 + mantissa)
}

// plainDecimal reads an unsigned number of 1 to 8 digits and up to 17 decimals, without
// exponent. It returns the length of the text, which is 0 if there is no such number at
// index p, or if too little text is left to read it in large steps. What follows is not
// checked, but that it does not belong to the number.
func plainDecimal(data []byte, p int) (f float64, length int) {
	if p+32 > len(data) {
		return 0, 0
	}
	text := data[p : p+32]
	x := binary.LittleEndian.Uint64(text)
	n := 8
	if t := nonDigits(x); t != 0 {
		n = bits.TrailingZeros64(t) >> 3
	}
	if n == 0 || byte(x) == '0' && n > 1 {
		return 0, 0
	}
	m := parse8(x, n)
	if b := text[n]; b != '.' {
		if isDigit(b) || b|0x20 == 'e' {
			return 0, 0
		}
		return float64(m), n
	}
	at := n + 1
	decimals := 0
	for decimals < 16 {
		x = binary.LittleEndian.Uint64(text[at:])
		n = 8
		if t := nonDigits(x); t != 0 {
			n = bits.TrailingZeros64(t) >> 3
		}
		if m >= tens[maxDecimals-n] { // more digits than m holds
			return 0, 0
		}
		m = m*tens[n] + parse8(x, n)
		decimals += n
		at += n
		if n < 8 {
			break
		}
	}
	if b := text[at]; isDigit(b) { // the 17th decimal
		if m >= 1e18 {
			return 0, 0
		}
		m = m*10 + uint64(b-'0')
		decimals++
		at++
	}
	if b := text[at]; decimals == 0 || isDigit(b) || b|0x20 == 'e' {
		return 0, 0
	}
	return quotient(m, decimals), at
}

// PlainFloat reads a number as [Cursor.Float] does if it has the usual form: up to 8
// digits and 17 decimals, without an exponent. Of anything else the cursor does not move.
// It neither skips white space nor checks what follows.
func (c *Cursor) PlainFloat() (float64, bool) {
	p := c.pos
	negative := p < len(c.data) && c.data[p] == '-'
	if negative {
		p++
	}
	f, n := plainDecimal(c.data, p)
	if n == 0 {
		return 0, false
	}
	c.pos = p + n
	if negative {
		f = -f
	}
	return f, true
}

// PlainInt reads an unsigned integer of up to 16 digits as [Cursor.Int] does. Of anything
// else the cursor does not move. It neither skips white space nor checks what follows.
func (c *Cursor) PlainInt() (int64, bool) {
	p := c.pos
	if p+17 > len(c.data) {
		return 0, false
	}
	text := c.data[p : p+17]
	x := binary.LittleEndian.Uint64(text)
	t := nonDigits(x)
	if t != 0 {
		n := bits.TrailingZeros64(t) >> 3
		if n == 0 || byte(x) == '0' && n > 1 {
			return 0, false
		}
		c.pos = p + n
		return int64(parse8(x, n)), true
	}
	m := parse8(x, 8)
	n := 8
	x = binary.LittleEndian.Uint64(text[8:])
	if t = nonDigits(x); t != 0 {
		n = bits.TrailingZeros64(t) >> 3
	}
	if text[0] == '0' || isDigit(text[8+n]) {
		return 0, false
	}
	c.pos = p + 8 + n
	return int64(m*tens[n] + parse8(x, n)), true
}

// SkipPlainNumber skips characters of a number, one or more, without a check that they are one.
// It neither skips white space nor checks what follows.
func (c *Cursor) SkipPlainNumber() bool {
	p := c.pos
	for p < len(c.data) && (isDigit(c.data[p]) || c.data[p] == '.' || c.data[p] == '-' || c.data[p] == '+' || c.data[p]|0x20 == 'e') {
		p++
	}
	some := p > c.pos
	c.pos = p
	return some
}

// PlainString skips a string as [Cursor.Skip] does if it is one of ASCII characters, with
// no other escapes than \\. Of anything else the cursor does not move. It skips no white
// space.
func (c *Cursor) PlainString() bool {
	data, p := c.data, c.pos
	if p >= len(data) || data[p] != '"' {
		return false
	}
	p++
	for {
		p = plainEnd(data, p)
		switch {
		case p+1 < len(data) && data[p] == '\\' && data[p+1] == '\\':
			p += 2
		case p < len(data) && data[p] == '"':
			c.pos = p + 1
			return true
		default:
			return false
		}
	}
}
