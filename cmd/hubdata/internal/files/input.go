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
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// suffixes are tried in this order when a folder is searched for a file.
var suffixes = []string{"", ".gz", ".zst"}

// UnpackedName is a path without the suffix of a compressed file.
func UnpackedName(path string) string {
	return strings.TrimSuffix(strings.TrimSuffix(path, ".gz"), ".zst")
}

// A compressed input may not inflate beyond bombRatio times its size once it
// has given more than BombFloor bytes, which even who holds all of an input in memory
// has room for: gzip reaches 1032 at most, and real annotation files stay below 30.
const (
	bombRatio = 250
	BombFloor = 32 << 20
)

// ZstdWindow is the largest window (memory a decoder needs) that is accepted;
// 128 MiB is what `zstd --ultra --long=27` writes.
const ZstdWindow = 128 << 20

// Input is an open input file: plain, .gz or .zst by its suffix, "-" being
// standard input. Reading it hashes the file's own bytes.
type Input struct {
	Name   string // as messages and the provenance show it
	Size   int64  // of the file; -1: unknown
	Count  *countReader
	plain  io.Reader
	mu     sync.Mutex  // held by who reads
	closed atomic.Bool // or is to be, when a read has ended
	closer []func() error
	Info   os.FileInfo
	Told   FileInfo // what provenance said
}

// countReader counts and hashes what is read through it.
type countReader struct {
	R    io.Reader
	n    int64
	Sum  hash.Hash    // nil: nobody asks for it
	Seen func(n int)  // told of each read; nil: nobody is
	end  func() error // asked at the end of the data whether they are sound; nil: nobody is
	// ended says why nothing more is to be read, if so; nil: never.
	ended func() error
}

func (c *countReader) Read(p []byte) (int, error) {
	if c.ended != nil {
		if err := c.ended(); err != nil {
			return 0, &ui.ReadError{Err: err}
		}
	}
	n, err := c.R.Read(p)
	c.n += int64(n)
	if c.Sum != nil {
		c.Sum.Write(p[:n])
	}
	if c.Seen != nil {
		c.Seen(n)
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

// sameState says whether nothing was written to a file between two looks at it.
func sameState(a, b fs.FileInfo) bool { return a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) }

// OpenInput opens path for reading.
func OpenInput(c *ui.Console, path string) (*Input, error) {
	in, err := newInput(c, path)
	if err == nil {
		c.Opened(in.Name, in.Changed)
	}
	return in, err
}

func newInput(c *ui.Console, path string) (*Input, error) {
	in := &Input{Name: path, Size: -1, Count: &countReader{Sum: sha256.New(), ended: c.Ended}}
	if path == "-" {
		in.Name = "standard input"
		in.Count.R = c.Stdin
	} else {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		in.closer = append(in.closer, f.Close)
		if in.Info, err = f.Stat(); err != nil {
			in.Close()
			return nil, err
		}
		if in.Info.IsDir() {
			in.Close()
			return nil, ui.Failf(ui.ExitFailure, "%s is a folder, want a file", path)
		}
		if in.Info.Mode().IsRegular() {
			in.Size = in.Info.Size()
			in.Count.end = func() error {
				if now, err := f.Stat(); err != nil {
					return err
				} else if !sameState(in.Info, now) {
					return &ui.ChangedError{Before: in.Info, Now: now}
				}
				return nil
			}
		}
		in.Count.R = f
	}
	in.plain = in.Count
	switch filepath.Ext(path) {
	case ".gz":
		z, err := gzip.NewReader(in.Count)
		if ui.IsReadError(err) {
			in.Close()
			return nil, ui.InFile(in.Name, err)
		} else if err != nil {
			in.Close()
			return nil, fmt.Errorf("%s: %w: not gzip, though named .gz: %w", in.Name, ui.ErrInput, err)
		}
		in.inflate("gzip", z)
	case ".zst":
		z, err := zstd.NewReader(in.Count, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(ZstdWindow))
		if err != nil {
			in.Close()
			return nil, fmt.Errorf("%s: %w: zstd: %w", in.Name, ui.ErrInput, err)
		}
		in.closer = append(in.closer, func() error { z.Close(); return nil })
		in.inflate("zstd", z)
	}
	return in, nil
}

func (in *Input) inflate(format string, z io.Reader) {
	in.plain = &inflateReader{z: z, format: format, packed: in.Count}
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

// Len is how many bytes are left of a plain file, 0 if that is not known: it
// lets who reads all of it ask for as much memory at once.
func (in *Input) Len() int {
	if in.plain != io.Reader(in.Count) || in.Size < 0 {
		return 0
	}
	return int(min(max(in.Size-in.Count.n, 0), math.MaxInt32))
}

// Peeked is an input of which a buffer holds the beginning.
type Peeked struct {
	*bufio.Reader
	In *Input
}

// Len is as that of input.
func (p Peeked) Len() int {
	n := p.In.Len()
	if n > 0 {
		n += p.Buffered()
	}
	return n
}

// Changed says whether the file that has the input's name now is another one, or was
// written to.
func (in *Input) Changed() bool {
	if in.Info == nil || !in.Info.Mode().IsRegular() {
		return false
	}
	now, err := os.Stat(in.Name)
	return err != nil || !os.SameFile(in.Info, now) || !sameState(in.Info, now)
}

// Close closes the file. A run that is interrupted does not wait for a read that
// hangs: then the file is closed when the read has ended.
func (in *Input) Close() {
	in.closed.Store(true)
	in.close()
}

func (in *Input) close() {
	if !in.mu.TryLock() {
		return // by who reads
	}
	defer in.mu.Unlock()
	for _, f := range in.closer {
		_ = f()
	}
	in.closer = nil
}

// Provenance reads what is left and says what the file was.
func (in *Input) Provenance() (FileInfo, error) {
	if _, err := io.Copy(io.Discard, in); err != nil {
		return FileInfo{}, ui.InFile(in.Name, err)
	}
	// Whatever stands behind the compressed data belongs to the file too.
	if _, err := io.Copy(io.Discard, in.Count); err != nil {
		return FileInfo{}, ui.InFile(in.Name, err)
	}
	in.Told = FileInfo{Name: filepath.Base(in.Name), Bytes: in.Count.n, SHA256: hex.EncodeToString(in.Count.Sum.Sum(nil))}
	return in.Told, nil
}

// SumFile says what a file is: its size and sum.
func SumFile(path string) (FileInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return FileInfo{}, err
	}
	defer func() { _ = f.Close() }() // only read
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	return FileInfo{Name: filepath.Base(path), Bytes: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, err
}

// inflateReader words a decoder's errors and stops at bombs.
type inflateReader struct {
	z      io.Reader
	format string
	packed *countReader
	n      int64
}

func (r *inflateReader) Read(p []byte) (int, error) {
	n, err := r.z.Read(p)
	r.n += int64(n)
	switch {
	case r.n > BombFloor && r.n/bombRatio > r.packed.n:
		return 0, fmt.Errorf("%w: %d bytes of %s inflate to more than %d times as much: this looks like a decompression bomb; inflate it yourself if you trust it",
			ui.ErrInput, r.packed.n, r.format, bombRatio)
	case err == nil || err == io.EOF || ui.IsReadError(err):
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("%w: the %s data end early, after %d bytes (%d inflated): the file was cut; get it again", ui.ErrInput, r.format, r.packed.n, r.n)
	default:
		err = fmt.Errorf("%w: broken %s data near byte %d: %w", ui.ErrInput, r.format, r.packed.n, err)
	}
	return n, err
}

// FindInput looks for name in dir, plain or compressed.
func FindInput(dir, name string) (string, error) {
	for _, s := range suffixes {
		path := filepath.Join(dir, name+s)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	f := ui.Failf(ui.ExitFailure, "no %s (nor .gz, .zst) in %s", name, FolderName(dir))
	return "", f.Hint("a HuBMAP folder holds polygons.jsonl, tile_meta.csv, wsi_meta.csv and train/; name yours: hubdata convert DIR, or set HUBDATA_DATA").
		Hint("no data at hand? \"hubdata demo\" makes some")
}

// FolderName shows a folder in a message.
func FolderName(dir string) string {
	if dir == "." || dir == "" {
		return "this folder"
	}
	return dir
}

// Exists says whether there is a file.
func Exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
