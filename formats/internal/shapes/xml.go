package shapes

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

// The limits of XML that is read.
const (
	maxXMLDepth = 64        // elements in each other
	maxXMLToken = 128 << 20 // bytes of a tag or a text
	maxPlain    = 16 << 20  // bytes of a tag or a text that is read without encoding/xml
)

// XML reads elements one by one, in bounded memory. It refuses what editors never write and
// what hostile files are made of: document types, with the entities that they define, and
// tags or nesting beyond all measure.
//
// Tags and texts as editors write them are read here. At the first that is not, or is wrong,
// encoding/xml goes on: it says what the rest means, and which line is wrong.
type XML struct {
	r    io.Reader
	buf  []byte // of which the part from pos on is to be read
	pos  int
	err  error // of r
	line int   // from 1, of pos

	open  []string      // the names of the elements that are open
	attrs [][]Attribute // of the last element of each level
	empty bool          // the element that was read last has no end tag
	odd   *oddXML       // reads the rest; nil: all was plain so far
}

// Element is a start tag. It is valid until the next element of its level is read.
type Element struct {
	Name       string // without a name space
	attributes []Attribute
	size       int // of the tag
}

// Attribute is an attribute without a name space.
type Attribute struct{ name, value string }

// Attribute returns the value of an attribute, empty if there is none.
func (e Element) Attribute(name string) string {
	for i := range e.attributes {
		if a := &e.attributes[i]; a.name == name {
			if e.size > 256 && 2*len(a.value) < e.size {
				return strings.Clone(a.value) // so that it does not keep the long tag
			}
			return a.value
		}
	}
	return ""
}

// token is what the text is made of.
type token uint8

const (
	startTag token = iota
	endTag
	charData
)

// NewXML returns a reader of XML text in UTF-8, with or without a byte order mark.
func NewXML(r io.Reader) (*XML, error) {
	x, err := newXML(r)
	if err == nil {
		x.declaration()
	}
	return x, err
}

func newXML(r io.Reader) (*XML, error) {
	x := &XML{r: r, line: 1, buf: make([]byte, 0, 1<<16)}
	for len(x.buf) < len(bom) && x.more() {
	}
	if err := checkUTF16(x.buf); err != nil {
		return nil, err
	}
	if bytes.HasPrefix(x.buf, bom) {
		x.pos = len(bom)
	}
	return x, nil
}

// declarations are those of XML that say nothing but what is expected.
var declarations = regexp.MustCompile(`^<\?xml version=["']1\.0["']( encoding=["'](utf|UTF)-8["'])?( standalone=["'](yes|no)["'])? ?\?>`)

// declaration skips the declaration, which is longer than all that encoding/xml needs not see.
func (x *XML) declaration() {
	const longest = 80
	for len(x.buf)-x.pos < longest && x.more() {
	}
	x.pos += len(declarations.Find(x.buf[x.pos:]))
}

// more reads on. It reports false at the end, after an error, and if the text is too long.
func (x *XML) more() bool {
	if x.err != nil {
		return false
	}
	if x.pos > 0 {
		x.buf = x.buf[:copy(x.buf, x.buf[x.pos:])]
		x.pos = 0
	}
	if len(x.buf) == cap(x.buf) {
		if cap(x.buf) >= maxPlain {
			return false
		}
		x.buf = append(make([]byte, 0, 2*cap(x.buf)), x.buf...)
	}
	n := 0
	for tries := 0; n == 0 && x.err == nil; tries++ {
		if n, x.err = x.r.Read(x.buf[len(x.buf):cap(x.buf)]); n == 0 && x.err == nil && tries == 100 {
			x.err = io.ErrNoProgress
		}
	}
	x.buf = x.buf[:len(x.buf)+n]
	return n > 0
}

// Line returns the number of the line that is read.
func (x *XML) Line() int {
	if x.odd != nil {
		return x.odd.line()
	}
	return x.line
}

// Errorf returns an error at the line that is read.
func (x *XML) Errorf(format string, args ...any) error {
	return fmt.Errorf("line %d: %w", x.Line(), fmt.Errorf(format, args...))
}

// next reads the next token: the element of a start tag, or a text. At the end of the file
// the error is io.EOF.
func (x *XML) next() (t token, e Element, text string, err error) {
	switch {
	case x.odd != nil:
		t, e, text, err = x.oddToken()
	case x.empty:
		x.empty = false
		t = endTag
	case len(x.open) == 0 && x.atEnd():
		err = io.EOF
	default:
		var ok bool
		if t, e, text, ok = x.plain(); !ok {
			if x.beginOdd(); x.odd != nil {
				t, e, text, err = x.oddToken()
			}
		}
	}
	if err != nil {
		return t, e, text, err
	}
	switch t {
	case startTag:
		if len(x.open) >= maxXMLDepth {
			return t, e, text, x.Errorf("found %d elements in each other, expected at most %d", len(x.open)+1, maxXMLDepth)
		}
		x.open = append(x.open, e.Name)
	case endTag:
		x.open = x.open[:len(x.open)-1]
	}
	return t, e, text, nil
}

// atEnd reports whether there is nothing but space to the end of the file.
func (x *XML) atEnd() bool {
	for skipSpace(x.buf, x.pos) == len(x.buf) {
		if !x.more() {
			if x.err != io.EOF {
				return false
			}
			x.advance(len(x.buf) - x.pos)
			return true
		}
	}
	return false
}

// plain reads a token of plain text. It reports false for another, before which it stays.
func (x *XML) plain() (t token, e Element, text string, ok bool) {
	for {
		rest := x.buf[x.pos:]
		size := 0
		switch {
		case len(rest) < 4: // as long as the begin of a comment
		case rest[0] != '<':
			if size = bytes.IndexByte(rest, '<'); size > 0 {
				text, ok = plainText(rest[:size])
				t = charData
			}
		case rest[1] == '/':
			t = endTag
			size, ok = x.plainEnd(rest)
		case bytes.HasPrefix(rest, []byte("<!--")):
			if size, ok = plainComment(rest); ok {
				x.advance(size)
				continue
			}
		default:
			t = startTag
			e, size, ok = x.plainStart(rest)
		}
		if size > 0 {
			if ok {
				x.advance(size)
			}
			return t, e, text, ok
		}
		if !x.more() {
			return t, e, text, false
		}
	}
}

// advance goes behind a token.
func (x *XML) advance(size int) {
	x.line += bytes.Count(x.buf[x.pos:x.pos+size], []byte{'\n'})
	x.pos += size
}

// The functions below return the size of a token, which is 0 if the text ends in it, and
// whether it is plain.

func (x *XML) plainEnd(text []byte) (size int, ok bool) {
	if len(x.open) == 0 {
		return 2, false
	}
	name := x.open[len(x.open)-1]
	if len(text) < len(name)+3 {
		return 0, false
	}
	if string(text[2:2+len(name)]) != name {
		return 2, false
	}
	i := skipSpace(text, 2+len(name))
	if i == len(text) {
		return 0, false
	}
	return i + 1, text[i] == '>'
}

func plainComment(text []byte) (size int, ok bool) {
	const begin = 4
	i := bytes.Index(text[begin:], []byte("--"))
	if i < 0 || begin+i+2 == len(text) {
		return 0, false
	}
	return begin + i + 3, text[begin+i+2] == '>'
}

func (x *XML) plainStart(text []byte) (e Element, size int, ok bool) {
	end := tagEnd(text)
	if end == 0 {
		return e, 0, false
	}
	tag := string(text[:end])
	name := 1 + nameLength(tag[1:])
	e = Element{Name: tag[1:name], size: len(tag)}
	if name == 1 {
		return e, end, false
	}
	list := x.attributes()
	for i := name; ; {
		i = skipSpace(tag, i)
		switch {
		case i == end-1: // the >
			e.attributes = *list
			return e, end, true
		case i == end-2 && tag[i] == '/':
			e.attributes, x.empty = *list, true
			return e, end, true
		}
		n := nameLength(tag[i:])
		key := tag[i : i+n]
		i = skipSpace(tag, i+n)
		if n == 0 || key == "xmlns" || tag[i] != '=' {
			return e, end, false
		}
		i = skipSpace(tag, i+1)
		quote := tag[i]
		if quote != '"' && quote != '\'' {
			return e, end, false
		}
		n = strings.IndexByte(tag[i+1:], quote)
		if n < 0 {
			return e, end, false
		}
		value, plain := plainText(tag[i+1 : i+1+n])
		if !plain {
			return e, end, false
		}
		*list = append(*list, Attribute{key, value})
		i += n + 2
	}
}

// attributes returns the empty list for the attributes of the next element.
func (x *XML) attributes() *[]Attribute {
	for len(x.attrs) <= len(x.open) {
		x.attrs = append(x.attrs, nil)
	}
	list := &x.attrs[len(x.open)]
	*list = (*list)[:0]
	return list
}

// tagEnd returns the length of a start tag; 0: the text ends in it. A > in quotes does not
// end it.
func tagEnd(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch c := text[i]; c {
		case '>':
			return i + 1
		case '"', '\'':
			n := bytes.IndexByte(text[i+1:], c)
			if n < 0 {
				return 0
			}
			i += n + 1
		}
	}
	return 0
}

// nameLength returns the length of the plain name that a text begins with.
func nameLength(text string) int {
	n := 0
	for n < len(text) && (isLetter(text[n]) || n > 0 && (text[n] >= '0' && text[n] <= '9' || text[n] == '-' || text[n] == '.')) {
		n++
	}
	if n < len(text) && (text[n] == ':' || text[n] >= utf8.RuneSelf) {
		return 0 // it goes on
	}
	return n
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }

func skipSpace[T string | []byte](text T, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t') {
		i++
	}
	return i
}

// isPlain says which bytes stand for themselves.
var isPlain = func() (plain [256]bool) {
	for c := range plain {
		plain[c] = c >= ' ' && c < utf8.RuneSelf && c != '&' && c != '<' && c != ']' || c == '\t' || c == '\n'
	}
	return plain
}()

// plainText returns what a text between tags or in quotes means. It reports false for one
// that it does not know.
func plainText[T string | []byte](text T) (string, bool) {
	for i := range len(text) {
		if !isPlain[text[i]] {
			return plainRest(string(text), i)
		}
	}
	return string(text), true
}

// plainRest returns the meaning of a text that stands for itself before i.
func plainRest(text string, i int) (string, bool) {
	out := append(make([]byte, 0, len(text)), text[:i]...)
	for i < len(text) {
		switch c := text[i]; {
		case isPlain[c]:
			out = append(out, c)
			i++
		case c == '\r': // lines end with \n
			out = append(out, '\n')
			if i++; i < len(text) && text[i] == '\n' {
				i++
			}
		case c == '&':
			n := strings.IndexByte(text[i:], ';')
			if n < 0 {
				return "", false
			}
			meaning, ok := entities[text[i+1:i+n]]
			if !ok {
				return "", false
			}
			out = append(out, meaning)
			i += n + 1
		case c == ']': // ]]> is not allowed between tags
			if strings.HasPrefix(text[i:], "]]>") {
				return "", false
			}
			out = append(out, c)
			i++
		default:
			r, n := utf8.DecodeRuneInString(text[i:])
			if r < utf8.RuneSelf || r == utf8.RuneError && n == 1 || r == 0xfffe || r == 0xffff {
				return "", false
			}
			out = append(out, text[i:i+n]...)
			i += n
		}
	}
	return string(out), true
}

// entities are those of XML.
var entities = map[string]byte{"lt": '<', "gt": '>', "amp": '&', "quot": '"', "apos": '\''}

// Skip reads to the end of the element whose start tag was read last.
func (x *XML) Skip() error {
	for depth := 1; depth > 0; {
		t, _, _, err := x.next()
		if err != nil {
			return x.unclosed(err)
		}
		switch t {
		case startTag:
			depth++
		case endTag:
			depth--
		}
	}
	return nil
}

// Text reads to the end of the element whose start tag was read last, and returns its
// text.
func (x *XML) Text() (string, error) {
	all := ""
	for {
		t, e, text, err := x.next()
		if err != nil {
			return "", x.unclosed(err)
		}
		switch t {
		case startTag:
			return "", x.Errorf("found <%s> inside a text, expected no element", e.Name)
		case endTag:
			return all, nil
		}
		if all += text; len(all) > maxXMLToken {
			return "", x.Errorf("found a text of more than %d bytes", maxXMLToken)
		}
	}
}

// Elements reads to the end of the element whose start tag was read last. It calls child
// with the start tag of each element in it, which must read that element to its end.
func (x *XML) Elements(child func(start Element) error) error {
	for {
		t, e, _, err := x.next()
		if err != nil {
			return x.unclosed(err)
		}
		switch t {
		case startTag:
			if err := child(e); err != nil {
				return err
			}
		case endTag:
			return nil
		}
	}
}

func (x *XML) unclosed(err error) error {
	if errors.Is(err, io.EOF) {
		return x.Errorf("found the end of the file, expected the end of an element: the file is cut off")
	}
	return err
}

// Root reads the start tag of the root element.
func (x *XML) Root() (Element, error) {
	for {
		t, e, _, err := x.next()
		if errors.Is(err, io.EOF) {
			return e, x.Errorf("found no element, expected XML")
		}
		if err != nil || t == startTag {
			return e, err
		}
	}
}

// End reads to the end of the file, where nothing may be after the root element.
func (x *XML) End() error {
	for {
		t, _, _, err := x.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if t == startTag {
			return x.Errorf("found a second root element, expected one")
		}
	}
}

// RootName returns the name of the root element of a text that may be cut off; empty: it
// is not XML.
func RootName(text []byte) string {
	x, err := NewXML(bytes.NewReader(text))
	if err != nil {
		return ""
	}
	start, err := x.Root()
	if err != nil {
		return ""
	}
	return start.Name
}

// AppendXML appends text with the characters escaped that XML gives a meaning, in an
// attribute or between tags. A character that XML 1.0 cannot represent is an error.
func AppendXML(dst []byte, text string) ([]byte, error) {
	for i, r := range text {
		switch {
		case r == '&':
			dst = append(dst, "&amp;"...)
		case r == '<':
			dst = append(dst, "&lt;"...)
		case r == '>':
			dst = append(dst, "&gt;"...)
		case r == '"':
			dst = append(dst, "&quot;"...)
		case r == '\t' || r == '\n' || r == '\r':
			dst = fmt.Appendf(dst, "&#%d;", r)
		case r < ' ' || r == 0xfffe || r == 0xffff || r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd"):
			return dst, fmt.Errorf("%q: found a character that XML cannot represent, expected none: rename it", text)
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst, nil
}
