package coco

import (
	"encoding/json"
	"errors"
	"io"
	"iter"
	"runtime"
)

// Record is an element that a [Reader] yields: a pointer to an [Image], [Annotation],
// [Category] or [Member].
type Record interface{ record() }

func (*Image) record()      {}
func (*Annotation) record() {}
func (*Category) record()   {}
func (*Member) record()     {}

// Member is a top-level member of the dataset that holds no records, such as info or
// licenses.
type Member struct {
	Key   string
	Value json.RawMessage // compact
}

// Reader reads a dataset as a stream, using all cores, with some blocks of it in memory at
// a time.
type Reader struct {
	r       io.Reader
	workers int
	block   int
	limit   int
	reuse   bool
}

// NewReader returns a Reader of r, which must contain JSON text. It skips a byte order
// mark. r does not need to be buffered.
func NewReader(r io.Reader) *Reader {
	return &Reader{r: r, workers: runtime.GOMAXPROCS(0), block: streamText, limit: MaxRecord}
}

// streamText is the size of the text that one goroutine parses at a time.
const streamText = 128 << 10

// SetMaxRecord sets the maximum size of a record, in bytes of JSON text, instead of
// [MaxRecord]. Call it before [Reader.Records].
func (r *Reader) SetMaxRecord(n int) { r.limit = max(n, 1) }

// ReuseAnnotations lets the reader use the memory of annotations again: each is valid only
// until the next record is asked for. Of files with many annotations that saves much of the
// work of the garbage collector. Call it before [Reader.Records].
func (r *Reader) ReuseAnnotations() { r.reuse = true }

// errStop ends a stream when the consumer stops.
var errStop = errors.New("stop")

// Records returns the records in the order of the file, which is usually images,
// annotations, categories, but may be any. Each record stays valid; those that follow each
// other share memory, so copy what is kept of a few among many. An error is an [*Error] and the last element of the sequence. The sequence can
// be used once.
//
// A dataset has at least one of images, annotations and categories. A duplicate
// top-level member is an error, and so is a duplicate of a known member in a record,
// since JSON parsers differ in which one they use. Ids of images, annotations and
// categories are required, and so is the image_id of annotations. Other known members
// may be missing, or null, NaN, [] or "", which mean the same, but must otherwise have the
// correct type; iscrowd may be 0, 1, false or true. An integer may be written with a point
// or an exponent, as 1.0; see [DecodeLoose] for other types.
func (r *Reader) Records() iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		b := newBlocks(r.r, r.workers, min(r.block, r.limit), r.limit, false)
		emit := func(rec Record) error {
			if !yield(rec, nil) {
				return errStop
			}
			return nil
		}
		err := b.s.dataset(func(m *Member) error { return emit(m) }, func(name string) error {
			switch name {
			case sectionImages:
				return streamList(b, name, (*parser).image, func(img *Image) error { return emit(img) })
			case sectionCategories:
				return streamList(b, name, (*parser).category, func(c *Category) error { return emit(c) })
			}
			b.reuse = r.reuse
			return streamList(b, name, (*parser).annotation, func(a *Annotation) error { return emit(a) })
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(nil, err)
		}
	}
}

// ReadResults reads a results file, a list of detections, as a stream, using all cores, with
// some blocks of it in memory at a time. A record has at most [MaxRecord] bytes. An error is an [*Error] and the
// last element of the sequence. The sequence can be used once. image_id is required;
// other known members may be missing.
func ReadResults(r io.Reader) iter.Seq2[Result, error] {
	return readResults(r, runtime.GOMAXPROCS(0), streamText, nil)
}

// readResults reads all results, or those on the images that on says yes to.
func readResults(r io.Reader, workers, block int, on func(image ID) bool) iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		b := newBlocks(r, workers, block, MaxRecord, false)
		if on != nil {
			b.s.p.skip = &skipper{on: on}
		}
		err := b.s.results(func() error {
			return streamList(b, "", (*parser).result, func(r *Result) error {
				if !yield(*r, nil) {
					return errStop
				}
				return nil
			})
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(Result{}, err)
		}
	}
}

// results reads the top-level list of a results file. It calls section with the cursor
// at the first record.
func (s *scanner) results(section func() error) error {
	if err := s.begin('['); err != nil {
		return s.error("", err)
	}
	s.p.field = ""
	var some bool
	if err := s.try(func() (err error) { some, err = s.c.BeginArray(); return err }); err != nil {
		return s.error("", err)
	}
	if some {
		if err := section(); err != nil {
			return err
		}
	}
	s.p.field = ""
	if err := s.try(s.c.End); err != nil {
		return s.error("", err)
	}
	return nil
}
