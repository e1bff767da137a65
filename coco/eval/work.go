package eval

import (
	"context"
	"sync"

	"github.com/hubdata/hubdata/internal/parallel"
)

// forEach calls f for every i below n on several goroutines, block by block. worker
// numbers the goroutines from 0 and selects the scratch memory. All calls are made,
// even after an error. forEach returns the first error in the order of [Error.before], or
// the error of ctx when ctx ends.
func forEach(ctx context.Context, workers, n, block int, f func(worker, i int) *Error) error {
	var (
		mu      sync.Mutex
		first   *Error
		started int // number of workers
	)
	err := parallel.EachWith(ctx, workers, (n+block-1)/block, func() func(int) error {
		worker := started
		started++
		return func(b int) error {
			for i := b * block; i < min((b+1)*block, n); i++ {
				if err := f(worker, i); err != nil {
					mu.Lock()
					if first == nil || err.before(first) {
						first = err
					}
					mu.Unlock()
				}
			}
			return nil
		}
	})
	if err != nil {
		return err
	}
	if first != nil {
		return first
	}
	return nil
}
