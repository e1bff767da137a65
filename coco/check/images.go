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
	"net/http"
	"strings"
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
	Height, Width int            // in pixels
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
// ReadImages decodes TIFF, PNG and JPEG files of up to 64 MiB and 2^24 pixels. It
// decodes large files one at a time. The only error is that of the context.
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
	data, err := readFile(name, open, &turn)
	if err != nil {
		if f.Missing = errors.Is(err, fs.ErrNotExist); !f.Missing {
			f.Err = err
		}
		return 0
	}
	sum := sha256.Sum256(data)
	f.Sum = hex.EncodeToString(sum[:])
	if f.Height, f.Width, err = imagefile.Size(bytes.NewReader(data)); err == nil {
		turn.Need(int64(f.Height) * int64(f.Width))
		var img image.Image
		if img, err = imagefile.Decode(bytes.NewReader(data)); err == nil {
			f.Hash, f.Deep, f.Clear = imagehash.Of(img), deep(img), !opaque(img)
		}
	}
	switch {
	case errors.Is(err, imagefile.ErrUnsupported), errors.Is(err, imagefile.ErrFormat) && strings.HasPrefix(http.DetectContentType(data), "image/"):
		f.Unread = err
	default:
		f.Err = err
	}
	return len(data)
}

// readFile returns the content of a file, unless it is too large.
func readFile(name string, open func(name string) (io.ReadCloser, error), turn *imagefile.Turn) ([]byte, error) {
	r, err := open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // only read
	size := int64(0)
	if f, ok := r.(fs.File); ok {
		if st, err := f.Stat(); err == nil {
			size = min(st.Size(), imagefile.MaxBytes)
		}
	}
	turn.Need(size)
	data := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	n, err := data.ReadFrom(io.LimitReader(r, imagefile.MaxBytes+1))
	switch {
	case err != nil:
		return nil, err
	case n > imagefile.MaxBytes:
		return nil, fmt.Errorf("found more than %d bytes, the limit for an image file", imagefile.MaxBytes)
	}
	return data.Bytes(), nil
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
