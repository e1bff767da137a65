package jsonscan

import "bytes"

// maxDepth is how deep lists and objects may nest. COCO needs six levels; the
// cap keeps hostile text from exhausting the stack.
const maxDepth = 512

// Cursor is a place in a JSON text. It never changes the text. After an error
// its place is undefined.
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

// Pos returns the index into the text of the next byte to be read.
func (c *Cursor) Pos() int { return c.pos }

// SetPos moves the cursor to an index of the text.
func (c *Cursor) SetPos(pos int) { c.pos = pos }

// Text returns the text from index start up to the cursor.
func (c *Cursor) Text(start int) []byte { return c.data[start:c.pos:c.pos] }

// Offset returns the byte offset of the next byte, from the start of the input.
func (c *Cursor) Offset() int64 { return c.base + int64(c.pos) }

// space passes over white space.
func (c *Cursor) space() {
	p := c.pos
	for p < len(c.data) && isSpace(c.data[p]) {
		p++
	}
	c.pos = p
}

func isSpace(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' }
func isDigit(b byte) bool { return b-'0' <= 9 }

// Peek passes over white space and returns the next byte without taking it, 0
// at the end of the text.
func (c *Cursor) Peek() byte {
	if c.pos < len(c.data) && c.data[c.pos] > ' ' {
		return c.data[c.pos]
	}
	return c.peekFar()
}

// peekFar is Peek where white space comes first. It is apart so that Peek is
// small enough to be inlined.
func (c *Cursor) peekFar() byte {
	c.space()
	if c.pos < len(c.data) {
		return c.data[c.pos]
	}
	return 0
}

// try takes byte b if it comes next, white space aside.
func (c *Cursor) try(b byte) bool {
	if c.Peek() != b || c.pos >= len(c.data) {
		return false
	}
	c.pos++
	return true
}

// Expect takes byte b, white space aside; anything else is an error.
func (c *Cursor) Expect(b byte) error {
	if c.try(b) {
		return nil
	}
	return c.errorAt(c.pos, "'"+string(rune(b))+"'")
}

// Literal takes text if it comes next, without white space before it.
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

// BeginObject takes '{' and says whether a member follows; if none does, '}'
// is taken too.
func (c *Cursor) BeginObject() (bool, error) {
	if !c.try('{') {
		return false, c.errorAt(c.pos, "an object")
	}
	return !c.try('}'), nil
}

// NextMember takes ',' before a further member, or '}', and says which.
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

// Key takes a member's name and the colon. Its bytes are those of [Cursor.String].
func (c *Cursor) Key() ([]byte, error) {
	// Nearly every name is a plain one with the colon right behind it.
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

// BeginArray takes '[' and says whether an element follows; if none does, ']'
// is taken too.
func (c *Cursor) BeginArray() (bool, error) {
	if !c.try('[') {
		return false, c.errorAt(c.pos, "a list")
	}
	return !c.try(']'), nil
}

// NextElement takes ',' before a further element, or ']', and says which.
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

// Object reads an object, calling member for each, which must read the value.
// It stops at the first error. Key is valid as [Cursor.String] says.
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

// Array reads a list, calling element for each, counted from 0, which must read
// it. It stops at the first error.
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

// Null takes null if it comes next.
func (c *Cursor) Null() bool { return c.word("null") }

// Bool takes true or false.
func (c *Cursor) Bool() (bool, error) {
	switch {
	case c.word("true"):
		return true, nil
	case c.word("false"):
		return false, nil
	}
	return false, c.errorAt(c.pos, "true or false")
}

// word takes a literal. That no letter may follow is seen by what reads on.
func (c *Cursor) word(w string) bool {
	c.space()
	if !bytes.HasPrefix(c.data[c.pos:], []byte(w)) {
		return false
	}
	c.pos += len(w)
	return true
}
