package mergecmd

import (
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/urfave/cli/v2"
)

const help = `Unites COCO files into one, so that nothing is lost and nothing is there twice.
An image that several files have is one image: it is known by its member tile,
else by its file's path without suffix. Categories are matched by
name. Image ids and category ids stay; annotations are numbered from 1, file
by file, and each gets a member "source" that names its file (one that has
such a member keeps it).

Whatever contradicts another file is listed, and then nothing is written: one
id for two images, one image with two ids, sizes or file names, one category
id for two names, and the like.

examples:
   hubdata merge -o all.json ds1.json ds2.json
   hubdata merge -o all.json.gz --renumber-images --id-map ids.json a.json b.json.zst
   hubdata merge -o all.json --name expert=a/v1.json --name model=b/v1.json a/v1.json b/v1.json
   hubdata merge -o - --drop-duplicates a.json b.json | jq '.annotations | length'`

// options are a command line.
type options struct {
	out, idMap       string
	inputs           []string
	names            []string // of the inputs
	renumberImages   bool
	renumberCategory bool
	dropDuplicates   bool
	force            bool
}

// Command is hubdata merge.
func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "merge",
		Usage:       "unite COCO files into one",
		UsageText:   "[flags] -o OUT IN...",
		Description: help,
		Flags: append([]cli.Flag{
			flags.OutFileFlag(),
			&cli.BoolFlag{Name: "renumber-images", Usage: "number the images from 1, in the order of the files"},
			&cli.BoolFlag{Name: "renumber-categories", Usage: "give a category whose id is taken the lowest free one from 1"},
			&cli.BoolFlag{Name: "drop-duplicates", Usage: "keep one of annotations that are equal in image, category, iscrowd and mask"},
			&cli.StringSliceFlag{Name: "name", Usage: "`NAME=IN`: what the annotations of IN get as source; repeatable", DefaultText: "the file's name without suffixes"},
			&cli.StringFlag{Name: "id-map", Usage: "write to `FILE` which id became which"},
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
		idMap:            ctx.String("id-map"),
		inputs:           ctx.Args().Slice(),
		renumberImages:   ctx.Bool("renumber-images"),
		renumberCategory: ctx.Bool("renumber-categories"),
		dropDuplicates:   ctx.Bool("drop-duplicates"),
		force:            ctx.Bool("force"),
	}
	var err error
	if o.out, err = flags.OutFile(ctx); err != nil {
		return nil, err
	}
	switch {
	case len(o.inputs) == 0:
		return nil, ui.Usagef("merge: name the files to unite").Hint("hubdata merge -o all.json a.json b.json")
	case o.idMap != "" && (o.idMap == o.out || filepath.Clean(o.idMap) == filepath.Clean(o.out)):
		return nil, ui.Usagef("-o and --id-map are both %s", o.out)
	}
	o.names = make([]string, len(o.inputs))
	for _, v := range ctx.StringSlice("name") {
		name, file, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return nil, ui.Usagef("--name: %q is not like NAME=IN", v)
		}
		found := false
		for i, in := range o.inputs {
			if o.names[i] == name {
				return nil, ui.Usagef("--name: two files are named %q", name)
			}
			if in == file || filepath.Clean(in) == filepath.Clean(file) {
				o.names[i], found = name, true
			}
		}
		if !found {
			return nil, ui.Usagef("--name: %q is not one of the files %s", file, strings.Join(o.inputs, ", "))
		}
	}
	o.nameSources()
	return o, nil
}
