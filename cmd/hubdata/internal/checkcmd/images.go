package checkcmd

import (
	"context"
	"io"
	"os"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
)

// readImageFiles reads the files of images in a folder. A name that leads out of the
// folder is not followed.
func readImageFiles(ctx context.Context, c *ui.Console, dir string, images []coco.Image) ([]check.ImageFile, error) {
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		return nil, ui.Failf(ui.ExitFailure, "--image-dir: no folder %s", dir)
	}
	add, stop := c.Progress("reading images", -1)
	defer stop()
	return check.ReadImages(ctx, images, func(name string) (io.ReadCloser, error) {
		path, err := folder.NamedImage(dir, name)
		if err != nil {
			return nil, err
		}
		return folder.OpenImage(path)
	}, &check.ImageOptions{Progress: add})
}
