package mergecmd

import (
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/urfave/cli/v2"
)

const help = `Merges COCO files into one, without losses and without duplicates. An image that is in
several files becomes one image: it is known by its member tile, else by the path of
its file without suffix. Categories are matched by name. Image ids and category
ids stay; annotations are numbered from 1, file by file. Each gets a member "source"
that names its file, unless it has such a member.

If files contradict each other, the conflicts are listed and nothing is written: an
id that two images have, an image with two ids, sizes or file names, a category id with
two names, and so on.

--changes FILE applies what "hubdata import --changes" found in an edited set to the set
that was exported, and to no other.

--manifests puts the results of "hubdata pseudo --shard" together. Shards that are missing,
duplicate or stale are listed and nothing is written.

examples:
   hubdata merge -o all.json ds1.json ds2.json
   hubdata merge -o all.json.gz --renumber-images --id-map ids.json a.json b.json.zst
   hubdata merge -o all.json --name expert=a/v1.json --name model=b/v1.json a/v1.json b/v1.json
   hubdata merge --changes changes.json -o edited.json slides.json
   hubdata merge --manifests -o fused.jsonl --record fused.record.json fused-*.manifest.json
   hubdata merge -o - --drop-duplicates a.json b.json | jq '.annotations | length'`

// options are a command line.
type options struct {
	out, idMap       string
	inputs           []string
	names            []string // of the inputs
	named            bool     // some by --name
	renumberImages   bool
	renumberCategory bool
	dropDuplicates   bool
	changes          string // what to apply to the one input; empty: the inputs are merged
	manifests        bool   // the inputs are manifests of shards
	record           string // a file that says how the results of manifests were put together; empty: none
	force            bool
}

// Command is hubdata merge.
func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "merge",
		Usage:       "merge COCO files into one",
		UsageText:   "[flags] -o OUT IN...",
		Description: help,
		Flags: append([]cli.Flag{
			flags.OutFileFlag(),
			&cli.BoolFlag{Name: "renumber-images", Usage: "number the images from 1, in the order of the files"},
			&cli.BoolFlag{Name: "renumber-categories", Usage: "give a category whose id is taken the lowest free id from 1"},
			&cli.BoolFlag{Name: "drop-duplicates", Usage: "drop annotations that equal another one in image, category, iscrowd and mask"},
			&cli.StringSliceFlag{Name: "name", Usage: "`NAME=IN`: the source of the annotations of IN; repeatable", DefaultText: "the file's name without suffixes"},
			&cli.StringFlag{Name: "id-map", Usage: "write the old and new ids to `FILE`"},
			&cli.StringFlag{Name: "changes", Usage: "apply the changes of `FILE` to one set"},
			&cli.BoolFlag{Name: "manifests", Usage: "the inputs are manifests of \"hubdata pseudo --shard\": put the results of all shards together"},
			&cli.StringFlag{Name: "record", Usage: "with --manifests, also write to `FILE` how OUT was made, which results have no place for"},
			flags.ForceFlag(),
		}, flags.SummaryFlags()...),
		Action: func(ctx *cli.Context) error {
			opts, err := parse(ctx)
			if err != nil {
				return err
			}
			if opts.manifests {
				return runManifests(ctx.Context, c, opts)
			}
			if opts.changes != "" {
				return runChanges(ctx.Context, c, opts)
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
		changes:          ctx.String("changes"),
		manifests:        ctx.Bool("manifests"),
		record:           ctx.String("record"),
		force:            ctx.Bool("force"),
	}
	var err error
	if o.out, err = flags.OutFile(ctx); err != nil {
		return nil, err
	}
	if len(o.inputs) == 0 {
		return nil, ui.Usagef("merge: name the files to merge").Hint("hubdata merge -o all.json a.json b.json")
	}
	if o.manifests {
		return o, o.parseManifests(ctx)
	}
	if o.record != "" {
		return nil, ui.Usagef("--record has no effect without --manifests: the merged set says itself how it was made")
	}
	if o.changes != "" {
		return o, o.parseChanges(ctx)
	}
	o.names = make([]string, len(o.inputs))
	for _, v := range ctx.StringSlice("name") {
		name, file, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return nil, ui.Usagef("--name: found %q, expected NAME=IN", v)
		}
		found := false
		for i, in := range o.inputs {
			if o.names[i] == name {
				return nil, ui.Usagef("--name: two files are named %q", name)
			}
			if in == file || filepath.Clean(in) == filepath.Clean(file) {
				o.names[i], o.named, found = name, true, true
			}
		}
		if !found {
			return nil, ui.Usagef("--name: %q is not one of the files %s", file, strings.Join(o.inputs, ", "))
		}
	}
	o.nameSources()
	return o, nil
}

// parseChanges checks the flags of --changes.
func (o *options) parseChanges(ctx *cli.Context) error {
	if len(o.inputs) != 1 {
		return ui.Usagef("--changes: found %d sets, expected the one that was changed", len(o.inputs))
	}
	for _, name := range []string{"renumber-images", "renumber-categories", "drop-duplicates", "name", "id-map"} {
		if ctx.IsSet(name) {
			return ui.Usagef("--changes and --%s exclude each other", name)
		}
	}
	return flags.OneStdin(o.inputs[0], o.changes)
}
