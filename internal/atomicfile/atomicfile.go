// Package atomicfile writes files that appear complete or not at all. The bytes
// go to a temporary file in the same folder, which is then synced and renamed. A [Folder]
// appears with all of its files.
//
// A temporary file is named .NAME.PID-RUN-NUMBER.hubdata-tmp, and locked while it is
// written. If a process is killed, the next [Create] or [CreateFolder] of the same name
// removes its temporary file.
package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/hubdata/hubdata/internal/flock"
)

const suffix = ".hubdata-tmp"

// self is the part of the names of temporary files that identifies this process and
// its start. count is the number of temporary files so far.
//
// Before begun, no file was written by this process. The times of files lag behind the clock: by some milliseconds on
// Linux, by up to two seconds where a file system stores no finer ones.
var (
	self  = fmt.Sprintf("%d-%08x-", os.Getpid(), rand.Uint32())
	begun = time.Now().Add(-2 * time.Second)
	count atomic.Int64
)

// maxName is the number of bytes of a name that its temporary file repeats.
// Most systems allow 255 bytes in total.
const maxName = 200

// File is a file being written. It becomes visible under its name by [Commit].
type File struct {
	path     string // the final name
	f        *os.File
	old      fs.FileInfo // of the file that is replaced; nil: none
	direct   bool        // a device or a pipe: written in place
	finished bool        // on disk, and closed
	done     bool
}

// Create starts writing the file path. If path exists and is not a regular file (a
// device, a named pipe), it is written in place, since renaming over it would remove it.
// Create follows symbolic links, including links to files that do not exist yet. A file that replaces another has its
// mode and, where this user may set them, its owner and group; a new one has those that the system gives.
func Create(path string) (*File, error) {
	// Before the links are followed: /dev/fd/3 is a link to the name of a pipe, which is no path.
	old, err := os.Stat(path)
	if err != nil {
		old = nil
	} else if !old.Mode().IsRegular() {
		if old.IsDir() {
			return nil, &os.PathError{Op: "create", Path: path, Err: errors.New("is a folder")}
		}
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		return &File{path: path, f: f, direct: true}, nil
	}
	path = followLinks(path)
	dir, name := filepath.Split(path)
	f, err := createTemp(dir, name, tempMode(old))
	if err != nil {
		return nil, err
	}
	return &File{path: path, f: f, old: old}, nil
}

// Target returns the absolute path, without links, of the file that [Create] writes
// for path. Two paths with equal targets are one file.
func Target(path string) string {
	path = followLinks(path)
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return path
	}
	rest := filepath.Base(path)
	for { // the folders that are not there yet have no links
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			return filepath.Join(real, rest)
		}
		above := filepath.Dir(dir)
		if above == dir {
			return filepath.Join(dir, rest)
		}
		dir, rest = above, filepath.Join(filepath.Base(dir), rest)
	}
}

// followLinks returns the path of the file to which symbolic links at path
// lead.
func followLinks(path string) string {
	const most = 40 // limit of links in a row, as in Linux
	for range most {
		if target, err := filepath.EvalSymlinks(path); err == nil {
			return target
		}
		target, err := os.Readlink(path)
		if err != nil {
			return path
		}
		if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil && !filepath.IsAbs(target) {
			target = filepath.Join(dir, target)
		}
		path = target
	}
	return path
}

// shortened is the part of a name that temporary names repeat.
func shortened(name string) string {
	if len(name) <= maxName {
		return name
	}
	cut := maxName
	for !utf8.RuneStart(name[cut]) && cut > maxName-utf8.UTFMax {
		cut--
	}
	return name[:cut]
}

// tempName is the path of a new temporary file for name.
func tempName(dir, name string) string {
	return fmt.Sprintf("%s.%s.%s%d%s", dir, shortened(name), self, count.Add(1), suffix)
}

// createTemp creates and locks a temporary file for name that no other process
// uses.
func createTemp(dir, name string, perm fs.FileMode) (*os.File, error) {
	name = shortened(name)
	removeStale(dir, name)
	for {
		temp := tempName(dir, name)
		f, err := openTemp(temp, perm)
		if errors.Is(err, fs.ErrExist) {
			continue
		} else if err != nil {
			return nil, err
		}
		_ = flock.Lock(f, true) // without locks, the process number shows that it is alive
		// Before it was locked, another process may have removed it as
		// abandoned.
		if here, err := os.Lstat(temp); err == nil {
			if st, err := f.Stat(); err == nil && os.SameFile(here, st) {
				return f, nil
			}
		}
		_ = f.Close()
		forgetTemp(temp)
	}
}

// Scratch is a file without a name, for data that does not fit into memory.
// [Scratch.Close] frees its space.
type Scratch struct{ *os.File }

// NewScratch creates a file in dir.
func NewScratch(dir string) (Scratch, error) {
	f, err := createTemp(filepath.Clean(dir)+string(filepath.Separator), "scratch", 0o600)
	if err == nil {
		_ = os.Remove(f.Name()) // where the system does not remove open files, Close removes it
	}
	return Scratch{f}, err
}

// Close closes and removes the file.
func (s Scratch) Close() error {
	defer forgetTemp(s.Name())
	err := s.File.Close()
	if rerr := os.Remove(s.Name()); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
		return rerr
	}
	return err
}

// removeStale removes temporary files of name whose process has ended.
func removeStale(dir, name string) {
	where := dir
	if where == "" {
		where = "."
	}
	entries, err := os.ReadDir(where)
	if err != nil {
		return
	}
	for _, e := range entries {
		rest, ours := strings.CutPrefix(e.Name(), "."+name+".")
		process, temp := strings.CutSuffix(rest, suffix)
		if ours && temp && abandoned(dir+e.Name(), process) {
			_ = os.RemoveAll(dir + e.Name())
		}
	}
}

// abandoned reports whether the process that created a temporary file has ended. A
// process on another machine or in another container may be alive although its number
// is unused here, or is that of this process. Then the lock decides and, if the process
// is about to rename the file, the time.
func abandoned(path, process string) bool {
	number, _, _ := strings.Cut(process, "-")
	pid, err := strconv.Atoi(number)
	if err != nil || strings.HasPrefix(process, self) || pid != os.Getpid() && alive(pid) {
		return false
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		f, err = os.Open(path) // it is a folder, or replaces a file that is read-only
	}
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	st, err := f.Stat()
	if err != nil || pid == os.Getpid() && !st.ModTime().Before(begun) {
		return false
	}
	return !errors.Is(flock.Lock(f, false), flock.ErrHeld)
}

// Path returns the final name.
func (f *File) Path() string { return f.path }

// Write implements [io.Writer].
func (f *File) Write(p []byte) (int, error) { return f.f.Write(p) }

// Abort discards the file. It may be called at any time. After a commit it does
// nothing.
func (f *File) Abort() {
	if f.done {
		return
	}
	f.done = true
	if !f.finished {
		_ = f.f.Close()
	}
	if !f.direct {
		removeTemp(f.f.Name())
	}
}

// Finish syncs the bytes to disk and closes the file. [Commit] does this too; calling
// Finish first avoids having many files open at the same time. It may run in parallel
// with Finish of other files.
func (f *File) Finish() error {
	if f.finished {
		return nil
	}
	if f.old != nil {
		keepMode(f.f, f.old)
	}
	if !f.direct {
		if err := f.f.Sync(); err != nil {
			return err
		}
	}
	f.finished = true
	return f.f.Close()
}

// WriteFile writes the file path atomically by calling write.
func WriteFile(path string, write func(io.Writer) error) error {
	f, err := Create(path)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		f.Abort()
		return err
	}
	return Commit(f)
}
