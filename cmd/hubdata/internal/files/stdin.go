package files

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"sync"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/atomicfile"
	"github.com/hubdata/hubdata/internal/spool"
	"github.com/klauspost/compress/zstd"
)

// KeptStdin is standard input that can be read several times: what was read is kept in a temporary file without a name,
// compressed.
type KeptStdin struct {
	c    *ui.Console
	from io.Reader
	copy atomicfile.Scratch

	mu       sync.Mutex // held while reading
	to       *zstd.Encoder
	size     int64 // bytes that were read
	begun    bool
	complete bool
}

// KeepStdin reads up to so many bytes of standard input. If there are more, it makes [OpenInput] of "-" begin at the first
// byte each time, until the copy is closed. If there are no more, it returns nil. An error is of the folder for temporary
// files. In both cases, standard input is as before.
func KeepStdin(c *ui.Console, most int64) (*KeptStdin, error) {
	var begin spool.Buffer
	n, err := readBegin(c, &begin, most+1)
	rest := c.Stdin()
	if err != nil {
		rest = failed{err}
	}
	from := io.MultiReader(begin.Reader(), rest)
	c.StdinFrom(func() io.Reader { return from })
	if n <= most { // err is its end then, or a fault of which readers are told
		return nil, nil
	}
	file, err := atomicfile.NewScratch(os.TempDir())
	if err != nil {
		return nil, err
	}
	k := &KeptStdin{c: c, from: from, copy: file}
	if k.to, err = zstd.NewWriter(file, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1)); err != nil {
		_ = file.Close() // it is removed in any case
		return nil, err
	}
	c.StdinFrom(k.open)
	return k, nil
}

// readBegin reads up to so many bytes of standard input.
func readBegin(c *ui.Console, to *spool.Buffer, most int64) (n int64, err error) {
	for from := c.Stdin(); n < most; {
		if err := c.Ended(); err != nil {
			return n, err
		}
		tail := to.Tail()
		if len(tail) == cap(tail) {
			tail = slices.Grow(tail, 4096)
		}
		k, err := from.Read(tail[len(tail):min(cap(tail), len(tail)+int(most-n))])
		n += int64(k)
		if err := cmp.Or(to.Grow(tail[:len(tail)+k]), err); err != nil {
			return n, err
		}
	}
	return n, nil
}

// failed is a reader that fails.
type failed struct{ err error }

func (r failed) Read([]byte) (int, error) { return 0, r.err }

// open returns a reader of all: the first reads standard input, later ones the copy.
func (k *KeptStdin) open() io.Reader {
	if k.begun {
		return &keptReader{k: k}
	}
	k.begun = true
	return keepingReader{k}
}

// Size reads standard input to its end, and returns how many bytes it has.
func (k *KeptStdin) Size() (int64, error) {
	k.begun = true
	if _, err := io.Copy(io.Discard, keepingReader{k}); err != nil {
		return 0, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.complete {
		return k.size, nil
	}
	k.complete = true
	return k.size, k.to.Close()
}

// Close removes the copy.
func (k *KeptStdin) Close() error {
	k.c.StdinFrom(func() io.Reader { return k.from })
	return k.copy.Close()
}

// keepingReader reads standard input, and keeps what it reads.
type keepingReader struct{ k *KeptStdin }

func (r keepingReader) Read(p []byte) (int, error) {
	r.k.mu.Lock()
	defer r.k.mu.Unlock()
	if r.k.complete {
		return 0, io.EOF
	}
	n, err := r.k.from.Read(p)
	r.k.size += int64(n)
	if _, err := r.k.to.Write(p[:n]); err != nil {
		return n, fmt.Errorf("keeping a copy in the folder for temporary files: %w", err)
	}
	return n, err
}

// keptReader reads the copy.
type keptReader struct {
	k    *KeptStdin
	from *zstd.Decoder // nil: not begun
	err  error         // the last
}

func (r *keptReader) Read(p []byte) (n int, err error) {
	if r.err != nil {
		return 0, r.err
	}
	if r.from == nil {
		if _, err := r.k.Size(); err != nil {
			return 0, err
		}
		r.from, err = zstd.NewReader(io.NewSectionReader(r.k.copy, 0, math.MaxInt64), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
		if err != nil {
			return 0, err
		}
	}
	if n, r.err = r.from.Read(p); r.err != nil {
		r.from.Close()
	}
	return n, r.err
}
