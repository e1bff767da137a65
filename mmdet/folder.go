package mmdet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/hubdata/hubdata/internal/regularfile"
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

// read returns the content of a regular file of at most limit bytes.
func (f folder) read(file string, limit int64) ([]byte, error) {
	in, st, err := f.open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }() // only read
	large := fmt.Errorf("%s: found more than %d bytes, expected a file that a training wrote: move it away", f.path(file), limit)
	if st.Size() > limit {
		return nil, large
	}
	text := bytes.NewBuffer(make([]byte, 0, st.Size()+bytes.MinRead))
	if _, err := text.ReadFrom(io.LimitReader(in, limit+1)); err != nil {
		return nil, f.named(err)
	}
	if int64(text.Len()) > limit {
		return nil, large
	}
	return text.Bytes(), nil
}

// open opens a regular file. Anything else is refused before it is opened, and again if it appears in between.
func (f folder) open(file string) (fs.File, fs.FileInfo, error) {
	st, err := fs.Stat(f.fsys, file)
	if err == nil {
		err = regularfile.Check(f.path(file), st)
	}
	if err != nil {
		return nil, nil, f.named(err)
	}
	in, err := f.fsys.Open(file)
	if err != nil {
		return nil, nil, f.named(err)
	}
	if st, err = in.Stat(); err == nil {
		err = regularfile.Check(f.path(file), st)
	}
	if err != nil {
		_ = in.Close()
		return nil, nil, f.named(err)
	}
	return in, st, nil
}

func (f folder) isFile(file string) bool {
	st, err := fs.Stat(f.fsys, file)
	return err == nil && st.Mode().IsRegular()
}

// withFile calls do with the content of a file, of which do may read any part.
func (f folder) withFile(file string, do func(r io.ReaderAt, size int64) error) error {
	in, st, err := f.open(file)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // only read
	r, ok := in.(io.ReaderAt)
	if !ok {
		return fmt.Errorf("%s: the file system cannot read at an offset: use one such as os.DirFS", f.path(file))
	}
	return do(r, st.Size())
}
