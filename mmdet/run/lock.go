package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/hubdata/hubdata/internal/flock"
	"github.com/hubdata/hubdata/internal/process"
)

// Owner identifies the process that holds a lock.
type Owner struct {
	process.ID
	Host    string     `json:"host"`
	Job     string     `json:"job,omitempty"`     // of Slurm
	Started string     `json:"started,omitempty"` // RFC 3339, for people
	Trainer process.ID `json:"trainer,omitzero"`  // process that it started; leads its process group
}

// self returns this process as an owner. job is the Slurm job that it runs in, if any.
func self(job string) Owner {
	host, _ := os.Hostname()
	host = strings.ToValidUTF8(host, "\ufffd") // as encoding/json reads it back
	return Owner{ID: process.Self(), Host: host, Job: job, Started: time.Now().Format(time.RFC3339)}
}

// lock prevents two runs of the same stage.
type lock struct {
	path  string
	owner Owner
	life  *os.File // the trainer holds it too
}

// LockedError is returned if another run holds a lock.
type LockedError struct {
	File  string
	Owner Owner
	// Elsewhere says that the owner is on another host, so it is not known whether it
	// is still running.
	Elsewhere bool
	// Orphan says that the owner has ended, but the trainer that it started is still
	// running.
	Orphan bool
}

func (e *LockedError) Error() string {
	who := fmt.Sprintf("process %d on %s", e.Owner.PID, e.Owner.Host)
	if e.Owner.Job != "" {
		who += " of job " + e.Owner.Job
	}
	switch {
	case e.Orphan && e.Owner.Trainer.PID > 0:
		return fmt.Sprintf("%s: %s has ended, but process %d that it started is still running", e.File, who, e.Owner.Trainer.PID)
	case e.Orphan:
		return fmt.Sprintf("%s: a process that an earlier run started is still running", e.File)
	}
	return fmt.Sprintf("%s: held by %s", e.File, who)
}

// lockPath returns the lock of a work_dir. The lock is next to the folder, since the
// folder may be moved away while the lock is held.
func lockPath(workDir string) string {
	return filepath.Join(filepath.Dir(workDir), ".hubdata", filepath.Base(workDir)+".lock")
}

// takeLock takes the lock of a work_dir. It takes over a lock whose owner has ended,
// and returns a [*LockedError] for one that is held. force takes over a lock from
// another host. ownerGone reports whether an owner on another host has ended; it may be
// nil.
func takeLock(workDir string, by Owner, force bool, ownerGone func(Owner) bool) (*lock, error) {
	path := lockPath(workDir)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, err
	}
	text, err := json.Marshal(by)
	if err != nil {
		return nil, err
	}
	// The lock is created together with its text, so that no process sees it empty.
	temp := fmt.Sprintf("%s.%d", path, by.PID)
	if err := os.WriteFile(temp, append(text, '\n'), 0o666); err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(temp) }()
	const tries = 20
	for range tries {
		err := os.Link(temp, path)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			err = createExclusive(path, append(text, '\n')) // a file system without links
		}
		if err == nil {
			l := &lock{path: path, owner: by}
			if l.life, err = holdLife(path + ".life"); err != nil {
				_ = os.Remove(path)
				if errors.Is(err, flock.ErrHeld) {
					return nil, &LockedError{File: path + ".life", Orphan: true}
				}
				return nil, err
			}
			dropUnfinished(path)
			return l, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		old, text, err := readOwner(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // the lock was just released
		} else if err != nil {
			return nil, err
		}
		if held := old.heldError(path, by, force, ownerGone); held != nil {
			return nil, held
		}
		if err := dropStale(path, text, by.PID); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%s: other processes keep taking the lock", path)
}

// heldError returns an error if a lock is still held, or nil if its owner has ended.
func (o *Owner) heldError(path string, by Owner, force bool, ownerGone func(Owner) bool) error {
	switch {
	case o.Host == by.Host && o.Alive():
		return &LockedError{File: path, Owner: *o}
	case o.Host == by.Host && o.Trainer.Alive():
		return &LockedError{File: path, Owner: *o, Orphan: true}
	case o.Host == by.Host:
		return nil
	case o.Job != "" && o.Job == by.Job:
		return nil // the same job, which Slurm has moved to another host
	case force || ownerGone != nil && ownerGone(*o):
		return nil
	}
	return &LockedError{File: path, Owner: *o, Elsewhere: true}
}

// readLock reports which owner other than by holds the lock of a work_dir. It returns
// nil if there is none, or if it has ended.
func readLock(workDir string, by Owner) (*LockedError, error) {
	path := lockPath(workDir)
	o, _, err := readOwner(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, err
	}
	var held *LockedError
	errors.As(o.heldError(path, by, false, nil), &held)
	return held, nil
}

func readOwner(path string) (*Owner, []byte, error) {
	text, err := readFile(path, maxLock)
	if err != nil {
		return nil, nil, err
	}
	o := new(Owner)
	if err := json.Unmarshal(text, o); err != nil || o.PID <= 0 {
		return nil, nil, &StateError{path, fmt.Sprintf("found %s, expected a lock of hubdata: if no run is in progress, delete the file", shorten(text))}
	}
	return o, text, nil
}

// dropStale removes a lock if it is still the one that was read.
func dropStale(path string, text []byte, pid int) error {
	away := fmt.Sprintf("%s.%d.gone", path, pid)
	if err := os.Rename(path, away); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // another process was faster
		}
		return err
	}
	defer func() { _ = os.Remove(away) }()
	if now, err := readFile(away, maxLock); err == nil && string(now) != string(text) {
		// Another process was faster, and the lock is its own: restore it.
		_ = os.Link(away, path)
	}
	return nil
}

// dropUnfinished removes the files left by processes that were killed while they took
// or dropped the lock. Their names are that of the lock and the process's number.
func dropUnfinished(path string) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return
	}
	for _, e := range entries {
		rest, ours := strings.CutPrefix(e.Name(), filepath.Base(path)+".")
		pid, err := strconv.Atoi(strings.TrimSuffix(rest, ".gone"))
		if ours && err == nil && pid != os.Getpid() && !(process.ID{PID: pid}).Alive() {
			_ = os.Remove(filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
}

func createExclusive(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

// started records the process that was started under the lock.
func (l *lock) started(pid int) error {
	l.owner.Trainer = process.Of(pid)
	text, err := json.Marshal(l.owner)
	if err != nil {
		return err
	}
	temp := fmt.Sprintf("%s.%d", l.path, l.owner.PID)
	if err := os.WriteFile(temp, append(text, '\n'), 0o666); err != nil {
		return err
	}
	return os.Rename(temp, l.path)
}

// inherited returns a file for the trainer to inherit. While it is open in any process,
// no other run can take the lock, even if this one is killed. It returns nil if the
// system does not support that.
func (l *lock) inherited() *os.File { return l.life }

// release releases the lock.
func (l *lock) release() {
	_ = os.Remove(l.path)
	if l.life != nil {
		_ = l.life.Close()
	}
}

// holdLife opens and locks a file. The lock lasts as long as any process that has
// inherited the file. It returns nil if the system has no such locks.
func holdLife(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	switch err := flock.Lock(f, false); {
	case err == nil:
		return f, nil
	case errors.Is(err, flock.ErrHeld):
		_ = f.Close()
		return nil, err
	}
	_ = f.Close()
	return nil, nil
}

// shorten returns the quoted beginning of a text.
func shorten(text []byte) string {
	const most = 60
	if len(text) > most {
		return strconv.Quote(string(text[:most])) + "..."
	}
	return strconv.Quote(string(text))
}
