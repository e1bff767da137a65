package foldscmd

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/folds/imagehash"
	"github.com/hubdata/hubdata/internal/imagefile"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/wsi"
)

// readImages adds the sums and hashes of the images of a plan's tiles in a folder. A
// tile without an image is left as it is: the audit says so.
func (known samples) readImages(ctx context.Context, plan *folds.Plan, dir string) error {
	var ids []string
	for _, e := range plan.Entries {
		if e.Fold != folds.NoFold || e.Always {
			ids = append(ids, e.ID)
		}
	}
	list := make([]*folds.Sample, len(ids))
	for i, id := range ids {
		if known[id] == nil {
			known[id] = &folds.Sample{}
		}
		list[i] = known[id]
	}
	if !files.Exists(dir) {
		return nil
	}
	return parallel.Each(ctx, 0, len(ids), func(i int) error {
		path, err := folder.FindImage(dir, ids[i])
		if path == "" || err != nil {
			return err
		}
		return hashImage(path, list[i])
	})
}

// readImages adds the sums and hashes of the images of a plan in a folder, found by their file names. An image without
// a file is left as it is: the audit says so.
func (im *cocoImages) readImages(ctx context.Context, plan *folds.Plan, samples []folds.Sample, dir string) error {
	if !files.Exists(dir) {
		return nil
	}
	index := plan.Index()
	return parallel.Each(ctx, 0, len(samples), func(i int) error {
		if e, ok := index.Entry(samples[i].ID); !ok || e.Fold == folds.NoFold && !e.Always {
			return nil
		}
		path, err := folder.ImagePath(dir, im.files[i])
		if err != nil || !files.Exists(path) {
			return nil // a name that leads out of the folder has no file in it
		}
		return hashImage(path, &samples[i])
	})
}

// hashImage sums and hashes the image in a file.
func hashImage(path string, s *folds.Sample) error {
	var turn imagefile.Turn
	defer turn.End()
	if st, err := os.Stat(path); err == nil {
		turn.Need(st.Size())
	}
	data, err := folder.ReadImageFile(path)
	if err != nil {
		return fmt.Errorf("%w: %s: %w: skip images with --compare-images=false", ui.ErrInput, path, err)
	}
	if h, w, err := wsi.ImageSize(bytes.NewReader(data)); err == nil {
		turn.Need(int64(h) * int64(w))
	}
	img, err := folder.DecodeImage(data)
	if err != nil {
		return fmt.Errorf("%w: %s: %w: fix it, or skip images with --compare-images=false", ui.ErrInput, path, err)
	}
	sum := sha256.Sum256(data)
	s.Digest, s.Hash, s.HasHash = hex.EncodeToString(sum[:]), imagehash.Of(img), true
	return nil
}
