package traincmd

import (
	"context"
	"errors"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/regularfile"
	"github.com/hubdata/hubdata/mmdet"
	mmrun "github.com/hubdata/hubdata/mmdet/run"
)

// newDataChecker reads the datasets of a recipe, and, with images, the sizes of image files.
func newDataChecker(c *ui.Console, r *mmdet.Recipe, images bool) *mmrun.DataChecker {
	d := &mmrun.DataChecker{Recipe: r, Dataset: datasetReader(c)}
	if images {
		d.ImageSize = imageWidthHeight
	}
	return d
}

// datasetReader reads COCO files that a recipe names: regular files, since to open a named pipe waits for a writer.
func datasetReader(c *ui.Console) func(context.Context, string) (*coco.Dataset, error) {
	return func(ctx context.Context, path string) (*coco.Dataset, error) {
		in, err := files.OpenRegular(c, path)
		if other := (*regularfile.KindError)(nil); errors.As(err, &other) {
			return nil, ui.Failf(ui.ExitBadData, "%w", err)
		}
		if err != nil {
			return nil, err
		}
		f, err := files.ReadCOCO(ctx, c, in)
		if err != nil {
			return nil, err
		}
		return f.Dataset, nil
	}
}

func imageWidthHeight(path string) (width, height int, err error) {
	height, width, err = folder.ImageSize(path)
	return width, height, err
}
