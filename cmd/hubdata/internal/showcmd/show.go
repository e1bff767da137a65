package showcmd

import (
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/selection"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/termimage"
	"github.com/urfave/cli/v2"
)

const help = `Draws tiles with their outlines, from a HuBMAP folder or a COCO file. With PREDICTIONS,
which are COCO results or a dataset with scores, it also draws what a model predicted:
colours then show what was found, missed and false, matched as "hubdata eval" does at
--iou, and --worst picks the tiles with the lowest score.

The pictures are shown in the terminal, as block characters if it cannot do better; -o
writes PNG. By default 12 tiles are drawn at random, the same ones on every run. Images
are read from train/; a tile without an image is drawn on blank.

--wsi N alone, for a folder or a file made from one, draws the map of the slide: all its
tiles in their positions. --map draws it together with other flags; --color is then tier,
fold (with --folds), vessels or score. With --grid, --random, --worst, --all, --check or
--image, --wsi selects the slide's tiles; --where selects tiles by any FIELD, as in filter.

Exits with 4 if an image or a mask cannot be read: the tile is drawn without it.

examples:
   hubdata show                                     (in a dataset folder)
   hubdata show --image 0006ff2aa7cd -o tile.png
   hubdata show --grid 4x3 --random 12 --seed 7 --class all -o sheet.png all.json
   hubdata show --worst 6 -o worst.png truth.json results.segm.json
   hubdata show --color agreement --label votes -o votes.png pseudo_ds3_thr60.json
   hubdata show --check mask-near --crop 30 ~/hubmap
   hubdata show --all -o pictures/ all.json
   hubdata show --wsi 2 --color fold --folds coco_data/folds5.csv -o map.png`

// Command is "hubdata show".
func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "show",
		Usage:       "draw tiles with outlines and predictions, and maps of slides",
		UsageText:   "[flags] [FILE|DIR] [PREDICTIONS]",
		Description: help,
		Flags: slices.Concat([]cli.Flag{
			flags.OutFlag("write a PNG to `OUT`, or to the folder OUT/ one per tile (per sheet with --grid); - is standard output"),
			&cli.StringFlag{Name: "terminal", Usage: "show in the terminal as `FORMAT`: " +
				strings.Join(termimage.Names(), ", "), DefaultText: "the best it supports"},
			&cli.StringSliceFlag{Name: "image", Usage: "draw the tile `NAME`, or the image with that id; repeatable"},
			&cli.StringFlag{Name: "images-from", Usage: "draw the tiles listed in `FILE`, one per line"},
			&cli.IntFlag{Name: "random", Usage: "draw `N` tiles at random"},
			&cli.Uint64Flag{Name: "seed", Value: 42, Usage: "use `N` as the seed of --random"},
			&cli.IntFlag{Name: "worst", Usage: "draw the `N` tiles with the lowest score"},
			&cli.StringFlag{Name: "worst-by", Value: "ap",
				Usage: "rank --worst by `SCORE`: ap at --iou, or f1 at --iou and --min-score"},
			&cli.StringSliceFlag{Name: "check",
				Usage: "draw tiles with the finding `CODE` of \"hubdata check\", marked; repeatable, or with commas"},
			&cli.BoolFlag{Name: "all", Usage: "draw all tiles"},
			flags.DatasetFlag("take tiles", ""),
			flags.WsiFlag("take tiles, or alone draw the map"),
			flags.ClassFlag("draw instances", "all"),
			&cli.Float64Flag{Name: "min-score", Usage: "draw instances that score at least `SCORE`",
				DefaultText: "0.5 with PREDICTIONS, else all"},
			&cli.Float64Flag{Name: "iou", Value: 0.6, Usage: "count an outline as found from `IOU` on"},
			&cli.StringFlag{Name: "color",
				Usage:       "color by `WHAT`: match, class, instance, score, source or agreement; maps by tier, fold, vessels or score",
				DefaultText: "match with PREDICTIONS, else class; tier, or fold with --folds"},
			&cli.StringFlag{Name: "style", Value: "outline", Usage: "draw instances as `STYLE`: outline, mask or both"},
			&cli.Float64Flag{Name: "alpha", Value: 0.35, Usage: "fill masks with opacity `A`, 0 to 1"},
			&cli.Float64Flag{Name: "line-width", Usage: "draw outlines `PIXELS` wide",
				DefaultText: "1.8, thinner on small pictures"},
			&cli.StringFlag{Name: "label", Usage: "label instances with `LIST`: " + strings.Join(paint.LabelParts, ", ") +
				"; or none", DefaultText: "score, if there is one"},
			&cli.BoolFlag{Name: "beside", Usage: "draw outlines and predictions on two pictures next to each other"},
			&cli.StringFlag{Name: "grid", Usage: "draw sheets of `CxR` tiles, columns and rows: 4x3",
				DefaultText: "by the number of tiles"},
			&cli.Float64Flag{Name: "zoom", Usage: "draw each pixel of a tile as `Z` pixels",
				DefaultText: "by the size of the sheet"},
			&cli.IntFlag{Name: "crop",
				Usage:       "crop tiles to what is drawn (with --check: to what is marked) and `PIXELS` around it",
				DefaultText: "whole tiles"},
			&cli.BoolFlag{Name: "plain", Usage: "draw no captions and no legend"},
			&cli.BoolFlag{Name: "map", Usage: "draw maps of slides"},
			flags.FoldsFlag("color maps by"),
			&cli.StringFlag{Name: "image-dir", Usage: "read images from `DIR`", DefaultText: "train/ near the data"},
			flags.TileMetaFlag("look tiles up", "that of a folder"),
			flags.ImagesFlag("match PREDICTIONS by"),
			flags.ImageIDFlag(" of a folder DIR"),
			flags.CategoryStartFlag(" of a folder DIR, and of a table of --images"),
			flags.WorkersFlag(),
			flags.ForceFlag(),
			flags.JsonFlag("what was drawn and its scores"),
			flags.QuietFlag("summary and no notes"),
		}, selection.WhereFlags("take tiles")),
		Action: func(ctx *cli.Context) error {
			opts, err := parse(ctx)
			if err != nil {
				return err
			}
			return run(ctx.Context, c, opts)
		},
	}
}
