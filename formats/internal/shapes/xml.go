package shapes

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// The limits of XML that is read.
const (
	maxXMLDepth = 64        // elements in each other
	maxXMLToken = 128 << 20 // bytes of a tag or a text
)

// XML reads elements one by one, in bounded memory. It refuses what editors never write and
// what hostile files are made of: document types, with the entities that they define, and
// tags or nesting beyond all measure.
type XML struct {
	decoder *xml.Decoder
	input   *limited
	depth   int
}

// NewXML returns a reader of XML text in UTF-8, with or without a byte order mark.
func NewXML(r io.Reader) (*XML, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	head, _ := b.Peek(3)
	if err := checkUTF16(head); err != nil {
		return nil, err
	}
	if bytes.HasPrefix(head, bom) {
		_, _ = b.Discard(len(bom))
	}
	x := &XML{input: &limited{r: b}}
	x.decoder = xml.NewDecoder(x.input)
	x.decoder.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("found encoding %q, expected UTF-8: save the file as UTF-8", charset)
	}
	return x, nil
}

// Line returns the number of the line that is read.
func (x *XML) Line() int { line, _ := x.decoder.InputPos(); return line }

// Errorf returns an error at the line that is read.
func (x *XML) Errorf(format string, args ...any) error {
	return fmt.Errorf("line %d: %w", x.Line(), fmt.Errorf(format, args...))
}

// Next returns the next start tag, end tag or text. At the end of the text the error is
// io.EOF.
func (x *XML) Next() (xml.Token, error) {
	for {
		x.input.left = maxXMLToken
		token, err := x.decoder.Token()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil, io.EOF
			}
			return nil, x.Errorf("found no XML, expected it: %w", err)
		}
		switch token.(type) {
		case xml.StartElement:
			if x.depth++; x.depth > maxXMLDepth {
				return nil, x.Errorf("found %d elements in each other, expected at most %d", x.depth, maxXMLDepth)
			}
		case xml.EndElement:
			x.depth--
		case xml.CharData:
		case xml.Directive:
			return nil, x.Errorf("found a document type, expected none: delete the line that begins with <!")
		default:
			continue
		}
		return token, nil
	}
}

// Skip reads to the end of the element whose start tag was read last.
func (x *XML) Skip() error {
	for depth := 1; depth > 0; {
		token, err := x.Next()
		if err != nil {
			return x.unclosed(err)
		}
		switch token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
	}
	return nil
}

// Text reads to the end of the element whose start tag was read last, and returns its
// text.
func (x *XML) Text() (string, error) {
	var text []byte
	for {
		token, err := x.Next()
		if err != nil {
			return "", x.unclosed(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			return "", x.Errorf("found <%s> inside a text, expected no element", token.Name.Local)
		case xml.EndElement:
			return string(text), nil
		case xml.CharData:
			if text = append(text, token...); len(text) > maxXMLToken {
				return "", x.Errorf("found a text of more than %d bytes", maxXMLToken)
			}
		}
	}
}

// Elements reads to the end of the element whose start tag was read last. It calls child
// with the start tag of each element in it, which must read that element to its end.
func (x *XML) Elements(child func(start xml.StartElement) error) error {
	for {
		token, err := x.Next()
		if err != nil {
			return x.unclosed(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if err := child(token); err != nil {
				return err
			}
		case xml.EndElement:
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
func (x *XML) Root() (xml.StartElement, error) {
	for {
		token, err := x.Next()
		if errors.Is(err, io.EOF) {
			return xml.StartElement{}, x.Errorf("found no element, expected XML")
		}
		if err != nil {
			return xml.StartElement{}, err
		}
		if start, ok := token.(xml.StartElement); ok {
			return start, nil
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
	return start.Name.Local
}

// Attribute returns the value of an attribute, empty if there is none.
func Attribute(start xml.StartElement, name string) string {
	for _, a := range start.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// limited is a reader of which a limited number of bytes is read before left is set again.
type limited struct {
	r    *bufio.Reader
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	return n, l.count(n, err)
}

// ReadByte makes the decoder read without another buffer.
func (l *limited) ReadByte() (byte, error) {
	b, err := l.r.ReadByte()
	return b, l.count(1, err)
}

func (l *limited) count(n int, err error) error {
	if l.left -= n; l.left < 0 && err == nil {
		return fmt.Errorf("found more than %d bytes in one tag or text, expected fewer", maxXMLToken)
	}
	return err
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
