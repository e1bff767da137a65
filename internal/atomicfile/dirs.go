package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/hubdata/hubdata/internal/flock"
)

// folders are the folders, open, of files that are about to be renamed.
type folders []*os.File

// openDirs opens the folders of files, each once. One that cannot be opened can be
// neither locked nor synced, which is no reason to fail.
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

// lockWait is how long a folder's lock is waited for. Renaming takes less; who holds it
// longer does something else.
const lockWait = 10 * time.Second

// lock takes the folders' locks, in an order that all processes keep. A file system
// without locks is no reason to fail.
func (d folders) lock() {
	end := time.Now().Add(lockWait)
	for _, dir := range d {
		for errors.Is(flock.Lock(dir, false), flock.ErrHeld) && time.Now().Before(end) {
			time.Sleep(time.Millisecond)
		}
	}
}

// close makes the renames durable where the system can, and gives the locks back.
func (d folders) close() {
	for _, dir := range d {
		_ = dir.Sync()
	}
	for _, dir := range d {
		_ = dir.Close()
	}
}
