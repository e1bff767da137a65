// Package evalcmd is hubdata eval: it scores detections against ground truth.
package evalcmd

import (
	"slices"
	"strconv"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/placing"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/selection"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/urfave/cli/v2"
)

const help = `Scores detections DT (COCO results, or a COCO dataset whose annotations have
scores) against the ground truth GT: a COCO file, or a HuBMAP folder, whose
outlines are converted in memory. The first lines are those of pycocotools,
number for number. Then comes the competition's metric: AP at IoU 0.6 with all
points of the curve, for blood_vessel only. .gz and .zst files are read too.

--by scores the parts of the images: tile, fold, category, size, or any FIELD.
--image, --images-from, --exclude-image and --where leave out all other images.

--stitch joins instances and detections that tiles cut, as "hubdata stitch" does, and scores
the whole ones too. The images must say where they lie on their slides, as for stitch.

--partial-out writes what some images add to the score, and --merge makes the score of
such files: the numbers of one run, to the last bit. See docs/scale.md.
` + imagekey.About + `

examples:
   hubdata eval truth.json results.segm.json
   hubdata eval --by wsi,tile --errors --sweep truth.json results.segm.json
   hubdata eval --by patient,path:1 --table patients.csv truth.json results.segm.json
   hubdata eval --compare truth.json new.segm.json old.segm.json
   hubdata eval --type boundary --json truth.json results.segm.json | jq .stats
   hubdata eval --pr-curve pr.svg --max-dets mmdet truth.json results.segm.json
   hubdata eval --shard 1/10 --partial-out 1.part truth.json results.segm.json
   hubdata eval --merge --by category *.part
   hubdata eval --dataset 1 --folds coco_data/folds5.csv --fold 1 ~/hubmap fold1.segm.json`

func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "eval",
		Usage:       "score detections as pycocotools and the competition do, and explain the mistakes",
		UsageText:   "[flags] GT DT [DT...]",
		Description: help,
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "type", Value: "segm",
				Usage: "compare `WHAT`: masks (segm), boxes (bbox) or masks and their edges (boundary)"},
			&cli.StringFlag{Name: "iou", Value: "0.6",
				Usage: "report AP at each `IOU`: 0.6 or 0.5,0.75 or 0.5:0.95:0.05; the competition's metric, --sweep, --errors, --confusion and --compare use the first"},
			&cli.StringFlag{Name: "max-dets", Value: "1,10,100",
				Usage: "limits `LIST` of detections per image; mmdet is MMDetection's 100,300,1000"},
			&cli.StringFlag{Name: "areas", Usage: "area ranges in addition to all: `NAME:FROM:TO,...` in pixels",
				DefaultText: "small:0:1024,medium:1024:9216,large:9216:1e10"},
			&cli.StringFlag{Name: "iou-thrs", Usage: "COCO's grid of IoU thresholds, `LIST` as of --iou, whose mean is the AP",
				DefaultText: "0.5:0.95:0.05"},
			&cli.StringFlag{Name: "rec-thrs",
				Usage: "COCO's grid of recalls, `LIST` as of --iou and 0, at which precision is read", DefaultText: "0:1:0.01"},
			&cli.BoolFlag{Name: "class-agnostic",
				Usage: "ignore classes (useCats=0 of COCOeval), as for proposals: with --max-dets 100,300,1000 their recall"},
			&cli.StringFlag{Name: "metric", Value: "all",
				Usage: "compute `METRIC`: coco, hubmap, lvis (the rules of LVIS for images annotated for some classes only) or all (coco and hubmap)"},
			flags.ClassFlag("score instances", "all"),
			&cli.StringFlag{Name: "by",
				Usage: "also score parts: a `LIST` of tile, fold, category, size, wsi, dataset, or any other FIELD"},
			imagekey.TableFlag(),
			&cli.IntFlag{Name: "worst", Value: 20, Usage: "list the `N` worst tiles of --by tile; 0: all"},
			&cli.BoolFlag{Name: "sweep",
				Usage: "also report what each score threshold keeps, and whether scores can be trusted"},
			&cli.StringFlag{Name: "thr", Value: "0.5,0.6", Usage: "score thresholds `LIST` of --sweep"},
			&cli.BoolFlag{Name: "errors",
				Usage: "also sort false detections and missed instances by what went wrong (TIDE), with the AP gain if fixed"},
			&cli.BoolFlag{Name: "confusion",
				Usage: "also count which class is found as which: a confusion matrix, with missed instances and false detections"},
			&cli.Float64Flag{Name: "confusion-thr", Usage: "count detections with a score of `SCORE` or more in --confusion",
				DefaultText: "all"},
			&cli.BoolFlag{Name: "stitch", Usage: "also score whole instances: those that tiles cut are joined on their slides"},
		}, placing.RuleFlags(), []cli.Flag{
			&cli.BoolFlag{Name: "compare", Usage: "compare the first DT with each other DT by a paired bootstrap over tiles"},
			&cli.IntFlag{Name: "samples", Value: 1000, Usage: "draw `N` samples in the bootstrap"},
			&cli.Uint64Flag{Name: "seed", Value: 42, Usage: "draw samples with the seed `N`"},
			&cli.StringFlag{Name: "pr-curve", Usage: "write the curve of precision over recall to `FILE`: .svg, .png or .csv"},
			&cli.StringFlag{Name: "arrays",
				Usage: "write precision, recall and scores of COCOeval.eval to `FILE`: .npz or .json"},
			flags.ImagesFlag("the results have, if not GT's,"),
			flags.DatasetFlag("of a folder GT, take tiles", "1"),
			flags.WsiFlag("of a folder GT, take tiles"),
			flags.ImageIDFlag(" of a folder GT"),
			flags.CategoryStartFlag(" of a folder GT, and of a table of --images"),
			flags.FoldsFlag("take tiles by"),
			flags.FoldFlag("score only the validation tiles of", "all"),
		}, partialFlags(), selection.ImageFlags("score", "leave out"), []cli.Flag{
			selection.WhereFlag("score images"),
			&cli.BoolFlag{Name: "mask-areas",
				Usage: "take the areas of results from masks even if there are boxes, as MMDetection does"},
			&cli.BoolFlag{Name: "strict-pycocotools",
				Usage: "repeat a mistake of pycocotools: ground truth with the id 0 never matches"},
			flags.WorkersFlag(),
			flags.ForceFlag(),
			flags.JsonFlag("one object, whose stats are pycocotools' twelve and hubmap the competition's,"),
			flags.QuietFlag("remarks, only the numbers"),
		}),
		Action: func(ctx *cli.Context) error {
			if ctx.Bool("merge") {
				o, err := parseMerge(ctx)
				if err != nil {
					return err
				}
				return runMerge(c, o)
			}
			o, out, err := parse(ctx)
			if err != nil {
				return err
			}
			if err := out.check(c); err != nil {
				return err
			}
			if out.partial != "" {
				return runPartial(ctx.Context, c, o, out)
			}
			r, err := run(ctx.Context, c, o)
			if err != nil {
				return err
			}
			if err := out.write(c, r.reports); err != nil {
				return err
			}
			return r.print(c, out.worst)
		},
	}
}

// parse checks the flags' values.
func parse(ctx *cli.Context) (*options, *output, error) {
	if ctx.NArg() < 2 {
		return nil, nil, ui.Usagef("eval needs the ground truth and one or more files of results, found %q",
			ctx.Args().Slice()).
			Hint("hubdata eval truth.json results.segm.json")
	}
	o := &options{
		truth: preds.TruthSource{Path: ctx.Args().First(), Content: folder.DefaultSetOptions(),
			Classes: ctx.StringSlice("class")},
		Scoring: scoring.Scoring{
			Metric:    ctx.String("metric"),
			Sweep:     ctx.Bool("sweep"),
			Errors:    ctx.Bool("errors"),
			Stitch:    ctx.Bool("stitch"),
			Confusion: ctx.Bool("confusion"),
		},
		results: ctx.Args().Tail(),
		table:   ctx.String("table"),
		images:  ctx.String("images"),
		plan:    ctx.String("folds"),
		fold:    ctx.Int("fold"),
		foldSet: ctx.IsSet("fold"),
		compare: ctx.Bool("compare"),
		samples: ctx.Int("samples"),
		seed:    ctx.Uint64("seed"),
	}
	out := &output{curve: ctx.String("pr-curve"), arrays: ctx.String("arrays"), force: ctx.Bool("force"),
		worst: ctx.Int("worst")}
	if err := parseScoring(ctx, &o.Scoring); err != nil {
		return nil, nil, err
	}
	switch {
	case o.compare && len(o.results) < 2:
		return nil, nil, ui.Usagef("--compare needs two or more files of results")
	case o.samples < 1 || o.samples > 1_000_000:
		return nil, nil, ui.Usagef("--samples: %d is not from 1 to 1,000,000", o.samples)
	case o.plan != "" && !ctx.IsSet("fold") && !slices.Contains(o.By, "fold"):
		return nil, nil, ui.Usagef("--folds needs a fold: name it with --fold N, or score each fold with --by fold")
	case o.plan == "" && (ctx.IsSet("fold") || slices.Contains(o.By, "fold")):
		return nil, nil, ui.Usagef("--fold and --by fold need a fold plan: name it with --folds FILE")
	case out.worst < 0:
		return nil, nil, ui.Usagef("--worst: %d is negative", out.worst)
	case o.Stitch && o.Params.Type != eval.Segm:
		return nil, nil, ui.Usagef("--stitch joins masks: leave out --type %s", o.Params.Type)
	case o.Params.Type != eval.Segm && o.Metric == "hubmap":
		return nil, nil, ui.Usagef("the competition's metric compares masks: leave out --type %s", o.Params.Type)
	}
	if err := out.checkForms(); err != nil {
		return nil, nil, err
	}
	if out.arrays != "" && len(o.results) > 1 {
		return nil, nil, ui.Usagef("--arrays takes one file of results, found %d", len(o.results))
	}
	if err := checkPartial(ctx, o, out); err != nil {
		return nil, nil, err
	}
	var err error
	if o.rules, err = selection.ParseImages(ctx); err != nil {
		return nil, nil, err
	}
	if o.table != "" && len(o.By) == 0 && !o.Stitch && !o.rules.Where.Conditions() {
		return nil, nil, ui.Usagef("--table has no effect without --by, --where or --stitch")
	}
	if name := placing.FlagSet(ctx); name != "" && !o.Stitch {
		return nil, nil, ui.Usagef("--%s has no effect without --stitch", name)
	}
	if o.placing, err = placing.Parse(ctx); err != nil {
		return nil, nil, err
	}
	if err := flags.OneStdin(append([]string{o.truth.Path, o.images, o.plan, o.table, o.rules.ImagesFrom},
		o.results...)...); err != nil {
		return nil, nil, err
	}
	content := &o.truth.Content
	if content.Datasets, err = flags.NumbersOf(ctx, "dataset"); err != nil {
		return nil, nil, err
	}
	if content.Wsis, err = flags.NumbersOf(ctx, "wsi"); err != nil {
		return nil, nil, err
	}
	if content.TileIDs, err = flags.TileIDsOf(ctx); err != nil {
		return nil, nil, err
	}
	if content.CategoryStart, err = flags.CategoryStartOf(ctx); err != nil {
		return nil, nil, err
	}
	if o.truth.Workers, err = flags.WorkersOf(ctx); err != nil {
		return nil, nil, err
	}
	o.Params.Workers, o.truth.Boxes = o.truth.Workers, o.Params.Type == eval.BBox
	o.Params.MaskAreas = ctx.Bool("mask-areas")
	o.Params.StrictPycocotools = ctx.Bool("strict-pycocotools")
	return o, out, nil
}

// parseScoring checks the flags that say what is computed.
func parseScoring(ctx *cli.Context, o *scoring.Scoring) error {
	var err error
	if o.Params.Type, err = eval.ParseType(ctx.String("type")); err != nil {
		return ui.Usagef("--type: %v", err)
	}
	if o.Ious, err = parseGrid("iou", ctx.String("iou"), false); err != nil {
		return err
	}
	if ctx.IsSet("max-dets") || o.Metric != "lvis" {
		if o.Params.MaxDets, err = flags.ParseMaxDets(ctx.String("max-dets")); err != nil {
			return err
		}
	}
	if o.Params.IoU, err = parseGrid("iou-thrs", ctx.String("iou-thrs"), false); err != nil {
		return err
	}
	if o.Params.Recall, err = parseGrid("rec-thrs", ctx.String("rec-thrs"), true); err != nil {
		return err
	}
	o.Params.IgnoreCategories, o.Params.Federated = ctx.Bool("class-agnostic"), o.Metric == "lvis"
	if o.Params.Areas, err = parseAreas(ctx.String("areas")); err != nil {
		return err
	}
	if !slices.Contains([]string{"coco", "hubmap", "lvis", "all"}, o.Metric) {
		return ui.Usagef("--metric: %q is not one of all, coco, hubmap, lvis", o.Metric)
	}
	if o.Metric == "lvis" && o.Params.Type == eval.Boundary {
		return ui.Usagef("--metric lvis compares masks or boxes: leave out --type boundary")
	}
	if ctx.IsSet("confusion-thr") {
		v := ctx.Float64("confusion-thr")
		if !o.Confusion {
			return ui.Usagef("--confusion-thr has no effect without --confusion")
		}
		if v != v {
			return ui.Usagef("--confusion-thr: NaN is not a score")
		}
		o.ConfusionThr = &v
	}
	for _, part := range flags.SplitList(ctx.String("by")) {
		if !slices.Contains(scoring.Slicings, part) {
			if _, err := imagekey.Parse("by", part); err != nil {
				return err
			}
		}
		if !slices.Contains(o.By, part) {
			o.By = append(o.By, part)
		}
	}
	for _, part := range flags.SplitList(ctx.String("thr")) {
		v, err := strconv.ParseFloat(part, 64)
		if err != nil || v != v {
			return ui.Usagef("--thr: %q is not a score", part)
		}
		o.Thrs = append(o.Thrs, v)
	}
	return nil
}
