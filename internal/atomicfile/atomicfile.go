// Package atomicfile writes files that appear whole or not at all: the bytes
// go to a temporary file in the same folder, which is synced and renamed.
//
// A temporary file is named .NAME.PID-RUN-NUMBER.hubdata-tmp, and locked while it is
// written. One that a killed process left behind is removed by the next [Create] of the
// same name.
package atomicfile

import (
	"context"
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
	"github.com/hubdata/hubdata/internal/parallel"
)

const suffix = ".hubdata-tmp"

// self is what this process puts into the names of its temporary files, begun when it
// began, and count how many they were.
var (
	self  = fmt.Sprintf("%d-%08x-", os.Getpid(), rand.Uint32())
	begun = time.Now()
	count atomic.Int64
)

// maxName is how many bytes of its name a temporary file takes over: most systems
// allow 255 for the whole.
const maxName = 200

// File is a file being written. It becomes visible under its name by [Commit].
type File struct {
	path     string // the final name
	f        *os.File
	direct   bool // a device or a pipe: written in place
	finished bool // on the disk, and closed
	done     bool
}

// Create begins to write the file path. If path exists and is not a regular
// file (a device, a named pipe), it is written in place, since renaming over
// it would remove it. A symbolic link is followed, also to a file that is not there yet.
func Create(path string) (*File, error) {
	path = followLinks(path)
	if st, err := os.Stat(path); err == nil && !st.Mode().IsRegular() {
		if st.IsDir() {
			return nil, &os.PathError{Op: "create", Path: path, Err: errors.New("is a folder")}
		}
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		return &File{path: path, f: f, direct: true}, nil
	}
	f, err := createTemp(filepath.Split(path))
	if err != nil {
		return nil, err
	}
	return &File{path: path, f: f}, nil
}

// followLinks is where a file would be that is written through symbolic links.
func followLinks(path string) string {
	const most = 40 // links in a row, as many as Linux follows
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

// createTemp creates a temporary file for name, which no other process has, and locks it.
func createTemp(dir, name string) (*os.File, error) {
	if len(name) > maxName {
		cut := maxName
		for !utf8.RuneStart(name[cut]) && cut > maxName-utf8.UTFMax {
			cut--
		}
		name = name[:cut]
	}
	removeStale(dir, name)
	for {
		temp := fmt.Sprintf("%s.%s.%s%d%s", dir, name, self, count.Add(1), suffix)
		f, err := os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		} else if err != nil {
			return nil, err
		}
		_ = flock.Lock(f, true) // without locks, the process's number tells that it lives
		// Before it was locked another process may have taken it for abandoned.
		if here, err := os.Lstat(temp); err == nil {
			if st, err := f.Stat(); err == nil && os.SameFile(here, st) {
				return f, nil
			}
		}
		_ = f.Close()
	}
}

// Scratch is a file without a name, for what does not fit into memory. [Scratch.Close]
// gives its place back.
type Scratch struct{ *os.File }

// NewScratch creates a file in dir.
func NewScratch(dir string) (Scratch, error) {
	f, err := createTemp(filepath.Clean(dir)+string(filepath.Separator), "scratch")
	if err == nil {
		_ = os.Remove(f.Name()) // where a file that is open keeps its name, Close removes it
	}
	return Scratch{f}, err
}

// Close closes the file, which is gone then.
func (s Scratch) Close() error {
	err := s.File.Close()
	if rerr := os.Remove(s.Name()); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
		return rerr
	}
	return err
}

// removeStale removes temporary files of name whose process is gone.
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
			_ = os.Remove(dir + e.Name())
		}
	}
}

// abandoned says whether the process is gone that has made a temporary file. One of
// another machine or container may live though its number is not taken here, or is this
// process's own: then its lock tells and, when it is about to rename, the time.
func abandoned(path, process string) bool {
	number, _, _ := strings.Cut(process, "-")
	pid, err := strconv.Atoi(number)
	if err != nil || strings.HasPrefix(process, self) || pid != os.Getpid() && alive(pid) {
		return false
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
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

// Abort drops the file. It may be called at any time; after a commit it does
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
		_ = os.Remove(f.f.Name())
	}
}

// Finish brings the bytes to the disk and closes the file, which [Commit] does too; so
// that many files need not be open at a time. It may run beside that of other files.
func (f *File) Finish() error {
	if f.finished {
		return nil
	}
	if !f.direct {
		if err := f.f.Sync(); err != nil {
			return err
		}
	}
	f.finished = true
	return f.f.Close()
}

// Commit makes files visible under their names: it syncs all of them, renames
// them in order, and syncs their folders. If anything fails before the first
// rename, none becomes visible; files not renamed are dropped. Two processes rename
// in a folder one after the other: what stays is wholly of the later one.
func Commit(files ...*File) error {
	defer func() {
		for _, f := range files {
			f.Abort()
		}
	}()
	err := parallel.Each(context.Background(), len(files), len(files), func(i int) error { return files[i].Finish() })
	if err != nil {
		return err
	}
	dirs := openDirs(files)
	defer dirs.close()
	dirs.lock()
	for _, f := range files {
		f.done = true
		if f.direct {
			continue
		}
		if err := os.Rename(f.f.Name(), f.path); err != nil {
			_ = os.Remove(f.f.Name())
			return err
		}
	}
	return nil
}

// WriteFile writes the file path whole by calling write.
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
