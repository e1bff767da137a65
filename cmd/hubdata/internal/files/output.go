package files

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/atomicfile"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Outputs are the files of one run. All become visible together by commit; a
// run that fails before leaves nothing behind.
type Outputs struct {
	C     *ui.Console
	Force bool
	// unsigned says that the files are of a form that cannot tell who wrote it.
	Unsigned bool
	Inputs   []*Input // never overwritten
	mu       sync.Mutex
	Files    []*Output
	dirs     []string // folders made for the files, outermost first
}

// Output is a file being written: compressed by its suffix, "-" being
// standard output.
type Output struct {
	path string
	file *atomicfile.File // nil for standard output
	Buf  *bufio.Writer
	pack io.WriteCloser // nil: plain
}

// Check says whether path may be written: it must not be an input, and if it
// exists it must be hubdata's own work or force be given.
func (o *Outputs) Check(path string) error {
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
		return ui.Usagef("%s is a folder, want a file name", path)
	}
	if !st.Mode().IsRegular() {
		return nil
	}
	for _, in := range o.Inputs {
		if in.Info != nil && os.SameFile(in.Info, st) {
			return ui.Usagef("output %s is also an input (%s)", path, in.Name)
		}
	}
	if o.Force || st.Size() == 0 {
		return nil
	}
	if o.Unsigned {
		return ui.Failf(ui.ExitFailure, "%s exists", path).Hint("--force overwrites it; -o writes elsewhere")
	}
	if madeByHubdata(o.C, path) {
		return nil
	}
	return ui.Failf(ui.ExitFailure, "%s exists and hubdata did not write it", path).
		Hint("--force overwrites it; -o writes elsewhere")
}

// mkdir makes a folder and remembers what it made.
func (o *Outputs) mkdir(dir string) error {
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

// ScratchFolder is where what belongs into the file path waits meanwhile.
func (o *Outputs) ScratchFolder(path string) func() (string, error) {
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

// Create begins a file.
func (o *Outputs) Create(path string) (*Output, error) {
	if err := o.Check(path); err != nil {
		return nil, err
	}
	return o.CreateOver(path)
}

// CreateOver begins a file that the caller knows may be overwritten.
func (o *Outputs) CreateOver(path string) (*Output, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := &Output{path: path}
	if path == "-" {
		out.Buf = o.C.Out
		o.Files = append(o.Files, out)
		return out, nil
	}
	f, err := o.createFile(path)
	if err != nil {
		return nil, err
	}
	out.file = f
	o.Files = append(o.Files, out)
	switch filepath.Ext(path) {
	case ".gz":
		out.pack = gzip.NewWriter(f)
		out.Buf = bufio.NewWriterSize(out.pack, 256<<10)
	case ".zst":
		z, err := zstd.NewWriter(f, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		out.pack = z
		out.Buf = bufio.NewWriterSize(z, 256<<10)
	default:
		out.Buf = bufio.NewWriterSize(f, 256<<10)
	}
	return out, nil
}

// createFile begins a file, in a folder that is made if it is missing.
func (o *Outputs) createFile(path string) (*atomicfile.File, error) {
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

func (f *Output) Write(p []byte) (int, error) { return f.Buf.Write(p) }

// Finish brings all bytes to the file. It may run beside that of other files.
func (f *Output) Finish() error {
	if err := f.Buf.Flush(); err != nil {
		return f.Failed(err)
	}
	if f.pack != nil {
		if err := f.pack.Close(); err != nil {
			return f.Failed(err)
		}
	}
	return nil
}

// Close is finish for one of many files: the file is not open any more.
func (f *Output) Close() error {
	if err := f.Finish(); err != nil || f.file == nil {
		return err
	}
	if err := f.file.Finish(); err != nil {
		return f.Failed(err)
	}
	return nil
}

func (f *Output) Failed(err error) error {
	name := f.path
	if f.file == nil {
		name = "standard output"
	}
	return fmt.Errorf("writing %s: %w", name, err)
}

// Commit makes all files visible. Each must be finished.
func (o *Outputs) Commit() error {
	var files []*atomicfile.File
	for _, f := range o.Files {
		if f.file != nil {
			files = append(files, f.file)
		}
	}
	o.Files = nil
	err := atomicfile.Commit(files...)
	if err == nil {
		o.dirs = nil
		o.C.Committed(len(files))
	}
	return err
}

// Abort drops what was not committed. It is meant to be deferred.
func (o *Outputs) Abort() {
	for _, f := range o.Files {
		if f.file != nil {
			f.file.Abort()
		}
	}
	for i := len(o.dirs) - 1; i >= 0; i-- {
		_ = os.Remove(o.dirs[i]) // stays if something is in it
	}
	o.Files, o.dirs = nil, nil
}
