package main

import (
	"bytes"
	"io"
	"strings"

	"github.com/hubdata/hubdata/internal/atomicfile"
)

// A scratch is the place on the disk of all spools of a run: one file without a name,
// made when the first byte comes.
type scratch struct {
	dir  func() (string, error) // where the file goes
	file *atomicfile.Scratch
	size int64
}

// Write appends p.
func (s *scratch) Write(p []byte) (int, error) {
	if s.file == nil {
		dir, err := s.dir()
		if err != nil {
			return 0, err
		}
		file, err := atomicfile.NewScratch(dir)
		if err != nil {
			return 0, err
		}
		s.file = &file
	}
	n, err := s.file.Write(p)
	s.size += int64(n)
	return n, err
}

// piece reads a piece.
func (s *scratch) piece(p spoolPiece) io.Reader {
	if p.size == 0 {
		return strings.NewReader("")
	}
	return io.NewSectionReader(s.file, p.at, p.size)
}

func (s *scratch) close() {
	if s.file != nil {
		_ = s.file.Close()
	}
}

// spoolChunk is the size of a spool's pieces in memory: large enough that few
// are made, small enough that a set of one tile costs little.
const spoolChunk = 256 << 10

// A spool keeps bytes that are written before their place in a file comes: in
// memory up to limit, beyond it in the scratch.
type spool struct {
	limit   int
	scratch *scratch
	buf     []byte       // the piece that grows
	chunks  [][]byte     // full pieces, behind those in the scratch
	size    int          // of chunks
	spilled []spoolPiece // in the scratch
}

// spoolPiece is where some of a spool's bytes are in the scratch.
type spoolPiece struct{ at, size int64 }

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

// spill moves the full pieces to the scratch.
func (s *spool) spill() error {
	for _, c := range s.chunks {
		at := s.scratch.size
		if _, err := s.scratch.Write(c); err != nil {
			return onDisk(err)
		}
		if k := len(s.spilled) - 1; k >= 0 && s.spilled[k].at+s.spilled[k].size == at {
			s.spilled[k].size += int64(len(c))
		} else {
			s.spilled = append(s.spilled, spoolPiece{at, int64(len(c))})
		}
	}
	s.buf = s.chunks[0][:0]
	s.chunks, s.size = nil, 0
	return nil
}

// reader reads all from the start.
func (s *spool) reader() io.Reader {
	var parts []io.Reader
	for _, p := range s.spilled {
		parts = append(parts, s.scratch.piece(p))
	}
	for _, c := range s.chunks {
		parts = append(parts, bytes.NewReader(c))
	}
	return io.MultiReader(append(parts, bytes.NewReader(s.buf))...)
}
