package eval

import (
	"context"
	"sync"

	"github.com/hubdata/hubdata/internal/parallel"
)

// share calls f for every i below n, block by block, on several goroutines. The
// number of the goroutine, from 0, chooses its scratch memory. All calls are
// made, whatever the errors; the first error of the order of [Error.before] is
// returned. When ctx ends, its error is.
func share(ctx context.Context, workers, n, block int, f func(worker, i int) *Error) error {
	var (
		mu      sync.Mutex
		first   *Error
		started int // workers
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
