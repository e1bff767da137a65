package main

import (
	"bytes"
	"io"
	"os"
)

// A spool keeps bytes that are written before their place in a file comes: in
// memory up to limit, beyond it in a temporary file without a name.
type spool struct {
	limit int
	dir   func() (string, error) // where the temporary file goes
	buf   []byte
	file  *os.File
}

// grown takes over the bytes appended to s.buf and moves them out of memory if
// they are too many.
func (s *spool) grown(buf []byte) error {
	s.buf = buf
	if len(s.buf) < s.limit {
		return nil
	}
	if s.file == nil {
		dir, err := s.dir()
		if err != nil {
			return err
		}
		if s.file, err = os.CreateTemp(dir, ".spool-*.hubdata-tmp"); err != nil {
			return err
		}
		_ = os.Remove(s.file.Name()) // where that fails, close removes it
	}
	if _, err := s.file.Write(s.buf); err != nil {
		return err
	}
	s.buf = s.buf[:0]
	return nil
}

// reader reads all from the start.
func (s *spool) reader() (io.Reader, error) {
	if s.file == nil {
		return bytes.NewReader(s.buf), nil
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return io.MultiReader(s.file, bytes.NewReader(s.buf)), nil
}

func (s *spool) close() {
	if s.file != nil {
		_ = s.file.Close()
		_ = os.Remove(s.file.Name())
	}
}
