// Package exportcmd is the command export: a COCO set or a dataset folder in the format of another tool.
package exportcmd

import (
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/formatlist"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/selection"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/urfave/cli/v2"
)

const help = `Writes a COCO set in the format of another tool. IN is a COCO file or a dataset folder.
The output is a folder or, for a format of one file, a file. It appears when it is
complete. The summary counts the instances that the format has no place for, and those
it changes, with the IoU of what the tool will read. The exit code is 4 if some were
dropped.

--folds with --fold divides the set into train and val by a fold plan, without what a
buffer keeps out; --split-by divides it by a FIELD of the images, such as split;
--split names one split for all images.

--class NAME keeps a class, --class OLD=NEW renames one. Classes that get one name
become one class. With new names alone, all classes are kept.

The images are linked to the output. They are found by their names in --image-dir.
The file of an image has its base name, or its whole path with _ for / if two images
would have one name. Letters that some systems refuse become _.

`

const examples = `

examples:
   hubdata export --to coco --option segmentation=polygon -o polygons.json all.json
   hubdata export --to coco --option layout=roboflow --folds f5.csv --fold 1 -o rfdetr all.json
   hubdata export --to hf --class glomerulus=glom --copy copy -o hf all.json
   hubdata export --to csv -o instances.csv --folds folds5.csv all.json`

// options are a command line.
type options struct {
	format  *formats.Format
	values  formats.Values
	in, out string

	rules      selection.Rules
	plan       string
	fold       int
	divided    bool // by the plan
	split      string
	splitBy    *coco.Key // nil: none
	dropEmpty  bool
	allowEmpty bool
	renumber   bool

	how      placing
	images   string
	bad      badImages
	workers  int
	force    bool
	oneFile  bool
	recorded map[string]any
}

// Command is hubdata export.
func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "export",
		Usage:       "write a set in the format of another tool",
		UsageText:   "[flags] --to FORMAT -o OUT IN",
		Description: help + formatlist.About(formatlist.Exported()) + examples,
		Flags: slices.Concat([]cli.Flag{
			formatlist.FormatFlag(&cli.StringFlag{Name: "to", Usage: "write `FORMAT`"}, formatlist.Exported()),
			flags.OutFlag("write to `OUT`, a folder or a file; - is standard output"),
			formatlist.OptionFlag("--to", formatlist.Exported()),
			flags.FoldsFlag("divide by"),
			flags.FoldFlag("validate on", "none"),
			&cli.StringFlag{Name: "split", Usage: "all images are of the split `NAME`"},
			&cli.StringFlag{Name: "split-by", Usage: "divide by the value of `FIELD`, as in --where"},
			flags.DatasetFlag("take images", ""),
			flags.WsiFlag("take images"),
			flags.TileMetaFlag("look up what images do not say", ""),
		}, selection.ImageFlags("take", "drop"), []cli.Flag{
			&cli.StringSliceFlag{Name: "class", Usage: "keep the class `NAME`, or rename one with OLD=NEW; repeatable; all: every class"},
			&cli.Float64Flag{Name: "min-score", Usage: "keep annotations with a score of `SCORE` or more", DefaultText: "none"},
			&cli.Float64Flag{Name: "max-score", Usage: "keep annotations with a score of `SCORE` or less", DefaultText: "none"},
			&cli.Float64Flag{Name: "min-area", Usage: "keep annotations of `N` pixels or more", DefaultText: "none"},
			&cli.Float64Flag{Name: "max-area", Usage: "keep annotations of `N` pixels or less", DefaultText: "none"},
			&cli.StringFlag{Name: "crowd", Value: "keep", Usage: "`WHAT` to do with crowd annotations: keep, drop or only"},
			&cli.BoolFlag{Name: "drop-empty", Usage: "drop images without a remaining annotation"},
			&cli.BoolFlag{Name: "allow-empty", Usage: "write even if no images or annotations remain"},
			&cli.BoolFlag{Name: "renumber", Usage: "number images and annotations from 1"},
			&cli.StringFlag{Name: "copy", Value: "link", Usage: "`HOW` images get into the folder: link (hard, else symbolic, else a copy), copy or none"},
			&cli.StringFlag{Name: "image-dir", Usage: "read images from `DIR`", DefaultText: "train/ near the data"},
			&cli.StringFlag{Name: "bad-images", Value: "error", Usage: "`WHAT` to do with images that are missing or of another size: error, drop or keep"},
			flags.WorkersFlag(),
			&cli.BoolFlag{Name: "force", Usage: "overwrite a file that hubdata did not write, or replace a folder that it did"},
		}, selection.WhereFlags("take images"), flags.SummaryFlags()),
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
		in: ctx.Args().First(), plan: ctx.String("folds"), fold: ctx.Int("fold"), divided: ctx.IsSet("fold"), split: ctx.String("split"),
		dropEmpty: ctx.Bool("drop-empty"), allowEmpty: ctx.Bool("allow-empty"), renumber: ctx.Bool("renumber"),
		images: ctx.String("image-dir"), force: ctx.Bool("force"),
	}
	var err error
	if o.format, err = formatlist.Find("--to", ctx.String("to"), formatlist.Exported()); err != nil {
		return nil, err
	}
	if o.values, err = formatlist.Options(ctx, o.format); err != nil {
		return nil, err
	}
	o.oneFile = o.format.OneFile != nil && o.format.OneFile(o.values)
	if o.out, err = flags.OutFile(ctx); err != nil {
		return nil, err
	}
	if ctx.NArg() != 1 {
		return nil, ui.Usagef("export: found %d arguments, expected one COCO file or dataset folder", ctx.NArg())
	}
	if o.rules, err = selection.ParseContent(ctx); err != nil {
		return nil, err
	}
	if err := flags.OneStdin(o.in, o.rules.TileMeta, o.plan, o.rules.ImagesFrom, o.rules.Where.Table); err != nil {
		return nil, err
	}
	if err := o.parseSplits(ctx); err != nil {
		return nil, err
	}
	if o.how, err = flags.Choose(ctx, "copy", map[string]placing{"link": link, "copy": copying, "none": leaveOut}); err != nil {
		return nil, err
	}
	if o.bad, err = flags.Choose(ctx, "bad-images", map[string]badImages{"error": refuse, "drop": drop, "keep": keep}); err != nil {
		return nil, err
	}
	if o.oneFile {
		if ctx.IsSet("copy") && o.how != leaveOut {
			return nil, ui.Usagef("--copy: %s is one file here, which has no images", o.format.Name)
		}
		o.how = leaveOut
	}
	if o.format.Slides {
		if ctx.IsSet("copy") && o.how != leaveOut {
			return nil, ui.Usagef("--copy: an export as %s has no images", o.format.Name)
		}
		o.how = leaveOut
	}
	if o.workers, err = flags.WorkersOf(ctx); err != nil {
		return nil, err
	}
	o.recorded = flags.Recorded(ctx)
	if o.bad != drop {
		delete(o.recorded, "bad_images") // what is written is the same then
	}
	return o, nil
}

// parseSplits reads how the set is divided.
func (o *options) parseSplits(ctx *cli.Context) error {
	by := ctx.String("split-by")
	n := 0
	for _, is := range []bool{o.divided, o.split != "", by != ""} {
		if is {
			n++
		}
	}
	switch {
	case o.divided && o.plan == "":
		return ui.Usagef("--fold needs a fold plan: name it with --folds FILE")
	case n > 1:
		return ui.Usagef("--fold, --split and --split-by exclude each other")
	case ctx.IsSet("split") && !isSplitName(o.split):
		return ui.Usagef("--split: found %q, expected %s", o.split, splitNameExpected)
	case by == "":
		return nil
	}
	key, err := imagekey.Parse("split-by", by)
	o.splitBy = &key
	return err
}
