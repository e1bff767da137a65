package filtercmd

import (
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/selection"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/urfave/cli/v2"
)

const help = `Writes the part of a COCO file that all flags keep. Images, annotations and categories
stay as they are, with their ids and in their order; annotations go with their
images. Bounds are inclusive.

--dataset and --wsi use the members dataset and source_wsi of the images, as the sets
of hubdata have them, else the row of the tile in --tile-meta.

--where keeps images by any FIELD, and --where FIELD=none those without it.
` + imagekey.About + `

--part train and val are the sets of --fold in the plan --folds, without what a
buffer keeps out; test has the images that the plan names, but puts into no fold
and no training set. An image that the plan does not name is in no part.

--image and --exclude-image name a tile, a file or an id. The last part of a file's
path is enough, with or without suffix, if no other image has it. It is an error if a
name fits no image or more than one, and if the result has no image, or no annotation
though IN has some.

--decisions keeps what reviewers accepted in "hubdata view --decisions FILE": what more
of them accept than reject. Scores are not changed.

examples:
   hubdata filter --dataset 1 --wsi 2 -o ds1_wsi2.json all.json
   hubdata filter --folds folds5.csv --fold 1 --part val --drop-empty -o val1.json.gz all.json
   hubdata filter --where site=A,B --where stain=PAS -o part.json all.json
   hubdata filter --decisions review.jsonl --drop-empty -o accepted.json pseudo.json
   hubdata filter --class blood_vessel --min-area 30 -o vessels.json all.json
   hubdata filter --min-score 0.5 -o - pseudo.json | hubdata merge -o both.json all.json -`

// options are a command line.
type options struct {
	in, out         string
	rules           selection.Rules
	decisions       decisions
	allowEmpty      bool
	renumber        bool
	dropEmpty       bool
	keepCategories  bool
	force           bool
	provenanceFlags map[string]any
}

// Command is hubdata filter.
func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "filter",
		Usage:       "keep a part of a COCO file",
		UsageText:   "[flags] -o OUT IN",
		Description: help,
		Flags: slices.Concat([]cli.Flag{
			flags.OutFileFlag(),
			flags.DatasetFlag("keep images", ""),
			flags.WsiFlag("keep images"),
			flags.TileMetaFlag("look up what images do not say", ""),
			flags.FoldsFlag("keep a part by"),
			flags.FoldFlag("the part is of", ""),
			&cli.StringFlag{Name: "part", Usage: "keep `PART`: train, val or test"},
		}, selection.ImageFlags("keep", "drop"), []cli.Flag{
			flags.ClassFlag("keep annotations", ""),
			&cli.BoolFlag{Name: "keep-categories", Usage: "keep categories that --class does not name"},
			&cli.Float64Flag{Name: "min-score", Usage: "keep annotations with a score of `SCORE` or more", DefaultText: "none"},
			&cli.Float64Flag{Name: "max-score", Usage: "keep annotations with a score of `SCORE` or less", DefaultText: "none"},
			&cli.Float64Flag{Name: "min-area", Usage: "keep annotations of `N` pixels or more", DefaultText: "none"},
			&cli.Float64Flag{Name: "max-area", Usage: "keep annotations of `N` pixels or less", DefaultText: "none"},
			&cli.StringFlag{Name: "crowd", Value: "keep", Usage: "`WHAT` to do with crowd annotations: keep, drop or only"},
		}, decisionFlags(), []cli.Flag{
			&cli.BoolFlag{Name: "drop-empty", Usage: "drop images without a remaining annotation"},
			&cli.BoolFlag{Name: "renumber", Usage: "number images and annotations from 1"},
			&cli.BoolFlag{Name: "allow-empty", Usage: "write the file even if it has no images or annotations"},
			flags.ForceFlag(),
		}, selection.WhereFlags("keep images"), flags.SummaryFlags()),
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
		in:             ctx.Args().First(),
		allowEmpty:     ctx.Bool("allow-empty"),
		renumber:       ctx.Bool("renumber"),
		dropEmpty:      ctx.Bool("drop-empty"),
		keepCategories: ctx.Bool("keep-categories"),
		force:          ctx.Bool("force"),
	}
	var err error
	if o.out, err = flags.OutFile(ctx); err != nil {
		return nil, err
	}
	if ctx.NArg() != 1 {
		return nil, ui.Usagef("filter: found %d arguments, expected one COCO file", ctx.NArg())
	}
	if o.rules, err = selection.ParseRules(ctx); err != nil {
		return nil, err
	}
	if o.decisions, err = parseDecisions(ctx); err != nil {
		return nil, err
	}
	if err := flags.OneStdin(o.in, o.rules.TileMeta, o.rules.Plan, o.rules.ImagesFrom, o.rules.Where.Table, o.decisions.path); err != nil {
		return nil, err
	}
	if o.keepCategories && len(o.rules.Classes) == 0 {
		return nil, ui.Usagef("--keep-categories has no effect without --class")
	}
	o.provenanceFlags = flags.Recorded(ctx)
	return o, nil
}
