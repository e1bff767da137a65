package spool

import (
	"bufio"
)

// Store keeps many short texts, each of which is found again by its [Text].
type Store struct {
	Limit int  // bytes to keep in memory
	File  File // the rest

	memory []byte
	w      *bufio.Writer // to File; nil: all is in memory
	size   int64
}

// Text is where a text is. There may be millions, so it is small.
type Text struct {
	at   int64
	size uint32
	Of   uint32 // the number of the record that it is of
}

// Size is the text's length in bytes.
func (t Text) Size() int { return int(t.size) }

// First is the first n bytes of the text.
func (t Text) First(n int) Text {
	t.size = min(t.size, uint32(n))
	return t
}

// Add keeps a copy of a text of record number of.
func (s *Store) Add(text []byte, of int) (Text, error) {
	t := Text{s.size, uint32(len(text)), uint32(of)}
	s.size += int64(len(text))
	if s.w == nil && s.size <= int64(s.Limit) {
		s.memory = append(s.memory, text...)
		return t, nil
	}
	if s.w == nil {
		s.w = bufio.NewWriterSize(&s.File, chunk)
	}
	_, err := s.w.Write(text)
	return t, err
}

// Complete ends the adding; from then on [Store.Get] may be called.
func (s *Store) Complete() error {
	if s.w == nil {
		return nil
	}
	return s.w.Flush()
}

// Get returns a text: in buf, which may be nil, if it must be read. Several goroutines
// may call it.
func (s *Store) Get(t Text, buf []byte) ([]byte, error) {
	end := t.at + int64(t.size)
	if end <= int64(len(s.memory)) {
		return s.memory[t.at:end], nil
	}
	if cap(buf) < int(t.size) {
		buf = make([]byte, t.size)
	}
	buf = buf[:t.size]
	_, err := s.File.ReadAt(buf, t.at-int64(len(s.memory)))
	return buf, err
}

// Close gives the place on the disk back. The texts are gone then.
func (s *Store) Close() error { return s.File.Close() }
