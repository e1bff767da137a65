package coco

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/hubdata/hubdata/internal/jsonscan"
)

// blockText is how much text one goroutine parses at a time. It is large beside a
// record, and small beside the memory of what is made of a file.
const blockText = 256 << 10

// Decode reads a dataset whole, using all cores. Of the file's text the dataset keeps
// what its segmentations and unknown members are. What Decode accepts and how it
// reports errors is as for [Reader.Records].
func Decode(r io.Reader) (*Dataset, error) {
	return decode(r, runtime.GOMAXPROCS(0), blockText, false)
}

// DecodeBoxes is [Decode] for who needs no masks: segmentations are checked and left out,
// which saves most of the memory. A record that had one is not said to miss it.
func DecodeBoxes(r io.Reader) (*Dataset, error) {
	return decode(r, runtime.GOMAXPROCS(0), blockText, true)
}

func decode(r io.Reader, workers, block int, boxes bool) (*Dataset, error) {
	d := new(Dataset)
	b := newBlocks(r, workers, block, boxes)
	err := b.s.dataset(func(m *Member) error {
		switch m.Key {
		case "info":
			d.Info = m.Value
		case "licenses":
			d.Licenses = m.Value
		default:
			d.Extra = append(d.Extra, Field(*m))
		}
		return nil
	}, func(name string) (err error) {
		switch name {
		case sectionImages:
			d.Images, err = parseList(b, name, (*parser).image)
		case sectionCategories:
			d.Categories, err = parseList(b, name, (*parser).category)
		default:
			d.Annotations, err = parseList(b, name, (*parser).annotation)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// DecodeResults reads a results file whole, using all cores; see [ReadResults]
// and [Decode].
func DecodeResults(r io.Reader) ([]Result, error) {
	return decodeResults(r, runtime.GOMAXPROCS(0), blockText, false)
}

// DecodeResultBoxes is [DecodeResults] without masks; see [DecodeBoxes].
func DecodeResultBoxes(r io.Reader) ([]Result, error) {
	return decodeResults(r, runtime.GOMAXPROCS(0), blockText, true)
}

func decodeResults(r io.Reader, workers, block int, boxes bool) (results []Result, err error) {
	b := newBlocks(r, workers, block, boxes)
	err = b.s.results(func() (err error) {
		results, err = parseList(b, "", (*parser).result)
		return err
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// sizeLeft returns how many bytes a reader still gives, or 0 if it does not tell.
func sizeLeft(r io.Reader) int64 {
	switch r := r.(type) {
	case interface{ Len() int }:
		return int64(r.Len())
	case interface{ Stat() (fs.FileInfo, error) }:
		if info, err := r.Stat(); err == nil && info.Mode().IsRegular() {
			return info.Size()
		}
	}
	return 0
}

// blocks reads a text in blocks of whole records, which several goroutines parse.
// Where a block ends is guessed: before a '{' that follows "},". The guess is used only if the records up
// to there, which are read with certainty, end just there. So the outcome is that of
// reading in order, whatever the guesses, the blocks and the workers.
type blocks struct {
	s       *source
	workers int
	size    int   // of a block
	text    int64 // of all of them, if it is known
	short   bool  // the list is likely to end soon, so that it pays to look for its end
	free    [][]byte
}

func newBlocks(r io.Reader, workers, size int, boxes bool) *blocks {
	b := &blocks{s: newSource(r, size, math.MaxInt), workers: workers, size: size, text: sizeLeft(r)}
	b.s.p.together, b.s.p.boxes = true, boxes
	return b
}

// block is a part of the text, and what came of it.
type block[T any] struct {
	text    []byte
	base    int64 // offset in the input
	records []T
	whole   bool // the text is the records, and more follow
	done    chan struct{}
}

// parseList reads the records of a list like [source.records].
func parseList[T any](b *blocks, name string, read func(*parser, *T) error) ([]T, error) {
	s := b.s
	b.short = name == sectionImages || name == sectionCategories
	var records []T
	for {
		var err error
		if records, err = parseBlocks(b, records, read); err != nil {
			return nil, s.error(name, err)
		}
		// What is no block, such as the end of the list, or where a guess was wrong.
		for until := s.base + int64(len(s.buf)); ; {
			var zero T
			records = append(records, zero)
			last := &records[len(records)-1]
			if err := s.try(func() error { *last = zero; return read(&s.p, last) }); err != nil {
				return nil, s.error(recordPath(name, len(records)-1), err)
			}
			s.p.field = ""
			more := false
			if err := s.try(func() (err error) { more, err = s.c.NextElement(); return err }); err != nil {
				return nil, s.error(name, err)
			}
			if !more {
				return records, nil
			}
			if s.c.Peek(); s.c.Offset() >= until && s.c.Pos() < len(s.buf) {
				break
			}
		}
	}
}

// parseBlocks appends the records of as many blocks as there are from the source's
// place on. It leaves the source at the first record that is in none of them.
func parseBlocks[T any](b *blocks, records []T, read func(*parser, *T) error) ([]T, error) {
	s := b.s
	var (
		wg      sync.WaitGroup
		jobs    chan *block[T]
		pending []*block[T] // in order
		spare   [][]T
		readErr error
	)
	defer wg.Wait()
	defer func() {
		if jobs != nil {
			close(jobs)
		}
	}()
	for more := true; ; {
		for more && len(pending) < 2*b.workers {
			var text []byte
			base := s.base + int64(s.c.Pos())
			if text, readErr = b.cut(); text == nil {
				more = false
				break
			}
			j := &block[T]{text: text, base: base, done: make(chan struct{})}
			if n := len(spare); n > 0 {
				j.records, spare = spare[n-1][:0], spare[:n-1]
			}
			if jobs == nil {
				jobs = make(chan *block[T], 2*b.workers)
				for range b.workers {
					wg.Go(func() {
						p := parser{c: new(jsonscan.Cursor), together: true, boxes: s.p.boxes}
						for j := range jobs {
							j.parse(&p, read)
							close(j.done)
						}
					})
				}
			}
			jobs <- j
			pending = append(pending, j)
		}
		if len(pending) == 0 {
			return records, readErr
		}
		j := pending[0]
		<-j.done
		if !j.whole {
			break
		}
		if len(records) == 0 && !b.short {
			each := int64(max(len(j.text)/len(j.records), 64))
			n := max(b.text-j.base, 0) / each
			records = slices.Grow(records, int(min(n+n/64+16, math.MaxInt32))) // what is not used is never touched
		}
		records = append(records, j.records...)
		clear(j.records)
		spare = append(spare, j.records)
		b.free = append(b.free, j.text)
		pending = pending[1:]
	}
	texts := make([][]byte, 0, len(pending)+1)
	for _, j := range pending {
		<-j.done
		texts = append(texts, j.text)
	}
	s.reset(slices.Concat(append(texts, s.buf[s.c.Pos():])...), pending[0].base)
	return records, nil
}

// parse reads the records of a block.
func (j *block[T]) parse(p *parser, read func(*parser, *T) error) {
	c := p.c
	c.Reset(j.text, j.base)
	for c.Pos() < len(j.text) {
		var zero T
		j.records = append(j.records, zero)
		if read(p, &j.records[len(j.records)-1]) != nil {
			return
		}
		if more, err := c.NextElement(); err != nil || !more {
			return
		}
		c.Peek()
	}
	j.whole = true
}

// cut takes a block of text from the source, which is at a record, or nothing if what is left
// seems to be one record, or to begin with a large one.
func (b *blocks) cut() ([]byte, error) {
	const most = 8 // blocks that a record may be as long as
	s := b.s
	base := s.base + int64(s.c.Pos())
	var text []byte
	if n := len(b.free); n > 0 {
		text, b.free = b.free[n-1][:0], b.free[:n-1]
	}
	text = append(text, s.buf[s.c.Pos():]...)
	for size := b.size; ; size *= 2 {
		text = slices.Grow(text, max(size-len(text), 0))
		for !s.eof && len(text) < size {
			n, err := s.r.Read(text[len(text):cap(text)])
			text = text[:len(text)+n]
			if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				s.eof = true
			} else if err != nil {
				s.reset(text, base)
				return nil, &Error{Offset: base + int64(len(text)), Err: err}
			}
		}
		end := len(text)
		if b.short {
			end = listEnd(text)
		}
		if at := lastRecord(text[:end]); at > 0 {
			s.reset(append(s.buf[:0], text[at:]...), base+int64(at))
			return text[:at], nil
		}
		if s.eof || end < len(text) || size >= most*b.size {
			s.reset(text, base)
			return nil, nil
		}
	}
}

// lastRecord guesses where the last record of a text begins, which begins with one: a '{'
// that follows "},", if possible with the member that the first record begins with. It returns 0 if
// there is no other.
func lastRecord(text []byte) int {
	opening := text[:bytes.IndexByte(text[:min(len(text), 64)], ':')+1]
	other := 0
	for end := len(text); ; {
		at := bytes.LastIndexByte(text[:end], '{')
		if at <= 0 {
			return other
		}
		if j := spaceBefore(text, at); j > 0 && text[j-1] == ',' {
			if j = spaceBefore(text, j-1); j > 0 && text[j-1] == '}' {
				if bytes.HasPrefix(text[at:], opening) {
					return at
				}
				other = max(other, at)
			}
		}
		end = at
	}
}

// listEnd guesses where the list of a text ends: at the first ']' that follows '}', or at the end of
// the text.
func listEnd(text []byte) int {
	for at := 0; ; {
		i := bytes.IndexByte(text[at:], '}')
		if i < 0 {
			return len(text)
		}
		at += i + 1
		for at < len(text) && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t') {
			at++
		}
		if at < len(text) && text[at] == ']' {
			return at
		}
	}
}

// spaceBefore returns the index where the white space before index at begins.
func spaceBefore(text []byte, at int) int {
	for at > 0 && (text[at-1] == ' ' || text[at-1] == '\n' || text[at-1] == '\r' || text[at-1] == '\t') {
		at--
	}
	return at
}
