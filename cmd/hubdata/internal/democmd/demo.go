package democmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/convertcmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/demo"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/wsi"
	"github.com/urfave/cli/v2"
)

const demoHelp = `Makes a folder DIR (default: hubdata-demo) in the shape of the HuBMAP competition's,
of hubdata's own drawing: tile_meta.csv, wsi_meta.csv, polygons.jsonl, tiles as images in
train/, detections of three imaginary models on dataset 3 in predictions/ and
the truth that they try to find in ds3_truth.json. Then it converts the
folder as "hubdata convert" does. The same seed makes the same bytes.

--scale full has the competition's size: 7,033 tiles, 1,633 of them outlined.
It draws no images without --draw.

examples:
   hubdata demo
   hubdata demo --scale full --predictions 0 /tmp/full`

// demoMark is the file by which demo knows a folder that it may write into again.
const demoMark = "DEMO.txt"

// maxPredictions bounds --predictions: ten times what detectors give a tile.
const maxPredictions = 1000

type demoOptions struct {
	dir         string
	seed        uint64
	scale       demo.Scale
	predictions int
	draw        bool
	convert     bool
	force       bool
}

func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "demo",
		Usage:       "make a small dataset to try things on, and convert it",
		UsageText:   "[flags] [DIR]",
		Description: demoHelp,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "scale", Value: "small", Usage: "make data of the `SIZE` small or full"},
			&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "make other data with another seed `N`"},
			&cli.IntFlag{Name: "predictions", Value: -1, Usage: "make `N` detections a tile and model", DefaultText: "20, at full scale 100"},
			&cli.BoolFlag{Name: "draw", Usage: "draw the tiles also at full scale: 1,633 outlined ones and those of dataset 3"},
			&cli.BoolFlag{Name: "no-convert", Usage: "only make the folder"},
			&cli.BoolFlag{Name: "force", Usage: "write into a folder that holds other files"},
			flags.JsonFlag("the summary"),
			flags.QuietFlag("summary and no advice"),
		},
		Action: func(ctx *cli.Context) error {
			opts := &demoOptions{
				dir:         ctx.Args().First(),
				seed:        ctx.Uint64("seed"),
				predictions: ctx.Int("predictions"),
				convert:     !ctx.Bool("no-convert"),
				force:       ctx.Bool("force"),
			}
			if ctx.NArg() > 1 {
				return ui.Usagef("demo takes one folder, got %q", ctx.Args().Slice())
			}
			if opts.dir == "" {
				opts.dir = "hubdata-demo"
			}
			var err error
			if opts.scale, err = flags.Choose(ctx, "scale", map[string]demo.Scale{"small": demo.Small, "full": demo.Full}); err != nil {
				return err
			}
			opts.draw = ctx.Bool("draw") || opts.scale == demo.Small
			if opts.predictions < 0 {
				opts.predictions = map[demo.Scale]int{demo.Small: 20, demo.Full: 100}[opts.scale]
			}
			if opts.predictions > maxPredictions {
				return ui.Usagef("--predictions: %d is more than %d", opts.predictions, maxPredictions)
			}
			return runDemo(ctx.Context, c, opts)
		},
	}
}

func runDemo(ctx context.Context, c *ui.Console, opts *demoOptions) error {
	if err := demoFolderFree(opts); err != nil {
		return err
	}
	set := demo.New(&demo.Options{Seed: opts.seed, Scale: opts.scale, Predictions: opts.predictions})
	o := &files.Outputs{Console: c, Force: true} // the folder is ours
	defer o.Abort()
	files := demoFiles(set, opts)
	if err := writeDemo(ctx, o, opts.dir, files); err != nil {
		return err
	}
	sum := &demoSummary{Folder: filepath.ToSlash(opts.dir), Made: len(files)}
	if !opts.convert {
		return c.Summarize(sum)
	}
	conv := &convertcmd.Options{SetOptions: folder.DefaultSetOptions(), Location: folder.Location{Dir: opts.dir, MaxLine: wsi.DefaultMaxLine}, PerTier: true, PerWSI: true}
	conv.Out = filepath.Join(opts.dir, "coco_data", "coco")
	job, err := convertcmd.NewJob(c, conv)
	if err != nil {
		return err
	}
	defer job.Close()
	if sum.Conversion, err = job.Convert(ctx); err != nil {
		return err
	}
	return c.Summarize(sum)
}

// demoSummary is what a run reports.
type demoSummary struct {
	Folder     string          `json:"folder"`
	Made       int             `json:"files_made"`
	Conversion *folder.Summary `json:"conversion,omitempty"`
}

func (sum *demoSummary) WriteText(text *strings.Builder) {
	fmt.Fprintf(text, "made %s: %s\n", sum.Folder, ui.Plural(sum.Made, "file", "files"))
	if sum.Conversion == nil {
		return
	}
	sum.Conversion.WriteText(text)
	fmt.Fprintf(text, "\nnext, try:\n   cd %s\n", sum.Folder)
	for _, command := range []string{
		"hubdata convert --class all --segmentation polygon -o coco_data/all",
		"hubdata folds -k 5",
		"hubdata pseudo --thr 0.6 --merge coco_data/coco/ds2.json",
		"hubdata eval ds3_truth.json predictions/vit.segm.json",
		"hubdata show -o tiles.png",
		"hubdata report",
	} {
		fmt.Fprintf(text, "   %s\n", command)
	}
}

// demoFolderFree refuses to write among files that are not a demo's.
func demoFolderFree(opts *demoOptions) error {
	if opts.force {
		return nil
	}
	if _, err := os.Stat(filepath.Join(opts.dir, demoMark)); err == nil {
		return nil
	}
	entries, err := os.ReadDir(opts.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(entries) > 0 {
		return ui.Failf(ui.ExitFailure, "folder %s holds other files", opts.dir).Hint("name a new folder, or write into it with --force")
	}
	return nil
}

// A demoFile is one file of the folder and how it is made.
type demoFile struct {
	path  string
	write func(io.Writer) error
}

func demoFiles(set *demo.Set, opts *demoOptions) []demoFile {
	files := []demoFile{
		{demoMark, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "Made by hubdata demo, version %s, seed %d: drawn data, no tissue of anybody.\n", ui.Version, opts.seed)
			return err
		}},
		{"tile_meta.csv", set.WriteTileMeta},
		{"wsi_meta.csv", set.WriteSlideMeta},
		{"sample_submission.csv", set.WriteSampleSubmission},
		{"polygons.jsonl", set.WritePolygons},
		{"ds3_truth.json", set.WriteTruth},
	}
	if opts.predictions > 0 {
		for _, model := range demo.Models() {
			files = append(files, demoFile{filepath.Join("predictions", model+".segm.json"), func(w io.Writer) error {
				return set.WritePredictions(w, model)
			}})
		}
	}
	if opts.draw {
		for _, t := range set.Tiles() {
			files = append(files, demoFile{filepath.Join("train", t.ID+".tif"), func(w io.Writer) error {
				return demo.EncodeTIFF(w, set.Image(t))
			}})
		}
	}
	return files
}

// writeDemo writes files into dir, some at once.
func writeDemo(ctx context.Context, o *files.Outputs, dir string, files []demoFile) error {
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
