package pseudocmd

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/pseudo"
	"github.com/hubdata/hubdata/rle"
	"github.com/urfave/cli/v2"
)

const help = `Fuses the predictions of several models on the unlabelled tiles of DIR (default:
$HUBDATA_DATA, else this folder) and writes those that score above --thr as
COCO annotations: DIR/coco_data/pseudo_coco/pseudo_ds3_thr60.json.

Predictions are COCO results (*.segm.json of MMDetection, detectron2 or
pycocotools), or COCO datasets whose annotations have a score; .gz and .zst
files are read too. Without --model, each file in DIR/predictions is a model.
Image ids are rows of tile_meta.csv, counted from 1, or names of tiles. If yours
are others, name the COCO file that the models were run on with --images. Where DIR
has no tile_meta.csv, the labels are made for the images and classes of that file.

The steps, in this order:
   1. join what one model predicted several times (flips, folds): --tta-nms
   2. fuse across models: --fuse, --iou, --skip, --conf, by the IoU of --cluster
   3. let the members of each fused instance vote on its pixels: --vote-rule, --vote
   4. clean the masks: --post, --non-overlap, --exclude; change scores: --rescore;
      drop what does not score above the threshold of its class: --class-above
   5. keep what scores strictly above --thr

The default settings scored best on real predictions with known ground truth; the
docs have the table. --preset winner is the competition's 3rd place.

examples:
   hubdata pseudo --thr 0.6
   hubdata pseudo --thr 0.5,0.6 --wsi '<8' --merge coco_data/coco/ds2.json
   hubdata pseudo --model r101=a.segm.json,b.segm.json --model cbnet=c.segm.json \
       --weight r101=1,cbnet=2 --tta-nms mask:0.5
   hubdata pseudo --images unlabelled.json --model a=a.segm.json -o pseudo.json
   hubdata pseudo --preset winner --image-id tile
   hubdata pseudo --fuse nms --cluster mask --vote-rule best --results fused.segm.json
   hubdata pseudo --shard 3/10 --results fused-03.jsonl
   hubdata pseudo --post open:cross:1,fill,largest,min-area:40 --ignore-band 0.3`

// Command is hubdata pseudo.
func Command(c *ui.Console) *cli.Command {
	preset := pseudo.Default()
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	return &cli.Command{
		Name:        "pseudo",
		Usage:       "fuse models' predictions into pseudo-labels",
		UsageText:   "[flags] [DIR]",
		Description: help,
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "thr", Value: "0.6", Usage: "keep what scores above `LIST`; several, as in 0.5,0.6, give a set each"},
			&cli.StringSliceFlag{Name: "model", Usage: "a model and its files: `NAME=FILE[,FILE...]`; repeatable", DefaultText: "each file in DIR/predictions"},
			&cli.StringFlag{Name: "weight", Usage: "weights of models: `NAME=W,...`", DefaultText: "1 each"},
			&cli.StringFlag{Name: "calibrate", Usage: "raise the scores of models to powers before anything else: `NAME=P,...`", DefaultText: "1 each"},
			&cli.StringFlag{Name: "preset", Value: "default", Usage: "preset `NAME|FILE` for the flags down to --rescore that are not given: default, winner or a file of hubdata tune"},
			&cli.StringFlag{Name: "tta-nms", Usage: "join what one model predicted several times: `[METHOD:][box:|mask:]IOU` with METHOD nms, soft-nms or soft-nms-linear; or none", DefaultText: preset.Suppress.String()},
			&cli.StringFlag{Name: "fuse", Usage: "fuse by `METHOD`: wbf, nmw, nms or soft-nms", DefaultText: preset.Fusion.Method.String()},
			&cli.Float64Flag{Name: "iou", Usage: "take predictions that overlap by more than `IOU` for one object", DefaultText: number(preset.Fusion.IoU)},
			&cli.Float64Flag{Name: "skip", Usage: "skip predictions that score below `SCORE`", DefaultText: number(preset.Fusion.Skip)},
			&cli.StringFlag{Name: "conf", Usage: "compute the score of wbf by `RULE`: avg, max, box_and_model_avg or absent_model_aware_avg", DefaultText: preset.Fusion.Confidence.String()},
			&cli.StringFlag{Name: "cluster", Usage: "compare predictions by `SHAPE`: box or mask", DefaultText: preset.By.String()},
			&cli.StringFlag{Name: "vote-rule", Usage: "choose the pixels of a fused instance by `RULE`: weight, count, union, intersection or best", DefaultText: preset.Vote.Rule.String()},
			&cli.Float64Flag{Name: "vote", Usage: "share `X` of the members (count) or of their weight that must cover a pixel", DefaultText: number(preset.Vote.Part)},
			&cli.BoolFlag{Name: "box-clip", Usage: "cut masks at the fused box, its corners cut to whole pixels"},
			flags.PostFlag(joinSteps(preset.Post)),
			&cli.StringFlag{Name: "rescore", Usage: "change scores by `RULE` once the masks are known: agreement (times the mean IoU with the members' masks) or none", DefaultText: preset.Rescore.String()},
			&cli.StringSliceFlag{Name: "class-above", Usage: "drop instances of a class that do not score above a threshold: `NAME=SCORE`; repeatable, or none"},
			&cli.BoolFlag{Name: "allow-overflow", Usage: "let wbf's scores exceed 1 where a model predicts an object twice"},
			&cli.StringFlag{Name: "decay", Value: "gaussian", Usage: "lower scores in soft-nms by `CURVE`: gaussian or linear"},
			&cli.Float64Flag{Name: "sigma", Value: 0.5, Usage: "width `X` of the gaussian decay"},
			&cli.BoolFlag{Name: "non-overlap", Usage: "give each pixel to the instance with the highest score"},
			&cli.StringSliceFlag{Name: "exclude", Usage: "drop instances that lie by half or more in the annotations of `FILE[:CLASS]`; repeatable"},
			&cli.Float64Flag{Name: "ignore-band", Value: -1, Usage: "keep what scores above `SCORE` but not above --thr as iscrowd 1, which training ignores", DefaultText: "none"},
			flags.ImagesFlag("the predictions have"),
			&cli.StringFlag{Name: "merge", Usage: "also write the set merged with the COCO set `FILE`"},
			&cli.StringFlag{Name: "results", Usage: "also write all fused instances as COCO results to `FILE`, with the ids of the predictions"},
			shards.Flag("fuse only", ": --results gets it and its manifest, no set is written"),
			&cli.BoolFlag{Name: "drop-empty", Usage: "leave out images without annotations"},
			flags.OutFlag("write into the folder `OUT`, or with one --thr to a file; - is standard output (default: DIR/coco_data/pseudo_coco)"),
		}, folder.TileFlags("3", "fuse on tiles"), []cli.Flag{
			flags.TileMetaFlag("look up tiles", "the one in DIR"),
			flags.WorkersFlag(),
			flags.ForceFlag(),
		}, flags.SummaryFlags()),
		Action: func(ctx *cli.Context) error {
			o, err := parse(c, ctx)
			if err != nil {
				return err
			}
			sum, err := run(ctx.Context, c, o)
			if err != nil {
				return err
			}
			return c.Summarize(sum, o.outputs()...)
		},
	}
}

// joinSteps writes steps as --post takes them.
func joinSteps(steps []rle.Step) string {
	var words []string
	for _, s := range steps {
		words = append(words, s.String())
	}
	return strings.Join(words, ",")
}
