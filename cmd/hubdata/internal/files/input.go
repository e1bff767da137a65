package files

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/regularfile"
)

// Input is an open input file: plain, .gz or .zst by its suffix, or standard input for the path "-". Read gives the
// inflated bytes.
type Input struct {
	Name string // as messages and the provenance show it
	Flag string // the flag that names it, for its [FileInfo]; "": it is an argument, or of a folder
	Size int64  // of the file as it is on the disk; -1: unknown

	packed *countReader
	plain  io.Reader
	mu     sync.Mutex  // held while reading
	closed atomic.Bool // or will be, once the read in progress has ended
	closer []func() error
	stat   fs.FileInfo
	info   FileInfo // set by ReadToEnd
}

// FileInfo identifies a file by its content. It is what a provenance says of an input.
type FileInfo struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	Flag   string `json:"flag,omitempty"` // of the command line, which says what the file is for; "": it is an argument, or of a folder
}

// OpenInput opens path for reading. Messages of c at the end of the run say if the file has changed by then.
func OpenInput(c *ui.Console, path string) (*Input, error) {
	in, err := newInput(c, path, os.Open)
	if err == nil {
		c.Opened(in.Name, in.stat, in.changed)
	}
	return in, err
}

// OpenRegular is [OpenInput] for a file that data name, not the user: what is not a regular file is an error, and is not
// waited for.
func OpenRegular(c *ui.Console, path string) (*Input, error) {
	in, err := newInput(c, path, func(path string) (*os.File, error) {
		f, _, err := regularfile.Open(path)
		return f, err
	})
	if err == nil {
		c.Opened(in.Name, in.stat, in.changed)
	}
	return in, err
}

// Unopened is an input that is opened later, or by other code: for [Outputs.Inputs], which are never overwritten.
func Unopened(path string, stat fs.FileInfo) *Input { return &Input{Name: path, stat: stat} }

// newInput opens an input that is not standard input by open.
func newInput(c *ui.Console, path string, open func(string) (*os.File, error)) (*Input, error) {
	in := &Input{Name: path, Size: -1, packed: &countReader{sum: sha256.New(), ended: c.Ended}}
	if path == "-" {
		in.Name = "standard input"
		in.packed.r = c.Stdin()
	} else if err := in.openFile(path, open); err != nil {
		in.Close()
		return nil, err
	}
	if err := in.inflate(packing(path)); err != nil {
		in.Close()
		return nil, err
	}
	return in, nil
}

// openFile opens a file, whose state is compared at its end with that at the beginning.
func (in *Input) openFile(path string, open func(string) (*os.File, error)) error {
	f, err := open(path)
	if err != nil {
		return err
	}
	in.closer = append(in.closer, f.Close)
	if in.stat, err = f.Stat(); err != nil {
		return err
	}
	if in.stat.IsDir() {
		return ui.Failf(ui.ExitFailure, "%s is a folder, expected a file", path)
	}
	if in.stat.Mode().IsRegular() {
		in.Size = in.stat.Size()
		in.packed.end = func() error {
			if now, err := f.Stat(); err != nil {
				return err
			} else if !sameState(in.stat, now) {
				return &ui.ChangedError{Before: in.stat, Now: now}
			}
			return nil
		}
	}
	in.packed.r = f
	return nil
}

// OnRead calls f with the number of bytes of each read of the file, for a progress bar.
func (in *Input) OnRead(f func(n int)) { in.packed.seen = f }

// WithoutChecksum says that the file's SHA-256 is not needed, which saves time.
func (in *Input) WithoutChecksum() { in.packed.sum = nil }

// ReplaceWith makes the input read r, of size bytes, instead of the file. It is for a copy of standard input.
func (in *Input) ReplaceWith(r io.Reader, size int64) { in.packed.r, in.Size = r, size }

// Stat is what the file was when it was opened; nil for standard input.
func (in *Input) Stat() fs.FileInfo { return in.stat }

// FileInfo identifies the file, once [Input.ReadToEnd] was called.
func (in *Input) FileInfo() FileInfo {
	info := in.info
	info.Flag = in.Flag
	return info
}

// Read reads the inflated bytes.
func (in *Input) Read(p []byte) (int, error) {
	in.mu.Lock()
	if in.closed.Load() {
		in.mu.Unlock()
		return 0, os.ErrClosed
	}
	n, err := in.plain.Read(p)
	in.mu.Unlock()
	if in.closed.Load() {
		in.close()
	}
	return n, err
}

// Len is how many bytes of a plain file are left, so that a caller that reads all of it can allocate them at once; 0 if
// that is not known.
func (in *Input) Len() int {
	if !in.lengthKnown() {
		return 0
	}
	return int(min(max(in.Size-in.packed.n, 0), math.MaxInt32))
}

// lengthKnown reports whether the input is a plain file, and so has the size of its text.
func (in *Input) lengthKnown() bool { return in.plain == io.Reader(in.packed) && in.Size >= 0 }

// ReadToEnd reads what is left of the file, and returns what identifies it.
func (in *Input) ReadToEnd() (FileInfo, error) {
	if _, err := io.Copy(io.Discard, in); err != nil {
		return FileInfo{}, ui.InFile(in.Name, err)
	}
	// What follows the compressed data belongs to the file too.
	if _, err := io.Copy(io.Discard, in.packed); err != nil {
		return FileInfo{}, ui.InFile(in.Name, err)
	}
	in.info = FileInfo{Name: filepath.Base(in.Name), Bytes: in.packed.n}
	if in.packed.sum != nil {
		in.info.SHA256 = hex.EncodeToString(in.packed.sum.Sum(nil))
	}
	return in.FileInfo(), nil
}

// changed reports whether the file was written to since it was opened, or another file has its name.
func (in *Input) changed() bool {
	if in.stat == nil || !in.stat.Mode().IsRegular() {
		return false
	}
	now, err := os.Stat(in.Name)
	return err != nil || !os.SameFile(in.stat, now) || !sameState(in.stat, now)
}

// sameState reports whether nothing was written to a file between two calls of Stat.
func sameState(a, b fs.FileInfo) bool { return a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) }

// Close closes the file. A run that is interrupted does not wait for a read that hangs: then the file is closed when
// the read has ended.
func (in *Input) Close() {
	in.closed.Store(true)
	in.close()
}

func (in *Input) close() {
	if !in.mu.TryLock() {
		return // Read closes it
	}
	defer in.mu.Unlock()
	for _, f := range in.closer {
		_ = f()
	}
	in.closer = nil
}

// Peeked is an input whose beginning is held in a buffer.
type Peeked struct {
	*bufio.Reader
	In    *Input
	added int // bytes before those of the input
}

// Added is the number of bytes that come before those of the input: of errors, they do not count in the offset.
func (p Peeked) Added() int { return p.added }

// Len is as that of [Input].
func (p Peeked) Len() int {
	if !p.In.lengthKnown() {
		return 0
	}
	return p.In.Len() + p.Buffered()
}

// countReader counts and sums the bytes of a file.
type countReader struct {
	r     io.Reader
	n     int64
	sum   hash.Hash    // nil: not needed
	seen  func(n int)  // called for each read; nil: none
	end   func() error // called at the end of the data, reports whether they are valid; nil: none
	ended func() error // why the run is to end, if it is
}

func (c *countReader) Read(p []byte) (int, error) {
	if err := c.ended(); err != nil {
		return 0, &ui.ReadError{Err: err}
	}
	n, err := c.r.Read(p)
	c.n += int64(n)
	if c.sum != nil {
		c.sum.Write(p[:n])
	}
	if c.seen != nil {
		c.seen(n)
	}
	if err == io.EOF && c.end != nil {
		if changed := c.end(); changed != nil {
			err = changed
		}
	}
	if err != nil && err != io.EOF {
		err = &ui.ReadError{Err: err}
	}
	return n, err
}
