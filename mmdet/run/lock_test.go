package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

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
	if got, err := readLock(work, self(""), nil); err != nil || got == nil || got.Owner.Trainer != process.Self() {
		t.Errorf("read %+v, %v", got, err)
	}
	lock.release()
	if got, err := readLock(work, self(""), nil); err != nil || got != nil {
		t.Errorf("after the release %+v, %v", got, err)
	}

	// Files of killed processes are removed; those of others remain.
	for name, stays := range map[string]bool{"s1.lock.99999999": false, "s1.lock.99999999.0123456789abcdef": false,
		"s1.lock.99999999.gone": false, "s1.lock.x": true, "s10.lock.99999999": true,
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
		{"training lives", Owner{ID: process.ID{PID: 99999999}, Host: by.Host, Trainer: process.Self()}, nil, false, true,
			false},
		{"other host", Owner{ID: process.ID{PID: 1}, Host: "far", Job: "4"}, nil, false, false, true},
		{"other host, job known", Owner{ID: process.ID{PID: 1}, Host: "far", Job: "4"}, func(Owner) bool {
			return false
		}, false, false, true},
		{"other host, job gone", Owner{ID: process.ID{PID: 1}, Host: "far", Job: "4"}, func(o Owner) bool {
			return o.Job == "4"
		}, false, false, false},
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

// TestLockForAMoment: a life that another process has only for a moment, as a child has
// until it begins its own program, is not that of an orphan.
func TestLockForAMoment(t *testing.T) {
	work := filepath.Join(t.TempDir(), "work", "s1")
	l, err := takeLock(work, self(""), false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if l.life == nil {
		t.Skip("this system has no locks of files")
	}
	l.release()
	for _, c := range []struct {
		name string
		ask  func() error
	}{
		{"readLock", func() error {
			if held, err := readLock(work, self(""), nil); err != nil || held != nil {
				return fmt.Errorf("held %v, %w", held, err)
			}
			return nil
		}},
		{"takeLock", func() error {
			l, err := takeLock(work, self(""), false, nil)
			if err == nil {
				l.release()
			}
			return err
		}},
	} {
		f, err := holdLife(lockPath(work) + lifeSuffix)
		if err != nil {
			t.Fatal(err)
		}
		released := time.AfterFunc(50*time.Millisecond, func() { _ = f.Close() })
		if err := c.ask(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if released.Stop() {
			t.Errorf("%s did not wait", c.name)
		}
	}
}

// TestLockOfDescendants keeps a lock while a process lives that has the mark of its owner,
// or the file of its life.
func TestLockOfDescendants(t *testing.T) {
	if _, err := exec.LookPath("setsid"); runtime.GOOS != "linux" || err != nil {
		t.Skip("only Linux shows the marks of processes")
	}
	work := filepath.Join(t.TempDir(), "s1")
	for _, c := range []struct {
		name, script string
		marked       bool
	}{
		{"marked", "setsid -f sleep 60 <&3 3<&-", true}, // standard input is another file
		{"life", "unset HUBDATA_RUN; setsid -f sleep 5 3<&-", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			lock, err := takeLock(work, self(""), false, nil)
			if err != nil {
				t.Fatal(err)
			}
			null, err := os.Open(os.DevNull)
			if err != nil {
				t.Fatal(err)
			}
			defer null.Close()
			// A child of the shell is not one of this process, which could not tell that it has ended.
			cmd := exec.Command("sh", "-c", c.script)
			cmd.Env = append(os.Environ(), markVariable+"="+lock.owner.Mark)
			cmd.Stdin, cmd.ExtraFiles = lock.inherited(), []*os.File{null}
			if err := cmd.Run(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { killMarked(lock.owner.Mark) })
			lock.life.Close() // as if this process had been killed
			text, err := json.Marshal(Owner{ID: process.ID{PID: 99999999}, Host: lock.owner.Host, Mark: lock.owner.Mark})
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(lock.path, text, 0o666); err != nil {
				t.Fatal(err)
			}
			got, err := readLock(work, self(""), nil)
			if err != nil || got == nil || !got.Orphan || len(got.Processes) > 0 != c.marked ||
				!strings.HasPrefix(got.status(), "running without hubdata: ") {
				t.Fatalf("found %+v, %v", got, err)
			}
			var held *LockedError
			if _, err := takeLock(work, self(""), false, nil); !errors.As(err, &held) || !held.Orphan {
				t.Errorf("the lock was taken: %v", err)
			}
			if !c.marked {
				return
			}
			killMarked(lock.owner.Mark)
			if got, err := readLock(work, self(""), nil); err != nil || got != nil {
				t.Errorf("after the kill: %+v, %v", got, err)
			}
		})
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
		got := make(chan *lock, 8) // a lock that is dropped loses its file
		var wg sync.WaitGroup
		for range cap(got) {
			wg.Go(func() {
				if lock, err := takeLock(work, self(""), false, nil); err == nil {
					got <- lock
				}
			})
		}
		wg.Wait()
		if len(got) > 1 {
			t.Fatalf("%d have the lock", len(got))
		}
		for len(got) > 0 {
			(<-got).release()
		}
	}
}
