package atomicfile

import (
	"io/fs"
	"os"
	"slices"
	"sync"
)

// pending is what this process has begun and not committed.
var pending struct {
	sync.Mutex
	temps   map[string]bool // paths of temporary files and folders
	folders []string        // folders made by [Mkdir], outermost first
	written int             // files that [Commit] made visible
}

// Mkdir makes a folder for files that are not committed yet, as [os.Mkdir] does.
func Mkdir(dir string) error {
	pending.Lock()
	defer pending.Unlock()
	err := os.Mkdir(dir, 0o777)
	if err == nil {
		pending.folders = append(pending.folders, dir)
	}
	return err
}

// Abandon removes the temporary files and folders of this process, and the folders of [Mkdir] that are empty. It is for a process
// that ends while other goroutines still write: it waits for a [Commit] that renames, and until exit returns no file is
// created and none becomes visible. written is the number of files that became visible before.
func Abandon(exit func(written int)) {
	pending.Lock()
	defer pending.Unlock()
	for temp := range pending.temps {
		for range 20 { // while others write into a folder, it may not become empty at once
			if os.RemoveAll(temp) == nil {
				break
			}
		}
	}
	for _, dir := range slices.Backward(pending.folders) {
		_ = os.Remove(dir) // fails if something is in it
	}
	pending.temps, pending.folders = nil, nil
	exit(pending.written)
}

// openTemp creates a temporary file, which [Abandon] removes until [forgetTemp].
func openTemp(path string, perm fs.FileMode) (*os.File, error) {
	pending.Lock()
	defer pending.Unlock()
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, perm)
	if err == nil {
		noteTemp(path)
	}
	return f, err
}

// openTempFolder makes a temporary folder, which [Abandon] removes until [forgetTemp].
func openTempFolder(path string) error {
	pending.Lock()
	defer pending.Unlock()
	err := os.Mkdir(path, 0o777)
	if err == nil {
		noteTemp(path)
	}
	return err
}

// noteTemp notes a temporary file or folder. The caller holds the lock.
func noteTemp(path string) {
	if pending.temps == nil {
		pending.temps = map[string]bool{}
	}
	pending.temps[path] = true
}

// forgetTemp notes that a temporary file is gone.
func forgetTemp(path string) {
	pending.Lock()
	defer pending.Unlock()
	delete(pending.temps, path)
}

// removeTemp removes a temporary file or folder.
func removeTemp(path string) {
	_ = os.RemoveAll(path)
	forgetTemp(path)
}
