package democmd

import (
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/demo"
	"github.com/urfave/cli/v2"
)

const help = `Makes a folder DIR (default: hubdata-demo) of synthetic data in the form of the
HuBMAP competition's: tile_meta.csv, wsi_meta.csv, polygons.jsonl, images of the
tiles in train/, detections of three synthetic models on dataset 3 in
predictions/ and the ground truth of dataset 3 in ds3_truth.json. Then it
converts the folder as "hubdata convert" does. The same seed gives the same
bytes.

--scale full has the size of the competition: 7,033 tiles, 1,633 of them with
outlines. It has no images, unless you add --draw.

examples:
   hubdata demo
   hubdata demo --scale full --predictions 0 /tmp/full`

// maxPredictions bounds --predictions: ten times what detectors give per tile.
const maxPredictions = 1000

// Command is hubdata demo.
func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "demo",
		Usage:       "make a small synthetic dataset to try things on, and convert it",
		UsageText:   "[flags] [DIR]",
		Description: help,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "scale", Value: "small", Usage: "make data of `SIZE` small or full"},
			&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "seed `N`: another one makes other data"},
			&cli.IntFlag{Name: "predictions", Value: -1, Usage: "make `N` detections per tile and model", DefaultText: "20; 100 with --scale full"},
			&cli.BoolFlag{Name: "draw", Usage: "draw the images with --scale full too: of the 1,633 tiles with outlines and of dataset 3"},
			&cli.BoolFlag{Name: "no-convert", Usage: "make the folder, but do not convert it"},
			&cli.BoolFlag{Name: "force", Usage: "write into a folder that holds other files"},
			flags.JsonFlag("the summary"),
			flags.QuietFlag("summary and no advice"),
		},
		Action: func(ctx *cli.Context) error {
			o, err := parse(ctx)
			if err != nil {
				return err
			}
			sum, err := run(ctx.Context, c, o)
			if err != nil {
				return err
			}
			return c.Summarize(sum)
		},
	}
}

// parse reads the flags and the argument.
func parse(ctx *cli.Context) (*options, error) {
	o := &options{
		dir:         ctx.Args().First(),
		seed:        ctx.Uint64("seed"),
		predictions: ctx.Int("predictions"),
		convert:     !ctx.Bool("no-convert"),
		force:       ctx.Bool("force"),
	}
	if ctx.NArg() > 1 {
		return nil, ui.Usagef("demo takes one folder, found %q", ctx.Args().Slice())
	}
	if o.dir == "" {
		o.dir = "hubdata-demo"
	}
	var err error
	if o.scale, err = flags.Choose(ctx, "scale", map[string]demo.Scale{"small": demo.Small, "full": demo.Full}); err != nil {
		return nil, err
	}
	o.draw = ctx.Bool("draw") || o.scale == demo.Small
	if o.predictions < 0 {
		o.predictions = map[demo.Scale]int{demo.Small: 20, demo.Full: 100}[o.scale]
	}
	if o.predictions > maxPredictions {
		return nil, ui.Usagef("--predictions: %d is more than %d", o.predictions, maxPredictions)
	}
	return o, nil
}
