package convertcmd

import (
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/urfave/cli/v2"
)

const help = `Reads polygons.jsonl and tile_meta.csv in DIR (default: $HUBDATA_DATA, else
this folder; .gz and .zst files are read too) and writes COCO files that
pycocotools and MMDetection load without changes: into DIR/coco_data/coco/, one
per dataset tier (ds1.json) and one per tier and whole-slide image
(ds1_wsi2.json).

A tile whose outlines are all dropped is kept as an image. A tile of datasets 1
and 2 without a line in polygons.jsonl is unlabelled, not empty: it is left out
and counted.

examples:
   hubdata convert
   hubdata convert --class all --segmentation polygon ~/hubmap
   hubdata convert --dataset 3 --wsi '<8'
   hubdata convert --dataset 2 --wsi 3,4 --per none -o ds2_wsi34.json.gz
   hubdata convert --per none -o - | jq '.images | length'
   # as the winner's notebook:
   hubdata convert --dataset 1 --image-id tile --category-start 0 \
       --segmentation counts --rings first --per none -o x.json`

// Command is hubdata convert.
func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "convert",
		Usage:       "turn HuBMAP outlines into COCO files",
		UsageText:   "[flags] [DIR]",
		Description: help,
		Flags: slices.Concat(folder.SetFlags("1,2", "take tiles, or of dataset 3 lists of images,"), folder.LocationFlags(), []cli.Flag{
			&cli.StringFlag{Name: "per", Value: "tier,wsi", Usage: "write a file for each `UNIT`: tier, wsi, tier,wsi or none (one set, with -o FILE)"},
			flags.OutFlag("write into the folder `OUT`, or with --per none to the file; - is standard output (default: DIR/coco_data/coco)"),
		}, flags.SummaryFlags()),
		Action: func(ctx *cli.Context) error {
			o, err := parse(ctx)
			if err != nil {
				return err
			}
			sum, err := Run(ctx.Context, c, o)
			if err != nil {
				return err
			}
			if err := c.Summarize(sum, o.Out); err != nil {
				return err
			}
			return sum.ReportSkipped(c)
		},
	}
}

// parse reads the flags and the argument.
func parse(ctx *cli.Context) (*Options, error) {
	set, err := folder.ParseSetOptions(ctx)
	if err != nil {
		return nil, err
	}
	o := &Options{SetOptions: set, Out: ctx.String("out")}
	if o.Location, err = folder.ParseLocation(ctx); err != nil {
		return nil, err
	}
	switch per := strings.ReplaceAll(ctx.String("per"), " ", ""); per {
	case "tier":
		o.perTier = true
	case "wsi":
		o.perWSI = true
	case "tier,wsi", "wsi,tier":
		o.perTier, o.perWSI = true, true
	case "none":
		if o.Out == "" {
			return nil, ui.Usagef("--per none writes one set: name its file with -o FILE")
		}
	default:
		return nil, ui.Usagef("--per: %q is not one of tier, wsi, tier,wsi, none", per)
	}
	if o.Out == "-" && (o.perTier || o.perWSI) {
		return nil, ui.Usagef("-o - needs one set: add --per none")
	}
	if o.Out == "" {
		o.Out = defaultOut(o.Dir)
	}
	return o, nil
}
