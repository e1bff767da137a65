package atomicfile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/internal/parallel"
)

// Commit makes files visible under their names: it syncs all of them, renames them, and
// syncs their folders. If anything fails, the files that were there before are there
// again; an error that some could not be restored is a [*PartialError]. Files that were
// not renamed are discarded. Two processes rename in a folder one after the other, so all
// files that remain are from the later one.
func Commit(files ...*File) error {
	defer func() {
		for _, f := range files {
			f.Abort()
		}
	}()
	err := parallel.Each(context.Background(), len(files), len(files), func(i int) error { return files[i].Finish() })
	if err != nil {
		return err
	}
	dirs := openDirs(files)
	defer dirs.close()
	dirs.lock()
	return replace(files)
}

// replace renames files that are finished. [Abandon] waits until it is done.
func replace(files []*File) error {
	pending.Lock()
	defer pending.Unlock()
	var steps []*step
	for _, f := range files {
		f.done = true
		if !f.direct {
			delete(pending.temps, f.f.Name()) // renamed or removed below
			steps = append(steps, &step{file: f})
		}
	}
	if len(steps) > 1 { // a single rename is done or not
		for _, s := range steps {
			s.keep()
		}
		// What cannot be undone comes first: if it fails, nothing was changed. This includes most
		// of what cannot be replaced, such as immutable files.
		slices.SortStableFunc(steps, func(a, b *step) int { return a.order() - b.order() })
	}
	for i, s := range steps {
		if err := os.Rename(s.file.f.Name(), s.file.path); err != nil {
			err = undo(steps[:i], err)
			for _, s := range steps {
				s.forget()
				_ = os.Remove(s.file.f.Name())
			}
			if partial := new(PartialError); errors.As(err, &partial) {
				pending.written += len(partial.Written)
			}
			return err
		}
	}
	for _, s := range steps {
		s.forget()
	}
	pending.written += len(files)
	return nil
}

// PartialError says that files could not be replaced together, and those that were
// replaced before could not be restored.
type PartialError struct {
	Err     error    // why a file could not be replaced
	Written []string // the files that are new
}

func (e *PartialError) Error() string {
	return e.Err.Error() + "; replaced before that and not restored: " + strings.Join(e.Written, ", ")
}

func (e *PartialError) Unwrap() error { return e.Err }

// step is the rename of a file.
type step struct {
	file *File
	was  bool   // a file was there
	kept string // a second name of that file; empty: none
}

// keep gives the file that is there a second name. Not all file systems can.
func (s *step) keep() {
	if _, err := os.Lstat(s.file.path); errors.Is(err, fs.ErrNotExist) {
		return
	}
	s.was = true
	dir, name := filepath.Split(s.file.path)
	kept := tempName(dir, name)
	if os.Link(s.file.path, kept) == nil {
		s.kept = kept
	}
}

// order is 0 for a step that cannot be undone, else 1.
func (s *step) order() int {
	if s.was && s.kept == "" {
		return 0
	}
	return 1
}

// forget removes the second name.
func (s *step) forget() {
	if s.kept != "" {
		_ = os.Remove(s.kept)
	}
}

// undo restores what steps have replaced, after err.
func undo(steps []*step, err error) error {
	var left []string
	for _, s := range slices.Backward(steps) {
		var failed error
		switch {
		case s.kept != "":
			failed = os.Rename(s.kept, s.file.path)
		case s.was:
			failed = err
		default:
			failed = os.Remove(s.file.path)
		}
		if failed != nil {
			left = append(left, s.file.path)
		}
	}
	if left == nil {
		return err
	}
	slices.Reverse(left)
	return &PartialError{err, left}
}
