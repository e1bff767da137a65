package check

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"io"
	"io/fs"
	"slices"
	"sync"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds/imagehash"
	"github.com/hubdata/hubdata/internal/imagefile"
	"github.com/hubdata/hubdata/internal/parallel"
)

// ImageFile describes the file of an image.
type ImageFile struct {
	Missing       bool
	Err           error          // why it cannot be read; nil: it can
	Height, Width int            // in pixels, of the picture as it is shown
	Orientation   int            // how the stored picture is turned for that, as in EXIF: 2 to 8, from 5 on by a quarter; 0 or 1: not at all
	Sum           string         // SHA-256 in hexadecimal; empty: not known
	Hash          imagehash.Hash // hash of the picture; zero: not known
	Unread        error          // why only the picture is not known; nil: it is known
	Deep          bool           // 16 bits per channel
	Clear         bool           // some pixels are not opaque
}

// ImageOptions are the options of [ReadImages].
type ImageOptions struct {
	// Progress is called with the size in bytes of each file that was read, by one
	// goroutine at a time. nil: no calls.
	Progress func(bytes int)
	// Workers is the number of goroutines. 0: the number of available processors.
	Workers int
}

// ReadImages reads and decodes the files of images, and describes each as [Options]
// needs it. It calls open with the image's FileName as it is in the dataset. The name
// may be hostile: open must decide whether it leads out of the folder. A file is
// missing if open fails with an error that is [fs.ErrNotExist], or if the image has no
// file name.
//
// ReadImages decodes TIFF, PNG, JPEG, GIF, WebP and BMP files of up to 2^24 pixels, and
// turns them as their EXIF data say. A file of more than 64 MiB must be an [io.ReaderAt]
// and an [io.Seeker]. It decodes large files one at a time. The only error is that of the
// context.
func ReadImages(ctx context.Context, images []coco.Image, open func(name string) (io.ReadCloser, error), o *ImageOptions) ([]ImageFile, error) {
	if o == nil {
		o = &ImageOptions{}
	}
	files := make([]ImageFile, len(images))
	var mu sync.Mutex
	return files, parallel.Each(ctx, o.Workers, len(images), func(i int) error {
		n := files[i].read(images[i].FileName, open)
		if o.Progress != nil {
			mu.Lock()
			defer mu.Unlock()
			o.Progress(n)
		}
		return nil
	})
}

// read reads one file, and returns its size in bytes.
func (f *ImageFile) read(name string, open func(name string) (io.ReadCloser, error)) int {
	if name == "" {
		f.Missing = true
		return 0
	}
	var turn imagefile.Turn
	defer turn.End()
	r, err := open(name)
	if err != nil {
		if f.Missing = errors.Is(err, fs.ErrNotExist); !f.Missing {
			f.Err = err
		}
		return 0
	}
	defer func() { _ = r.Close() }() // only read
	content, n, err := f.sum(r, &turn)
	if err == nil {
		err = f.picture(content, &turn)
	}
	switch head := make([]byte, 512); {
	case errors.Is(err, imagefile.ErrUnsupported):
		f.Unread = err
	case errors.Is(err, imagefile.ErrFormat):
		k, _ := content.ReadAt(head, 0) // what there is of it
		if f.Err = err; beginsLikeImage(head[:k]) {
			f.Err, f.Unread = nil, err
		}
	default:
		f.Err = err
	}
	return n
}

// imageSignatures are what files of images begin with that browsers show; ? is any byte.
var imageSignatures = []string{"\x00\x00\x01\x00", "\x00\x00\x02\x00", "BM", "GIF87a", "GIF89a", "RIFF????WEBPVP", "\x89PNG\r\n\x1a\n", "\xff\xd8\xff"}

// beginsLikeImage says whether a file begins like an image.
func beginsLikeImage(head []byte) bool {
	return slices.ContainsFunc(imageSignatures, func(signature string) bool {
		if len(head) < len(signature) {
			return false
		}
		for i := range len(signature) {
			if signature[i] != '?' && signature[i] != head[i] {
				return false
			}
		}
		return true
	})
}

// picture reads the size and the picture of a file.
func (f *ImageFile) picture(content io.Reader, turn *imagefile.Turn) error {
	file, err := imagefile.Open(content)
	if err != nil {
		return err
	}
	f.Height, f.Width, f.Orientation = file.Height, file.Width, int(file.Orientation)
	turn.Need(int64(f.Height) * int64(f.Width))
	img, err := file.Decode()
	if err == nil {
		f.Hash, f.Deep, f.Clear = imagehash.Of(img), deep(img), !opaque(img)
	}
	return err
}

// randomReader has random access.
type randomReader interface {
	io.ReadSeeker
	io.ReaderAt
}

// sum sums a file, and returns its content and its size in bytes. The content is in memory,
// unless it is large.
func (f *ImageFile) sum(r io.Reader, turn *imagefile.Turn) (content randomReader, n int, err error) {
	size := int64(0)
	if f, ok := r.(fs.File); ok {
		if st, err := f.Stat(); err == nil {
			size = st.Size()
		}
	}
	turn.Need(size)
	sum := sha256.New()
	if at, ok := r.(randomReader); ok && size > imagefile.MaxBytes {
		n, err := io.Copy(sum, r)
		if err == nil {
			_, err = at.Seek(0, io.SeekStart)
		}
		if err != nil {
			return nil, 0, err
		}
		f.Sum = hex.EncodeToString(sum.Sum(nil))
		return at, int(n), nil
	}
	data := bytes.NewBuffer(make([]byte, 0, min(size, imagefile.MaxBytes)+bytes.MinRead))
	switch n, err := data.ReadFrom(io.LimitReader(r, imagefile.MaxBytes+1)); {
	case err != nil:
		return nil, 0, err
	case n > imagefile.MaxBytes:
		return nil, 0, fmt.Errorf("%w: found more than %d bytes, the limit for an image that is not a file", imagefile.ErrUnsupported, imagefile.MaxBytes)
	}
	sum.Write(data.Bytes())
	f.Sum = hex.EncodeToString(sum.Sum(nil))
	return bytes.NewReader(data.Bytes()), data.Len(), nil
}

// deep reports whether an image has 16 bits per channel.
func deep(img image.Image) bool {
	switch img.(type) {
	case *image.Gray16, *image.RGBA64, *image.NRGBA64, *image.Alpha16:
		return true
	}
	return false
}

// opaque reports whether all pixels of an image are opaque.
func opaque(img image.Image) bool {
	o, ok := img.(interface{ Opaque() bool })
	return !ok || o.Opaque()
}
