package showcmd

import (
	"context"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

func run(ctx context.Context, c *ui.Console, o *options) error {
	outs := &files.Outputs{C: c, Force: o.force}
	defer outs.Abort()
	to, err := findTarget(c, outs, o) // refuses early what could not be written or shown
	if err != nil {
		return err
	}
	in, err := read(ctx, c, outs, o)
	if err != nil {
		return err
	}
	var done *drawn
	if o.isMap {
		done, err = drawMaps(ctx, c, outs, o, in, to)
	} else {
		done, err = drawTiles(ctx, c, outs, o, in, to)
	}
	if err != nil {
		return err
	}
	return done.report(c, o.out)
}
