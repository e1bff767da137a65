package reportcmd

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/reportcmd/sources"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/urfave/cli/v2"
)

const help = `Writes one HTML file about a dataset folder (default: $HUBDATA_DATA, else the current
folder) or a COCO file: an overview, findings of the check, distributions of the
instances, maps of the slides, leaks of the fold plans, the accounting of pseudo-labels,
scores of the models and their worst tiles, with pictures. The file is self-contained: it
opens from disk, without a network, and can be printed.

Each section appears if its files are in the folder, under the names that the other
commands write; the flags name other files. If something is absent, its section says
which command makes it:

   polygons.jsonl, tile_meta.csv         the dataset
   coco_data/folds*.json or .csv         from "hubdata folds"
   coco_data/pseudo_coco/pseudo_*.json   from "hubdata pseudo"
   predictions/*.json                    one file per model
   *_truth.json, *truth.json, *_gt.json  ground truth of the predictions, if there is
                                         exactly one
   train/                                the tiles' images

If something cannot be read, its section says so, the rest of the report is written, and
the exit code is 4. The same files give the same bytes.

examples:
   hubdata report
   hubdata report -o ~/report.html ~/hubmap
   hubdata report --truth fold0_val_gt.json --predictions a.segm.json ~/hubmap
   hubdata report --folds fold5.csv --folds wsi.csv --without evaluation
   hubdata report --predictions results.segm.json all.json`

// options say what the report is about and what is in it.
type options struct {
	sources.Options
	out      string
	title    string
	without  []string // sections
	pictures int      // of each kind
	seed     uint64
	iou      float64
	auditBy  []string // FIELDs of images by which plans are audited
	workers  int
	force    bool
}

// Command is "hubdata report".
func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "report",
		Usage:       "write one HTML file about a dataset: checks, distributions, maps, folds, models, pictures",
		UsageText:   "[flags] [DIR|FILE]",
		Description: help,
		Flags: []cli.Flag{
			flags.OutFlag("write to the file `OUT` instead of DIR/report.html; - is standard output"),
			&cli.StringFlag{Name: "title", Usage: "use `TEXT` as the title", DefaultText: "the folder's name"},
			&cli.StringFlag{Name: "truth",
				Usage:       "score predictions against the ground truth in the COCO `FILE`, or in datasets 1 and 2 of a HuBMAP folder",
				DefaultText: "a *truth.json or *_gt.json in DIR"},
			&cli.StringSliceFlag{Name: "predictions", Usage: "score the COCO results in `FILE`; repeatable",
				DefaultText: "each file in DIR/predictions"},
			&cli.StringSliceFlag{Name: "folds", Usage: "audit the fold plan in `FILE` (.csv or .json); repeatable",
				DefaultText: "DIR/coco_data/folds*"},
			&cli.StringSliceFlag{Name: "audit-by",
				Usage: "also look for images of one `FIELD` on both sides; repeatable, or with commas"},
			imagekey.TableFlag(),
			&cli.StringSliceFlag{Name: "pseudo", Usage: "show the accounting of the pseudo-labels in `FILE`; repeatable",
				DefaultText: "DIR/coco_data/pseudo_coco/pseudo_*"},
			&cli.StringFlag{Name: "image-dir", Usage: "read images from `DIR`; none reads no images",
				DefaultText: "train/ in the folder"},
			&cli.StringFlag{Name: "polygons", Usage: "read outlines from `FILE`", DefaultText: "polygons.jsonl in DIR"},
			flags.TileMetaFlag("look up tiles", "that of the folder"),
			&cli.StringSliceFlag{Name: "without", Usage: "leave out the section `NAME`: " + strings.Join(sectionNames(), ", ") +
				"; repeatable, or with commas"},
			&cli.IntFlag{Name: "pictures", Value: 6,
				Usage: "draw `N` tiles of each dataset, and as many of the worst of each model"},
			&cli.Uint64Flag{Name: "seed", Value: defaultSeed, Usage: "choose the tiles of each dataset with the seed `N`"},
			&cli.Float64Flag{Name: "iou", Value: 0.6,
				Usage: "count a detection as correct from `IOU` on, in scores at a single IoU"},
			flags.WorkersFlag(),
			flags.ForceFlag(),
			flags.JsonFlag("the summary and the overview"),
			flags.QuietFlag("summary"),
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

func parse(ctx *cli.Context) (*options, error) {
	o := &options{
		Options: sources.Options{
			Truth:       ctx.String("truth"),
			Predictions: ctx.StringSlice("predictions"),
			Plans:       ctx.StringSlice("folds"),
			Pseudo:      ctx.StringSlice("pseudo"),
			Images:      ctx.String("image-dir"),
			TileMeta:    ctx.String("tile-meta"),
			Polygons:    ctx.String("polygons"),
			Values:      ctx.String("table"),
		},
		out:      ctx.String("out"),
		title:    ctx.String("title"),
		pictures: ctx.Int("pictures"),
		seed:     ctx.Uint64("seed"),
		iou:      ctx.Float64("iou"),
		force:    ctx.Bool("force"),
	}
	var err error
	if ctx.NArg() > 1 {
		return nil, ui.Usagef("report takes one folder or COCO file, got %q", ctx.Args().Slice())
	}
	if in := ctx.Args().First(); in != "" {
		if st, err := os.Stat(in); err == nil && !st.IsDir() {
			o.File, o.Dir = in, filepath.Dir(in)
		}
	}
	if o.File == "" {
		if o.Dir, err = folder.DataFolder(ctx.Args().First()); err != nil {
			return nil, err
		}
	}
	for _, v := range ctx.StringSlice("without") {
		for _, name := range flags.SplitList(v) {
			if !isSection(name) {
				return nil, ui.Usagef("--without: %q is not one of %s", name, strings.Join(sectionNames(), ", "))
			}
			o.without = append(o.without, name)
		}
	}
	for _, v := range ctx.StringSlice("audit-by") {
		o.auditBy = append(o.auditBy, flags.SplitList(v)...)
	}
	for _, field := range o.auditBy {
		if _, err := imagekey.Parse("audit-by", field); err != nil {
			return nil, err
		}
	}
	if o.Values != "" && len(o.auditBy) == 0 {
		return nil, ui.Usagef("--table has no effect without --audit-by")
	}
	if o.workers, err = flags.WorkersOf(ctx); err != nil {
		return nil, err
	}
	for _, path := range append(append(append([]string{o.Truth, o.TileMeta, o.Polygons, o.Values}, o.Predictions...),
		o.Plans...), o.Pseudo...) {
		if path == "-" {
			return nil, ui.Usagef("report reads some files twice, so none can be standard input").Hint("save the data to a file")
		}
	}
	switch {
	case o.pictures < 0 || o.pictures > 100:
		return nil, ui.Usagef("--pictures: %d is not from 0 to 100", o.pictures)
	case !(o.iou > 0 && o.iou <= 1):
		return nil, ui.Usagef("--iou: %v is not above 0 and at most 1", o.iou)
	}
	if o.out == "" {
		o.out = filepath.Join(o.Dir, "report.html")
	}
	return o, nil
}
