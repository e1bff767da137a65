package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/hubdata/hubdata/internal/flock"
)

// Folder is a folder being filled. It becomes visible under its name, with all that is in it, by [Folder.Commit].
type Folder struct {
	path, temp string
	over       bool
	root       *os.Root
	lock       *os.File
	done       bool
}

// CreateFolder begins the folder path, next to it, as a folder with a temporary name. The folder above must be there. Over
// says whether it may replace a folder that is not empty.
func CreateFolder(path string, over bool) (*Folder, error) {
	path = Target(filepath.Clean(path))
	above, name := filepath.Split(path)
	removeStale(above, shortened(name))
	temp := tempName(above, name)
	if err := openTempFolder(temp); err != nil {
		return nil, err
	}
	f := &Folder{path: path, temp: temp, over: over}
	var err error
	if f.root, err = os.OpenRoot(temp); err == nil {
		f.lock, err = os.Open(temp)
	}
	if err != nil {
		f.Abort()
		return nil, err
	}
	_ = flock.Lock(f.lock, true) // without locks, the process number shows that it is alive
	return f, nil
}

// Root is the folder, for names that must not lead out of it.
func (f *Folder) Root() *os.Root { return f.root }

// Name is the path of the folder while it is filled.
func (f *Folder) Name() string { return f.temp }

// Commit makes the folder visible. A folder that is there is replaced, with all that is in it if it may be; it is there
// again if that fails. The files in the folder must be on disk.
func (f *Folder) Commit() error {
	if err := f.syncFolders(); err != nil {
		f.Abort()
		return err
	}
	_ = f.root.Close() // a folder that is open cannot be renamed on Windows
	_ = f.lock.Close()
	old, err := f.replace()
	if err != nil {
		f.Abort()
		return err
	}
	if above, err := os.Open(filepath.Dir(f.path)); err == nil {
		_ = above.Sync()
		_ = above.Close()
	}
	if old == "" {
		return nil
	}
	defer forgetTemp(old)
	if err := os.RemoveAll(old); err != nil {
		return fmt.Errorf("the folder was replaced, but the old one is not removed: %w", err)
	}
	return nil
}

// replace renames the folder, and returns the name that a folder which was there has now; empty: there was none.
// [Abandon] waits until it is done.
func (f *Folder) replace() (old string, err error) {
	pending.Lock()
	defer pending.Unlock()
	if st, err := os.Lstat(f.path); err == nil {
		if !st.IsDir() {
			return "", &os.PathError{Op: "replace", Path: f.path, Err: errors.New("is not a folder")}
		}
		if os.Remove(f.path) != nil { // it is not empty
			if !f.over {
				return "", &os.PathError{Op: "replace", Path: f.path, Err: errors.New("something was put into it")}
			}
			old = tempName(filepath.Split(f.path))
			if err := os.Rename(f.path, old); err != nil {
				return "", err
			}
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := os.Rename(f.temp, f.path); err != nil {
		if old != "" {
			err = errors.Join(err, os.Rename(old, f.path))
		}
		return "", err
	}
	f.done = true
	delete(pending.temps, f.temp)
	if old != "" {
		pending.temps[old] = true
	}
	pending.written++
	return old, nil
}

// syncFolders makes the names in the folder durable where the system supports it.
func (f *Folder) syncFolders() error {
	return filepath.WalkDir(f.temp, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		dir, err := os.Open(path)
		if err != nil {
			return err
		}
		_ = dir.Sync()
		return dir.Close()
	})
}

// Abort discards the folder. It may be called at any time. After a commit it does nothing.
func (f *Folder) Abort() {
	if f.done {
		return
	}
	f.done = true
	if f.root != nil {
		_ = f.root.Close()
	}
	if f.lock != nil {
		_ = f.lock.Close()
	}
	removeTemp(f.temp)
}
