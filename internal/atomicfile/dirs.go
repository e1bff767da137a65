package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/hubdata/hubdata/internal/flock"
)

// folders are the open folders of files that are about to be renamed.
type folders []*os.File

// openDirs opens the folders of files, each once. A folder that cannot be
// opened is neither locked nor synced, which is not an error.
func openDirs(files []*File) folders {
	var paths []string
	for _, file := range files {
		dir, err := filepath.Abs(filepath.Dir(file.path))
		if err != nil || file.direct {
			continue
		}
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			dir = real
		}
		paths = append(paths, dir)
	}
	slices.Sort(paths) // all processes lock them in this order
	var out folders
	for _, path := range slices.Compact(paths) {
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		out = append(out, f)
	}
	return out
}

// lockWait is the longest time to wait for the lock of a folder. Renaming takes less; a
// process that holds the lock longer is doing something else.
const lockWait = 10 * time.Second

// lock locks the folders, in an order that all processes follow. A file system
// without locks is not an error.
func (d folders) lock() {
	end := time.Now().Add(lockWait)
	for _, dir := range d {
		for errors.Is(flock.Lock(dir, false), flock.ErrHeld) && time.Now().Before(end) {
			time.Sleep(time.Millisecond)
		}
	}
}

// close makes the renames durable where the system supports it, and releases
// the locks.
func (d folders) close() {
	for _, dir := range d {
		_ = dir.Sync()
	}
	for _, dir := range d {
		_ = dir.Close()
	}
}
