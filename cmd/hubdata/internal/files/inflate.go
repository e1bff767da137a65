package files

import (
	"errors"
	"fmt"
	"io"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/klauspost/compress/zstd"
)

// A compressed input may not inflate to more than bombRatio times its size once it has given more than BombFloor bytes,
// which are few enough to be held in memory: gzip reaches 1032 at most, and real annotation files stay below 30.
const (
	bombRatio = 250
	BombFloor = 32 << 20
)

// ZstdWindow is the largest window (memory a decoder needs) that is accepted; 128 MiB is what `zstd --ultra --long=27`
// writes.
const ZstdWindow = 128 << 20

// inflate chooses the decoder by the suffix of the path, which is one of [packing].
func (in *Input) inflate(suffix string) error {
	in.plain = in.packed
	switch suffix {
	case ".gz":
		z, err := newMembers(in.packed)
		if ui.IsReadError(err) {
			return ui.InFile(in.Name, err)
		} else if err != nil {
			return fmt.Errorf("%s: %w: not gzip, though named .gz: %w", in.Name, ui.ErrInput, err)
		}
		in.plain = &inflateReader{z: z, format: "gzip", packed: in.packed}
	case ".zst":
		z, err := zstd.NewReader(in.packed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(ZstdWindow))
		if err != nil {
			return fmt.Errorf("%s: %w: zstd: %w", in.Name, ui.ErrInput, err)
		}
		in.closer = append(in.closer, func() error { z.Close(); return nil })
		in.plain = &inflateReader{z: z, format: "zstd", packed: in.packed}
	}
	return nil
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
		return 0, fmt.Errorf("%w: %d bytes of %s inflate to more than %d times as much: this looks like a decompression bomb; decompress it yourself if you trust it",
			ui.ErrInput, r.packed.n, r.format, bombRatio)
	case err == nil || err == io.EOF || ui.IsReadError(err):
	case errors.Is(err, errFollows), errors.Is(err, zstd.ErrMagicMismatch) && r.n > 0:
		err = fmt.Errorf("%w: found bytes after the end of the %s data near byte %d, expected the end of the file: remove them, or download it again",
			ui.ErrInput, r.format, r.packed.n)
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("%w: the %s data end early, after %d bytes (%d inflated): the file is truncated; download it again", ui.ErrInput, r.format, r.packed.n, r.n)
	default:
		err = fmt.Errorf("%w: corrupt %s data near byte %d: %w", ui.ErrInput, r.format, r.packed.n, err)
	}
	return n, err
}
