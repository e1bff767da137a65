package eval

import (
	"context"
	"sync"
	"sync/atomic"
)

// share calls f for every i below n, block by block, on several goroutines. The
// number of the goroutine, from 0, chooses its scratch memory. All calls are
// made, whatever the errors; the first error of the order of [Error.before] is
// returned. When ctx ends, its error is.
func share(ctx context.Context, workers, n, block int, f func(worker, i int) *Error) error {
	var (
		next  atomic.Int64
		mu    sync.Mutex
		first *Error
		wg    sync.WaitGroup
	)
	work := func(worker int) {
		for ctx.Err() == nil {
			end := int(next.Add(int64(block)))
			for i := end - block; i < min(end, n); i++ {
				if err := f(worker, i); err != nil {
					mu.Lock()
					if first == nil || err.before(first) {
						first = err
					}
					mu.Unlock()
				}
			}
			if end >= n {
				break
			}
		}
	}
	for worker := range min(workers, (n+block-1)/block) - 1 {
		wg.Go(func() { work(worker + 1) })
	}
	work(0)
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	if first != nil {
		return first
	}
	return nil
}
