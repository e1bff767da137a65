package run

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hubdata/hubdata/internal/process"
)

func TestLock(t *testing.T) {
	work := filepath.Join(t.TempDir(), "work", "s1")
	lock, err := takeLock(work, self(""), false, nil)
	if err != nil {
		t.Fatal(err)
	}
	var held *LockedError
	if _, err := takeLock(work, self(""), false, nil); !errors.As(err, &held) || held.Elsewhere || held.Orphan {
		t.Errorf("a lock was taken twice: %v", err)
	}
	if err := lock.started(os.Getpid()); err != nil {
		t.Fatal(err)
	}
	if got, err := readLock(work, self("")); err != nil || got == nil || got.Owner.Trainer != process.Self() {
		t.Errorf("read %+v, %v", got, err)
	}
	lock.release()
	if got, err := readLock(work, self("")); err != nil || got != nil {
		t.Errorf("after the release %+v, %v", got, err)
	}

	// Files of killed processes are removed; those of others remain.
	for name, stays := range map[string]bool{"s1.lock.99999999": false, "s1.lock.99999999.gone": false, "s1.lock.x": true, "s10.lock.99999999": true,
		"s1.lock." + strconv.Itoa(os.Getppid()): true} {
		path := filepath.Join(filepath.Dir(lockPath(work)), name)
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		if lock, err = takeLock(work, self(""), false, nil); err != nil {
			t.Fatal(err)
		}
		lock.release()
		if _, err := os.Stat(path); (err == nil) != stays {
			t.Errorf("%s: %v", name, err)
		}
	}

	// A dead owner whose training is still running; an owner on another host; the same
	// job on another host.
	by := self("5")
	for _, c := range []struct {
		name   string
		owner  Owner
		gone   func(Owner) bool
		force  bool
		orphan bool
		far    bool
	}{
		{"training lives", Owner{ID: process.ID{PID: 99999999}, Host: by.Host, Trainer: process.Self()}, nil, false, true, false},
		{"other host", Owner{ID: process.ID{PID: 1}, Host: "far", Job: "4"}, nil, false, false, true},
		{"other host, job known", Owner{ID: process.ID{PID: 1}, Host: "far", Job: "4"}, func(Owner) bool { return false }, false, false, true},
		{"other host, job gone", Owner{ID: process.ID{PID: 1}, Host: "far", Job: "4"}, func(o Owner) bool { return o.Job == "4" }, false, false, false},
		{"other host, forced", Owner{ID: process.ID{PID: 1}, Host: "far"}, nil, true, false, false},
		{"same job", Owner{ID: process.ID{PID: 1}, Host: "far", Job: "5"}, nil, false, false, false},
		{"dead", Owner{ID: process.ID{PID: 99999999}, Host: by.Host}, nil, false, false, false},
	} {
		old, err := takeLock(work, c.owner, true, nil)
		if err != nil {
			t.Fatal(c.name, err)
		}
		if old.life != nil {
			old.life.Close()
		}
		lock, err := takeLock(work, by, c.force, c.gone)
		if !c.orphan && !c.far {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			lock.release()
			continue
		}
		if !errors.As(err, &held) || held.Orphan != c.orphan || held.Elsewhere != c.far {
			t.Errorf("%s: %v", c.name, err)
		}
		old.release()
	}
}

// TestLockRace checks that only one of many processes that find a stale lock takes it.
func TestLockRace(t *testing.T) {
	for range 50 {
		work := filepath.Join(t.TempDir(), "s1")
		stale, err := takeLock(work, Owner{ID: process.ID{PID: 99999999}, Host: self("").Host}, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		if stale.life != nil {
			stale.life.Close()
		}
		var got atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if _, err := takeLock(work, self(""), false, nil); err == nil {
					got.Add(1)
				}
			})
		}
		wg.Wait()
		if got.Load() > 1 {
			t.Fatalf("%d have the lock", got.Load())
		}
	}
}
