package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // tiles may be JPEG
	_ "image/png"  // or PNG
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/folds/imagehash"
	_ "golang.org/x/image/tiff" // the competition's format
)

// maxImageFile is the largest image file that is compared.
const maxImageFile = 1 << 28

// maxImagePixels bounds what a decoder may allocate.
const maxImagePixels = 1 << 26

// imageSuffixes are tried in this order.
var imageSuffixes = []string{".tif", ".tiff", ".png", ".jpg"}

// readImages adds the sums and hashes of the tiles' images to the samples. A
// tile without an image is left as it is: the audit says so.
func (job *foldsJob) readImages(ctx context.Context) error {
	var ids []string
	for _, e := range job.plan.Entries {
		if e.Fold != folds.NoFold || e.Always {
			ids = append(ids, e.ID)
		}
	}
	samples := make([]*folds.Sample, len(ids))
	for i, id := range ids {
		if job.samples[id] == nil {
			job.samples[id] = &folds.Sample{}
		}
		samples[i] = job.samples[id]
	}
	folder := filepath.Join(job.source.dir, "train")
	if !exists(folder) {
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				if err := hashImage(folder, ids[i], samples[i]); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := range ids {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	return context.Cause(ctx)
}

// hashImage sums and hashes a tile's image.
func hashImage(folder, id string, s *folds.Sample) error {
	for _, suffix := range imageSuffixes {
		path := filepath.Join(folder, id+suffix)
		st, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return err
		}
		if st.Size() > maxImageFile {
			return fmt.Errorf("%w: %s has %d bytes, more than %d: leave images out with --compare-images=false", errInput, path, st.Size(), maxImageFile)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		size, _, err := image.DecodeConfig(bytes.NewReader(data))
		if err != nil || size.Width < 1 || size.Height < 1 || size.Width > maxImagePixels/size.Height {
			return fmt.Errorf("%w: %s is no image that can be read (%d x %d pixels, %v): mend it, or leave images out with --compare-images=false", errInput, path, size.Width, size.Height, err)
		}
		img, _, err := image.Decode(bytes.NewReader(data))
		if err != nil {
			return fmt.Errorf("%w: %s: %w: mend it, or leave images out with --compare-images=false", errInput, path, err)
		}
		sum := sha256.Sum256(data)
		s.Digest, s.Hash, s.HasHash = hex.EncodeToString(sum[:]), imagehash.Of(img), true
		return nil
	}
	return nil
}
