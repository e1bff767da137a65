package main

import (
	"context"
	"io"
	"os"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
)

// readImageFiles looks at the files of images in a folder. A name that leads out of
// the folder is not followed.
func readImageFiles(ctx context.Context, c *console, dir string, images []coco.Image) ([]check.ImageFile, error) {
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		return nil, failf(exitFailure, "--image-dir: no folder %s", dir)
	}
	add, stop := c.progress("reading images", -1)
	defer stop()
	return check.ReadImages(ctx, images, func(name string) (io.ReadCloser, error) {
		path, err := imagePath(dir, name)
		if err == nil {
			err = soundImageFile(path)
		}
		if err != nil {
			return nil, err
		}
		return os.Open(path)
	}, &check.ImageOptions{Progress: add})
}
