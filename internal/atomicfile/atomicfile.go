// Package atomicfile writes files that appear whole or not at all: the bytes
// go to a temporary file in the same folder, which is synced and renamed.
//
// A temporary file is named .NAME.PID.hubdata-tmp. One that a killed process left
// behind is removed by the next [Create] of the same name.
package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

const suffix = ".hubdata-tmp"

// File is a file being written. It becomes visible under its name by [Commit].
type File struct {
	path   string // the final name
	f      *os.File
	direct bool // a device or a pipe: written in place
	done   bool
}

// Create begins to write the file path. If path exists and is not a regular
// file (a device, a named pipe), it is written in place, since renaming over
// it would remove it. A symbolic link is followed.
func Create(path string) (*File, error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
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
	dir, name := filepath.Split(path)
	removeStale(dir, name)
	temp := fmt.Sprintf("%s.%s.%d%s", dir, name, os.Getpid(), suffix)
	f, err := os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, err
	}
	return &File{path: path, f: f}, nil
}

// removeStale removes temporary files of name whose process is gone.
func removeStale(dir, name string) {
	old, err := filepath.Glob(escapeGlob(dir+"."+name+".") + "*" + suffix)
	if err != nil {
		return
	}
	for _, path := range old {
		pid := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "."+name+"."), suffix)
		if n, err := strconv.Atoi(pid); err == nil && (n == os.Getpid() || !alive(n)) {
			_ = os.Remove(path)
		}
	}
}

// escapeGlob makes s match only itself in a pattern.
func escapeGlob(s string) string {
	return strings.NewReplacer(`*`, `[*]`, `?`, `[?]`, `[`, `[[]`).Replace(s)
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
	_ = f.f.Close()
	if !f.direct {
		_ = os.Remove(f.f.Name())
	}
}

// Commit makes files visible under their names: it syncs all of them, renames
// them in order, and syncs their folders. If anything fails before the first
// rename, none becomes visible; files not renamed are dropped.
func Commit(files ...*File) error {
	defer func() {
		for _, f := range files {
			f.Abort()
		}
	}()
	errs := make([]error, len(files))
	var wg sync.WaitGroup
	for i, f := range files {
		wg.Go(func() { errs[i] = f.finish() })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	dirs := map[string]bool{}
	for _, f := range files {
		f.done = true
		if f.direct {
			continue
		}
		if err := os.Rename(f.f.Name(), f.path); err != nil {
			_ = os.Remove(f.f.Name())
			return err
		}
		if dir := filepath.Dir(f.path); !dirs[dir] {
			dirs[dir] = true
			defer syncDir(dir)
		}
	}
	return nil
}

// finish brings the bytes to the disk and closes the file.
func (f *File) finish() error {
	if !f.direct {
		if err := f.f.Sync(); err != nil {
			return err
		}
	}
	return f.f.Close()
}

// syncDir makes renames in dir durable where the system can; a file system
// that cannot is no reason to fail.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
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
