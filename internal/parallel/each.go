// Package parallel distributes work among goroutines. [Each] calls a function
// for every index below n, and [Map] calls one for every item of a sequence and
// keeps the order of the results. All goroutines have ended when a call returns
// or a loop is left. Among several errors the first in the order of the work is
// returned, so no result depends on the number of workers.
package parallel

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// orProcessors returns n, or the number of usable CPUs if n is below 1.
func orProcessors(n int) int {
	if n < 1 {
		return runtime.GOMAXPROCS(0)
	}
	return n
}

// Each calls work for every index from 0 to n-1 on the given number of goroutines, or on one per CPU
// if workers is below 1. A single goroutine takes the indices in ascending order. After an error no
// further call begins. Each returns the error of the lowest index, or else that of ctx, whose end also
// ends the work.
func Each(ctx context.Context, workers, n int, work func(i int) error) error {
	return EachWith(ctx, workers, n, func() func(int) error { return work })
}

// EachWith is [Each] for work that needs memory of its own: each goroutine calls the
// function that newWork returned for it. newWork is called only in the caller's
// goroutine.
func EachWith(ctx context.Context, workers, n int, newWork func() func(i int) error) error {
	workers = min(orProcessors(workers), n)
	var (
		next  atomic.Int64
		ended atomic.Bool
		mu    sync.Mutex
		first error
		at    int
		wg    sync.WaitGroup
	)
	run := func(work func(int) error) {
		for !ended.Load() && ctx.Err() == nil {
			// An index that was taken is always processed, so an error at any
			// lower index is found.
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			if err := work(i); err != nil {
				ended.Store(true)
				mu.Lock()
				if first == nil || i < at {
					first, at = err, i
				}
				mu.Unlock()
			}
		}
	}
	works := make([]func(int) error, max(workers, 0))
	for w := range works {
		works[w] = newWork()
	}
	for w := 1; w < workers; w++ {
		wg.Go(func() { run(works[w]) })
	}
	if workers > 0 {
		run(works[0])
	}
	wg.Wait()
	if first != nil {
		return first
	}
	return ctx.Err()
}
