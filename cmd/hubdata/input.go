package main

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

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// suffixes are tried in this order when a folder is searched for a file.
var suffixes = []string{"", ".gz", ".zst"}

// unpackedName is a path without the suffix of a compressed file.
func unpackedName(path string) string {
	return strings.TrimSuffix(strings.TrimSuffix(path, ".gz"), ".zst")
}

// A compressed input may not inflate beyond bombRatio times its size once it
// has given more than bombFloor bytes, which even who holds all of an input in memory
// has room for: gzip reaches 1032 at most, and real annotation files stay below 30.
const (
	bombRatio = 250
	bombFloor = 32 << 20
)

// zstdWindow is the largest window (memory a decoder needs) that is accepted;
// 128 MiB is what `zstd --ultra --long=27` writes.
const zstdWindow = 128 << 20

// input is an open input file: plain, .gz or .zst by its suffix, "-" being
// standard input. Reading it hashes the file's own bytes.
type input struct {
	name   string // as messages and the provenance show it
	size   int64  // of the file; -1: unknown
	count  *countReader
	plain  io.Reader
	mu     sync.Mutex  // held by who reads
	closed atomic.Bool // or is to be, when a read has ended
	closer []func() error
	info   os.FileInfo
	told   inputInfo // what provenance said
}

// countReader counts and hashes what is read through it.
type countReader struct {
	r    io.Reader
	n    int64
	sum  hash.Hash    // nil: nobody asks for it
	seen func(n int)  // told of each read; nil: nobody is
	end  func() error // asked at the end of the data whether they are sound; nil: nobody is
	// ended says why nothing more is to be read, if so; nil: never.
	ended func() error
}

func (c *countReader) Read(p []byte) (int, error) {
	if c.ended != nil {
		if err := c.ended(); err != nil {
			return 0, &readError{err}
		}
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
		err = &readError{err}
	}
	return n, err
}

// sameState says whether nothing was written to a file between two looks at it.
func sameState(a, b fs.FileInfo) bool { return a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) }

// openInput opens path for reading.
func openInput(c *console, path string) (*input, error) {
	in, err := newInput(c, path)
	if err == nil {
		c.opened(in.name, in.changed)
	}
	return in, err
}

func newInput(c *console, path string) (*input, error) {
	in := &input{name: path, size: -1, count: &countReader{sum: sha256.New(), ended: c.ended}}
	if path == "-" {
		in.name = "standard input"
		in.count.r = c.stdin
	} else {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		in.closer = append(in.closer, f.Close)
		if in.info, err = f.Stat(); err != nil {
			in.Close()
			return nil, err
		}
		if in.info.IsDir() {
			in.Close()
			return nil, failf(exitFailure, "%s is a folder, want a file", path)
		}
		if in.info.Mode().IsRegular() {
			in.size = in.info.Size()
			in.count.end = func() error {
				if now, err := f.Stat(); err != nil {
					return err
				} else if !sameState(in.info, now) {
					return &changedError{in.info, now}
				}
				return nil
			}
		}
		in.count.r = f
	}
	in.plain = in.count
	switch filepath.Ext(path) {
	case ".gz":
		z, err := gzip.NewReader(in.count)
		if isReadError(err) {
			in.Close()
			return nil, inFile(in.name, err)
		} else if err != nil {
			in.Close()
			return nil, fmt.Errorf("%s: %w: not gzip, though named .gz: %w", in.name, errInput, err)
		}
		in.inflate("gzip", z)
	case ".zst":
		z, err := zstd.NewReader(in.count, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(zstdWindow))
		if err != nil {
			in.Close()
			return nil, fmt.Errorf("%s: %w: zstd: %w", in.name, errInput, err)
		}
		in.closer = append(in.closer, func() error { z.Close(); return nil })
		in.inflate("zstd", z)
	}
	return in, nil
}

func (in *input) inflate(format string, z io.Reader) {
	in.plain = &inflateReader{z: z, format: format, packed: in.count}
}

// Read reads the inflated bytes.
func (in *input) Read(p []byte) (int, error) {
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
func (in *input) Len() int {
	if in.plain != io.Reader(in.count) || in.size < 0 {
		return 0
	}
	return int(min(max(in.size-in.count.n, 0), math.MaxInt32))
}

// peeked is an input of which a buffer holds the beginning.
type peeked struct {
	*bufio.Reader
	in *input
}

// Len is as that of input.
func (p peeked) Len() int {
	n := p.in.Len()
	if n > 0 {
		n += p.Buffered()
	}
	return n
}

// changed says whether the file that has the input's name now is another one, or was
// written to.
func (in *input) changed() bool {
	if in.info == nil || !in.info.Mode().IsRegular() {
		return false
	}
	now, err := os.Stat(in.name)
	return err != nil || !os.SameFile(in.info, now) || !sameState(in.info, now)
}

// Close closes the file. A run that is interrupted does not wait for a read that
// hangs: then the file is closed when the read has ended.
func (in *input) Close() {
	in.closed.Store(true)
	in.close()
}

func (in *input) close() {
	if !in.mu.TryLock() {
		return // by who reads
	}
	defer in.mu.Unlock()
	for _, f := range in.closer {
		_ = f()
	}
	in.closer = nil
}

// provenance reads what is left and says what the file was.
func (in *input) provenance() (inputInfo, error) {
	if _, err := io.Copy(io.Discard, in); err != nil {
		return inputInfo{}, inFile(in.name, err)
	}
	// Whatever stands behind the compressed data belongs to the file too.
	if _, err := io.Copy(io.Discard, in.count); err != nil {
		return inputInfo{}, inFile(in.name, err)
	}
	in.told = inputInfo{Name: filepath.Base(in.name), Bytes: in.count.n, SHA256: hex.EncodeToString(in.count.sum.Sum(nil))}
	return in.told, nil
}

// sumFile says what a file is: its size and sum.
func sumFile(path string) (inputInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return inputInfo{}, err
	}
	defer func() { _ = f.Close() }() // only read
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	return inputInfo{Name: filepath.Base(path), Bytes: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, err
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
	case r.n > bombFloor && r.n/bombRatio > r.packed.n:
		return 0, fmt.Errorf("%w: %d bytes of %s inflate to more than %d times as much: this looks like a decompression bomb; inflate it yourself if you trust it",
			errInput, r.packed.n, r.format, bombRatio)
	case err == nil || err == io.EOF || isReadError(err):
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("%w: the %s data end early, after %d bytes (%d inflated): the file was cut; get it again", errInput, r.format, r.packed.n, r.n)
	default:
		err = fmt.Errorf("%w: broken %s data near byte %d: %w", errInput, r.format, r.packed.n, err)
	}
	return n, err
}

// findInput looks for name in dir, plain or compressed.
func findInput(dir, name string) (string, error) {
	for _, s := range suffixes {
		path := filepath.Join(dir, name+s)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	f := failf(exitFailure, "no %s (nor .gz, .zst) in %s", name, folderName(dir))
	return "", f.hint("a HuBMAP folder holds polygons.jsonl, tile_meta.csv, wsi_meta.csv and train/; name yours: hubdata convert DIR, or set HUBDATA_DATA").
		hint("no data at hand? \"hubdata demo\" makes some")
}

// folderName shows a folder in a message.
func folderName(dir string) string {
	if dir == "." || dir == "" {
		return "this folder"
	}
	return dir
}

// exists says whether there is a file.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
