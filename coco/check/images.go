package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image"
	"io/fs"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds/imagehash"
	"github.com/hubdata/hubdata/wsi"
)

// nearHash is how many bits the hashes of nearly equal pictures differ in at most.
const nearHash = imagehash.Near

// readImageFiles looks at the files of images in a folder.
func readImageFiles(ctx context.Context, c *console, dir string, images []coco.Image) ([]coco.ImageFile, error) {
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		return nil, failf(exitFailure, "--image-dir: no folder %s", dir)
	}
	add, stop := c.progress("reading images", -1)
	defer stop()
	files := make([]coco.ImageFile, len(images))
	var next atomic.Int64
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(images) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				n := lookAtImage(dir, images[i].FileName, &files[i])
				mu.Lock()
				add(n)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return files, ctx.Err()
}

// lookAtImage tells of one file, and returns how many bytes it has. A name that
// leads out of the folder is not followed.
func lookAtImage(dir, name string, f *coco.ImageFile) int {
	path, err := imagePath(dir, name)
	if err != nil {
		f.Missing, f.Err = name == "", err
		return 0
	}
	var turn imageTurn
	defer turn.end()
	if st, err := os.Stat(path); err == nil {
		turn.need(st.Size())
	}
	data, err := readImageFile(path)
	if err != nil {
		if f.Missing = errors.Is(err, fs.ErrNotExist); !f.Missing {
			f.Err = err
		}
		return 0
	}
	sum := sha256.Sum256(data)
	f.Sum = hex.EncodeToString(sum[:])
	if f.Height, f.Width, err = wsi.ImageSize(bytes.NewReader(data)); err == nil {
		turn.need(int64(f.Height) * int64(f.Width))
		var img image.Image
		if img, err = decodeImage(data); err == nil {
			f.Hash, f.Deep, f.Clear = imagehash.Of(img), deep(img), !opaque(img)
		}
	}
	switch {
	case errors.Is(err, wsi.ErrImageUnsupported), errors.Is(err, wsi.ErrImageFormat) && strings.HasPrefix(http.DetectContentType(data), "image/"):
		f.Unread = err
	default:
		f.Err = err
	}
	return len(data)
}

// deep says whether an image has 16 bits a channel.
func deep(img image.Image) bool {
	switch img.(type) {
	case *image.Gray16, *image.RGBA64, *image.NRGBA64, *image.Alpha16:
		return true
	}
	return false
}

// opaque says whether all pixels of an image are.
func opaque(img image.Image) bool {
	o, ok := img.(interface{ Opaque() bool })
	return !ok || o.Opaque()
}
