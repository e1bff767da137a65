// Package democmd is the command hubdata demo, which makes a small dataset and converts it.
package democmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/convertcmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/demo"
	"github.com/hubdata/hubdata/internal/parallel"
)

// mark is the file that shows that demo made a folder, and may write into it again.
const mark = "DEMO.txt"

// options say what data to make, and where.
type options struct {
	dir         string
	seed        uint64
	scale       demo.Scale
	predictions int // per tile and model
	draw        bool
	convert     bool
	force       bool
}

// run makes the folder and converts it.
func run(ctx context.Context, c *ui.Console, o *options) (*summary, error) {
	if err := checkFolder(o); err != nil {
		return nil, err
	}
	set := demo.New(&demo.Options{Seed: o.seed, Scale: o.scale, Predictions: o.predictions})
	outs := &files.Outputs{Console: c, Force: true} // checkFolder allowed the folder
	defer outs.Abort()
	list := filesOf(set, o)
	if err := write(ctx, outs, o.dir, list); err != nil {
		return nil, err
	}
	sum := &summary{Folder: filepath.ToSlash(o.dir), Made: len(list)}
	if !o.convert {
		return sum, nil
	}
	var err error
	sum.Conversion, err = convertcmd.Run(ctx, c, convertcmd.DefaultOptions(o.dir))
	return sum, err
}

// checkFolder refuses a folder of files that are not a demo's.
func checkFolder(o *options) error {
	if o.force {
		return nil
	}
	if _, err := os.Stat(filepath.Join(o.dir, mark)); err == nil {
		return nil
	}
	entries, err := os.ReadDir(o.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(entries) > 0 {
		return ui.Failf(ui.ExitFailure, "folder %s has other files", o.dir).Hint("name a new folder, or write into this one with --force")
	}
	return nil
}

// file is a file of the folder and how it is made.
type file struct {
	path  string
	write func(io.Writer) error
}

func filesOf(set *demo.Set, o *options) []file {
	files := []file{
		{mark, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "Made by hubdata demo, version %s, seed %d: synthetic data.\n", ui.Version, o.seed)
			return err
		}},
		{"tile_meta.csv", set.WriteTileMeta},
		{"wsi_meta.csv", set.WriteSlideMeta},
		{"sample_submission.csv", set.WriteSampleSubmission},
		{"polygons.jsonl", set.WritePolygons},
		{"ds3_truth.json", set.WriteTruth},
	}
	if o.predictions > 0 {
		for _, model := range demo.Models() {
			files = append(files, file{filepath.Join("predictions", model+".segm.json"), func(w io.Writer) error {
				return set.WritePredictions(w, model)
			}})
		}
	}
	if o.draw {
		for _, t := range set.Tiles() {
			files = append(files, file{filepath.Join("train", t.ID+".tif"), func(w io.Writer) error {
				return demo.EncodeTIFF(w, set.Image(t))
			}})
		}
	}
	return files
}

// write writes files into dir, some in parallel.
func write(ctx context.Context, o *files.Outputs, dir string, files []file) error {
	const batch = 64
	for start := 0; start < len(files); start += batch {
		part := files[start:min(start+batch, len(files))]
		err := parallel.Each(ctx, 0, len(part), func(i int) error {
			out, err := o.Create(filepath.Join(dir, part[i].path))
			if err == nil {
				err = part[i].write(out)
			}
			if err == nil {
				err = out.Close()
			}
			if err != nil {
				return fmt.Errorf("%s: %w", part[i].path, err)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if err := o.Commit(); err != nil {
			return err
		}
	}
	return nil
}
