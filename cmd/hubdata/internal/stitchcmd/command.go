// Package stitchcmd is the command stitch: instances that tiles cut become one on their slide.
package stitchcmd

import (
	"math"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/placing"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/slide"
	"github.com/urfave/cli/v2"
)

const help = `Joins instances that go on across the borders of tiles. IN is a dataset folder (default:
$HUBDATA_DATA, else this folder), a COCO file of tiles, or, with --images, results of a
model. The output is a folder with a COCO file for each slide, in pixels of the slide,
whose instances have polygons. If its tiles leave gaps, the slide has the member labelled:
the parts that they show, outside of which "hubdata tile" cuts no tiles.

With --keep-tiles the output is a file of the tiles as they were, whose annotations have
the member whole: a number that the parts of one instance share, and whose images have
the member whole_group, which "hubdata folds --group whole_group" keeps on one side.

` + placing.About + `

Two instances of a class are joined if they show the same where both tiles see it. Where
tiles touch, that is the part of the common edge that they cover, up to --depth pixels
from it; where tiles overlap, it is their pixels. Both must share --share of the smaller,
and have an IoU of --iou. Instances with the member whole are joined by it, unless --anew
is given.

The score of a joined instance follows --score, its votes are the most of its parts, its
models those of all, and the member parts lists them. The summary counts the ends that
stay open: where an instance reaches the border of its tile and there is no tile, no
labels, or none that goes on.

examples:
   hubdata stitch -o slides ~/hubmap
   hubdata stitch --keep-tiles -o tiles.json ds1.json
   hubdata folds --coco tiles.json --group whole_group -k 5 -o folds
   hubdata stitch --images tiles.json -o slides results.segm.json
   hubdata stitch --name-pattern '{slide}_{x}_{y}' -o slides tiles.json`

// options are a command line.
type options struct {
	in, out   string
	images    string // the tiles of results; empty: IN has them
	tileMeta  string
	table     string
	rule      *placing.Rule
	joining   slide.Options
	depthSet  bool
	score     slide.ScoreRule
	anew      bool
	keepTiles bool
	minScore  float64
	workers   int
	force     bool
	recorded  map[string]any
}

// Command is hubdata stitch.
func Command(c *ui.Console) *cli.Command {
	labels, scored := slide.DefaultOptions(false), slide.DefaultOptions(true)
	return &cli.Command{
		Name:        "stitch",
		Usage:       "join the instances that tiles cut, on whole slides",
		UsageText:   "[flags] -o OUT [IN]",
		Description: help,
		Flags: slices.Concat([]cli.Flag{
			flags.OutFlag("write to the folder `OUT`, a file for each slide; with --keep-tiles to the file OUT"),
			&cli.BoolFlag{Name: "keep-tiles", Usage: "write the tiles as they were, with the member whole"},
			flags.ImagesFlag("the results have"),
			&cli.Float64Flag{Name: "share", Value: labels.Share, Usage: "join instances that share `SHARE` of the smaller"},
			&cli.Float64Flag{Name: "iou", Value: labels.IoU, Usage: "join instances with an IoU of `IOU` where both are seen"},
			&cli.IntFlag{Name: "depth", Usage: "an instance that ends up to `N` pixels before the border of its tile may go on",
				DefaultText: ui.Thousands(labels.Depth) + "; " + ui.Thousands(scored.Depth) + " for instances with scores"},
			&cli.StringFlag{Name: "score", Value: "area",
				Usage: "the score of joined instances is `RULE`: area (the mean, weighed by pixels), mean, max or min"},
			&cli.Float64Flag{Name: "min-score", Usage: "leave out instances with a score below `SCORE`", DefaultText: "none"},
			&cli.BoolFlag{Name: "anew", Usage: "join by their pixels what has the member whole already"},
			flags.TileMetaFlag("look up places, and which tiles nobody labelled,", ""),
		}, placing.Flags(), []cli.Flag{
			flags.WorkersFlag(),
			flags.ForceFlag(),
		}, flags.SummaryFlags()),
		Action: func(ctx *cli.Context) error {
			opts, err := parse(ctx)
			if err != nil {
				return err
			}
			return run(ctx.Context, c, opts)
		},
	}
}

func parse(ctx *cli.Context) (*options, error) {
	o := &options{
		in: ctx.Args().First(), images: ctx.String("images"), tileMeta: ctx.String("tile-meta"), table: ctx.String("table"),
		depthSet: ctx.IsSet("depth"), anew: ctx.Bool("anew"), keepTiles: ctx.Bool("keep-tiles"), minScore: math.Inf(-1),
		force: ctx.Bool("force"),
	}
	if ctx.NArg() > 1 {
		return nil, ui.Usagef("stitch: found %d arguments, expected a folder or a file", ctx.NArg())
	}
	var err error
	if o.out, err = flags.OutFile(ctx); err != nil {
		return nil, err
	}
	if o.out == "-" && !o.keepTiles {
		return nil, ui.Usagef("-o -: a file for each slide cannot go to standard output").Hint(
			"name a folder, or use --keep-tiles")
	}
	if o.images != "" && o.in == "" {
		return nil, ui.Usagef("--images: name the results too").Hint(
			"hubdata stitch --images tiles.json -o slides results.segm.json")
	}
	if err := flags.OneStdin(o.in, o.images, o.tileMeta, o.table); err != nil {
		return nil, err
	}
	o.joining = slide.DefaultOptions(false)
	o.joining.Share, o.joining.IoU = ctx.Float64("share"), ctx.Float64("iou")
	for _, name := range []string{"share", "iou"} {
		if v := ctx.Float64(name); !(v >= 0 && v <= 1) {
			return nil, ui.Usagef("--%s: %v is not from 0 to 1", name, v)
		}
	}
	if o.depthSet {
		if o.joining.Depth = ctx.Int("depth"); o.joining.Depth < 1 || o.joining.Depth > 64 {
			return nil, ui.Usagef("--depth: %d is not from 1 to 64", o.joining.Depth)
		}
	}
	if ctx.IsSet("min-score") {
		if o.minScore = ctx.Float64("min-score"); math.IsNaN(o.minScore) {
			return nil, ui.Usagef("--min-score: NaN is not a score")
		}
	}
	if o.score, err = flags.Choose(ctx, "score", map[string]slide.ScoreRule{"area": slide.ScoreArea, "max": slide.ScoreMax,
		"min": slide.ScoreMin, "mean": slide.ScoreMean}); err != nil {
		return nil, err
	}
	if o.rule, err = placing.Parse(ctx); err != nil {
		return nil, err
	}
	o.workers, err = flags.WorkersOf(ctx)
	o.recorded = recorded(ctx)
	return o, err
}

// recorded are the flags that decide the content of the files.
func recorded(ctx *cli.Context) map[string]any {
	m := map[string]any{}
	for _, name := range []string{"keep-tiles", "share", "iou", "depth", "score", "min-score", "anew", "slide-field",
		"x-field", "y-field", "scale-field", "name-pattern"} {
		if ctx.IsSet(name) {
			m[name] = ctx.Value(name)
		}
	}
	return m
}
