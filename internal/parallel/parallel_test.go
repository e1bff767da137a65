package parallel_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hubdata/hubdata/internal/parallel"
)

// ended waits until there are no more goroutines than before.
func ended(t *testing.T, before int) {
	t.Helper()
	for range 10_000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

// uneven takes longer for some items than for the items after them.
func uneven(i int) {
	if i%5 == 0 {
		time.Sleep(200 * time.Microsecond)
	}
}

// TestWorkers checks that there are as many goroutines as requested, or else one per
// CPU, and never more than items.
func TestWorkers(t *testing.T) {
	processors := runtime.GOMAXPROCS(0)
	for _, tt := range []struct{ workers, n, want int }{{7, 100, 7}, {0, 1000, processors}, {-3, 1000, processors},
		{7, 2, 2}, {7, 0, 0}} {
		got := 0
		err := parallel.EachWith(t.Context(), tt.workers, tt.n, func() func(int) error {
			got++
			return func(int) error { return nil }
		})
		if err != nil || got != tt.want {
			t.Errorf("%d workers for %d: %d, %v", tt.workers, tt.n, got, err)
		}
	}
	got := 0
	_, err := collect(parallel.MapWith(t.Context(), 0, parallel.Indices(1), func() (func(int) (int, error), error) {
		got++
		return func(i int) (int, error) { return i, nil }, nil
	}))
	if err != nil || got != processors {
		t.Errorf("Map: %d workers, %v", got, err)
	}
}

func TestEach(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, workers := range []int{0, 1, 3, 500} {
		for _, n := range []int{0, 1, 100} {
			calls := make([]atomic.Int32, n)
			if err := parallel.Each(t.Context(), workers, n, func(i int) error {
				uneven(i)
				calls[i].Add(1)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			for i := range calls {
				if got := calls[i].Load(); got != 1 {
					t.Errorf("%d workers: %d calls for %d of %d", workers, got, i, n)
				}
			}
		}
	}
	ended(t, before)
}

// TestEachError checks that the error of the lowest index is returned, whichever
// call fails first, and that the work ends early.
func TestEachError(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 50 {
		var calls atomic.Int32
		err := parallel.Each(t.Context(), 4, 10_000, func(i int) error {
			calls.Add(1)
			switch i {
			case 20: // later than the others
				time.Sleep(time.Millisecond)
				return errors.New("20")
			case 21, 22:
				return fmt.Errorf("%d", i)
			}
			return nil
		})
		if err == nil || err.Error() != "20" {
			t.Fatalf("error %v, want 20", err)
		}
		if n := calls.Load(); n > 5000 {
			t.Fatalf("%d calls after an error", n)
		}
	}
	ended(t, before)
}

func TestEachCancel(t *testing.T) {
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var calls atomic.Int32
	err := parallel.Each(ctx, 3, 10_000, func(i int) error {
		if calls.Add(1) == 10 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || calls.Load() > 5000 {
		t.Errorf("%v after %d calls", err, calls.Load())
	}
	calls.Store(0)
	if err := parallel.Each(ctx, 3, 10, func(int) error { calls.Add(1); return nil }); !errors.Is(err, context.Canceled) ||
		calls.Load() != 0 {
		t.Errorf("after the end: %v, %d calls", err, calls.Load())
	}
	ended(t, before)
}

// TestEachWith checks that memory allocated by newWork belongs to one
// goroutine.
func TestEachWith(t *testing.T) {
	var sums []*int
	err := parallel.EachWith(t.Context(), 3, 1000, func() func(int) error {
		sum := new(int)
		sums = append(sums, sum)
		return func(i int) error { *sum += i; return nil }
	})
	total := 0
	for _, s := range sums {
		total += *s
	}
	if err != nil || len(sums) != 3 || total != 999*1000/2 {
		t.Errorf("%d sums, in all %d, %v", len(sums), total, err)
	}
}

// collect reads a sequence to its end.
func collect(seq iter.Seq2[int, error]) (list []int, err error) {
	for v, err := range seq {
		if err != nil {
			return list, err
		}
		list = append(list, v)
	}
	return list, nil
}

func TestMapOrder(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, workers := range []int{0, 1, 2, 7, 300} {
		got, err := collect(parallel.Map(t.Context(), workers, parallel.Indices(100), func(i int) (int, error) {
			uneven(i)
			return i * i, nil
		}))
		var want []int
		for i := range 100 {
			want = append(want, i*i)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%d workers: %v, %v", workers, got, err)
		}
	}
	got, err := collect(parallel.Map(t.Context(), 2, parallel.Items([]string{"a", "bc", ""}), func(s string) (int, error) {
		return len(s), nil
	}))
	if err != nil || !slices.Equal(got, []int{1, 2, 0}) {
		t.Errorf("%v, %v", got, err)
	}
	ended(t, before)
}

// TestMapWindow checks that results do not pile up if the consumer is slow.
func TestMapWindow(t *testing.T) {
	const workers = 2
	var made atomic.Int32
	taken := int32(0)
	for _, err := range parallel.Map(t.Context(), workers, parallel.Indices(60), func(i int) (int, error) {
		made.Add(1)
		return i, nil
	}) {
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(200 * time.Microsecond)
		taken++
		// These are in the queue, in progress, or the one taken off the queue.
		if ahead := made.Load() - taken; ahead > 3*workers+workers+1 {
			t.Fatalf("%d results ahead of the consumer", ahead)
		}
	}
	if taken != 60 {
		t.Errorf("%d results", taken)
	}
}

// TestMapError checks that results come before the first error in the order of
// the items, whether it is of the work or of the sequence, and that nothing
// comes after it.
func TestMapError(t *testing.T) {
	before := runtime.NumGoroutine()
	bad := errors.New("bad")
	source := func(yield func(int, error) bool) {
		for i := range 40 {
			if i == 30 {
				yield(0, bad)
				return
			}
			if !yield(i, nil) {
				return
			}
		}
	}
	for range 50 {
		got, err := collect(parallel.Map(t.Context(), 4, source, func(i int) (int, error) {
			if i == 10 {
				time.Sleep(time.Millisecond)
			}
			if i == 10 || i == 11 {
				return 0, fmt.Errorf("item %d", i)
			}
			return i, nil
		}))
		if err == nil || err.Error() != "item 10" || len(got) != 10 {
			t.Fatalf("%v, %v", got, err)
		}
		got, err = collect(parallel.Map(t.Context(), 4, source, func(i int) (int, error) { return i, nil }))
		if !errors.Is(err, bad) || len(got) != 30 {
			t.Fatalf("%v, %v", got, err)
		}
	}
	calls := 0
	_, err := collect(parallel.MapWith(t.Context(), 3, parallel.Indices(5), func() (func(int) (int, error), error) {
		if calls++; calls == 2 {
			return nil, bad
		}
		return func(i int) (int, error) { return i, nil }, nil
	}))
	if !errors.Is(err, bad) || calls != 2 {
		t.Errorf("%v after %d calls", err, calls)
	}
	ended(t, before)
}

func TestMapCancel(t *testing.T) {
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	var last error
	for _, err := range parallel.Map(ctx, 3, parallel.Indices(1_000_000), func(i int) (int, error) { return i, nil }) {
		if n++; n == 5 {
			cancel()
		}
		last = err
	}
	if !errors.Is(last, context.Canceled) || n > 1000 {
		t.Errorf("%v after %d results", last, n)
	}
	ended(t, before)
}

// TestMapBreak checks that leaving the loop leaves no goroutines behind.
func TestMapBreak(t *testing.T) {
	before := runtime.NumGoroutine()
	for range parallel.Map(t.Context(), 3, parallel.Indices(1_000_000), func(i int) (int, error) { return i, nil }) {
		break
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines right behind the loop, %d before", n, before)
	}
}
