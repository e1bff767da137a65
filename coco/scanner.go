package coco

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/hubdata/hubdata/internal/jsonscan"
)

// MaxRecord is the default maximum size of a record in bytes of JSON text that the
// streaming readers accept: 16 MiB. It bounds their memory, which may be about ten
// times as much.
const MaxRecord = 16 << 20

const (
	// blockSize is the size of a scanner's first read.
	blockSize = 256 << 10
	// lookAhead is the distance from the end of the buffered text at which an error is
	// final. A nearer error may come from an incomplete token.
	lookAhead = 64 << 10
)

// scanner reads a text on demand and parses it. The part of the text in memory begins
// at the record that is being read.
type scanner struct {
	r     io.Reader
	buf   []byte
	base  int64 // offset of buf[0] in the input
	eof   bool
	block int // bytes to buffer at first
	limit int
	c     jsonscan.Cursor
	p     parser
}

// newScanner returns a scanner that streams from r.
func newScanner(r io.Reader, block, limit int) *scanner {
	s := &scanner{r: r, block: block, limit: limit}
	s.p = parser{c: &s.c}
	return s
}

// reset continues with a text, which begins at an offset of the input.
func (s *scanner) reset(text []byte, base int64) {
	s.buf, s.base = text, base
	s.c.Reset(text, base)
}

// unread is reset with more text than is read at once, which the reader gives again.
func (s *scanner) unread(text []byte, base int64) {
	if n := len(text); n > s.limit {
		rest := bytes.NewReader(text[s.limit:])
		if s.r = io.MultiReader(rest, s.r); s.eof {
			s.r, s.eof = rest, false
		}
		text = text[:s.limit]
	}
	s.reset(text, base)
}

// try calls f, which reads one element. If f reaches the end of the buffered text, try
// reads more text and calls f again from the same position.
func (s *scanner) try(f func() error) error {
	for {
		start := s.c.Pos()
		err := f()
		if s.eof || err == nil && s.c.Pos() < len(s.buf) {
			return err
		}
		if err != nil {
			var syntax *jsonscan.SyntaxError
			if !errors.As(err, &syntax) || !syntax.End && syntax.Offset+lookAhead < s.base+int64(len(s.buf)) {
				return err
			}
		}
		if merr := s.more(start); merr != nil {
			return merr
		}
	}
}

// more drops the text before index start and reads more.
func (s *scanner) more(start int) error {
	n := copy(s.buf, s.buf[start:])
	s.base += int64(start)
	s.buf = s.buf[:n]
	if n >= s.limit {
		return &Error{Offset: s.base, Err: fmt.Errorf("found a record of more than %d bytes, the limit for reading as a stream", s.limit)}
	}
	if n == cap(s.buf) {
		bigger := make([]byte, n, min(max(2*n, s.block), s.limit))
		copy(bigger, s.buf)
		s.buf = bigger
	}
	defer func() { s.c.Reset(s.buf, s.base) }()
	for room := min(cap(s.buf), s.limit); len(s.buf) < room; {
		k, err := s.r.Read(s.buf[len(s.buf):room])
		s.buf = s.buf[:len(s.buf)+k]
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			s.eof = true
			return nil
		}
		if err != nil {
			return &Error{Offset: s.base + int64(len(s.buf)), Err: err}
		}
	}
	return nil
}

// error adds the place to err; path is that of the record.
func (s *scanner) error(path string, err error) error {
	var placed *Error
	if errors.As(err, &placed) {
		if placed.Path == "" {
			placed.Path = path
		}
		return placed
	}
	return s.p.error(path, err)
}

// begin reads the start of the text up to the first value, which must be an object or a
// list, according to open.
func (s *scanner) begin(open byte) error {
	return s.try(func() error {
		rest := s.buf[s.c.Pos():]
		switch {
		case len(rest) < 3 && !s.eof:
			return &jsonscan.SyntaxError{End: true}
		case bytes.HasPrefix(rest, []byte("\x1f\x8b")):
			return errors.New("found gzip data, expected JSON text: decompress it first")
		case bytes.HasPrefix(rest, []byte("\x28\xb5\x2f\xfd")):
			return errors.New("found zstd data, expected JSON text: decompress it first")
		case bytes.HasPrefix(rest, []byte("\xef\xbb\xbf")):
			s.c.SetPos(s.c.Pos() + 3) // a byte order mark, which some editors write
		}
		switch b := s.c.Peek(); {
		case b == open:
			return nil
		case b == '[' && open == '{':
			return errors.New("found a list, expected an object with images, annotations and categories: read a list as a results file")
		case b == '{' && open == '[':
			return errors.New("found an object, expected a list of results: read an object as a dataset")
		case open == '{':
			return s.c.Unexpected("a COCO dataset: an object with images, annotations and categories")
		}
		return s.c.Unexpected("COCO results: a list of objects")
	})
}

// dataset reads a dataset's top-level object. It calls member for each member without
// records. For each member with records it calls section with the cursor at the first
// record; section must read on up to the closing bracket.
func (s *scanner) dataset(member func(*Member) error, section func(name string) error) error {
	if err := s.begin('{'); err != nil {
		return s.error("", err)
	}
	s.p.field = ""
	var more bool
	err := s.try(func() (err error) { more, err = s.c.BeginObject(); return err })
	seen := map[string]bool{}
	for ; more && err == nil; err = s.try(func() (err error) { more, err = s.c.NextMember(); return err }) {
		var name string
		var at int64
		err := s.try(func() error {
			s.c.Peek()
			at = s.c.Offset()
			key, err := s.c.Key()
			name = string(key)
			return err
		})
		if err != nil {
			return s.error("", err)
		}
		if seen[name] {
			return &Error{Path: name, Offset: at, Err: errors.New("duplicate member in this file: delete one")}
		}
		seen[name] = true
		switch name {
		case sectionImages, sectionAnnotations, sectionCategories:
			some := false
			err := s.try(func() (err error) {
				if !s.c.Null() {
					some, err = s.c.BeginArray()
				}
				return err
			})
			if err != nil {
				return s.error(name, err)
			}
			if some {
				if err := section(name); err != nil {
					return err
				}
			}
		default:
			m := &Member{Key: name}
			if err := s.try(func() (err error) { m.Value, err = s.p.raw(); return err }); err != nil {
				return s.error(name, err)
			}
			if err := member(m); err != nil {
				return err
			}
		}
		s.p.field = ""
	}
	if err != nil {
		return s.error("", err)
	}
	if err := s.try(s.c.End); err != nil {
		return s.error("", err)
	}
	if !seen[sectionImages] && !seen[sectionAnnotations] && !seen[sectionCategories] {
		return &Error{Offset: s.c.Offset(), Err: errors.New("found an object without images, annotations and categories: this is not a COCO dataset")}
	}
	return nil
}

func recordPath(name string, i int) string { return fmt.Sprintf("%s[%d]", name, i) }
