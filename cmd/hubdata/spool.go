package main

import (
	"bytes"
	"io"
	"os"
)

// spoolChunk is the size of a spool's pieces in memory: large enough that few
// are made, small enough that a set of one tile costs little.
const spoolChunk = 256 << 10

// A spool keeps bytes that are written before their place in a file comes: in
// memory up to limit, beyond it in a temporary file without a name.
type spool struct {
	limit  int
	dir    func() (string, error) // where the temporary file goes
	buf    []byte                 // the piece that grows
	chunks [][]byte               // full pieces, behind the file's bytes
	size   int                    // of chunks
	file   *os.File
}

// grown takes over buf, which is s.buf with more appended.
func (s *spool) grown(buf []byte) error {
	s.buf = buf
	if len(buf) < spoolChunk {
		return nil
	}
	s.chunks, s.size = append(s.chunks, buf), s.size+len(buf)
	s.buf = nil
	if s.size >= s.limit {
		return s.spill()
	}
	s.buf = make([]byte, 0, spoolChunk+spoolChunk/8)
	return nil
}

// spill moves the full pieces to the temporary file.
func (s *spool) spill() error {
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
	for _, c := range s.chunks {
		if _, err := s.file.Write(c); err != nil {
			return err
		}
	}
	s.buf = s.chunks[0][:0]
	s.chunks, s.size = nil, 0
	return nil
}

// reader reads all from the start.
func (s *spool) reader() (io.Reader, error) {
	var parts []io.Reader
	if s.file != nil {
		if _, err := s.file.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		parts = append(parts, s.file)
	}
	for _, c := range s.chunks {
		parts = append(parts, bytes.NewReader(c))
	}
	return io.MultiReader(append(parts, bytes.NewReader(s.buf))...), nil
}

func (s *spool) close() {
	if s.file != nil {
		_ = s.file.Close()
		_ = os.Remove(s.file.Name())
	}
}
