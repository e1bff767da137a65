package coco

import (
	"encoding/json"
	"errors"
	"io"
	"iter"
)

// Record is what a [Reader] gives: an [Image], [Annotation], [Category] or
// [Member], by pointer.
type Record interface{ record() }

func (*Image) record()      {}
func (*Annotation) record() {}
func (*Category) record()   {}
func (*Member) record()     {}

// Member is a member of the dataset's outermost object that holds no records,
// such as info or licenses.
type Member struct {
	Key   string
	Value json.RawMessage // compact
}

// Reader reads a dataset in a stream, with one record in memory at a time.
type Reader struct {
	r     io.Reader
	block int
	limit int
}

// NewReader returns a Reader of r, which must hold JSON text; a byte order mark
// before it is passed over. Buffering r is needless.
func NewReader(r io.Reader) *Reader { return &Reader{r: r, block: blockSize, limit: MaxRecord} }

// SetMaxRecord sets the largest record that is read, in bytes of JSON text, in
// place of [MaxRecord]. Call it before [Reader.Records].
func (r *Reader) SetMaxRecord(n int) { r.limit = max(n, 1) }

// errStop ends a stream whose consumer has had enough.
var errStop = errors.New("stop")

// Records reads the records in the order of the file, which is usually images,
// annotations, categories, but may be any. The records are new, and stay valid.
// An error is an [*Error] and the last thing in the sequence. The sequence can
// be used once.
//
// A dataset has at least one of images, annotations and categories. A member
// of the outermost object that stands twice is an error, and so is a known
// member that stands twice in one record, since readers of JSON differ in
// which of them they take. Ids are needed: of images, annotations (also
// image_id) and categories. Other known members may be missing, but not be of
// a wrong type; iscrowd may be 0, 1, false or true.
func (r *Reader) Records() iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		s := newSource(r.r, min(r.block, r.limit), r.limit)
		give := func(rec Record) error {
			if !yield(rec, nil) {
				return errStop
			}
			return nil
		}
		err := s.dataset(func(m *Member) error { return give(m) }, func(name string) error {
			switch name {
			case sectionImages:
				return stream(s, name, (*parser).image, func(img *Image) error { return give(img) })
			case sectionCategories:
				return stream(s, name, (*parser).category, func(c *Category) error { return give(c) })
			}
			return stream(s, name, (*parser).annotation, func(a *Annotation) error { return give(a) })
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(nil, err)
		}
	}
}

// stream reads the records of one list, each into new memory.
func stream[T any](s *source, name string, read func(*parser, *T) error, give func(*T) error) error {
	var v *T
	return s.records(name, func(p *parser) error {
		v = new(T)
		return read(p, v)
	}, func() error { return give(v) })
}

// ReadResults reads a results file, a list of detections, in a stream, with one
// record in memory at a time, of at most [MaxRecord] bytes. An error is an
// [*Error] and the last thing in the sequence. The sequence can be used once.
// image_id is needed; other known members may be missing.
func ReadResults(r io.Reader) iter.Seq2[Result, error] {
	return readResults(r, blockSize)
}

func readResults(r io.Reader, block int) iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		s := newSource(r, block, MaxRecord)
		err := s.results(func() error {
			return stream(s, "", (*parser).result, func(r *Result) error {
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

// results reads the outermost list of a results file. It calls section with
// the cursor at the first record.
func (s *source) results(section func() error) error {
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
