package filtercmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/selection"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/urfave/cli/v2"
)

const filterHelp = `Takes the part of a COCO file that all of the flags allow. Images, annotations
and categories stay as they are, with their ids, in their order; annotations go
with their images. Bounds are inclusive.

--dataset and --wsi look at the images' members dataset and source_wsi, as
hubdata's sets have them, and where these lack at the tile's row in --tile-meta.

--part train and val are the sets of --fold in the plan --folds, without what a
buffer keeps apart; test is what the plan names, but puts into no fold and no
training set. An image that the plan does not name is in no part.

--image and --exclude-image name a tile, a file, or an id. Of a file's path the
last part is enough, with or without suffix, if no other image has it. A name that
no image or more than one has is an error, so is a result without an image, or
without an annotation though IN has some.

examples:
   hubdata filter --dataset 1 --wsi 2 -o ds1_wsi2.json all.json
   hubdata filter --folds folds5.csv --fold 1 --part val --drop-empty -o val1.json.gz all.json
   hubdata filter --class blood_vessel --min-area 30 -o vessels.json all.json
   hubdata filter --min-score 0.5 -o - pseudo.json | hubdata merge -o both.json all.json -`

type filterOptions struct {
	in, out         string
	rules           selection.Rules
	allowEmpty      bool
	renumber        bool
	dropEmpty       bool
	keepCategories  bool
	force           bool
	provenanceFlags map[string]any
}

func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "filter",
		Usage:       "take a part of a COCO file",
		UsageText:   "[flags] -o OUT IN",
		Description: filterHelp,
		Flags: append([]cli.Flag{
			flags.OutFileFlag(),
			flags.DatasetFlag("keep images", ""),
			flags.WsiFlag("keep images"),
			flags.TileMetaFlag("look up what images do not say", ""),
			flags.FoldsFlag("keep a part by"),
			flags.FoldFlag("the part is of", ""),
			&cli.StringFlag{Name: "part", Usage: "keep `PART`: train, val or test"},
			&cli.StringSliceFlag{Name: "image", Usage: "keep the image `NAME`; repeatable"},
			&cli.StringFlag{Name: "images-from", Usage: "keep the images that `FILE` names, one a line"},
			&cli.StringSliceFlag{Name: "exclude-image", Usage: "leave out the image `NAME`; repeatable"},
			flags.ClassFlag("keep annotations", ""),
			&cli.BoolFlag{Name: "keep-categories", Usage: "keep the other categories' entries"},
			&cli.Float64Flag{Name: "min-score", Usage: "keep annotations that score `SCORE` or more", DefaultText: "none"},
			&cli.Float64Flag{Name: "max-score", Usage: "keep annotations that score `SCORE` or less", DefaultText: "none"},
			&cli.Float64Flag{Name: "min-area", Usage: "keep annotations of `N` pixels or more", DefaultText: "none"},
			&cli.Float64Flag{Name: "max-area", Usage: "keep annotations of `N` pixels or less", DefaultText: "none"},
			&cli.StringFlag{Name: "crowd", Value: "keep", Usage: "`WHAT` to do with annotations with iscrowd: keep, drop or only"},
			&cli.BoolFlag{Name: "drop-empty", Usage: "leave out images that no annotation is left of"},
			&cli.BoolFlag{Name: "renumber", Usage: "number images and annotations from 1"},
			&cli.BoolFlag{Name: "allow-empty", Usage: "also write a file without images or annotations"},
			flags.ForceFlag(),
		}, flags.SummaryFlags()...),
		Action: func(ctx *cli.Context) error {
			opts, err := parseFilter(ctx)
			if err != nil {
				return err
			}
			return runFilter(ctx.Context, c, opts)
		},
	}
}

func parseFilter(ctx *cli.Context) (*filterOptions, error) {
	o := &filterOptions{
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
		return nil, ui.Usagef("filter takes one COCO file, got %q", ctx.Args().Slice())
	}
	if o.rules, err = selection.ParseRules(ctx); err != nil {
		return nil, err
	}
	if err := flags.OneStdin(o.in, o.rules.TileMeta, o.rules.Plan, o.rules.ImagesFrom); err != nil {
		return nil, err
	}
	if o.keepCategories && len(o.rules.Classes) == 0 {
		return nil, ui.Usagef("--keep-categories has no effect without --class")
	}
	o.provenanceFlags = map[string]any{}
	for _, f := range ctx.Command.Flags {
		name := f.Names()[0]
		switch name {
		case "out", "tile-meta", "folds", "images-from", "force", "json", "quiet", "allow-empty":
			continue // the place of a file, or no matter of the content
		}
		if !ctx.IsSet(name) {
			continue
		}
		v := ctx.Value(name)
		if list, ok := v.(cli.StringSlice); ok {
			v = list.Value()
		}
		o.provenanceFlags[strings.ReplaceAll(name, "-", "_")] = v
	}
	return o, nil
}

func runFilter(ctx context.Context, c *ui.Console, opts *filterOptions) error {
	o := &files.Outputs{Console: c, Force: opts.force}
	defer o.Abort()
	in, err := files.OpenInput(c, opts.in)
	if err != nil {
		return err
	}
	o.Inputs = append(o.Inputs, in)
	if err := o.Check(opts.out); err != nil {
		in.Close()
		return err
	}
	f, err := files.ReadCOCO(ctx, c, in)
	if err != nil {
		return err
	}
	rules, err := opts.rules.Open(c, o, f)
	if err != nil {
		return err
	}
	filter := &coco.Filter{Image: rules.Image, Annotation: rules.Annotation, DropEmpty: opts.dropEmpty, Renumber: opts.renumber}
	if len(opts.rules.Classes) > 0 && !opts.keepCategories {
		filter.Category = func(cat *coco.Category) bool { return slices.Contains(opts.rules.Classes, cat.Name) }
	}
	part, err := f.Filter(filter)
	if errors.Is(err, coco.ErrDuplicateID) {
		err = fmt.Errorf("%w: %w", ui.ErrInput, err)
	}
	if err != nil {
		return ui.InFile(in.Name, err)
	}
	d := part.Dataset
	if d.Info, err = opts.info(o, f); err != nil {
		return err
	}
	if d.Licenses == nil {
		d.Licenses = json.RawMessage(`[]`)
	}
	sum := newFilterSummary(opts, f, part)
	if err := sum.empty(in.Name); err != nil && !opts.allowEmpty {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := files.WriteCOCO(o, opts.out, d); err != nil {
		return err
	}
	if err := o.Commit(); err != nil {
		return err
	}
	return c.Summarize(sum, opts.out)
}

// info makes the info object, which keeps that of the input.
func (o *filterOptions) info(out *files.Outputs, f *files.COCOFile) (json.RawMessage, error) {
	from := files.Provenance{Version: ui.Version, Command: "filter", Options: o.provenanceFlags}
	for _, in := range out.Inputs {
		from.Inputs = append(from.Inputs, in.FileInfo())
	}
	return from.Info("part of "+filepath.Base(f.Input.Name), coco.Field{Key: "source", Value: f.Info})
}

// filterSummary is what a run reports.
type filterSummary struct {
	Files       []ui.SummaryFile `json:"files"`
	Images      filterCounts     `json:"images"`
	Annotations filterCounts     `json:"annotations"`
}

type filterCounts struct {
	In      int            `json:"in"`
	Kept    int            `json:"kept"`
	Dropped map[string]int `json:"dropped"` // by reason
}

func newFilterSummary(opts *filterOptions, f *files.COCOFile, part *coco.Filtered) *filterSummary {
	d := part.Dataset
	return &filterSummary{
		Files:       []ui.SummaryFile{ui.NewSummarySet(opts.out, len(d.Images), len(d.Annotations))},
		Images:      filterCounts{len(f.Images), len(d.Images), part.Images},
		Annotations: filterCounts{len(f.Annotations), len(d.Annotations), part.Annotations},
	}
}

// empty returns an error for a result that nobody wants.
func (sum *filterSummary) empty(name string) error {
	what := "image"
	switch {
	case sum.Images.Kept == 0:
	case sum.Annotations.Kept == 0 && sum.Annotations.In > 0:
		what = "annotation"
	default:
		return nil
	}
	reasons := append(sum.Images.reasons("image", "images"), sum.Annotations.reasons("annotation", "annotations")...)
	return ui.Failf(ui.ExitBadData, "%s: no %s is left (dropped: %s); nothing was written", name, what, strings.Join(reasons, ", ")).
		Hint("--allow-empty writes the file")
}

// reasons words what was left out.
func (n filterCounts) reasons(one, many string) []string {
	var out []string
	for _, reason := range slices.Sorted(maps.Keys(n.Dropped)) {
		out = append(out, fmt.Sprintf("%s %s", ui.Plural(n.Dropped[reason], one, many), reason))
	}
	return out
}

func (sum *filterSummary) WriteText(text *strings.Builder) {
	line := func(n filterCounts, one, many string) {
		fmt.Fprintf(text, "%s: kept %s of %s\n", many, ui.Thousands(n.Kept), ui.Thousands(n.In))
		for _, reason := range n.reasons(one, many) {
			fmt.Fprintf(text, "dropped: %s\n", reason)
		}
	}
	line(sum.Images, "image", "images")
	line(sum.Annotations, "annotation", "annotations")
	ui.ListFiles(text, sum.Files...)
}
