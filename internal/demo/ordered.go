package demo

import (
	"context"
	"io"
	"sync"

	"github.com/hubdata/hubdata/internal/parallel"
)

// ordered has several workers generate n pieces of a file, and writes the pieces in
// order. piece appends piece i to dst. At most a few pieces per worker wait in
// memory.
func ordered(w io.Writer, n, workers int, piece func(dst []byte, i int) ([]byte, error)) error {
	pool := sync.Pool{New: func() any { return new([]byte) }}
	pieces := parallel.Map(context.Background(), workers, parallel.Indices(n), func(i int) (*[]byte, error) {
		buf := pool.Get().(*[]byte)
		var err error
		*buf, err = piece((*buf)[:0], i)
		return buf, err
	})
	for buf, err := range pieces {
		if err != nil {
			return err
		}
		if _, err := w.Write(*buf); err != nil {
			return err
		}
		pool.Put(buf)
	}
	return nil
}
