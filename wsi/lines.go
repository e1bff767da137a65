package wsi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// DefaultMaxLine is the default limit in bytes for a line of polygons.jsonl: 16
// MiB, far above the longest line of the competition.
const DefaultMaxLine = 16 << 20

// blockSize is the number of bytes read at a time: one or two dozen typical
// lines. That is enough to make the cost of passing blocks between goroutines
// negligible, and small enough for the cache.
const blockSize = 256 << 10

// A LineError describes an invalid line of polygons.jsonl.
type LineError struct {
	Line   int    // counted from 1
	Column int    // byte of the line, counted from 1, not counting a byte order mark; 0: the whole line
	Tile   string // id of the tile, empty if not known
	Err    error
}

// Error returns the place and the reason.
func (e *LineError) Error() string {
	s := fmt.Sprintf("line %d", e.Line)
	if e.Column > 0 {
		s += fmt.Sprintf(", column %d", e.Column)
	}
	if e.Tile != "" {
		s += fmt.Sprintf(" (tile %s)", e.Tile)
	}
	return s + ": " + e.Err.Error()
}

// Unwrap returns the reason.
func (e *LineError) Unwrap() error { return e.Err }

// ErrLineTooLong is wrapped by the error for a line above the limit.
var ErrLineTooLong = errors.New("line too long")

func lineTooLong(line, limit int) *LineError {
	return &LineError{Line: line, Err: fmt.Errorf("%w: more than %d bytes; if the file is valid, raise the limit with --max-line", ErrLineTooLong, limit)}
}

// block is a part of the file that ends at the end of a line.
type block struct {
	seq     int    // number of blocks before this one
	line    int    // number of the first line
	data    []byte // whole lines; the last may lack its line feed
	tooLong bool   // data is the beginning of a line above the limit
	buf     []byte // memory that holds data, reused for the next block
}

// blocks cuts a stream of lines into blocks. Only one goroutine at a time may
// use it.
type blocks struct {
	r       io.Reader
	maxLine int
	seq     int
	line    int    // of the next block
	carry   []byte // read, but after the last whole line
	skip    bool   // inside a line above the limit
	done    bool
	err     error        // of the reader, nil at the end of the file
	ended   func() error // why the caller needs no more, if it does not: a line above the limit may have no end
}

func newBlocks(r io.Reader, maxLine int) *blocks {
	if maxLine <= 0 {
		maxLine = DefaultMaxLine
	}
	return &blocks{r: r, maxLine: maxLine, line: 1, ended: func() error { return nil }}
}

// next reads the next block into b. It returns false after the last block, and
// s.err is then the reader's error.
func (s *blocks) next(b *block) bool {
	if cap(b.buf) < blockSize || cap(b.buf) > 4*blockSize { // new, or grown for one long line
		b.buf = make([]byte, blockSize)
	}
	b.buf = b.buf[:cap(b.buf)]
	if s.skip {
		s.skipLine(b.buf)
	}
	if len(s.carry) > len(b.buf) {
		b.buf = make([]byte, len(s.carry)+blockSize)
	}
	n := copy(b.buf, s.carry)
	last := bytes.LastIndexByte(b.buf[:n], '\n')
	s.carry = s.carry[:0]
	for !s.done {
		if n == len(b.buf) {
			if last >= 0 {
				break
			}
			if n > s.maxLine+bomSize {
				break
			}
			b.buf = append(b.buf, make([]byte, min(len(b.buf), s.maxLine+bomSize+1-n))...)
		}
		k := s.read(b.buf[n:])
		if at := bytes.LastIndexByte(b.buf[n:n+k], '\n'); at >= 0 {
			last = n + at
		}
		n += k
	}
	end := n
	switch {
	case !s.done && last < 0:
		b.tooLong, s.skip = true, true
	case !s.done, s.err != nil: // after an error of the reader the rest is of no use
		b.tooLong, end = false, last+1
		if !s.done {
			s.carry = append(s.carry, b.buf[end:n]...)
		}
	default:
		b.tooLong = false
	}
	b.data, b.seq, b.line = b.buf[:end], s.seq, s.line
	if s.seq == 0 {
		b.data = bytes.TrimPrefix(b.data, []byte("\xEF\xBB\xBF"))
	}
	s.seq++
	s.line += bytes.Count(b.data, []byte{'\n'})
	return end > 0
}

const bomSize = 3

// skipLine reads past the next line feed.
func (s *blocks) skipLine(buf []byte) {
	for !s.done {
		if err := s.ended(); err != nil {
			s.done, s.err = true, err
			return
		}
		k := s.read(buf)
		if at := bytes.IndexByte(buf[:k], '\n'); at >= 0 {
			s.carry = append(s.carry[:0], buf[at+1:k]...)
			s.skip = false
			s.line++
			return
		}
	}
}

// read reads at least one byte into buf, or sets s.done.
func (s *blocks) read(buf []byte) int {
	for range 100 {
		n, err := s.r.Read(buf)
		if err != nil {
			s.done = true
			if !errors.Is(err, io.EOF) {
				s.err = err
			}
		}
		if n > 0 || err != nil {
			return n
		}
	}
	s.done, s.err = true, io.ErrNoProgress
	return 0
}

// lines calls f with every non-blank line of the block, without its line feed,
// until f returns false. open is true if the line feed is missing, which can
// only happen in the last line of the file.
func (b *block) lines(f func(number int, line []byte, open bool) bool) {
	for data, number := b.data, b.line; len(data) > 0; number++ {
		line, rest, found := bytes.Cut(data, []byte{'\n'})
		if len(bytes.TrimSpace(line)) > 0 && !f(number, line, !found) {
			return
		}
		data = rest
	}
}
