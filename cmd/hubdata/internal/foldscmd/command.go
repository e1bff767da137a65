// Package foldscmd is hubdata folds: it divides tiles or images into folds, and audits plans of folds.
package foldscmd

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/folds"
	"github.com/urfave/cli/v2"
)

const help = `Divides the tiles of DIR (default: $HUBDATA_DATA, else this folder) into folds
for cross-validation and writes, into DIR/coco_data/:

   folds5.csv                    id,fold for every labelled tile; -1: in no fold
   folds5.json                   the same, with how it was made and what is left out
   coco/ds1_train_fold1.json     for each fold a training and a validation set, as
   coco/ds1_valid_fold1.json     "hubdata convert" writes them with the same flags

Then it reports what the folds leak. Without further flags these are the winner's
folds: 5 folds of dataset 1, stratified by source_wsi, shuffled with seed 42.

methods:
   stratified         equal shares of each label (--stratify) in all folds
   kfold              without labels
   group              whole groups (--group) in one fold
   stratified-group   both
   iterative          equal shares of several labels; whole groups if --group
   spatial            compact blocks of tiles inside each slide
   quantile           strips by quantiles of the tile column inside each slide
   wsi                one slide per fold
kfold, stratified, group and stratified-group equal scikit-learn's, tile for tile.

labels of --stratify and --group: wsi, dataset, vessels (a tile's number of
outlines, in five bins), glomerulus (whether it has one), a column of tile_meta.csv,
or of --table; with --coco: vessels (the number of annotations), or any FIELD.
` + imagekey.About + `

Leaks are neighbours, copies of an image, and slides, patients and other groups on both
sides of a fold. Members and columns that are called like a group (patient, slide, case,
donor ...) are looked at if images share values; --audit-by names others.

examples:
   hubdata folds -k 5
   hubdata folds -k 5 --always-train 2:wsi=3,4
   hubdata folds -k 4 --method spatial --buffer 512
   hubdata folds --method iterative --stratify wsi --stratify vessels
   hubdata folds --audit folds.csv --json
   hubdata folds --coco all.json --group patient -k 5 -o split
   hubdata folds --coco all.json --table clinic.csv --audit-by hospital -o split`

// DefaultSeed is the seed of the winner's folds.
const DefaultSeed = 42

// options are the flags of a run of folds.
type options struct {
	Input
	planning
	audit  bool   // write nothing
	images string // folder of the images to look for copies in; empty: they are not read
	output output
}

// Input says what is divided.
type Input struct {
	folder.SetOptions
	folder.Location
	Coco string // a COCO file; empty: the tiles of the folder
}

func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "folds",
		Usage:       "divide tiles into folds for cross-validation, and report what they leak",
		UsageText:   "[flags] [DIR]",
		Description: help,
		Flags: slices.Concat([]cli.Flag{
			&cli.IntFlag{Name: "k", Value: 5, Usage: "make `N` folds"},
			&cli.StringFlag{Name: "method",
				Usage:       "divide by `METHOD`: stratified, kfold, group, stratified-group, iterative, spatial, quantile or wsi",
				DefaultText: "stratified; with --coco kfold; by --stratify and --group"},
			&cli.StringSliceFlag{Name: "stratify",
				Usage: "keep the shares of each value of `LABEL` equal; repeatable, or with commas", DefaultText: "wsi"},
			&cli.StringFlag{Name: "group", Aliases: []string{"group-by"},
				Usage: "keep tiles with the same value of `LABEL` together"},
			imagekey.TableFlag(),
			&cli.StringSliceFlag{Name: "audit-by",
				Usage: "also look for images of one `FIELD` on both sides; repeatable, or with commas"},
			&cli.Uint64Flag{Name: "seed", Value: DefaultSeed, Usage: "shuffle with the seed `N`, 0 to 4294967295"},
			&cli.BoolFlag{Name: "no-shuffle", Usage: "divide in the order of the table"},
			&cli.StringFlag{Name: "always-train",
				Usage: "`TILES` in every training set: a dataset, or some of its slides as in 2:wsi=3,4"},
			&cli.IntFlag{Name: "buffer",
				Usage: "leave tiles out of training that are nearer than `N` slide pixels to a validation tile"},
			flags.FoldFlag("write only the sets of", "all"),
			&cli.BoolFlag{Name: "full", Usage: "also write a training set of all tiles, including validation tiles"},
			&cli.StringFlag{Name: "from",
				Usage: "use the folds in `FILE` (.csv with id and fold, or .json) instead of making folds"},
			&cli.StringFlag{Name: "audit", Usage: "only report what the folds in `FILE` leak; write nothing"},
			&cli.BoolFlag{Name: "compare-images",
				Usage: "also look for duplicate images (in --image-dir); --audit does so unless --compare-images=false"},
			&cli.StringFlag{Name: "image-dir", Usage: "look for duplicate images in `DIR`",
				DefaultText: "DIR/train; with --coco none"},
			&cli.StringFlag{Name: "coco", Usage: "divide the images of a COCO `FILE` instead of a folder's tiles"},
			flags.OutFlag("write into the folder `OUT`; if the name ends in .csv or .json: only the plan; - prints the plan as CSV (default: DIR/coco_data)"),
		}, folder.SetFlags("1", "divide tiles"), folder.LocationFlags(), flags.SummaryFlags()),
		Action: func(ctx *cli.Context) error {
			opts, err := parse(ctx)
			if err != nil {
				return err
			}
			return run(ctx.Context, c, opts)
		},
	}
}

// parse checks the flags' values.
func parse(ctx *cli.Context) (*options, error) {
	ct, err := folder.ParseSetOptions(ctx)
	if err != nil {
		return nil, err
	}
	o := &options{
		Input: Input{SetOptions: ct, Coco: ctx.String("coco")},
		planning: planning{
			given: ctx.String("from"),
			method: method{
				DivideOptions: folds.DivideOptions{K: ctx.Int("k"), Group: ctx.String("group"), Shuffle: !ctx.Bool("no-shuffle")},
				kSet:          ctx.IsSet("k"), seedSet: ctx.IsSet("seed"),
			},
			table:  ctx.String("table"),
			buffer: buffer{pixels: ctx.Int("buffer"), set: ctx.IsSet("buffer")},
		},
		output: output{
			path: ctx.String("out"), pathSet: ctx.IsSet("out"),
			fold: ctx.Int("fold"), foldSet: ctx.IsSet("fold"),
			full: ctx.Bool("full"),
		},
	}
	m := &o.method
	if o.Coco != "" && ctx.NArg() > 0 {
		return nil, ui.Usagef("folds takes either --coco FILE or a folder, found both: %s and %q", o.Coco, ctx.Args().First())
	}
	if o.Coco != "" {
		for _, f := range append(folder.SetFlags("", ""), folder.LocationFlags()...) {
			if name := f.Names()[0]; name != "workers" && name != "force" && ctx.IsSet(name) {
				return nil, ui.Usagef("--%s is for the tiles of a folder: it has no effect with --coco", name)
			}
		}
	}
	if o.Location, err = folder.ParseLocation(ctx); err != nil {
		var f *ui.Failure
		if path := ctx.Args().First(); errors.As(err, &f) &&
			strings.EqualFold(filepath.Ext(files.UnpackedName(path)), ".json") {
			return nil, f.Hint("--coco %s divides a COCO file", path)
		}
		return nil, err
	}
	audit := ctx.String("audit")
	images, imagesSet := ctx.String("image-dir"), ctx.IsSet("image-dir")
	if imagesSet && !files.Exists(images) {
		return nil, ui.Failf(ui.ExitFailure, "--image-dir: there is no folder %s", images)
	}
	if !imagesSet && o.Coco == "" {
		images = filepath.Join(o.Dir, "train")
	}
	if ctx.Bool("compare-images") || (audit != "" || imagesSet) && !ctx.IsSet("compare-images") {
		o.images = images
	}
	if ctx.Bool("compare-images") && images == "" {
		return nil, ui.Usagef("--compare-images with --coco needs the folder of the images: name it with --image-dir DIR")
	}
	for _, v := range ctx.StringSlice("stratify") {
		m.Stratify = append(m.Stratify, flags.SplitList(v)...)
	}
	for _, v := range ctx.StringSlice("audit-by") {
		o.auditBy = append(o.auditBy, flags.SplitList(v)...)
	}
	seed := ctx.Uint64("seed")
	if seed > 1<<32-1 {
		return nil, ui.Usagef("--seed: %d is more than 4294967295", seed)
	}
	m.Seed = uint32(seed)
	if m.seedSet && !m.Shuffle {
		return nil, ui.Usagef("--seed has no effect with --no-shuffle: leave one out")
	}
	if o.always, err = parseAlwaysTrain(ctx.String("always-train")); err != nil {
		return nil, err
	}
	if o.buffer.pixels < 0 {
		return nil, ui.Usagef("--buffer: %d pixels is negative", o.buffer.pixels)
	}
	if audit != "" {
		if o.given != "" {
			return nil, ui.Usagef("--from writes sets, --audit writes nothing: leave one out")
		}
		if o.output.pathSet || o.output.full || o.output.foldSet {
			return nil, ui.Usagef("--audit writes nothing: leave out -o, --full and --fold")
		}
		o.given, o.audit = audit, true
	}
	if o.given != "" && (ctx.IsSet("method") || len(m.Stratify) > 0 || m.kSet || m.seedSet || !m.Shuffle ||
		m.Group != "" && o.Coco == "") {
		return nil, ui.Usagef("the folds are read from %s: leave out -k, --method, --stratify, --group, --seed and --no-shuffle", o.given)
	}
	if o.given == "" {
		if err := o.chooseMethod(ctx.String("method")); err != nil {
			return nil, err
		}
	}
	if o.output.path == "" {
		o.output.path = filepath.Join(o.Dir, "coco_data")
		if o.Coco != "" {
			o.output.path = filepath.Dir(o.Coco)
		}
	}
	return o, nil
}
