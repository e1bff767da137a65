// Package regularfile opens files that must be files: a folder, a named pipe or a device is an error, and is not waited
// for, even if it takes the place of a file at the last moment.
package regularfile

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
)

// KindError says that something is no regular file.
type KindError struct {
	Path string
	Mode fs.FileMode // of what is there
}

func (e *KindError) Error() string {
	return e.Path + ": found " + e.Kind() + ", expected a regular file"
}

// Kind says what is there.
func (e *KindError) Kind() string {
	switch {
	case e.Mode.IsDir():
		return "a folder"
	case e.Mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case e.Mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "a special file"
}

// Check returns a [*KindError] for what is not a regular file.
func Check(path string, st fs.FileInfo) error {
	if !st.Mode().IsRegular() {
		return &KindError{path, st.Mode()}
	}
	return nil
}

// Open opens a regular file, or a link to one, for reading. What is not a file is not opened: to open a device may do
// something. If it appears in between, opening it does not wait, and what was opened is examined again.
func Open(path string) (*os.File, fs.FileInfo, error) {
	st, err := os.Stat(path)
	if err == nil {
		err = Check(path, st)
	}
	if err != nil {
		return nil, nil, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|NoWait, 0)
	if err != nil {
		return nil, nil, err
	}
	if st, err = f.Stat(); err == nil {
		err = Check(path, st)
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return f, st, nil
}

// DirFS is [os.DirFS], except that to open a named pipe does not wait.
func DirFS(dir string) fs.FS {
	return dirFS{os.DirFS(dir).(folder), dir}
}

// folder is what [os.DirFS] returns.
type folder interface {
	fs.StatFS
	fs.ReadDirFS
	fs.ReadLinkFS
}

type dirFS struct {
	folder
	dir string
}

func (d dirFS) Open(name string) (fs.File, error) {
	local, err := filepath.Localize(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	f, err := os.OpenFile(filepath.Join(d.dir, local), os.O_RDONLY|NoWait, 0)
	if err != nil {
		err.(*fs.PathError).Path = name // as os.DirFS has it
		return nil, err
	}
	return f, nil
}

// ReadFile reads a regular file.
func ReadFile(path string) ([]byte, error) {
	f, st, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	text := bytes.NewBuffer(make([]byte, 0, st.Size()+bytes.MinRead))
	_, err = text.ReadFrom(f)
	return text.Bytes(), err
}
