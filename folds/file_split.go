package folds

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"

	"github.com/hubdata/hubdata/coco"
)

// Set identifies a set of images in a plan: the training or the validation set of a
// fold.
type Set struct {
	Fold int // number of the fold; NoFold: the set of all images that any fold uses
	Use  Use // Train or Validate; with NoFold always Train
}

// Sets returns the sets of a plan: training, then validation, fold by fold.
func (p *Plan) Sets() []Set {
	var list []Set
	for _, f := range p.Folds() {
		list = append(list, Set{f, Train}, Set{f, Validate})
	}
	return list
}

// SetFile is a set that [File.Split] wrote.
type SetFile struct {
	Set
	Images, Annotations int
}

// SetError is an error that occurred while writing a set.
type SetError struct {
	Set Set
	Err error
}

// Error returns the name of the set and the reason.
func (e *SetError) Error() string {
	what := map[Use]string{Train: "training", Validate: "validation"}[e.Set.Use]
	if e.Set.Fold == NoFold {
		return fmt.Sprintf("folds: set of all images: %v", e.Err)
	}
	return fmt.Sprintf("folds: %s set of fold %d: %v", what, e.Set.Fold, e.Err)
}

// Unwrap returns Err.
func (e *SetError) Unwrap() error { return e.Err }

// Split reads the file again and writes sets of a plan. Each set is a COCO file with
// the members and categories of the file, and its records unchanged. Split holds
// four blocks of 64 KiB per set in memory. If annotations come before images it reads the
// file twice.
//
// names are the images' names in the plan, in the order of f.Images, to the letter:
// for a plan with short names or ids, give the full names of [coco.Names] and the plan
// of [Plan.Resolve]. Images that the plan does not have are in no set; if it has none,
// the error wraps [ErrNoImage], and nothing is created. create returns the writer of a set and the info
// object that replaces the file's. Split returns errors of create unchanged, and write
// errors as a [*SetError]. It does not close the writers. One goroutine, which is not the
// caller's, writes to all of them; it has ended when Split returns.
func (f *File) Split(ctx context.Context, p *Plan, names []string, sets []Set, create func(Set) (w io.Writer, info json.RawMessage, err error)) ([]SetFile, error) {
	if len(names) != len(f.Images) {
		return nil, fmt.Errorf("%w: %d images, %d names", ErrLengths, len(f.Images), len(names))
	}
	for _, s := range sets {
		if s.Fold != NoFold && !p.HasFold(s.Fold) {
			return nil, p.noFold(s.Fold)
		}
	}
	ix := p.Index()
	if !slices.ContainsFunc(names, func(name string) bool { _, ok := ix.Entry(name); return ok }) {
		return nil, fmt.Errorf("folds: %w among %d images", ErrNoImage, len(names))
	}
	writers := make([]*setWriter, len(sets))
	for i, s := range sets {
		w, info, err := create(s)
		if err != nil {
			return nil, err
		}
		writers[i] = &setWriter{set: s, w: coco.NewWriter(w)}
		if err := writers[i].begin(f, info); err != nil {
			return nil, err
		}
	}
	if len(sets) > 0 {
		blocks := startBlocks(writers)
		err := f.copyTo(ctx, f.writersOf(ix, names, writers))
		if failed := blocks.finish(); failed != nil {
			return nil, failed
		}
		if err != nil {
			return nil, err
		}
	}
	var out []SetFile
	for _, w := range writers {
		if err := w.close(); err != nil {
			return nil, err
		}
		out = append(out, SetFile{w.set, w.images, w.annotations})
	}
	return out, nil
}

// writersOf returns the writers of each image's sets. Images that are in the same sets
// share a list.
func (f *File) writersOf(ix *Index, names []string, writers []*setWriter) [][]*setWriter {
	p := ix.plan
	numbers := p.Folds()
	of := make([][]*setWriter, len(names))
	lists := map[string][]*setWriter{}
	key := make([]byte, p.K)
	for i, name := range names {
		used := false
		e, ok := ix.Entry(name)
		for k, fold := range numbers {
			use := Unused
			if ok {
				use = ix.useOf(&e, fold)
			}
			used = used || use == Train || use == Validate
			key[k] = byte(use)
		}
		list, ok := lists[string(key)]
		if !ok {
			for _, w := range writers {
				if w.set.Fold == NoFold && used || w.set.Fold != NoFold && Use(key[w.set.Fold-p.First]) == w.set.Use {
					list = append(list, w)
				}
			}
			lists[string(key)] = list
		}
		of[i] = list
	}
	return of
}

// copyTo reads the file again and passes each record to its image's writers, images
// first.
func (f *File) copyTo(ctx context.Context, of [][]*setWriter) error {
	var text []byte
	find, findImage := f.finder(), f.finder()
	pass := func(images, annotations bool) error {
		return f.records(ctx, func(r coco.Record) error {
			var i int32
			var ok, image bool
			var err error
			switch r := r.(type) {
			case *coco.Image:
				if i, ok = findImage(r.ID); !ok || !images {
					return nil
				}
				image = true
				text, err = coco.AppendImage(text[:0], r)
			case *coco.Annotation:
				if i, ok = find(r.ImageID); !ok || !annotations {
					return nil
				}
				text, err = coco.AppendAnnotation(text[:0], r)
			default:
				return nil
			}
			if err != nil {
				return err
			}
			for _, w := range of[i] {
				if err := w.add(text, image); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if !f.late {
		return pass(true, true)
	}
	if err := pass(true, false); err != nil {
		return err
	}
	return pass(false, true)
}

// setWriter writes a set.
type setWriter struct {
	set                 Set
	w                   *coco.Writer
	blocks              *setBlocks
	block               []byte // encoded records of one section
	isImages            bool   // section of the records in block
	images, annotations int
}

// setBlock is the size at which a block of a set's records is written.
const setBlock = 64 << 10

func (w *setWriter) failed(err error) error {
	if err == nil {
		return nil
	}
	return &SetError{w.set, err}
}

// begin writes the file up to its images and annotations.
func (w *setWriter) begin(f *File, info json.RawMessage) error {
	licenses := json.RawMessage(f.Member("licenses"))
	if licenses == nil {
		licenses = json.RawMessage(`[]`)
	}
	if err := w.w.Header(info, licenses); err != nil {
		return w.failed(err)
	}
	for _, m := range f.Members {
		if m.Key != "info" && m.Key != "licenses" {
			if err := w.w.Member(m.Key, m.Value); err != nil {
				return w.failed(err)
			}
		}
	}
	for i := range f.Categories {
		if err := w.w.Category(&f.Categories[i]); err != nil {
			return w.failed(err)
		}
	}
	return nil
}

// add adds an encoded record. All images must come before all annotations.
func (w *setWriter) add(text []byte, image bool) error {
	if image {
		w.images++
	} else {
		w.annotations++
	}
	if image != w.isImages || len(w.block) >= setBlock {
		if err := w.flush(); err != nil {
			return err
		}
		w.isImages = image
	}
	if len(w.block) > 0 {
		w.block = append(w.block, ",\n"...)
	}
	w.block = append(w.block, text...)
	return nil
}

// flush passes the block on to be written.
func (w *setWriter) flush() error {
	if len(w.block) == 0 {
		return nil
	}
	if w.blocks.failed.Load() {
		return errSetFailed
	}
	w.blocks.full <- filledBlock{w, w.block, w.isImages}
	select {
	case w.block = <-w.blocks.written:
	default:
		w.block = make([]byte, 0, setBlock+setBlock/8)
	}
	return nil
}

func (w *setWriter) close() error { return w.failed(w.w.Close()) }

// setBlocks writes the blocks of all sets, in the order in which they were filled, while the
// next ones are filled.
type setBlocks struct {
	writers []*setWriter
	full    chan filledBlock
	written chan []byte // memory of blocks
	failed  atomic.Bool // a block could not be written
	err     chan error  // of the first such block, or nil, at the end
}

type filledBlock struct {
	w      *setWriter
	text   []byte
	images bool // its records are images
}

// errSetFailed ends the reading after a block could not be written; setBlocks has the reason.
var errSetFailed = errors.New("folds: a set could not be written")

// startBlocks starts to write blocks of the sets.
func startBlocks(writers []*setWriter) *setBlocks {
	b := &setBlocks{writers: writers, full: make(chan filledBlock, len(writers)), written: make(chan []byte, 2*len(writers)), err: make(chan error, 1)}
	for _, w := range writers {
		w.blocks = b
	}
	go func() {
		var first error
		for j := range b.full {
			if first != nil {
				continue
			}
			write := j.w.w.Annotations
			if j.images {
				write = j.w.w.Images
			}
			if first = j.w.failed(write(bytes.NewReader(j.text))); first != nil {
				b.failed.Store(true)
			}
			select {
			case b.written <- j.text[:0]:
			default:
			}
		}
		b.err <- first
	}()
	return b
}

// finish passes on what the sets have left, waits until all is written, and returns the error
// of the first block that could not be.
func (b *setBlocks) finish() error {
	for _, w := range b.writers {
		_ = w.flush() // what is wrong is the error below
	}
	close(b.full)
	return <-b.err
}
