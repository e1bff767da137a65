package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/hubdata/hubdata/internal/atomicfile"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// outputs are the files of one run. All become visible together by commit; a
// run that fails before leaves nothing behind.
type outputs struct {
	c     *console
	force bool
	// unsigned says that the files are of a form that cannot tell who wrote it.
	unsigned bool
	inputs   []*input // never overwritten
	mu       sync.Mutex
	files    []*output
	dirs     []string // folders made for the files, outermost first
}

// output is a file being written: compressed by its suffix, "-" being
// standard output.
type output struct {
	path string
	file *atomicfile.File // nil for standard output
	buf  *bufio.Writer
	pack io.WriteCloser // nil: plain
}

// check says whether path may be written: it must not be an input, and if it
// exists it must be hubdata's own work or force be given.
func (o *outputs) check(path string) error {
	if path == "-" {
		return nil
	}
	st, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	if st.IsDir() {
		return usagef("%s is a folder, want a file name", path)
	}
	if !st.Mode().IsRegular() {
		return nil
	}
	for _, in := range o.inputs {
		if in.info != nil && os.SameFile(in.info, st) {
			return usagef("output %s is also an input (%s)", path, in.name)
		}
	}
	if o.force || st.Size() == 0 {
		return nil
	}
	if o.unsigned {
		return failf(exitFailure, "%s exists", path).hint("--force overwrites it; -o writes elsewhere")
	}
	if madeByHubdata(o.c, path) {
		return nil
	}
	return failf(exitFailure, "%s exists and hubdata did not write it", path).
		hint("--force overwrites it; -o writes elsewhere")
}

// mkdir makes a folder and remembers what it made.
func (o *outputs) mkdir(dir string) error {
	var missing []string
	for d := filepath.Clean(dir); ; d = filepath.Dir(d) {
		if _, err := os.Stat(d); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		missing = append(missing, d)
	}
	for i := len(missing) - 1; i >= 0; i-- {
		if err := os.Mkdir(missing[i], 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		o.dirs = append(o.dirs, missing[i])
	}
	return nil
}

// scratchFolder is where what belongs into the file path waits meanwhile.
func (o *outputs) scratchFolder(path string) func() (string, error) {
	return func() (string, error) {
		if path == "-" {
			return os.TempDir(), nil
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		dir := filepath.Dir(path)
		return dir, o.mkdir(dir)
	}
}

// create begins a file.
func (o *outputs) create(path string) (*output, error) {
	if err := o.check(path); err != nil {
		return nil, err
	}
	return o.createOver(path)
}

// createOver begins a file that the caller knows may be overwritten.
func (o *outputs) createOver(path string) (*output, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := &output{path: path}
	if path == "-" {
		out.buf = o.c.out
		o.files = append(o.files, out)
		return out, nil
	}
	f, err := o.createFile(path)
	if err != nil {
		return nil, err
	}
	out.file = f
	o.files = append(o.files, out)
	switch filepath.Ext(path) {
	case ".gz":
		out.pack = gzip.NewWriter(f)
		out.buf = bufio.NewWriterSize(out.pack, 256<<10)
	case ".zst":
		z, err := zstd.NewWriter(f, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		out.pack = z
		out.buf = bufio.NewWriterSize(z, 256<<10)
	default:
		out.buf = bufio.NewWriterSize(f, 256<<10)
	}
	return out, nil
}

// createFile begins a file, in a folder that is made if it is missing.
func (o *outputs) createFile(path string) (*atomicfile.File, error) {
	for tries := 0; ; tries++ {
		if err := o.mkdir(filepath.Dir(path)); err != nil {
			return nil, err
		}
		f, err := atomicfile.Create(path)
		// Another run that fails takes a folder away that it has made, while it is empty.
		if errors.Is(err, fs.ErrNotExist) && tries < 8 {
			continue
		}
		return f, err
	}
}

func (f *output) Write(p []byte) (int, error) { return f.buf.Write(p) }

// finish brings all bytes to the file. It may run beside that of other files.
func (f *output) finish() error {
	if err := f.buf.Flush(); err != nil {
		return f.failed(err)
	}
	if f.pack != nil {
		if err := f.pack.Close(); err != nil {
			return f.failed(err)
		}
	}
	return nil
}

// close is finish for one of many files: the file is not open any more.
func (f *output) close() error {
	if err := f.finish(); err != nil || f.file == nil {
		return err
	}
	if err := f.file.Finish(); err != nil {
		return f.failed(err)
	}
	return nil
}

func (f *output) failed(err error) error {
	name := f.path
	if f.file == nil {
		name = "standard output"
	}
	return fmt.Errorf("writing %s: %w", name, err)
}

// commit makes all files visible. Each must be finished.
func (o *outputs) commit() error {
	var files []*atomicfile.File
	for _, f := range o.files {
		if f.file != nil {
			files = append(files, f.file)
		}
	}
	o.files = nil
	err := atomicfile.Commit(files...)
	if err == nil {
		o.dirs = nil
		o.c.wrote(len(files))
	}
	return err
}

// abort drops what was not committed. It is meant to be deferred.
func (o *outputs) abort() {
	for _, f := range o.files {
		if f.file != nil {
			f.file.Abort()
		}
	}
	for i := len(o.dirs) - 1; i >= 0; i-- {
		_ = os.Remove(o.dirs[i]) // stays if something is in it
	}
	o.files, o.dirs = nil, nil
}
