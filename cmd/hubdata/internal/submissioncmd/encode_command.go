package submissioncmd

import (
	"cmp"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/rle"
	"github.com/urfave/cli/v2"
)

const encodeHelp = `Writes predictions as a submission: a row for each tile of the test set, also for
those without a detection. RESULTS are COCO results, or a COCO dataset whose
annotations have a score. DIR is the dataset folder (default: $HUBDATA_DATA, else
this folder).

--tiles names the tiles. The default is the images in DIR/test, else the rows of
DIR/sample_submission.csv. A prediction on any other tile is an error. --images
says what image ids mean. By default strings are names of tiles, and integers
rows of DIR/tile_meta.csv, counted from 1. A dataset has its own ids.

The steps for the instances of a tile, in this order: drop scores below
--min-score; sort by falling score, equal ones in the order of the file; change
the masks by --post, then by --dilate; drop masks without a pixel; keep the first
--top.

examples:
   hubdata submission encode fused.segm.json
   hubdata submission encode --top 100 --min-score 0.01 --dilate 1 fused.segm.json
   hubdata submission encode --post fill,largest --tiles test -o - model.segm.json
   hubdata submission encode --images val.json --tiles val.json -o val.csv val.segm.json`

// encodeCommand is hubdata submission encode.
func encodeCommand(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "encode",
		Usage:       "write predictions as a submission",
		UsageText:   "[flags] RESULTS [DIR]",
		Description: encodeHelp,
		Flags: append([]cli.Flag{
			flags.OutFlag("write to the file `OUT`; - is standard output (default: submission.csv)"),
			tilesFlag("the images in DIR/test, else sample_submission.csv in DIR"),
			tilesSizeFlag(),
			flags.ImagesFlag("RESULTS have"),
			flags.CategoryStartFlag(", unless a COCO file has it"),
			&cli.Float64Flag{Name: "min-score", Usage: "keep instances that score `SCORE` or more", DefaultText: "none"},
			&cli.IntFlag{Name: "top", Usage: "keep at most `N` instances per tile", DefaultText: "all"},
			flags.PostFlag("none"),
			&cli.IntFlag{Name: "dilate", Usage: "grow each mask `N` times by the 3 x 3 cross"},
			&cli.StringFlag{Name: "record", Usage: "also write to `FILE` how OUT was made, which a submission has no place for"},
			flags.WorkersFlag(),
			flags.ForceFlag(),
		}, flags.SummaryFlags()...),
		Action: func(ctx *cli.Context) error {
			o, err := parseEncode(ctx)
			if err != nil {
				return err
			}
			sum, err := encode(ctx.Context, c, o)
			if err != nil {
				return err
			}
			return c.Summarize(sum, o.out)
		},
	}
}

// parseEncode reads the flags and the arguments.
func parseEncode(ctx *cli.Context) (*encodeOptions, error) {
	o := &encodeOptions{
		results:  ctx.Args().Get(0),
		out:      cmp.Or(ctx.String("out"), "submission.csv"),
		images:   ctx.String("images"),
		record:   ctx.String("record"),
		top:      ctx.Int("top"),
		minScore: ctx.Float64("min-score"),
		force:    ctx.Bool("force"),
	}
	if n := ctx.NArg(); n < 1 || n > 2 {
		return nil, ui.Usagef("submission encode takes a file of predictions and at most one folder, found %q", ctx.Args().Slice())
	}
	var err error
	if o.tiles, err = parseTestTiles(ctx, 1); err != nil {
		return nil, err
	}
	if o.workers, err = flags.WorkersOf(ctx); err != nil {
		return nil, err
	}
	if o.categoryStart, err = flags.CategoryStartOf(ctx); err != nil {
		return nil, err
	}
	switch {
	case !(o.minScore >= 0 && o.minScore <= 1):
		return nil, ui.Usagef("--min-score: %v is not from 0 to 1", o.minScore)
	case o.top < 0, ctx.IsSet("top") && o.top == 0:
		return nil, ui.Usagef("--top: %d is not positive", o.top)
	}
	if o.post, err = flags.ParseSteps(ctx.String("post")); err != nil {
		return nil, err
	}
	if n := ctx.Int("dilate"); n < 0 {
		return nil, ui.Usagef("--dilate: %d is negative", n)
	} else if n > 1000 {
		return nil, ui.Usagef("--dilate: %d is more than 1000", n)
	} else if n > 0 {
		cross, err := rle.Cross(3)
		if err != nil {
			return nil, err
		}
		o.post = append(o.post, rle.Step{Kind: rle.StepDilate, Element: cross, Times: n})
	}
	if err := flags.OneStdin(o.results, o.tiles.path, o.images); err != nil {
		return nil, err
	}
	if o.dir, err = folder.DataFolder(ctx.Args().Get(1)); err != nil {
		return nil, err
	}
	if o.record != "" && o.out == "-" {
		return nil, ui.Usagef("--record: standard output has no name to record").Hint("name a file with -o OUT")
	}
	o.recorded = flags.Recorded(ctx)
	return o, o.tiles.inFolder(o.dir)
}
