package showcmd

import (
	"image"
	"os"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/termimage"
)

// sink takes pictures, in order. picture and png return the path of the file, if it is
// one.
type sink interface {
	picture(img *image.RGBA) (string, error)
	png(name string, data []byte) (string, error) // of a tile of that name
	close() error
}

// target is where pictures go.
type target struct {
	path   string         // of a file or a folder; empty: the terminal
	folder bool           // path is a folder
	way    termimage.Kind // of the terminal
}

// findTarget finds where pictures go. It fails if they cannot be written or shown there.
func findTarget(c *ui.Console, outs *files.Outputs, o *options) (*target, error) {
	if o.out == "" {
		way, err := findTerminal(c, o.terminal)
		return &target{way: way}, err
	}
	to := &target{path: o.out}
	if o.out == "-" {
		return to, nil
	}
	st, err := os.Stat(o.out)
	if to.folder = os.IsPathSeparator(o.out[len(o.out)-1]) || err == nil && st.IsDir(); to.folder {
		return to, nil
	}
	return to, outs.Check(o.out)
}

// open opens the target for that many pages.
func (to *target) open(c *ui.Console, outs *files.Outputs, pages int) sink {
	if to.path == "" {
		return &terminal{c: c, way: to.way, columns: columns(c)}
	}
	f := &pngFiles{outs: outs, path: to.path, many: pages > 1, names: map[string]bool{}}
	if to.folder {
		f.folder = to.path
	}
	return f
}
