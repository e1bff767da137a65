package spool

import (
	"bytes"
	"io"
)

// chunk is the size of the pieces of a buffer in memory. It is large enough to
// need few of them, and small enough that a buffer of a few bytes costs little.
const chunk = 256 << 10

// Disk is storage for what exceeds the memory limit, such as a temporary file.
// The bytes written to it are read from byte 0 on.
type Disk interface {
	io.Writer
	io.ReaderAt
}

// Buffer is a text that grows at its end and is read from its start.
type Buffer struct {
	Limit int                  // bytes to keep in memory; without Disk there is no limit
	Disk  func() (Disk, error) // creates the storage for the rest when it is needed

	last    []byte   // the piece that grows
	chunks  [][]byte // full pieces, after those on disk
	size    int      // of chunks
	disk    Disk     // nil: all is in memory
	spilled int64    // bytes on disk
}

// Tail returns the bytes to append to. Pass the result of appending to
// [Buffer.Grow].
func (b *Buffer) Tail() []byte { return b.last }

// Grow stores tail, which must be [Buffer.Tail] with more bytes appended.
func (b *Buffer) Grow(tail []byte) error {
	b.last = tail
	if len(tail) < chunk {
		return nil
	}
	b.chunks, b.size = append(b.chunks, tail), b.size+len(tail)
	b.last = nil
	if b.Disk != nil && b.size >= b.Limit {
		return b.spill()
	}
	b.last = make([]byte, 0, chunk+chunk/8)
	return nil
}

// spill moves the full pieces to disk.
func (b *Buffer) spill() error {
	if b.disk == nil {
		var err error
		if b.disk, err = b.Disk(); err != nil {
			return err
		}
	}
	for _, c := range b.chunks {
		n, err := b.disk.Write(c)
		b.spilled += int64(n)
		if err != nil {
			return err
		}
	}
	b.last = b.chunks[0][:0]
	b.chunks, b.size = nil, 0
	return nil
}

// Reader returns a reader of all bytes, from the start.
func (b *Buffer) Reader() io.Reader {
	var parts []io.Reader
	if b.disk != nil {
		parts = append(parts, io.NewSectionReader(b.disk, 0, b.spilled))
	}
	for _, c := range b.chunks {
		parts = append(parts, bytes.NewReader(c))
	}
	return io.MultiReader(append(parts, bytes.NewReader(b.last))...)
}
