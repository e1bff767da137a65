package coco

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/hubdata/hubdata/internal/jsonscan"
)

// MaxRecord is the largest record, in bytes of JSON text, that the streaming
// readers take unless told otherwise: 16 MiB. It bounds their memory, which may be
// some ten times as much.
const MaxRecord = 16 << 20

const (
	// blockSize is how much a source asks its reader for at first.
	blockSize = 256 << 10
	// lookAhead is how far from the end of the buffered text an error must lie
	// to be final: nearer, it may come from a token that goes on.
	lookAhead = 64 << 10
)

// source is a text that is read as it is needed, and a parser in it. The part
// that is kept in memory begins at the record that is being read.
type source struct {
	r     io.Reader // nil: all of the text is in buf
	buf   []byte
	base  int64 // offset of buf[0] in the input
	eof   bool
	block int // bytes to buffer at first
	limit int
	lists int // how many lists of records have begun
	c     jsonscan.Cursor
	p     parser
}

// newSource returns a source that streams from r.
func newSource(r io.Reader, block, limit int) *source {
	s := &source{r: r, block: block, limit: limit}
	s.p = parser{c: &s.c, keep: true}
	return s
}

// textSource returns a source of a text in memory, which must not change.
func textSource(text []byte) *source {
	s := &source{buf: text, eof: true}
	s.c.Reset(text, 0)
	s.p = parser{c: &s.c}
	return s
}

// try calls f, which reads one thing, and calls it again from the same place
// with more text if it came to the end of what is buffered.
func (s *source) try(f func() error) error {
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

// more drops the text before index start and reads some more.
func (s *source) more(start int) error {
	n := copy(s.buf, s.buf[start:])
	s.base += int64(start)
	s.buf = s.buf[:n]
	if n == cap(s.buf) {
		if n >= s.limit {
			return &Error{Offset: s.base, Err: fmt.Errorf("found a record of more than %d bytes, the most that is read in a stream", s.limit)}
		}
		bigger := make([]byte, n, min(max(2*n, s.block), s.limit))
		copy(bigger, s.buf)
		s.buf = bigger
	}
	defer func() { s.c.Reset(s.buf, s.base) }()
	for len(s.buf) < cap(s.buf) {
		k, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
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

// error gives err its place; path is that of the record.
func (s *source) error(path string, err error) error {
	var placed *Error
	if errors.As(err, &placed) {
		if placed.Path == "" {
			placed.Path = path
		}
		return placed
	}
	return s.p.error(path, err)
}

// begin reads the start of the text up to the first value, which must be an
// object or a list, as open says.
func (s *source) begin(open byte) error {
	return s.try(func() error {
		rest := s.buf[s.c.Pos():]
		switch {
		case len(rest) < 3 && !s.eof:
			return &jsonscan.SyntaxError{End: true}
		case bytes.HasPrefix(rest, []byte("\x1f\x8b")):
			return errors.New("found gzip data, want JSON text: decompress it first")
		case bytes.HasPrefix(rest, []byte("\x28\xb5\x2f\xfd")):
			return errors.New("found zstd data, want JSON text: decompress it first")
		case bytes.HasPrefix(rest, []byte("\xef\xbb\xbf")):
			s.c.SetPos(s.c.Pos() + 3) // a byte order mark, as some editors write
		}
		switch b := s.c.Peek(); {
		case b == open:
			return nil
		case b == '[' && open == '{':
			return errors.New("found a list, want an object with images, annotations and categories: a list is a results file, which is read as such")
		case b == '{' && open == '[':
			return errors.New("found an object, want a list of results: an object is a dataset, which is read as such")
		case open == '{':
			return s.c.Unexpected("a COCO dataset: an object with images, annotations and categories")
		}
		return s.c.Unexpected("COCO results: a list of objects")
	})
}

// dataset reads a dataset's outermost object. It calls member for each member
// that holds no records, and section for each that does, with the cursor at
// its first record; section must read on up to the closing bracket.
func (s *source) dataset(member func(*Member) error, section func(name string) error) error {
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
			return &Error{Path: name, Offset: at, Err: errors.New("the member stands twice in the file: delete one")}
		}
		seen[name] = true
		switch name {
		case sectionImages, sectionAnnotations, sectionCategories:
			s.lists++
			some := false
			err := s.try(func() (err error) { some, err = s.c.BeginArray(); return err })
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

// records reads the elements of a list, from the first one to the closing
// bracket. read is called for each, perhaps more than once, then done.
func (s *source) records(name string, read func(*parser) error, done func() error) error {
	for i, more := 0, true; more; i++ {
		if err := s.try(func() error { return read(&s.p) }); err != nil {
			return s.error(recordPath(name, i), err)
		}
		if err := done(); err != nil {
			return err
		}
		s.p.field = ""
		if err := s.try(func() (err error) { more, err = s.c.NextElement(); return err }); err != nil {
			return s.error(name, err)
		}
	}
	return nil
}

func recordPath(name string, i int) string { return fmt.Sprintf("%s[%d]", name, i) }
