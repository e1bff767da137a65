package mmdet

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
)

// A folder is a file system with the name that messages use for it.
type folder struct {
	fsys fs.FS
	name string
}

// path returns the name of a file for messages.
func (f folder) path(file string) string { return filepath.Join(f.name, filepath.FromSlash(file)) }

// named puts the full path of a file into an error of the file system.
func (f folder) named(err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		return &fs.PathError{Op: of.Op, Path: f.path(of.Path), Err: of.Err}
	}
	return err
}

func (f folder) entries() ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(f.fsys, ".")
	return entries, f.named(err)
}

func (f folder) read(file string) ([]byte, error) {
	text, err := fs.ReadFile(f.fsys, file)
	return text, f.named(err)
}

func (f folder) isFile(file string) bool {
	st, err := fs.Stat(f.fsys, file)
	return err == nil && st.Mode().IsRegular()
}

// withFile calls do with the content of a file, of which do may read any part.
func (f folder) withFile(file string, do func(r io.ReaderAt, size int64) error) error {
	in, err := f.fsys.Open(file)
	if err != nil {
		return f.named(err)
	}
	defer func() { _ = in.Close() }() // only read
	st, err := in.Stat()
	if err != nil {
		return err
	}
	r, ok := in.(io.ReaderAt)
	if !ok {
		return fmt.Errorf("%s: the file system cannot read at an offset: use one such as os.DirFS", f.path(file))
	}
	return do(r, st.Size())
}
