package jsonscan

import (
	"encoding/binary"
	"math/bits"
)

// Skip skips any value and checks all of it. It accepts NaN, Infinity and -Infinity,
// which Python's json module writes.
func (c *Cursor) Skip() error { return c.skip(0) }

// Raw reads any value, checks all of it, and returns its text, including white
// space inside. The bytes are part of the text: do not change them.
func (c *Cursor) Raw() ([]byte, error) {
	c.space()
	start := c.pos
	if err := c.skip(0); err != nil {
		return nil, err
	}
	return c.data[start:c.pos:c.pos], nil
}

func (c *Cursor) skip(depth int) error {
	if depth > maxDepth {
		return &SyntaxError{Offset: c.Offset(), Found: "lists and objects nested deeper than 512 levels"}
	}
	switch c.Peek() {
	case '"':
		_, _, err := c.rawString()
		return err
	case '{':
		more, err := c.BeginObject()
		for ; more && err == nil; more, err = c.NextMember() {
			if c.Peek() != '"' {
				return c.errorAt(c.pos, "a member name in quotes")
			}
			if _, _, err := c.rawString(); err != nil {
				return err
			}
			if err := c.Expect(':'); err != nil {
				return err
			}
			if err := c.skip(depth + 1); err != nil {
				return err
			}
		}
		return err
	case '[':
		more, err := c.BeginArray()
		for ; more && err == nil; more, err = c.NextElement() {
			c.skipShort()
			if err := c.skip(depth + 1); err != nil {
				return err
			}
		}
		return err
	case 'N', 'I':
		if c.word("NaN") || c.word("Infinity") {
			return nil
		}
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		if c.word("-Infinity") {
			return nil
		}
		_, _, err := c.number("a value")
		return err
	case 't', 'f', 'n':
		if c.word("true") || c.word("false") || c.word("null") {
			return nil
		}
	}
	return c.errorAt(c.pos, "a value")
}

// SkipNumbers skips a list that must contain only numbers. It checks all of it
// and returns the number of elements.
func (c *Cursor) SkipNumbers() (int, error) {
	n := 0
	more, err := c.BeginArray()
	for ; more && err == nil; more, err = c.NextElement() {
		n += c.skipShort()
		if _, _, err := c.number("a number"); err != nil {
			return 0, err
		}
		n++
	}
	return n, err
}

// skipShort skips elements of a list as long as each is a short number without
// sign, followed by a comma. It returns how many it skipped. It stops before an
// element, which general code must read. It is only a faster way to skip what
// Float and NextElement read.
func (c *Cursor) skipShort() int {
	data, p, count := c.data, c.pos, 0
	for p+8 <= len(data) {
		if data[p] == ' ' {
			p++
			continue
		}
		// As in shortNumber, without the value.
		x := binary.LittleEndian.Uint64(data[p:])
		t := nonDigits(x)
		i := bits.TrailingZeros64(t) &^ 7 // in bits
		if i == 0 || i == 64 || byte(x) == '0' && i > 8 {
			break
		}
		n := i
		if byte(x>>i) == '.' {
			n = bits.TrailingZeros64(t&(^uint64(0)<<(i+8))) &^ 7
			if n == 64 || n == i+8 {
				break
			}
		}
		if byte(x>>n) != ',' {
			break
		}
		p += n>>3 + 1
		count++
	}
	c.pos = p
	return count
}
