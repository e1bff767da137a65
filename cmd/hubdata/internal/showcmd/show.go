package showcmd

import (
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/termimage"
	"github.com/urfave/cli/v2"
)

const help = `Draws tiles with what is outlined on them: the outlines of a HuBMAP folder or of a
COCO file, and beside them what a model found, PREDICTIONS being COCO results or a
dataset with scores. Then outlines tell what was found, missed and false, matched
as "hubdata eval" does at --iou, and --worst picks the tiles with the lowest score.

A terminal shows the pictures itself, in block letters if it cannot do better; -o
writes PNG. Without a choice of tiles 12 are drawn at random, always the same.
Images are looked for in train/; where one is absent the tile is blank.

--wsi N alone, of a folder or of a file made from one, draws the slide's map: all
its tiles in their places. --map draws it with other flags too; then --color is
tier, fold (with --folds), vessels or score. With --grid, --random, --worst, --all,
--check or --image, --wsi takes tiles of the slide.

Done with 4 if an image or a mask cannot be read: the tile is drawn without it.

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
		Usage:       "draw tiles, what is outlined on them and what was found, and maps of slides",
		UsageText:   "[flags] [FILE|DIR] [PREDICTIONS]",
		Description: help,
		Flags: []cli.Flag{
			flags.OutFlag("write a PNG to `OUT`, or into the folder OUT/ one of each tile (of each sheet, with --grid); - is standard output"),
			&cli.StringFlag{Name: "terminal", Usage: "show in the terminal by `WAY`: " + strings.Join(termimage.Names(), ", "), DefaultText: "what it can do"},
			&cli.StringSliceFlag{Name: "image", Usage: "draw the tile `NAME`, or the image of that id; repeatable"},
			&cli.StringFlag{Name: "images-from", Usage: "draw the tiles that `FILE` names, one a line"},
			&cli.IntFlag{Name: "random", Usage: "draw `N` tiles at random"},
			&cli.Uint64Flag{Name: "seed", Value: 42, Usage: "choose them by the seed `N`"},
			&cli.IntFlag{Name: "worst", Usage: "draw the `N` tiles whose predictions score lowest"},
			&cli.StringFlag{Name: "worst-by", Value: "ap", Usage: "`SCORE` of --worst: ap at --iou, or f1 at --iou and --min-score"},
			&cli.StringSliceFlag{Name: "check", Usage: "draw tiles in which \"hubdata check\" finds `CODE`, and mark where; repeatable, or with commas"},
			&cli.BoolFlag{Name: "all", Usage: "draw all tiles"},
			flags.DatasetFlag("take tiles", ""),
			flags.WsiFlag("take tiles, or alone draw the map"),
			flags.ClassFlag("draw instances", "all"),
			&cli.Float64Flag{Name: "min-score", Usage: "draw instances that score at least `SCORE`", DefaultText: "0.5 with PREDICTIONS, else all"},
			&cli.Float64Flag{Name: "iou", Value: 0.6, Usage: "take an outline for found from `IOU` on"},
			&cli.StringFlag{Name: "color", Usage: "color by `WHAT`: match, class, instance, score, source or agreement; maps by tier, fold, vessels or score", DefaultText: "match with PREDICTIONS, else class; tier, or fold with --folds"},
			&cli.StringFlag{Name: "style", Value: "outline", Usage: "draw instances as `STYLE`: outline, mask or both"},
			&cli.Float64Flag{Name: "alpha", Value: 0.35, Usage: "fill masks by the part `A`, 0 to 1"},
			&cli.Float64Flag{Name: "line-width", Usage: "draw outlines `PIXELS` wide", DefaultText: "1.8, less on small pictures"},
			&cli.StringFlag{Name: "label", Usage: "write `LIST` beside instances: " + strings.Join(paint.LabelParts, ", ") + "; or none", DefaultText: "score, where there is one"},
			&cli.BoolFlag{Name: "beside", Usage: "draw the outlines on one picture and the predictions on another beside it"},
			&cli.StringFlag{Name: "grid", Usage: "make sheets of `CxR` tiles, columns and rows: 4x3", DefaultText: "as it fits"},
			&cli.Float64Flag{Name: "zoom", Usage: "draw a tile's pixel as `Z` of the picture", DefaultText: "as it fits"},
			&cli.IntFlag{Name: "crop", Usage: "cut tiles to what is drawn on them (with --check: to what is marked) and `PIXELS` around", DefaultText: "whole tiles"},
			&cli.BoolFlag{Name: "plain", Usage: "draw no captions and no legend"},
			&cli.BoolFlag{Name: "map", Usage: "draw the slides' maps"},
			flags.FoldsFlag("color maps by"),
			&cli.StringFlag{Name: "image-dir", Usage: "look at the images in `DIR`", DefaultText: "train/ near the data"},
			flags.TileMetaFlag("look tiles up", "that of a folder"),
			flags.ImagesFlag("PREDICTIONS have, if not FILE's,"),
			flags.ImageIDFlag(" of a folder DIR"),
			flags.CategoryStartFlag(" of a folder DIR, and of a table of --images"),
			flags.WorkersFlag("draw tiles by"),
			flags.ForceFlag(),
			flags.JsonFlag("what was drawn, and how it scores,"),
			flags.QuietFlag("summary and no remarks"),
		},
		Action: func(ctx *cli.Context) error {
			opts, err := parse(ctx)
			if err != nil {
				return err
			}
			return run(ctx.Context, c, opts)
		},
	}
}
