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

const (
	// chunkSize is the most text that one goroutine parses at a time. It is small
	// beside a file of which it pays to share the work, and large beside a record.
	chunkSize = 1 << 20
	// chunksEach is how many chunks each goroutine should get of a smaller text,
	// so that they end at about the same time.
	chunksEach = 8
	// minChunk is what is added to a chunk, so that starting on it costs little.
	minChunk = 16 << 10
)

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
// goroutines. Where the list ends is guessed, to share the text up to there
// evenly; a list that goes on is shared again.
func parseList[T any](s *source, name string, read func(*parser, *T) error, workers, chunk int) ([]T, error) {
	var records []T
	start := s.c.Pos()
	for from := start; ; {
		end := len(s.buf)
		if workers > 1 {
			end = guessEnd(s.buf, min(from, len(s.buf)), s.lists == 3 || name == "")
		}
		got, last, err := parseSpan(s, name, read, workers, chunk, end, len(records))
		if err != nil {
			return nil, err
		}
		if records == nil {
			records = got
		} else {
			records = append(records, got...)
		}
		if last {
			return records, nil
		}
		from = s.c.Pos() + 4*(s.c.Pos()-start) // a wrong guess is seldom alone
	}
}

// parseSpan reads the records that begin before index end, or all that are
// left if that is the end of the text. The text is cut into chunks; where the
// first record of a chunk begins is guessed, and the guess is used only if the
// records before it, which are read with certainty, end just there. So the
// outcome is that of reading in order, whatever the guesses, the chunks and
// the workers. before is how many records of the list were read earlier.
func parseSpan[T any](s *source, name string, read func(*parser, *T) error, workers, chunk, end, before int) (records []T, last bool, err error) {
	text, expected := s.buf, s.c.Pos()
	chunks, first := 1, expected
	if workers > 1 {
		chunk = max(1, min(chunk, (end-first)/(chunksEach*workers)+minChunk))
		chunks = max(1, (end-first)/chunk)
	}
	boundary := func(k int) int { // of the text that chunk k leaves to others
		switch {
		case k < chunks-1:
			return first + (k+1)*chunk
		case end < len(text):
			return end
		}
		return math.MaxInt
	}
	// All chunks share one slice, each with room for what it may hold.
	room := 0
	if chunks > 1 {
		room = chunk/recordSize(text, first, end) + 1
		room += room/8 + 4 // what is not used is never touched
		records = make([]T, (chunks+1)*room)
	}
	limit := func(k int) int { // the last chunk is larger than others
		if k == chunks-1 {
			return len(records)
		}
		return (k + 1) * room
	}
	var (
		stop   atomic.Bool
		wg     sync.WaitGroup
		slots  = make(chan struct{}, workers)
		ready  = make(map[int]chan *part[T])
		next   = 0
		parts  [][]T
		limits []int
		total  = 0
	)
	defer wg.Wait()
	defer stop.Store(true)
	for k := range chunks {
		for ; chunks > 1 && next < min(chunks, k+2*workers); next++ {
			done, i := make(chan *part[T], 1), next
			ready[i] = done
			dst := records[i*room : i*room : limit(i)]
			wg.Go(func() {
				slots <- struct{}{}
				start := first
				if i > 0 {
					start = guessRecord(text, boundary(i-1), boundary(i))
				}
				done <- parsePart(text, start, boundary(i), dst, read, &stop)
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
			got = parsePart(text, expected, boundary(k), nil, read, &stop)
		}
		parts, limits = append(parts, got.records), append(limits, limit(k))
		total += len(got.records)
		if got.err != nil {
			if got.p.c == nil { // between two records
				s.p.field = ""
				return nil, false, s.error(name, got.err)
			}
			return nil, false, got.p.error(recordPath(name, before+total), got.err)
		}
		expected = got.end
		if last = got.last; last {
			break
		}
	}
	s.c.SetPos(expected)
	if len(parts) == 1 {
		return parts[0], last, nil
	}
	stop.Store(true)
	wg.Wait() // for those that still write to the shared slice
	return gather(records, parts, limits), last, nil
}

// gather returns the records of all parts in one slice. That is shared, of which
// chunk k had room for its records before index limits[k], unless a part would
// cover records of a later one that still stand there.
func gather[T any](shared []T, parts [][]T, limits []int) []T {
	n := 0
	for k, p := range parts {
		if n += len(p); n > limits[k] {
			return slices.Concat(parts...)
		}
	}
	n = 0
	for _, p := range parts {
		n += copy(shared[n:], p)
	}
	return shared[:n:n]
}

// recordSize returns the mean length of the records before index end, 64 at
// least, which bounds the memory that is got from a guess. It counts them in
// some stretches of the text: lengths of single records would tell more of long
// ones, in which a place is found more often.
func recordSize(text []byte, first, end int) int {
	const stretches, longest = 64, 4 << 10
	step := max((end-first)/stretches, 1)
	size, n := 0, 0
	for from := first; from < end; from += step {
		limit := min(from+min(step, longest), end)
		size += limit - from
		for at := guessRecord(text, from, limit); at >= 0; at = guessRecord(text, at+1, limit) {
			n++
		}
	}
	return max(64, size/max(n, 1))
}

// guessEnd returns the index behind from of the first ']' that follows '}', as
// the one behind the last record does, or the end of the text. In the last list
// of a file, and in results, it is the last ']' of the text that counts.
func guessEnd(text []byte, from int, last bool) int {
	if last {
		if i := bytes.LastIndexByte(text[from:], ']'); i > 0 {
			return from + i
		}
		return len(text)
	}
	for at := from; at < len(text); {
		i := bytes.IndexByte(text[at:], '}')
		if i < 0 {
			break
		}
		at += i + 1
		for at < len(text) && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t') {
			at++
		}
		if at < len(text) && text[at] == ']' {
			return at
		}
	}
	return len(text)
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
// begins before boundary, into dst while that has room. It gives up when stop is set; then nobody looks at
// the part.
func parsePart[T any](text []byte, start, boundary int, dst []T, read func(*parser, *T) error, stop *atomic.Bool) *part[T] {
	got := &part[T]{start: start, records: dst}
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
