package exportcmd

import (
	"context"
	"os"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// read reads the set: a COCO file, or a dataset folder.
func read(ctx context.Context, c *ui.Console, o *files.Outputs, opts *options) (*files.COCOFile, error) {
	if st, err := os.Stat(opts.in); err == nil && st.IsDir() {
		out, _, err := folder.ReadSet(ctx, c, o, opts.in, opts.workers)
		return out, err
	}
	in, err := files.OpenInput(c, opts.in)
	if err != nil {
		return nil, err
	}
	o.Inputs = append(o.Inputs, in)
	return files.ReadCOCO(ctx, c, in)
}
