package foldscmd

import (
	"errors"
	"fmt"
	"io"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/internal/spool"
)

// cocoSource is a COCO file that is opened several times, and must not change meanwhile.
type cocoSource struct {
	c     *ui.Console
	path  string
	copy  spool.File      // of standard input
	step  string          // for the progress of the next reading
	last  *files.Input    // that was opened
	info  files.FileInfo  // of the file, once it was read
	table *imagekey.Table // of further values of the images; nil: none
}

func newCOCOSource(c *ui.Console, path string) *cocoSource { return &cocoSource{c: c, path: path} }

func (s *cocoSource) close() { _ = s.copy.Close() } // the copy is removed in any case

// keepStdin copies standard input to the disk, to be read again.
func (s *cocoSource) keepStdin(dir func() (string, error)) error {
	in, err := files.OpenInput(s.c, "-")
	if err != nil {
		return err
	}
	s.copy.Dir = dir
	if _, err := io.Copy(&s.copy, in); err != nil {
		return ui.InFile(in.Name, err)
	}
	return nil
}

// open opens the file, or the copy of standard input, once more.
func (s *cocoSource) open() (io.ReadCloser, error) {
	in, err := files.OpenInput(s.c, s.path)
	if err != nil {
		return nil, &outsideError{err}
	}
	if s.path == "-" {
		in.ReplaceWith(io.NewSectionReader(&s.copy, 0, s.copy.Size()), s.copy.Size())
	}
	s.last = in
	add, stop := s.c.Progress(s.step, in.Size)
	in.OnRead(add)
	return &cocoReading{Input: in, source: s, stop: stop}, nil
}

// cocoReading is the file while it is read once.
type cocoReading struct {
	*files.Input
	source *cocoSource
	stop   func() // the progress
	whole  bool   // it was read to its end
}

func (r *cocoReading) Read(p []byte) (int, error) {
	n, err := r.Input.Read(p)
	r.whole = r.whole || err == io.EOF
	return n, err
}

// Close refuses a file that is not what it was before.
func (r *cocoReading) Close() error {
	defer r.Input.Close()
	defer r.stop()
	if !r.whole {
		return nil
	}
	info, err := r.ReadToEnd()
	if err != nil {
		return &outsideError{err}
	}
	if before := r.source.info.SHA256; before != "" && before != info.SHA256 {
		return &outsideError{ui.Failf(ui.ExitFailure, "%s changed while it was read", r.Name).Hint("run again when nothing writes to it")}
	}
	r.source.info = info
	return nil
}

// outsideError is one of opening or closing the file, which says where it is from.
type outsideError struct{ error }

// failed words an error of reading the file.
func (s *cocoSource) failed(err error) error {
	var outside *outsideError
	var content *folds.FileError
	switch {
	case errors.As(err, &outside):
		return outside.error
	case errors.As(err, &content):
		err = fmt.Errorf("%w: %w", ui.ErrInput, err)
	}
	return ui.InFile(s.last.Name, err)
}
