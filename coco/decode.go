package coco

import (
	"bytes"
	"io"
	"io/fs"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/hubdata/hubdata/internal/jsonscan"
)

// chunkSize is the text that one goroutine parses at a time. It is small beside
// a file of which it pays to share the work, and large beside a record.
const chunkSize = 256 << 10

// Decode reads a dataset whole, using all cores. The dataset refers to the
// file's text, which is kept in memory: about the size of the file. What
// Decode accepts and how it reports errors is as for [Reader.Records].
func Decode(r io.Reader) (*Dataset, error) {
	text, err := readAll(r)
	if err != nil {
		return nil, &Error{Offset: int64(len(text)), Err: err}
	}
	return decode(text, runtime.GOMAXPROCS(0), chunkSize)
}

func decode(text []byte, workers, chunk int) (*Dataset, error) {
	d := new(Dataset)
	s := textSource(text)
	err := s.dataset(func(m *Member) error {
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
			d.Images, err = parseList(s, name, (*parser).image, workers, chunk)
		case sectionCategories:
			d.Categories, err = parseList(s, name, (*parser).category, workers, chunk)
		default:
			d.Annotations, err = parseList(s, name, (*parser).annotation, workers, chunk)
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
	text, err := readAll(r)
	if err != nil {
		return nil, &Error{Offset: int64(len(text)), Err: err}
	}
	return decodeResults(text, runtime.GOMAXPROCS(0), chunkSize)
}

func decodeResults(text []byte, workers, chunk int) (results []Result, err error) {
	s := textSource(text)
	err = s.results(func() (err error) {
		results, err = parseList(s, "", (*parser).result, workers, chunk)
		return err
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// readAll is [io.ReadAll] that asks for the size first.
func readAll(r io.Reader) ([]byte, error) {
	size := 0
	switch r := r.(type) {
	case interface{ Len() int }:
		size = r.Len()
	case interface{ Stat() (fs.FileInfo, error) }:
		if info, err := r.Stat(); err == nil && info.Mode().IsRegular() && info.Size() < math.MaxInt32 {
			size = int(info.Size())
		}
	}
	buf := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	_, err := buf.ReadFrom(r)
	return buf.Bytes(), err
}

// part is a run of records.
type part[T any] struct {
	start   int // index of its text
	records []T
	end     int   // index of the next record, or behind the closing bracket
	last    bool  // the list ends here
	err     error // in the record after records
	p       parser
}

// parseList reads the records of a list like [source.records], on several
// goroutines. The text is cut into chunks; where the first record of a chunk
// begins is guessed, and the guess is used only if the records before it,
// which are read with certainty, end just there. So the outcome is that of
// reading in order, whatever the guesses, the chunks and the workers.
func parseList[T any](s *source, name string, read func(*parser, *T) error, workers, chunk int) ([]T, error) {
	text, expected := s.buf, s.c.Pos()
	chunks := 1
	if workers > 1 {
		chunks = max(1, (len(text)-expected)/chunk)
	}
	first := expected
	boundary := func(k int) int { // of the text that chunk k leaves to others
		if k >= chunks-1 {
			return math.MaxInt
		}
		return first + (k+1)*chunk
	}
	var (
		stop  atomic.Bool
		wg    sync.WaitGroup
		slots = make(chan struct{}, workers)
		ready = make(map[int]chan *part[T])
		next  = 0
		parts [][]T
		total = 0
	)
	defer wg.Wait()
	defer stop.Store(true)
	for k := range chunks {
		for ; chunks > 1 && next < min(chunks, k+2*workers); next++ {
			done, i := make(chan *part[T], 1), next
			ready[i] = done
			wg.Go(func() {
				slots <- struct{}{}
				start := first
				if i > 0 {
					start = guessRecord(text, boundary(i-1), boundary(i))
				}
				done <- parsePart(text, start, boundary(i), read, &stop)
				<-slots
			})
		}
		if expected >= boundary(k) {
			continue // inside one large record
		}
		var got *part[T]
		if done := ready[k]; done != nil {
			got = <-done
			delete(ready, k)
		}
		if got == nil || got.start != expected {
			got = parsePart(text, expected, boundary(k), read, &stop)
		}
		parts = append(parts, got.records)
		total += len(got.records)
		if got.err != nil {
			if got.p.c == nil { // between two records
				s.p.field = ""
				return nil, s.error(name, got.err)
			}
			return nil, got.p.error(recordPath(name, total), got.err)
		}
		expected = got.end
		if got.last {
			break
		}
	}
	s.c.SetPos(expected)
	if len(parts) == 1 {
		return parts[0], nil
	}
	return slices.Concat(parts...), nil
}

// guessRecord returns the index of the first '{' from index at on, before
// limit, that follows "}," as the second of two records does, or -1.
func guessRecord(text []byte, at, limit int) int {
	limit = min(limit, len(text))
	for at < limit {
		i := bytes.IndexByte(text[at:limit], '{')
		if i < 0 {
			break
		}
		at += i
		if j := spaceBefore(text, at); j > 0 && text[j-1] == ',' {
			if j = spaceBefore(text, j-1); j > 0 && text[j-1] == '}' {
				return at
			}
		}
		at++
	}
	return -1
}

// spaceBefore returns the index where the white space before index at begins.
func spaceBefore(text []byte, at int) int {
	for at > 0 && (text[at-1] == ' ' || text[at-1] == '\n' || text[at-1] == '\r' || text[at-1] == '\t') {
		at--
	}
	return at
}

// parsePart reads records from the one at index start up to the last that
// begins before boundary. It gives up when stop is set; then nobody looks at
// the part.
func parsePart[T any](text []byte, start, boundary int, read func(*parser, *T) error, stop *atomic.Bool) *part[T] {
	got := &part[T]{start: start}
	if start < 0 {
		return got
	}
	c := jsonscan.New(text)
	c.SetPos(start)
	p := parser{c: c}
	for !stop.Load() {
		if n := len(got.records); n == cap(got.records) {
			// As many more as the text so far lets expect.
			size := max((c.Pos()-start)/max(n, 1), 64)
			more := min(max(boundary-c.Pos(), 0), len(text)-c.Pos())/size + 1
			got.records = slices.Grow(got.records, min(more+more/8, 8*n+8))
		}
		n := len(got.records)
		got.records = got.records[:n+1]
		if err := read(&p, &got.records[n]); err != nil {
			got.records, got.err, got.p = got.records[:n], err, p
			break
		}
		more, err := c.NextElement()
		if err != nil {
			got.err = err
			break
		}
		c.Peek()
		got.end = c.Pos()
		if !more {
			got.last = true
			break
		}
		if got.end >= boundary {
			break
		}
	}
	return got
}
