package foldscmd

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/folds/imagehash"
	"github.com/hubdata/hubdata/internal/imagefile"
	"github.com/hubdata/hubdata/internal/parallel"
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
		path, err := folder.NamedImage(dir, im.files[i])
		if err != nil {
			return nil // a name that leads out of the folder has no file in it
		}
		return hashImage(path, &samples[i])
	})
}

// hashImage sums and hashes the image in a file.
func hashImage(path string, s *folds.Sample) error {
	fail := func(err error) error {
		return fmt.Errorf("%w: %s: %w: fix it, or skip images with --compare-images=false", ui.ErrInput, path, err)
	}
	f, err := folder.OpenImage(path)
	if err != nil {
		return fail(err)
	}
	defer func() { _ = f.Close() }() // only read
	var turn imagefile.Turn
	defer turn.End()
	if st, err := f.Stat(); err == nil {
		turn.Need(st.Size())
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return fail(err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fail(err)
	}
	file, err := imagefile.Open(f)
	if err != nil {
		return fail(err)
	}
	turn.Need(int64(file.Height) * int64(file.Width))
	img, err := file.Reduced()
	if err != nil {
		return fail(err)
	}
	s.Digest, s.Hash, s.HasHash = hex.EncodeToString(sum.Sum(nil)), imagehash.Of(img), true
	return nil
}
