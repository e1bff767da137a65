package spool

import (
	"bufio"
)

// Store stores many short texts. A [Text] identifies each of them.
type Store struct {
	Limit int  // bytes to keep in memory
	File  File // holds the rest

	memory []byte
	w      *bufio.Writer // writes to File; nil: all is in memory
	size   int64
}

// Text is the place of a text in a Store. There may be millions, so it is
// small.
type Text struct {
	at   int64
	size uint32
	Of   uint32 // number of the record to which the text belongs
}

// Size returns the length of the text in bytes.
func (t Text) Size() int { return int(t.size) }

// First returns the place of the first n bytes of the text.
func (t Text) First(n int) Text {
	t.size = min(t.size, uint32(n))
	return t
}

// Add stores a copy of a text that belongs to the record with the given number.
func (s *Store) Add(text []byte, record int) (Text, error) {
	t := Text{s.size, uint32(len(text)), uint32(record)}
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

// Complete ends adding. [Store.Get] may be called after it.
func (s *Store) Complete() error {
	if s.w == nil {
		return nil
	}
	return s.w.Flush()
}

// Get returns a text. If the text must be read from disk, Get reads it into buf, which
// may be nil. Several goroutines may call it.
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

// Close frees the disk space. The texts are gone afterwards.
func (s *Store) Close() error { return s.File.Close() }
