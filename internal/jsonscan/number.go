package jsonscan

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
)

// Eight bytes of text are handled as one little-endian word. The word tests are
// written out, because a loop over the bytes of "239.97" costs a mispredicted
// branch for every number.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// nonDigits returns a word whose lowest nonzero byte is the first byte of x
// that is not '0' to '9', and 0 if all are digits. Bytes above a byte of 0xfa
// or more may be wrong.
func nonDigits(x uint64) uint64 {
	const hi, zero, six = ones * 0xf0, ones * '0', ones * 6
	return (x&hi ^ zero) | ((x+six)&hi ^ zero)
}

// parse8 returns the number that the first n <= 8 bytes of x spell. These must
// all be digits.
func parse8(x uint64, n int) uint64 {
	x = (x & (ones * 0x0f)) << (64 - 8*uint(n)) // zeros in front
	x = x * 2561 >> 8 & 0x00ff00ff00ff00ff      // 10*a + b, in pairs
	x = x * 6553601 >> 16 & 0x0000ffff0000ffff  // 100*a + b
	return x * 42949672960001 >> 32             // 10000*a + b
}

// digits returns the number of digits that begin at index p.
func digits(data []byte, p int) int {
	start := p
	for p+8 <= len(data) {
		if t := nonDigits(binary.LittleEndian.Uint64(data[p:])); t != 0 {
			return p + bits.TrailingZeros64(t)>>3 - start
		}
		p += 8
	}
	for p < len(data) && isDigit(data[p]) {
		p++
	}
	return p - start
}

// shortNumber reads an unsigned number of at most seven characters: digits,
// with or without one point between them. The number must be followed by a
// character that is not part of a number. shortNumber returns the digits as an
// integer, how many of them follow the point, and the length of the text, which
// is 0 if there is no such number at p. It accepts what the byte-wise loop of
// numberEnd accepts.
func shortNumber(data []byte, p int) (mantissa uint64, decimals, length int) {
	if p+8 > len(data) {
		return 0, 0, 0
	}
	x := binary.LittleEndian.Uint64(data[p:])
	t := nonDigits(x)
	i := bits.TrailingZeros64(t) >> 3
	if i == 0 || i == 8 || byte(x) == '0' && i > 1 {
		return 0, 0, 0
	}
	end := byte(x >> (8 * uint(i)))
	if end == ',' || end == ']' {
		return parse8(x, i), 0, i
	}
	if end != '.' {
		return 0, 0, 0
	}
	t &= ^uint64(0) << (8*uint(i) + 8) // shift 64 gives 0
	j := bits.TrailingZeros64(t) >> 3
	if j == 8 || j == i+1 {
		return 0, 0, 0
	}
	if end = byte(x >> (8 * uint(j))); end != ',' && end != ']' {
		return 0, 0, 0
	}
	low := uint64(1)<<(8*uint(i)) - 1
	return parse8(x&low|x>>8&^low, j-1), j - i - 1, j
}

// numberEnd returns the end of the number that begins at p, and whether it is
// an integer. If there is no number, ok is false and end is the position of the
// first invalid byte.
func numberEnd(data []byte, p int) (end int, integer, ok bool) {
	if p < len(data) && data[p] == '-' {
		p++
	}
	n := digits(data, p)
	if n == 0 || n > 1 && data[p] == '0' {
		return p, false, false
	}
	p += n
	integer = true
	if p < len(data) && data[p] == '.' {
		n = digits(data, p+1)
		if p += 1 + n; n == 0 {
			return p, false, false
		}
		integer = false
	}
	if p < len(data) && data[p]|0x20 == 'e' {
		if p++; p < len(data) && (data[p] == '+' || data[p] == '-') {
			p++
		}
		n = digits(data, p)
		if p += n; n == 0 {
			return p, false, false
		}
		integer = false
	}
	return p, integer, true
}

// number reads a number and returns its text.
func (c *Cursor) number(want string) (text []byte, integer bool, err error) {
	b := c.Peek()
	if b != '-' && !isDigit(b) {
		return nil, false, c.errorAt(c.pos, want)
	}
	end, integer, ok := numberEnd(c.data, c.pos)
	if !ok {
		return nil, false, c.badNumber(end, want)
	}
	text = c.data[c.pos:end]
	c.pos = end
	return text, integer, nil
}

// badNumber returns the error for a number that violates the grammar at index
// end.
func (c *Cursor) badNumber(end int, want string) error {
	if end >= len(c.data) {
		return c.errorAt(end, "the rest of a number")
	}
	if c.data[end] == '0' {
		return &SyntaxError{Offset: c.base + int64(end), Found: "a number with a leading zero", Want: want}
	}
	if c.data[end] == 'I' { // -Infinity
		return c.errorAt(c.pos, want)
	}
	return c.errorAt(end, "a digit")
}

// Number reads a number and returns its text.
func (c *Cursor) Number() ([]byte, error) {
	text, _, err := c.number("a number")
	return text, err
}

// Int reads an integer of 64 bits, written without fraction and exponent.
func (c *Cursor) Int() (int64, error) {
	c.Peek()
	if m, dec, n := shortNumber(c.data, c.pos); n != 0 && dec == 0 {
		c.pos += n
		return int64(m), nil
	}
	start := c.pos
	text, integer, err := c.number("an integer")
	if err != nil {
		return 0, err
	}
	if !integer {
		return 0, c.errorAt(start, "an integer without decimal point or exponent")
	}
	v, ok := parseInt(text)
	if !ok {
		return 0, c.errorAt(start, "a 64-bit integer")
	}
	return v, nil
}

// parseInt converts the text of an integer. It reports false if it needs more than 64
// bits.
func parseInt(text []byte) (int64, bool) {
	if len(text) <= 18 {
		neg := text[0] == '-'
		if neg {
			text = text[1:]
		}
		v := int64(0)
		for _, b := range text {
			v = v*10 + int64(b-'0')
		}
		if neg {
			v = -v
		}
		return v, true
	}
	v, err := strconv.ParseInt(string(text), 10, 64)
	return v, err == nil
}

// maxWhole is the number below which every integer is exact as a float64.
const maxWhole = 1 << 53

// Whole reads an integer of 64 bits in any notation. 1.0, 64.00 and 1e0, which Python
// compares as equal to the integers, are integers if they are below 2^53. point reports
// whether the number was written with a point or an exponent.
func (c *Cursor) Whole() (n int64, point bool, err error) {
	c.Peek()
	if m, dec, n := shortNumber(c.data, c.pos); n != 0 && dec == 0 {
		c.pos += n
		return int64(m), false, nil
	}
	start := c.pos
	text, integer, err := c.number("an integer")
	if err != nil {
		return 0, false, err
	}
	if integer {
		v, ok := parseInt(text)
		if !ok {
			return 0, false, c.errorAt(start, "a 64-bit integer")
		}
		return v, false, nil
	}
	f, perr := strconv.ParseFloat(string(text), 64)
	switch {
	case perr != nil, math.Abs(f) >= maxWhole:
		return 0, true, c.errorAt(start, "an integer, or a whole number below 2^53")
	case f != math.Trunc(f):
		return 0, true, c.errorAt(start, "an integer")
	}
	return int64(f), true, nil
}

// pow10 holds the powers of ten that are exact as float64 and that short
// numbers need.
var pow10 = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10,
	1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// Float reads a number and returns the nearest float64. A number beyond the
// range of float64 is an error.
func (c *Cursor) Float() (float64, error) {
	c.Peek()
	// An integer below 2^53 divided by an exact power of ten is rounded once.
	if m, dec, n := shortNumber(c.data, c.pos); n != 0 {
		c.pos += n
		return float64(m) / pow10[dec], nil
	}
	if f, ok := c.PlainFloat(); ok {
		return f, nil
	}
	start := c.pos
	text, _, err := c.number("a number")
	if err != nil {
		return 0, err
	}
	if f, ok := decimal(text); ok {
		return f, nil
	}
	f, perr := strconv.ParseFloat(string(text), 64)
	if perr != nil || math.IsInf(f, 0) {
		return 0, c.errorAt(start, "a number within the range of float64 (below 1.8e308)")
	}
	return f, nil
}

// decimal converts a number without exponent and with at most 15 digits. For
// such a number both the integer of its digits and the power of ten are exact.
func decimal(text []byte) (float64, bool) {
	if len(text) > 17 {
		return 0, false
	}
	neg := text[0] == '-'
	if neg {
		text = text[1:]
	}
	m, n, point := uint64(0), 0, -1
	for i, b := range text {
		switch {
		case isDigit(b):
			m, n = m*10+uint64(b-'0'), n+1
		case b == '.':
			point = i
		default:
			return 0, false
		}
	}
	if n > 15 {
		return 0, false
	}
	f := float64(m)
	if point >= 0 {
		f /= pow10[len(text)-1-point]
	}
	if neg {
		f = -f
	}
	return f, true
}

// AppendFloats reads a list of numbers and appends them to dst.
func (c *Cursor) AppendFloats(dst []float64) ([]float64, error) {
	more, err := c.BeginArray()
	for ; more && err == nil; more, err = c.NextElement() {
		dst = c.appendShort(dst)
		f, err := c.Float()
		if err != nil {
			return dst, err
		}
		dst = append(dst, f)
	}
	return dst, err
}

// appendShort appends elements of a list as long as each is a short number
// without sign, followed by a comma. It stops before an element, which general
// code must read. It is only a faster way to read what Float and NextElement
// read.
func (c *Cursor) appendShort(dst []float64) []float64 {
	data, p := c.data, c.pos
	for {
		start := p
		if p < len(data) && data[p] == ' ' {
			p++
		}
		m, dec, n := shortNumber(data, p)
		if n == 0 || data[p+n] != ',' {
			c.pos = start
			return dst
		}
		dst = append(dst, float64(m)/pow10[dec])
		p += n + 1
	}
}
