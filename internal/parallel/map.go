package parallel

import (
	"context"
	"iter"
	"sync"
)

// Map calls work for each item on the given number of goroutines, or on one per CPU if workers is below 1.
// It yields the results in the order of the items. At most three results per worker wait in memory. The
// first error in the order of the items ends the sequence; it may be an error of items, work or ctx. One
// goroutine reads items, ahead of the results. When the caller leaves the loop, Map waits for the item
// being read and for the work in progress.
func Map[T, U any](ctx context.Context, workers int, items iter.Seq2[T, error], work func(T) (U, error)) iter.Seq2[U, error] {
	return MapWith(ctx, workers, items, func() (func(T) (U, error), error) { return work, nil })
}

// MapWith is [Map] for work that needs memory of its own: each goroutine calls the
// function that newWork returned for it. newWork is called only in the caller's
// goroutine, before the first item is read. Its error ends the sequence.
func MapWith[T, U any](ctx context.Context, workers int, items iter.Seq2[T, error], newWork func() (func(T) (U, error), error)) iter.Seq2[U, error] {
	type job struct {
		item T
		out  U
		err  error
		done chan struct{}
	}
	return func(yield func(U, error) bool) {
		works := make([]func(T) (U, error), orProcessors(workers))
		for i := range works {
			var err error
			if works[i], err = newWork(); err != nil {
				var none U
				yield(none, err)
				return
			}
		}
		jobs := make(chan *job)                // to the workers
		queue := make(chan *job, 3*len(works)) // the same, in order
		stop := make(chan struct{})
		var wg sync.WaitGroup
		for _, work := range works {
			wg.Go(func() {
				for j := range jobs {
					j.out, j.err = work(j.item)
					close(j.done)
				}
			})
		}
		wg.Go(func() {
			defer close(queue)
			defer close(jobs)
			for item, err := range items {
				if err == nil {
					err = ctx.Err()
				}
				j := &job{item: item, err: err, done: make(chan struct{})}
				select {
				case queue <- j:
				case <-stop:
					return
				}
				if err != nil {
					close(j.done)
					return
				}
				jobs <- j
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

// Items returns the items of a list in the form that [Map] accepts.
func Items[T any](list []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range list {
			if !yield(v, nil) {
				return
			}
		}
	}
}

// Indices returns the numbers from 0 to n-1 in the form that [Map] accepts.
func Indices(n int) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for i := range n {
			if !yield(i, nil) {
				return
			}
		}
	}
}
