package main

import (
	"context"
	"iter"
	"sync"
)

// inOrder calls work for each item by several workers and gives the results in
// the order of the items; at most a few a worker wait in memory. Each worker gets
// its work from newWork, so that it may have memory of its own. The first error in
// the order of the items, of in or of work, ends the sequence.
func inOrder[T, U any](workers int, in iter.Seq2[T, error], newWork func() (func(T) (U, error), error)) iter.Seq2[U, error] {
	type job struct {
		item T
		out  U
		err  error
		done chan struct{}
	}
	return func(yield func(U, error) bool) {
		var zero U
		works := make([]func(T) (U, error), workers)
		for i := range works {
			var err error
			if works[i], err = newWork(); err != nil {
				yield(zero, err)
				return
			}
		}
		jobs := make(chan *job)             // to the workers
		queue := make(chan *job, workers*3) // the same, in order
		stop := make(chan struct{})
		var wg sync.WaitGroup
		for _, work := range works {
			wg.Go(func() {
				for j := range jobs {
					if j.err == nil {
						j.out, j.err = work(j.item)
					}
					close(j.done)
				}
			})
		}
		wg.Go(func() {
			defer close(queue)
			defer close(jobs)
			for item, err := range in {
				j := &job{item: item, err: err, done: make(chan struct{})}
				select {
				case queue <- j:
				case <-stop:
					return
				}
				jobs <- j
				if err != nil {
					return
				}
			}
		})
		defer wg.Wait()
		defer close(stop)
		for j := range queue {
			<-j.done
			if !yield(j.out, j.err) || j.err != nil {
				return
			}
		}
	}
}

// each gives the items of a list, as [inOrder] takes them, until ctx ends.
func each[T any](ctx context.Context, list []T) iter.Seq2[T, error] {
	return until(ctx, func(yield func(T, error) bool) {
		for _, v := range list {
			if !yield(v, nil) {
				return
			}
		}
	})
}

// until ends a sequence when ctx ends, with its error.
func until[T any](ctx context.Context, in iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v, err := range in {
			if err == nil {
				err = ctx.Err()
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}
