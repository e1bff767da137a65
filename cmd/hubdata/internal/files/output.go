package files

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
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

// Outputs are the files of one run. [Outputs.Commit] makes all visible together; a run that fails before leaves nothing
// behind.
type Outputs struct {
	Console *ui.Console // has standard output, and hears of what was committed
	Force   bool        // overwrite files that hubdata did not write
	// Unsigned says that the files are of a form that does not show what program wrote it: none is overwritten without
	// Force.
	Unsigned bool
	Inputs   []*Input // never overwritten

	mu      sync.Mutex
	files   []*Output
	folders []*atomicfile.Folder
	begun   map[string]place // all that were created, by target
	dirs    []string         // folders made for the files, outermost first
}

// Pending is the number of files that are not committed yet.
func (o *Outputs) Pending() int { return len(o.files) }

// Check reports why the outputs of a run may not be written: one is an input, or it exists, Force is not set, and hubdata
// did not write it or it is read-only, or two are one file. Empty paths are none.
func (o *Outputs) Check(paths ...string) error {
	for _, path := range paths {
		if err := o.check(path); err != nil {
			return err
		}
	}
	return o.Apart(paths...)
}

func (o *Outputs) check(path string) error {
	if path == "-" || path == "" {
		return nil
	}
	p, err := o.placeOf(path)
	if err != nil || p.stat == nil {
		return err
	}
	st := p.stat
	if st.IsDir() {
		return ui.Usagef("%s is a folder, expected a file name", path)
	}
	if !st.Mode().IsRegular() {
		return o.notStdout(p)
	}
	if err := o.notInput(p); err != nil {
		return err
	}
	if err := o.notReadOnly(p); err != nil {
		return err
	}
	if o.Force || st.Size() == 0 {
		return nil
	}
	if o.Unsigned {
		return ui.Failf(ui.ExitFailure, "%s exists", path).Hint("--force overwrites it; or name another output")
	}
	if madeByHubdata(o.Console, path) {
		return nil
	}
	return ui.Failf(ui.ExitFailure, "%s exists and hubdata did not write it", path).
		Hint("--force overwrites it; or name another output")
}

// notReadOnly fails if an output is there and its owner may not write to it, unless Force is set. Its folder alone decides
// whether it can be replaced.
func (o *Outputs) notReadOnly(p place) error {
	if o.Force || p.stat == nil || !p.stat.Mode().IsRegular() || p.target == "-" || p.stat.Mode().Perm()&0o200 != 0 {
		return nil
	}
	return ui.Failf(ui.ExitFailure, "%s is read-only", p.path).Hint("--force overwrites it; or name another output")
}

// mkdir makes a folder and notes which folders it made.
func (o *Outputs) mkdir(dir string) error {
	var missing []string
	for d := filepath.Clean(dir); ; d = filepath.Dir(d) {
		if _, err := os.Stat(d); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		missing = append(missing, d)
	}
	for i := len(missing) - 1; i >= 0; i-- {
		if err := atomicfile.Mkdir(missing[i]); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		o.dirs = append(o.dirs, missing[i])
	}
	return nil
}

// ScratchFolder returns a function that makes and returns the folder for temporary files of the output path: that of a
// file is its own, so that it has room for both.
func (o *Outputs) ScratchFolder(path string) func() (string, error) {
	return func() (string, error) {
		if st, err := os.Stat(path); path == "-" || err == nil && !st.Mode().IsRegular() { // which has no room
			return os.TempDir(), nil
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		dir := filepath.Dir(path)
		return dir, o.mkdir(dir)
	}
}

// Output is a file being written: compressed by the suffix of its path, or standard output for "-". Each is finished with
// [Output.Finish] or [Output.Close] before [Outputs.Commit].
type Output struct {
	path string
	file *atomicfile.File // nil for standard output
	buf  *bufio.Writer
	pack io.WriteCloser // nil: plain
	sum  *sumWriter     // nil: of no use
}

// sumWriter sums what is written to a file.
type sumWriter struct {
	w   io.Writer
	n   int64
	sum hash.Hash
}

func (s *sumWriter) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.n += int64(n)
	s.sum.Write(p[:n])
	return n, err
}

// FileInfo identifies a file that [Outputs.CreateSummed] made, once it is finished; nil for standard output, and for a file
// that was not summed.
func (f *Output) FileInfo() *FileInfo {
	if f.sum == nil {
		return nil
	}
	return &FileInfo{Name: filepath.Base(f.path), Bytes: f.sum.n, SHA256: hex.EncodeToString(f.sum.sum.Sum(nil))}
}

// Create begins a file that [Outputs.Check] allows.
func (o *Outputs) Create(path string) (*Output, error) {
	if err := o.check(path); err != nil {
		return nil, err
	}
	return o.CreateOver(path)
}

// CreateSummed is [Outputs.Create] for a file whose sum another file of the run is to have.
func (o *Outputs) CreateSummed(path string) (*Output, error) {
	if err := o.check(path); err != nil {
		return nil, err
	}
	return o.create(path, path != "-")
}

// CreateOver begins a file that may be overwritten, as the caller knows.
func (o *Outputs) CreateOver(path string) (*Output, error) { return o.create(path, false) }

func (o *Outputs) create(path string, summed bool) (*Output, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.begin(path); err != nil {
		return nil, err
	}
	out := &Output{path: path}
	if path == "-" {
		out.buf = o.Console.Out
		o.files = append(o.files, out)
		return out, nil
	}
	f, err := o.createFile(path)
	if err != nil {
		return nil, err
	}
	out.file = f
	o.files = append(o.files, out)
	o.Console.Begun()
	to := io.Writer(f)
	if summed {
		out.sum = &sumWriter{w: f, sum: sha256.New()}
		to = out.sum
	}
	switch packing(path) {
	case ".gz":
		out.pack = gzip.NewWriter(to)
		out.buf = bufio.NewWriterSize(out.pack, 256<<10)
	case ".zst":
		z, err := zstd.NewWriter(to, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		out.pack = z
		out.buf = bufio.NewWriterSize(z, 256<<10)
	default:
		out.buf = bufio.NewWriterSize(to, 256<<10)
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
		// Another run that fails removes the folders that it has made and that are empty.
		if errors.Is(err, fs.ErrNotExist) && tries < 8 {
			continue
		}
		return f, err
	}
}

func (f *Output) Write(p []byte) (int, error) { return f.buf.Write(p) }

// WriteString writes a text, without a copy of it.
func (f *Output) WriteString(s string) (int, error) { return f.buf.WriteString(s) }

// Finish writes all bytes to the file, which stays open. Several files may be finished in parallel.
func (f *Output) Finish() error {
	if err := f.buf.Flush(); err != nil {
		return f.Failed(err)
	}
	if f.pack != nil {
		if err := f.pack.Close(); err != nil {
			return f.Failed(err)
		}
	}
	return nil
}

// Close is Finish that closes the file too, for one of many files.
func (f *Output) Close() error {
	if err := f.Finish(); err != nil || f.file == nil {
		return err
	}
	if err := f.file.Finish(); err != nil {
		return f.Failed(err)
	}
	return nil
}

// Failed says in which file writing failed.
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
	for _, f := range o.files {
		if f.file != nil {
			files = append(files, f.file)
		}
	}
	o.files = nil
	written := len(files) + len(o.folders)
	err := atomicfile.Commit(files...)
	if err == nil {
		err = o.commitFolders()
	}
	partial := new(atomicfile.PartialError)
	switch {
	case err == nil:
		o.dirs = nil
		o.Console.Committed(written)
	case errors.As(err, &partial):
		o.Console.Committed(len(partial.Written))
	}
	return err
}

// Abort removes what was not committed. It is meant to be deferred.
func (o *Outputs) Abort() {
	for _, f := range o.files {
		if f.file != nil {
			f.file.Abort()
		}
	}
	for _, f := range o.folders {
		f.Abort()
	}
	for i := len(o.dirs) - 1; i >= 0; i-- {
		_ = os.Remove(o.dirs[i]) // fails if something is in it
	}
	o.files, o.folders, o.dirs = nil, nil, nil
}
