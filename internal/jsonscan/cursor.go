package jsonscan

import "bytes"

// maxDepth is the maximum nesting depth of lists and objects. COCO needs six
// levels. The limit keeps hostile text from exhausting the stack.
const maxDepth = 512

// Cursor is a position in a JSON text. It never changes the text. After an
// error its position is undefined.
type Cursor struct {
	data []byte
	pos  int
	base int64
}

// New returns a cursor at the start of data.
func New(data []byte) *Cursor { return &Cursor{data: data} }

// Reset sets the cursor to the start of data, which begins at byte offset of
// the input.
func (c *Cursor) Reset(data []byte, offset int64) { *c = Cursor{data: data, base: offset} }

// Pos returns the index in the text of the next byte to read.
func (c *Cursor) Pos() int { return c.pos }

// SetPos moves the cursor to an index of the text.
func (c *Cursor) SetPos(pos int) { c.pos = pos }

// Text returns the text from index start up to the cursor.
func (c *Cursor) Text(start int) []byte { return c.data[start:c.pos:c.pos] }

// Offset returns the byte offset of the next byte, from the start of the input.
func (c *Cursor) Offset() int64 { return c.base + int64(c.pos) }

// space skips white space.
func (c *Cursor) space() {
	p := c.pos
	for p < len(c.data) && isSpace(c.data[p]) {
		p++
	}
	c.pos = p
}

func isSpace(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' }
func isDigit(b byte) bool { return b-'0' <= 9 }

// Peek skips white space and returns the next byte without reading it. It
// returns 0 at the end of the text.
func (c *Cursor) Peek() byte {
	if c.pos < len(c.data) && c.data[c.pos] > ' ' {
		return c.data[c.pos]
	}
	return c.peekFar()
}

// peekFar is Peek if white space comes first. It is separate so that Peek is
// small enough to be inlined.
func (c *Cursor) peekFar() byte {
	c.space()
	if c.pos < len(c.data) {
		return c.data[c.pos]
	}
	return 0
}

// try skips white space, and reads byte b if it comes next.
func (c *Cursor) try(b byte) bool {
	if c.Peek() != b || c.pos >= len(c.data) {
		return false
	}
	c.pos++
	return true
}

// Expect skips white space and reads byte b. Anything else is an error.
func (c *Cursor) Expect(b byte) error {
	if c.try(b) {
		return nil
	}
	return c.errorAt(c.pos, "'"+string(rune(b))+"'")
}

// Literal reads text if it comes next, without white space before it.
func (c *Cursor) Literal(text string) bool {
	if end := c.pos + len(text); end <= len(c.data) && string(c.data[c.pos:end]) == text {
		c.pos = end
		return true
	}
	return false
}

// End checks that only white space is left.
func (c *Cursor) End() error {
	if c.space(); c.pos < len(c.data) {
		return c.errorAt(c.pos, "nothing more")
	}
	return nil
}

// BeginObject reads '{' and reports whether a member follows. If none does, it
// reads '}' too.
func (c *Cursor) BeginObject() (bool, error) {
	if !c.try('{') {
		return false, c.errorAt(c.pos, "an object")
	}
	return !c.try('}'), nil
}

// NextMember reads ',' before another member, or '}', and reports whether
// another member follows.
func (c *Cursor) NextMember() (bool, error) {
	switch c.Peek() {
	case ',':
		c.pos++
		if c.Peek() != '"' {
			return false, c.errorAt(c.pos, "a member's name in quotes")
		}
		return true, nil
	case '}':
		c.pos++
		return false, nil
	}
	return false, c.errorAt(c.pos, "',' or '}'")
}

// Key reads the name of a member and the colon. The bytes are valid as
// described for [Cursor.String].
func (c *Cursor) Key() ([]byte, error) {
	// Nearly every name is plain and directly followed by the colon.
	if p := c.pos; p < len(c.data) && c.data[p] == '"' {
		if end := plainEnd(c.data, p+1); end+1 < len(c.data) && c.data[end] == '"' && c.data[end+1] == ':' {
			c.pos = end + 2
			return c.data[p+1 : end], nil
		}
	}
	if c.Peek() != '"' {
		return nil, c.errorAt(c.pos, "a member's name in quotes")
	}
	key, err := c.String()
	if err != nil {
		return nil, err
	}
	return key, c.Expect(':')
}

// BeginArray reads '[' and reports whether an element follows. If none does, it
// reads ']' too.
func (c *Cursor) BeginArray() (bool, error) {
	if !c.try('[') {
		return false, c.errorAt(c.pos, "a list")
	}
	return !c.try(']'), nil
}

// NextElement reads ',' before another element, or ']', and reports whether
// another element follows.
func (c *Cursor) NextElement() (bool, error) {
	switch c.Peek() {
	case ',':
		c.pos++
		return true, nil
	case ']':
		c.pos++
		return false, nil
	}
	return false, c.errorAt(c.pos, "',' or ']'")
}

// Object reads an object. It calls member for each member, which must read the
// value. It stops at the first error. key is valid as described for
// [Cursor.String].
func (c *Cursor) Object(member func(key []byte) error) error {
	more, err := c.BeginObject()
	for ; more && err == nil; more, err = c.NextMember() {
		key, err := c.Key()
		if err != nil {
			return err
		}
		if err := member(key); err != nil {
			return err
		}
	}
	return err
}

// Array reads a list. It calls element with the number of each element, counted
// from 0, and element must read it. It stops at the first error.
func (c *Cursor) Array(element func(i int) error) error {
	more, err := c.BeginArray()
	for i := 0; more && err == nil; more, err = c.NextElement() {
		if err := element(i); err != nil {
			return err
		}
		i++
	}
	return err
}

// Null reads null if it comes next.
func (c *Cursor) Null() bool { return c.word("null") }

// Bool reads true or false.
func (c *Cursor) Bool() (bool, error) {
	switch {
	case c.word("true"):
		return true, nil
	case c.word("false"):
		return false, nil
	}
	return false, c.errorAt(c.pos, "true or false")
}

// word reads a literal. The code that reads on detects a letter after it.
func (c *Cursor) word(w string) bool {
	c.space()
	if !bytes.HasPrefix(c.data[c.pos:], []byte(w)) {
		return false
	}
	c.pos += len(w)
	return true
}
