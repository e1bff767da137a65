package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/folds/imagehash"
	"github.com/hubdata/hubdata/internal/imagefile"
	"github.com/hubdata/hubdata/wsi"
)

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
	folder := job.opts.train
	if folder == "" {
		folder = filepath.Join(job.source.dir, "train")
	}
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
	path, err := findImage(folder, id)
	if path == "" || err != nil {
		return err
	}
	var turn imagefile.Turn
	defer turn.End()
	if st, err := os.Stat(path); err == nil {
		turn.Need(st.Size())
	}
	data, err := readImageFile(path)
	if err != nil {
		return fmt.Errorf("%w: %s: %w: leave images out with --compare-images=false", errInput, path, err)
	}
	if h, w, err := wsi.ImageSize(bytes.NewReader(data)); err == nil {
		turn.Need(int64(h) * int64(w))
	}
	img, err := decodeImage(data)
	if err != nil {
		return fmt.Errorf("%w: %s: %w: mend it, or leave images out with --compare-images=false", errInput, path, err)
	}
	sum := sha256.Sum256(data)
	s.Digest, s.Hash, s.HasHash = hex.EncodeToString(sum[:]), imagehash.Of(img), true
	return nil
}
