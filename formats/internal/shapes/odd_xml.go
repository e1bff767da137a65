package shapes

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// oddXML reads XML of all forms, by encoding/xml.
type oddXML struct {
	decoder *xml.Decoder
	input   *limited
}

func (o *oddXML) line() int { line, _ := o.decoder.InputPos(); return line }

// beginOdd makes encoding/xml read the rest. It begins with the elements that are open, on
// the line that is read.
func (x *XML) beginOdd() {
	before := io.LimitReader(newlines{}, int64(x.line-1))
	open := ""
	for _, name := range x.open {
		open += "<" + name + ">"
	}
	rest := io.Reader(bytes.NewReader(x.buf[x.pos:]))
	if x.err == nil {
		rest = io.MultiReader(rest, x.r)
	} else if !errors.Is(x.err, io.EOF) {
		rest = io.MultiReader(rest, failing{x.err})
	}
	in := &limited{r: bufio.NewReaderSize(io.MultiReader(before, strings.NewReader(open), rest), 1<<16), left: math.MaxInt}
	o := &oddXML{decoder: xml.NewDecoder(in), input: in}
	o.decoder.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("found encoding %q, expected UTF-8: save the file as UTF-8", charset)
	}
	for n := 0; n < len(x.open); {
		t, err := o.decoder.Token()
		if err != nil {
			panic(err) // these are plain names
		}
		if _, ok := t.(xml.StartElement); ok {
			n++
		}
	}
	x.odd = o
}

// newlines is as many lines as are read.
type newlines struct{}

func (newlines) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '\n'
	}
	return len(p), nil
}

// failing is a reader that fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// oddToken reads a token by encoding/xml.
func (x *XML) oddToken() (t token, e Element, text string, err error) {
	for {
		x.odd.input.left = maxXMLToken
		read, err := x.odd.decoder.Token()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return t, e, "", io.EOF
			}
			return t, e, "", x.Errorf("found no XML, expected it: %w", err)
		}
		switch read := read.(type) {
		case xml.StartElement:
			e.Name = read.Name.Local
			list := x.attributes()
			for _, a := range read.Attr {
				if a.Name.Space == "" {
					*list = append(*list, Attribute{a.Name.Local, a.Value})
				}
			}
			e.attributes = *list
			return startTag, e, "", nil
		case xml.EndElement:
			return endTag, e, "", nil
		case xml.CharData:
			return charData, e, string(read), nil
		case xml.Directive:
			return t, e, "", x.Errorf("found a document type, expected none: delete the line that begins with <!")
		}
	}
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
