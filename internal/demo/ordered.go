package demo

import (
	"io"
	"sync"
)

// ordered makes n pieces of a file by several workers and writes them in
// order. piece appends piece i to dst. At most a few pieces a worker wait in memory.
func ordered(w io.Writer, n, workers int, piece func(dst []byte, i int) ([]byte, error)) error {
	type job struct {
		i    int
		buf  []byte
		err  error
		done chan struct{}
	}
	jobs := make(chan *job)             // to the workers
	queue := make(chan *job, workers*3) // the same, in order, to the writer
	stop := make(chan struct{})
	pool := sync.Pool{New: func() any { return new([]byte) }}
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for j := range jobs {
				j.buf, j.err = piece((*pool.Get().(*[]byte))[:0], j.i)
				close(j.done)
			}
		})
	}
	wg.Go(func() {
		defer close(queue)
		defer close(jobs)
		for i := range n {
			j := &job{i: i, done: make(chan struct{})}
			select {
			case queue <- j:
			case <-stop:
				return
			}
			jobs <- j
		}
	})
	var err error
	for j := range queue {
		<-j.done
		if err == nil {
			if err = j.err; err == nil {
				_, err = w.Write(j.buf)
			}
			if err != nil {
				close(stop)
			}
		}
		pool.Put(&j.buf)
	}
	wg.Wait()
	return err
}
