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

// blockText is the size of the text that one goroutine parses at a time. It is large
// compared with a record, and small compared with the memory of the decoded file.
const blockText = 256 << 10

// Decode reads a whole dataset, using all cores. Of the file's text the dataset keeps
// only that of its segmentations and unknown members. Decode accepts the same files and
// reports the same errors as [Reader.Records].
func Decode(r io.Reader) (*Dataset, error) {
	return decode(r, runtime.GOMAXPROCS(0), blockText, false)
}

// DecodeBoxes is like [Decode] for callers that do not need masks: it checks
// segmentations and drops them, which saves most of the memory. Missing does not report
// a segmentation that was dropped.
func DecodeBoxes(r io.Reader) (*Dataset, error) {
	return decode(r, runtime.GOMAXPROCS(0), blockText, true)
}

func decode(r io.Reader, workers, block int, boxes bool) (*Dataset, error) {
	return newBlocks(r, workers, block, math.MaxInt, boxes).dataset()
}

// dataset reads a whole dataset.
func (b *blocks) dataset() (*Dataset, error) {
	d := new(Dataset)
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
			err = decodeList(b, name, listOf((*parser).image), &d.Images)
		case sectionCategories:
			err = decodeList(b, name, listOf((*parser).category), &d.Categories)
		default:
			err = decodeList(b, name, listOf((*parser).annotation), &d.Annotations)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// DecodeResults reads a whole results file, using all cores; see [ReadResults] and
// [Decode].
func DecodeResults(r io.Reader) (*Results, error) {
	return decodeResults(r, runtime.GOMAXPROCS(0), blockText, false)
}

// DecodeResultBoxes is like [DecodeResults] without the masks of records that have a
// box; see [DecodeBoxes]. If the first record has no box, it keeps all masks: areas are
// then taken from them.
func DecodeResultBoxes(r io.Reader) (*Results, error) {
	return decodeResults(r, runtime.GOMAXPROCS(0), blockText, true)
}

func decodeResults(r io.Reader, workers, block int, boxes bool) (*Results, error) {
	b := newBlocks(r, workers, block, math.MaxInt, boxes)
	results := new(Results)
	err := b.s.results(func() (err error) {
		if boxes {
			if b.s.p.boxes, err = b.s.firstHasBox(); err != nil {
				return err
			}
		}
		return decodeList(b, "", resultList, results)
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// firstHasBox reads the first record of a results file, leaves the cursor before it,
// and reports whether it has a box.
func (s *scanner) firstHasBox() (has bool, err error) {
	err = s.try(func() error {
		var first Result
		at := s.c.Pos()
		err := s.p.result(&first)
		if err == nil {
			s.c.SetPos(at)
		}
		has = !first.Missing.Has(FieldBBox)
		return err
	})
	if err != nil {
		return false, s.error(recordPath("", 0), err)
	}
	return has, nil
}

// sizeLeft returns the number of bytes that remain in a reader, or 0 if it is not
// known.
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

// blocks cuts a text into blocks of whole records, which several goroutines parse. The
// end of a block is a guess: before a '{' that follows "},". A guess is used only if
// parsing confirms that a record ends exactly there. So the result is the same as that
// of reading in order, whatever the guesses, the blocks and the workers.
type blocks struct {
	s       *scanner
	workers int
	size    int   // of a block
	text    int64 // of the whole input, if it is known
	short   bool  // the list is likely to end soon, so that it pays to search for its end
	reuse   bool  // records are not needed once they were passed on
	n       int   // records of the list that were read
	free    [][]byte
	faults  []TypeFault // of all records, if they are read loosely
}

// newBlocks returns the blocks of r; limit is that of the size of a record. Of a small input no more memory is taken than
// its text needs, and a byte in which its end is found.
func newBlocks(r io.Reader, workers, size, limit int, boxes bool) *blocks {
	text := sizeLeft(r)
	if text > 0 {
		size = int(min(int64(size), text+1))
	}
	b := &blocks{s: newScanner(r, size, limit), workers: workers, size: size, text: text}
	b.s.p.boxes = boxes
	if r, ok := r.(interface{ Added() int }); ok { // offsets count from the input that r is made from
		b.s.base = -int64(r.Added())
	}
	return b
}

// A listKind says how records are read into a list of type L.
type listKind[L any] struct {
	read     func(p *parser, to *L) error // appends a record; after an error the list is as before
	length   func(list *L) int
	truncate func(list *L, n int)
	grow     func(list *L, n int) // makes room for n more
	move     func(to, from *L)    // appends all records, and empties from
}

// listOf is the kind of a slice.
func listOf[T any](read func(*parser, *T) error) *listKind[[]T] {
	return &listKind[[]T]{
		read: func(p *parser, to *[]T) error {
			var zero T
			*to = append(*to, zero)
			n := len(*to) - 1
			err := read(p, &(*to)[n])
			if err != nil {
				(*to)[n] = zero
				*to = (*to)[:n]
			}
			return err
		},
		length:   func(list *[]T) int { return len(*list) },
		truncate: func(list *[]T, n int) { *list = (*list)[:n] },
		grow:     func(list *[]T, n int) { *list = slices.Grow(*list, n) },
		move: func(to, from *[]T) {
			*to = append(*to, *from...)
			clear(*from)
			*from = (*from)[:0]
		},
	}
}

// resultList is the kind of [Results].
var resultList = &listKind[Results]{
	read: (*parser).appendResult, length: (*Results).Len, truncate: (*Results).truncate, grow: (*Results).grow, move: (*Results).move,
}

// block is a part of the text, with the result of parsing it.
type block[L any] struct {
	text    []byte
	base    int64 // offset in the input
	records L
	store   []byte      // memory of the texts of records, if they are reused
	faults  []TypeFault // places are those in the block
	whole   bool        // the text consists of whole records, and more follow
	done    chan struct{}
}

// A listSink takes the records of a list in order.
type listSink[L any] struct {
	one   *L                      // a record that is read alone is appended to it
	took  func() error            // is called then
	block func(j *block[L]) error // takes all records of a block
}

// decodeList reads the records of a list into records.
func decodeList[L any](b *blocks, name string, kind *listKind[L], records *L) error {
	return parseList(b, name, kind, &listSink[L]{one: records, took: func() error { return nil }, block: func(j *block[L]) error {
		if n := kind.length(records); n == 0 && !b.short {
			each := int64(max(len(j.text)/kind.length(&j.records), 64))
			n := max(b.text-j.base, 0) / each
			kind.grow(records, int(min(n+n/4+16, math.MaxInt32))) // memory that is not used is never touched
		}
		kind.move(records, &j.records)
		return nil
	}})
}

// streamList passes the records of a list to emit, each in memory that is used for nothing else
// unless b.reuse is set.
func streamList[T any](b *blocks, name string, read func(*parser, *T) error, emit func(*T) error) error {
	var one []T
	return parseList(b, name, listOf(read), &listSink[[]T]{one: &one, took: func() error {
		v := &one[0]
		one = nil
		return emit(v)
	}, block: func(j *block[[]T]) error {
		list := j.records
		if b.reuse {
			j.records = list[:0]
		} else {
			j.records = make([]T, 0, len(list)+len(list)/16) // the next block is likely to have as many
		}
		for i := range list {
			if err := emit(&list[i]); err != nil {
				return err
			}
		}
		return nil
	}})
}

// parseList reads the records of a list, from the first one to the closing bracket.
func parseList[L any](b *blocks, name string, kind *listKind[L], to *listSink[L]) error {
	s := b.s
	b.short = name == sectionImages || name == sectionCategories
	for b.n = 0; ; {
		if err := parseBlocks(b, Section(name), kind, to); err != nil {
			return err
		}
		// Read in order what is not in a block, such as the end of the list, or a place
		// where a guess was wrong.
		for until := s.base + int64(len(s.buf)); ; {
			n := kind.length(to.one)
			if err := s.try(func() error { kind.truncate(to.one, n); return kind.read(&s.p, to.one) }); err != nil {
				return s.error(recordPath(name, b.n), err)
			}
			if err := to.took(); err != nil {
				return err
			}
			s.p.field = ""
			b.faults = s.p.loose.appendTo(b.faults, Section(name), b.n)
			b.n++
			more := false
			if err := s.try(func() (err error) { more, err = s.c.NextElement(); return err }); err != nil {
				return s.error(name, err)
			}
			if !more {
				return nil
			}
			if s.c.Peek(); s.c.Offset() >= until && s.c.Pos() < len(s.buf) {
				break
			}
		}
	}
}

// parseBlocks takes the records of all blocks that it can cut at the current position. It
// leaves the scanner at the first record that is in none of them. Its errors are those of
// the sink.
func parseBlocks[L any](b *blocks, section Section, kind *listKind[L], to *listSink[L]) error {
	s := b.s
	var (
		wg      sync.WaitGroup
		jobs    chan *block[L]
		pending []*block[L] // in order
		spare   []*block[L]
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
			if text = b.cut(); text == nil {
				more = false
				break
			}
			j := new(block[L])
			if n := len(spare); n > 0 {
				j, spare = spare[n-1], spare[:n-1]
			}
			j.text, j.base, j.faults, j.whole, j.done = text, base, nil, false, make(chan struct{})
			if jobs == nil {
				jobs = make(chan *block[L], 2*b.workers)
				for range b.workers {
					wg.Go(func() {
						p := parser{c: new(jsonscan.Cursor), boxes: s.p.boxes}
						if s.p.loose != nil {
							p.loose = new(looseRecord)
						}
						if s.p.skip != nil {
							p.skip = &skipper{on: s.p.skip.on}
						}
						for j := range jobs {
							if b.reuse {
								p.store = slices.Grow(j.store[:0], len(j.text))
								j.store = p.store
							}
							j.parse(&p, section, kind)
							close(j.done)
						}
					})
				}
			}
			jobs <- j
			pending = append(pending, j)
		}
		if len(pending) == 0 {
			return nil
		}
		j := pending[0]
		<-j.done
		if !j.whole {
			break
		}
		for _, f := range j.faults {
			f.Place.Index += b.n
			b.faults = append(b.faults, f)
		}
		b.n += kind.length(&j.records)
		if err := to.block(j); err != nil {
			return err
		}
		spare = append(spare, j)
		b.free = append(b.free, j.text)
		pending = pending[1:]
	}
	texts := make([][]byte, 0, len(pending)+1)
	for _, j := range pending {
		<-j.done
		texts = append(texts, j.text)
	}
	s.unread(slices.Concat(append(texts, s.buf[s.c.Pos():])...), pending[0].base)
	return nil
}

// parse reads the records of a block.
func (j *block[L]) parse(p *parser, section Section, kind *listKind[L]) {
	c := p.c
	c.Reset(j.text, j.base)
	for n := 0; c.Pos() < len(j.text); n++ {
		if kind.read(p, &j.records) != nil {
			return
		}
		j.faults = p.loose.appendTo(j.faults, section, n)
		if more, err := c.NextElement(); err != nil || !more {
			return
		}
		c.Peek()
	}
	j.whole = true
}

// cut takes a block of text from the scanner, which is at the beginning of a record. It
// takes nothing if what is left seems to be one record, or to begin with a large one, or
// cannot be read.
func (b *blocks) cut() []byte {
	const most = 8 // maximum length of a record in blocks
	s := b.s
	base := s.base + int64(s.c.Pos())
	var text []byte
	if n := len(b.free); n > 0 {
		text, b.free = b.free[n-1][:0], b.free[:n-1]
	}
	text = append(text, s.buf[s.c.Pos():]...)
	for size := min(b.size, s.limit); ; size = min(2*size, s.limit) {
		text = slices.Grow(text, max(size-len(text), 0))
		for !s.eof && len(text) < size {
			n, err := s.r.Read(text[len(text):size])
			text = text[:len(text)+n]
			if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				s.eof = true
			} else if err != nil {
				s.reset(text, base)
				s.r = failed{err}
				return nil
			}
		}
		end := len(text)
		if b.short {
			end = listEnd(text)
		}
		if at := lastRecord(text[:end]); at > 0 {
			s.reset(append(s.buf[:0], text[at:]...), base+int64(at))
			return text[:at]
		}
		if s.eof || end < len(text) || size >= most*b.size || size == s.limit {
			s.reset(text, base)
			return nil
		}
	}
}

// failed is a reader after an error.
type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }

// lastRecord guesses where the last record of a text begins: at a '{' that follows
// "},", if possible before the same member that the first record begins with. The text
// begins with a record. lastRecord returns 0 if there is no other.
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

// listEnd guesses where the list of a text ends: at the first ']' that follows '}', or
// at the end of the text.
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
