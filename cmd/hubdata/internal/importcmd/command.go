// Package importcmd is the command import: annotations of other tools to a COCO set.
package importcmd

import (
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/formatlist"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/formats"
	"github.com/urfave/cli/v2"
)

const help = `Reads annotations of another tool, and writes one COCO file of them. IN is a folder or a
file; of several, the images come one after the other. Without --from the format is
recognised.

Sizes of images that the files do not say are read from the images, next to the files or
in --image-dir. Images and annotations are numbered from 1. Classes keep their order and
ids if the files give them, and are sorted by name otherwise. Missing areas and boxes
are computed. An image of a split gets the member split.

With --against the output is the set that the annotations were exported from, with what
was changed since: kept annotations keep their ids and members. Annotations are found
again by the ids that the other tool kept, else by their pixels. --changes writes what
changed, for "hubdata merge --changes".

The summary counts what has no place in a COCO file, and lists the first of each kind.
The exit code is then 4.

`

const examples = `

examples:
   hubdata import -o set.json roboflow_folder
   hubdata import --from coco --image-dir images -o set.json instances.json
   hubdata import -o - a b | hubdata check -
   hubdata import --against slides.json --changes changes.json -o edited.json corrected`

// options are a command line.
type options struct {
	format   *formats.Format // nil: recognised
	chosen   []string        // values of --option
	values   func(*formats.Format) (formats.Values, error)
	inputs   []string
	out      string
	classes  []string // by their numbers; nil: the files say them
	byName   bool     // sort the classes
	start    int64
	renumber bool // ids of classes from start
	images   string
	against  string // the set that the inputs were made from; empty: none
	changes  string // where what changed is written; empty: nowhere
	force    bool
}

// Command is hubdata import.
func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "import",
		Usage:       "read annotations of another tool",
		UsageText:   "[flags] -o OUT IN...",
		Description: help + formatlist.About(formatlist.Imported()) + examples,
		Flags: append([]cli.Flag{
			formatlist.FormatFlag(&cli.StringFlag{Name: "from", Usage: "read `FORMAT`",
				DefaultText: "the one that is recognised"}, formatlist.Imported()),
			flags.OutFileFlag(),
			formatlist.OptionFlag("--from", formatlist.Imported()),
			&cli.StringFlag{Name: "classes", Usage: "the classes by their numbers from 0 are `LIST`, as in vessel,glomerulus",
				DefaultText: "as the files say"},
			&cli.StringFlag{Name: "class-order", Value: "file",
				Usage: "`ORDER` of the categories: file, as the files number them; or name"},
			flags.CategoryStartFlag(", where the files give none"),
			&cli.StringFlag{Name: "image-dir", Usage: "read sizes of images that are not next to the annotations from `DIR`"},
			&cli.StringFlag{Name: "against",
				Usage: "the annotations were exported from the COCO file `SET`: write it with what changed"},
			&cli.StringFlag{Name: "changes", Usage: "write what changed to `FILE`"},
			flags.ForceFlag(),
		}, flags.SummaryFlags()...),
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
		inputs: ctx.Args().Slice(), chosen: ctx.StringSlice("option"), classes: flags.SplitList(ctx.String("classes")),
		renumber: ctx.IsSet("category-start"), images: ctx.String("image-dir"), force: ctx.Bool("force"),
		against: ctx.String("against"), changes: ctx.String("changes"),
	}
	var err error
	if o.out, err = flags.OutFile(ctx); err != nil {
		return nil, err
	}
	switch {
	case o.changes != "" && o.against == "":
		return nil, ui.Usagef("--changes needs the set that was changed: name it with --against SET")
	case o.against == "-":
		return nil, ui.Usagef("--against: cannot read standard input, since the changes name the file: name a file")
	case o.against != "" && (o.renumber || ctx.IsSet("class-order")):
		return nil, ui.Usagef("--against keeps the categories of its set: leave out --category-start and --class-order")
	}
	if len(o.inputs) == 0 {
		return nil, ui.Usagef("import: name the folders or files to read").Hint("hubdata import -o set.json FOLDER")
	}
	for _, in := range o.inputs {
		if in == "-" {
			return nil, ui.Usagef("import: cannot read standard input, since formats have several files").Hint(
				"name a folder or a file")
		}
	}
	if ctx.IsSet("from") {
		if o.format, err = formatlist.Find("--from", ctx.String("from"), formatlist.Imported()); err != nil {
			return nil, err
		}
		if _, err := formatlist.Options(ctx, o.format); err != nil {
			return nil, err
		}
	}
	o.values = func(f *formats.Format) (formats.Values, error) { return formatlist.Options(ctx, f) }
	if o.byName, err = flags.Choose(ctx, "class-order", map[string]bool{"file": false, "name": true}); err != nil {
		return nil, err
	}
	o.start, err = flags.CategoryStartOf(ctx)
	return o, err
}

// recorded are the flags that decide the content of the file.
func (o *options) recorded() map[string]any {
	m := map[string]any{}
	if o.format != nil {
		m["from"] = o.format.Name
	}
	if o.chosen != nil {
		m["option"] = o.chosen
	}
	if o.classes != nil {
		m["classes"] = o.classes
	}
	if o.byName {
		m["class_order"] = "name"
	}
	if o.renumber {
		m["category_start"] = o.start
	}
	return m
}
