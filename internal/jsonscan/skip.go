package jsonscan

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
			c.skipDecimals()
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
		n += c.skipDecimals()
		if _, _, err := c.number("a number"); err != nil {
			return n, err
		}
		n++
	}
	return n, err
}
