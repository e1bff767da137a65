package main

import (
	"bufio"
	"errors"
	"fmt"
)

// A textStore keeps texts until they are asked for: in memory up to limit, beyond it
// in a scratch.
type textStore struct {
	limit   int
	scratch scratch
	memory  []byte
	w       *bufio.Writer // to the scratch; nil: all are in memory
	size    int64
}

// storedText is where a text is. There may be millions, so it is small.
type storedText struct {
	at   int64
	size uint32
	of   uint32 // the record that it is of
}

// add keeps a copy of a text of a record.
func (s *textStore) add(text []byte, of int) (storedText, error) {
	t := storedText{s.size, uint32(len(text)), uint32(of)}
	s.size += int64(len(text))
	if s.w == nil && s.size <= int64(s.limit) {
		s.memory = append(s.memory, text...)
		return t, nil
	}
	if s.w == nil {
		s.w = bufio.NewWriterSize(&s.scratch, spoolChunk)
	}
	_, err := s.w.Write(text)
	return t, onDisk(err)
}

// complete ends the adding; from then on texts can be asked for.
func (s *textStore) complete() error {
	if s.w == nil {
		return nil
	}
	return onDisk(s.w.Flush())
}

// get returns a text, in buf if it must be read. It may be called by several goroutines.
func (s *textStore) get(t storedText, buf []byte) ([]byte, error) {
	end := t.at + int64(t.size)
	if end <= int64(len(s.memory)) {
		return s.memory[t.at:end], nil
	}
	if cap(buf) < int(t.size) {
		buf = make([]byte, t.size)
	}
	buf = buf[:t.size]
	_, err := s.scratch.file.ReadAt(buf, t.at-int64(len(s.memory)))
	return buf, onDisk(err)
}

// errStore says what was done when the scratch failed.
var errStore = errors.New("keeping on the disk what is too much for memory")

// onDisk words an error of the scratch.
func onDisk(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", errStore, err)
}
