package run

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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
	// Mark is a value of HUBDATA_RUN, which the process that it started has in its
	// environment, and passes on to all processes that it starts in turn.
	Mark string `json:"mark,omitempty"`
}

// markVariable is the variable by which the descendants of a run are found, also those
// in a session of their own, as torchrun's are.
const markVariable = "HUBDATA_RUN"

// newMark returns a mark that no other run has.
func newMark() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// left returns the processes that an owner on this host has started and that are still
// running.
func (o *Owner) left() []int {
	var pids []int
	if o.Mark != "" {
		pids = process.Marked(markVariable, o.Mark)
	}
	if len(pids) == 0 && o.Trainer.Alive() {
		pids = []int{o.Trainer.PID}
	}
	slices.Sort(pids)
	return pids
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
	// Orphan says that the owner has ended, but processes that it started are still
	// running.
	Orphan bool
	// Processes are the numbers of these processes; nil: they are not known.
	Processes []int
}

func (e *LockedError) Error() string {
	who := fmt.Sprintf("process %d on %s", e.Owner.PID, e.Owner.Host)
	if e.Owner.Job != "" {
		who += " of job " + e.Owner.Job
	}
	switch {
	case e.Orphan && len(e.Processes) == 1:
		return fmt.Sprintf("%s: %s has ended, but process %d that it started is still running", e.File, who, e.Processes[0])
	case e.Orphan && len(e.Processes) > 1:
		return fmt.Sprintf("%s: %s has ended, but %d processes that it started are still running: %s", e.File, who, len(e.Processes), numbers(e.Processes))
	case e.Orphan:
		return fmt.Sprintf("%s: a process that an earlier run started is still running", e.File)
	}
	return fmt.Sprintf("%s: held by %s", e.File, who)
}

// status describes the lock to who asks how far the stage is.
func (e *LockedError) status() string {
	switch n := len(e.Processes); {
	case e.Orphan && n > 1:
		return fmt.Sprintf("running without hubdata: %d processes: %s", n, numbers(e.Processes))
	case e.Orphan && n == 1:
		return fmt.Sprintf("running without hubdata: process %d", e.Processes[0])
	case e.Orphan:
		return "running without hubdata: the processes are not known"
	}
	return e.Error()
}

// numbers lists numbers, the first ones of many.
func numbers(list []int) string {
	const most = 16
	var words []string
	for _, n := range list[:min(len(list), most)] {
		words = append(words, strconv.Itoa(n))
	}
	if len(list) > most {
		words = append(words, "...")
	}
	return strings.Join(words, ", ")
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
	by.Mark = newMark()
	text, err := json.Marshal(by)
	if err != nil {
		return nil, err
	}
	// The lock is created together with its text, so that no process sees it empty.
	temp := fmt.Sprintf("%s.%d.%s", path, by.PID, by.Mark)
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
			if l.life, err = holdLife(path + lifeSuffix); err != nil {
				_ = os.Remove(path)
				if errors.Is(err, flock.ErrHeld) {
					return nil, &LockedError{File: path + lifeSuffix, Orphan: true}
				}
				return nil, err
			}
			if now, err := readFile(path, maxLock); err != nil || string(now) != string(text)+"\n" {
				if l.life != nil {
					_ = l.life.Close()
				}
				continue // another process took this lock for the stale one
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
func (o *Owner) heldError(path string, by Owner, force bool, ownerGone func(Owner) bool) *LockedError {
	switch {
	case o.Host == by.Host && o.Alive():
		return &LockedError{File: path, Owner: *o}
	case o.Host == by.Host:
		if left := o.left(); len(left) > 0 {
			return &LockedError{File: path, Owner: *o, Orphan: true, Processes: left}
		}
		return nil
	case o.Job != "" && o.Job == by.Job:
		return nil // the same job, which Slurm has moved to another host
	case force || ownerGone != nil && ownerGone(*o):
		return nil
	}
	return &LockedError{File: path, Owner: *o, Elsewhere: true}
}

// readLock reports which owner other than by holds the lock of a work_dir. It returns
// nil if there is none, or if it has ended and left no process running. ownerGone is as for
// takeLock.
func readLock(workDir string, by Owner, ownerGone func(Owner) bool) (*LockedError, error) {
	path := lockPath(workDir)
	o, _, err := readOwner(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err == nil {
		if held := o.heldError(path, by, false, ownerGone); held != nil {
			return held, nil
		}
	}
	if lifeHeld(path + lifeSuffix) {
		held := &LockedError{File: path + lifeSuffix, Orphan: true}
		if err == nil {
			held.Owner = *o
		}
		return held, nil
	}
	return nil, nil
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
// or dropped the lock. Their names begin with that of the lock and the process's number.
func dropUnfinished(path string) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return
	}
	for _, e := range entries {
		rest, ours := strings.CutPrefix(e.Name(), filepath.Base(path)+".")
		number, _, _ := strings.Cut(rest, ".")
		pid, err := strconv.Atoi(number)
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
// no other run can take the lock, even if this one is killed, also on a system or from a
// host where the marks of processes cannot be read. It returns nil if the system does not
// support that.
func (l *lock) inherited() *os.File { return l.life }

// release releases the lock. If a process that was started under it could not be killed,
// the lock stays until that ends.
func (l *lock) release() {
	if l.life != nil {
		_ = l.life.Close() // first: a lock that nobody has, but whose life is held, looks like that of an orphan
	}
	if l.owner.Trainer.PID > 0 && process.Marked(markVariable, l.owner.Mark) != nil {
		return
	}
	_ = os.Remove(l.path)
}

// lifeSuffix is the suffix of the file that a run's processes inherit.
const lifeSuffix = ".life"

// holdLife opens and locks a file. The lock lasts as long as any process that has
// inherited the file. It returns nil if the system has no such locks.
func holdLife(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	err = lockLife(f)
	switch {
	case err == nil:
		return f, nil
	case errors.Is(err, flock.ErrHeld):
		_ = f.Close()
		return nil, err
	}
	_ = f.Close()
	return nil, nil
}

// lifeHeld reports whether a process that has inherited a file is still running.
func lifeHeld(path string) bool {
	f, _, err := open(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // releases the lock
	return errors.Is(lockLife(f), flock.ErrHeld)
}

// lockLife locks a file unless a process keeps it. One that has it for a moment does not:
// lifeHeld of another process, or a child of the one that released it, which has inherited
// the file until it begins its own program.
func lockLife(f *os.File) error {
	for range 50 {
		if err := flock.Lock(f, false); !errors.Is(err, flock.ErrHeld) {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return flock.Lock(f, false)
}

// shorten returns the quoted beginning of a text.
func shorten(text []byte) string {
	const most = 60
	if len(text) > most {
		return strconv.Quote(string(text[:most])) + "..."
	}
	return strconv.Quote(string(text))
}
